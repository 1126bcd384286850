import BrokerEngine
import KafkaWire
import NIOCore

extension RequestDispatcher {
    func offsetCommit(_ request: OffsetCommitRequest, _ call: RequestCall) {
        // A partition that does not exist is refused on its own; the others are committed.
        var known: [OffsetTopic<OffsetCommit.Partition>] = []
        var response = OffsetCommitResponse()
        for topic in request.topics {
            let found = broker.topic(topic.name)
            var partitions: [OffsetCommit.Partition] = []
            var refused = OffsetCommitResponse.Topic(name: topic.name)
            for partition in topic.partitions {
                if let found, partition.partitionIndex >= 0, partition.partitionIndex < found.partitions.count {
                    partitions.append(
                        .init(
                            partition: partition.partitionIndex, offset: partition.committedOffset,
                            leaderEpoch: partition.committedLeaderEpoch, metadata: partition.committedMetadata))
                } else {
                    refused.partitions.append(
                        .init(
                            partitionIndex: partition.partitionIndex,
                            errorCode: KafkaError.unknownTopicOrPartition.rawValue))
                }
            }
            if !partitions.isEmpty { known.append(.init(topic: topic.name, partitions: partitions)) }
            if !refused.partitions.isEmpty { response.topics.append(refused) }
        }
        guard !known.isEmpty else { return answer(call, OffsetCommitRequest.self, response) }
        let commit = OffsetCommit(
            groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
            generation: request.generationID,
            retentionTimeMS: request.retentionTimeMS >= 0 ? request.retentionTimeMS : nil, topics: known)
        let refusedTopics = response.topics
        parkOffsets(call, OffsetCommitRequest.self, { service.groups.commitOffsets(commit, reply: $0) }) { reply in
            guard case .commitOffsets(let committed) = reply else { return nil }
            return OffsetCommitResponse(
                topics: committed.topics.map { topic in
                    .init(
                        name: topic.topic,
                        partitions: topic.partitions.map {
                            .init(
                                partitionIndex: $0.partition,
                                errorCode: $0.error == .recordTooLarge
                                    ? KafkaError.invalidCommitOffsetSize.rawValue : KafkaError.code($0.error))
                        })
                } + refusedTopics)
        }
    }

    func offsetFetch(_ request: OffsetFetchRequest, _ call: RequestCall) {
        var response = OffsetFetchResponse()
        if call.version >= 8 {
            response.groups = request.groups.withoutRepeats(of: \.groupID).map { group in
                let reply = fetchOffsets(
                    group: group.groupID, topics: group.topics.map { $0.map { ($0.name, $0.partitionIndexes) } },
                    requireStable: request.requireStable)
                return .init(
                    groupID: group.groupID,
                    topics: reply.topics.map { topic in
                        .init(
                            name: topic.topic,
                            partitions: topic.partitions.map {
                                .init(
                                    partitionIndex: $0.partition, committedOffset: $0.offset,
                                    committedLeaderEpoch: $0.leaderEpoch, metadata: $0.metadata,
                                    errorCode: KafkaError.code($0.error))
                            })
                    }, errorCode: KafkaError.code(reply.error))
            }
        } else {
            let reply = fetchOffsets(
                group: request.groupID, topics: request.topics.map { $0.map { ($0.name, $0.partitionIndexes) } },
                requireStable: request.requireStable)
            response.errorCode = KafkaError.code(reply.error)
            response.topics = reply.topics.map { topic in
                .init(
                    name: topic.topic,
                    partitions: topic.partitions.map {
                        .init(
                            partitionIndex: $0.partition, committedOffset: $0.offset,
                            committedLeaderEpoch: $0.leaderEpoch, metadata: $0.metadata,
                            // Versions 0 and 1 have no error of the whole: each partition carries it.
                            errorCode: KafkaError.code($0.error ?? (call.version < 2 ? reply.error : nil)))
                    })
            }
        }
        answer(call, OffsetFetchRequest.self, response)
    }

    private func fetchOffsets(group: String, topics: [(String, [Int32])]?, requireStable: Bool) -> OffsetFetchReply {
        service.groups.fetchOffsets(
            .init(
                groupID: group,
                topics: topics.map { topics in
                    topics.withoutRepeats(of: \.0).map {
                        OffsetTopic(topic: $0.0, partitions: $0.1.withoutRepeats { $0 })
                    }
                },
                requiresStable: requireStable))
    }

    func offsetDelete(_ request: OffsetDeleteRequest, _ call: RequestCall) {
        let deletion = OffsetDelete(
            groupID: request.groupID,
            topics: request.topics.map {
                OffsetTopic(topic: $0.name, partitions: $0.partitions.map(\.partitionIndex))
            })
        parkOffsets(call, OffsetDeleteRequest.self, { service.groups.deleteOffsets(deletion, reply: $0) }) { reply in
            guard case .deleteOffsets(let deleted) = reply else { return nil }
            return OffsetDeleteResponse(
                errorCode: KafkaError.code(deleted.error),
                topics: deleted.topics.map { topic in
                    .init(
                        name: topic.topic,
                        partitions: topic.partitions.map {
                            .init(partitionIndex: $0.partition, errorCode: KafkaError.code($0.error))
                        })
                })
        }
    }

    private func parkOffsets<Request: KafkaRequest>(
        _ call: RequestCall, _ type: Request.Type, _ submit: (@escaping GroupCoordinator.Reply) -> RequestToken,
        _ makeResponse: @escaping @Sendable (GroupReply) -> Request.Response?
    ) {
        park(call, type, submit) { reply, _ in makeResponse(reply) }
    }
}
