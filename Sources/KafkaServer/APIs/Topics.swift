import BrokerEngine
import KafkaWire
import LogStorage
import Replication

// Topic administration. Every call blocks on the disk, so all answers are made on threads that may wait.

extension RequestDispatcher {
    func createTopics(_ request: CreateTopicsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, CreateTopicsRequest.self) {
            var names: [String: Int] = [:]
            for topic in request.topics { names[topic.name, default: 0] += 1 }
            var response = CreateTopicsResponse()
            for wanted in request.topics where names[wanted.name] != nil {
                let isRepeated = names.removeValue(forKey: wanted.name) != 1
                response.topics.append(
                    isRepeated
                        ? .init(
                            name: wanted.name, errorCode: KafkaError.invalidRequest.rawValue,
                            errorMessage: "topic '\(wanted.name)' stands in the request more than once",
                            numPartitions: -1, replicationFactor: -1)
                        : RequestDispatcher.create(wanted, validateOnly: request.validateOnly, broker: broker))
            }
            return response
        }
    }

    private static func create(_ wanted: CreateTopicsRequest.Topic, validateOnly: Bool, broker: Broker)
        -> CreateTopicsResponse.Topic
    {
        var result = CreateTopicsResponse.Topic(name: wanted.name, numPartitions: -1, replicationFactor: -1)
        do {
            let count = try partitionCount(of: wanted, node: broker.configuration.nodeID)
            var settings: [String: String] = [:]
            for config in wanted.configs {
                guard let value = config.value else {
                    throw BrokerError.invalidConfig(reason: "setting \(config.name) has no value")
                }
                settings[config.name] = value
            }
            let topic = try broker.createTopic(
                .init(
                    name: wanted.name, partitionCount: count,
                    replicationFactor: wanted.assignments.isEmpty ? wanted.replicationFactor : 1, settings: settings),
                validateOnly: validateOnly)
            if let topic { result.topicID = KafkaUUID(hi: topic.id.high, lo: topic.id.low) }
            result.numPartitions = count == -1 ? broker.configuration.defaultPartitionCount : count
            result.replicationFactor = 1
            result.configs = broker.settingEntries(of: settings).map {
                .init(
                    name: $0.name, value: $0.isSensitive ? nil : $0.value, readOnly: $0.isReadOnly,
                    configSource: $0.source.rawValue, isSensitive: $0.isSensitive)
            }
        } catch let error as BrokerError {
            result.errorCode = KafkaError(error).rawValue
            result.errorMessage = "\(error)"
        } catch {
            result.errorCode = KafkaError.invalidReplicaAssignment.rawValue
            result.errorMessage = "\(error)"
        }
        return result
    }

    /// The count a request asks for, by number or by listing replicas for partitions 0, 1, 2 ….
    private static func partitionCount(of wanted: CreateTopicsRequest.Topic, node: Int32) throws -> Int32 {
        guard !wanted.assignments.isEmpty else { return wanted.numPartitions }
        guard wanted.numPartitions == -1, wanted.replicationFactor == -1 else {
            throw BrokerError.invalidPartitionCount(
                count: wanted.numPartitions, reason: "give either a replica assignment or counts, not both")
        }
        let sorted = wanted.assignments.sorted { $0.partitionIndex < $1.partitionIndex }
        for (index, assignment) in sorted.enumerated() {
            guard assignment.partitionIndex == index else {
                throw InvalidAssignment(reason: "partitions of the assignment do not count from 0 without gaps")
            }
            guard assignment.brokerIDs == [node] else {
                throw InvalidAssignment(
                    reason: "replicas \(assignment.brokerIDs) of partition \(index): only [\(node)] exists")
            }
        }
        return Int32(sorted.count)
    }

    private struct InvalidAssignment: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    func deleteTopics(_ request: DeleteTopicsRequest, _ call: RequestCall) {
        let broker = broker
        // Names before version 6, then names or ids.
        let wanted =
            call.version >= 6 ? request.topics : request.topicNames.map { DeleteTopicsRequest.Topic(name: $0) }
        answerFromPool(call, DeleteTopicsRequest.self) {
            DeleteTopicsResponse(topics: wanted.map { RequestDispatcher.delete($0, broker: broker) })
        }
    }

    private static func delete(_ wanted: DeleteTopicsRequest.Topic, broker: Broker)
        -> DeleteTopicsResponse.Topic
    {
        var result = DeleteTopicsResponse.Topic(name: wanted.name, topicID: wanted.topicID)
        let found: Topic?
        if let name = wanted.name {
            found = broker.topic(name)
        } else {
            found = broker.topic(id: TopicID(high: wanted.topicID.hi, low: wanted.topicID.lo))
        }
        guard let topic = found else {
            let error: KafkaError = wanted.name == nil ? .unknownTopicID : .unknownTopicOrPartition
            result.errorCode = error.rawValue
            return result
        }
        result.name = topic.name
        result.topicID = KafkaUUID(hi: topic.id.high, lo: topic.id.low)
        do throws(BrokerError) {
            try broker.deleteTopic(topic.name)
        } catch {
            result.errorCode = KafkaError(error).rawValue
            result.errorMessage = "\(error)"
        }
        return result
    }

    func createPartitions(_ request: CreatePartitionsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, CreatePartitionsRequest.self) {
            CreatePartitionsResponse(
                topics: request.topics.map {
                    RequestDispatcher.addPartitions($0, validateOnly: request.validateOnly, broker: broker)
                })
        }
    }

    private static func addPartitions(_ wanted: CreatePartitionsRequest.Topic, validateOnly: Bool, broker: Broker)
        -> CreatePartitionsResponse.Topic
    {
        var result = CreatePartitionsResponse.Topic(name: wanted.name)
        do {
            let node = broker.configuration.nodeID
            let hadCount = broker.topic(wanted.name)?.partitions.count ?? 0
            if let assignments = wanted.assignments, hadCount > 0 {
                guard assignments.count == Int(wanted.count) - hadCount,
                    assignments.allSatisfy({ $0.brokerIDs == [node] })
                else {
                    throw InvalidAssignment(reason: "the assignment must name [\(node)] for each of the new partitions")
                }
            }
            try broker.addPartitions(topic: wanted.name, upTo: wanted.count, validateOnly: validateOnly)
        } catch let error as BrokerError {
            result.errorCode = KafkaError(error).rawValue
            result.errorMessage = "\(error)"
        } catch {
            result.errorCode = KafkaError.invalidReplicaAssignment.rawValue
            result.errorMessage = "\(error)"
        }
        return result
    }

    func deleteRecords(_ request: DeleteRecordsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, DeleteRecordsRequest.self) {
            DeleteRecordsResponse(
                topics: request.topics.map { topic in
                    DeleteRecordsResponse.Topic(
                        name: topic.name,
                        partitions: topic.partitions.map {
                            RequestDispatcher.deleteRecords($0, topic: topic.name, broker: broker)
                        })
                })
        }
    }

    private static func deleteRecords(_ wanted: DeleteRecordsRequest.Partition, topic: String, broker: Broker)
        -> DeleteRecordsResponse.Partition
    {
        var result = DeleteRecordsResponse.Partition(partitionIndex: wanted.partitionIndex, lowWatermark: -1)
        do throws(BrokerError) {
            result.lowWatermark = try broker.deleteRecords(
                topic: topic, partition: wanted.partitionIndex, before: wanted.offset)
        } catch {
            result.errorCode = KafkaError(error).rawValue
        }
        return result
    }

    func initProducerID(_ request: InitProducerIDRequest, _ call: RequestCall) {
        guard request.transactionalID == nil else {
            return answer(
                call, InitProducerIDRequest.self,
                InitProducerIDResponse(
                    errorCode: KafkaError.transactionalIDAuthorizationFailed.rawValue, producerID: -1, producerEpoch: -1
                ))
        }
        let broker = broker
        answerFromPool(call, InitProducerIDRequest.self) {
            do throws(BrokerError) {
                return InitProducerIDResponse(producerID: try broker.makeProducerID(), producerEpoch: 0)
            } catch {
                return InitProducerIDResponse(errorCode: KafkaError(error).rawValue, producerID: -1, producerEpoch: -1)
            }
        }
    }

    func describeLogDirs(_ request: DescribeLogDirsRequest, _ call: RequestCall) {
        let broker = broker
        answerFromPool(call, DescribeLogDirsRequest.self) {
            let wanted = request.topics?.reduce(into: [String: Set<Int32>]()) { $0[$1.name] = Set($1.partitions) }
            var directory = DescribeLogDirsResponse.LogDir(path: broker.logsPath, totalBytes: -1, usableBytes: -1)
            if let space = broker.diskSpace {
                directory.totalBytes = space.totalBytes
                directory.usableBytes = space.usableBytes
            }
            directory.topics = broker.topics.compactMap { topic in
                guard wanted == nil || wanted?[topic.name] != nil else { return nil }
                let partitions = topic.partitions.filter { wanted?[topic.name]?.contains($0.index) ?? true }
                return DescribeLogDirsResponse.Topic(
                    name: topic.name,
                    partitions: partitions.map {
                        .init(
                            partitionIndex: $0.index, sizeBytes: $0.log.figures.sizeBytes, offsetLag: 0, isFuture: false
                        )
                    })
            }
            return DescribeLogDirsResponse(logDirs: [directory])
        }
    }
}
