import BrokerEngine
import KafkaWire
import Replication

extension RequestDispatcher {
    /// Metadata: this one node leads everything. Unknown topics are created if client and broker both allow it, as
    /// Kafka does, and are ready in the same answer.
    func metadata(_ request: MetadataRequest, _ call: RequestCall) {
        let wantsAll = request.topics == nil || (call.version == 0 && request.topics?.isEmpty == true)
        let wanted = (request.topics ?? []).withoutRepeats { TopicReference(name: $0.name, id: $0.topicID) }
        let (broker, node) = (self.broker, service.node)
        // Asked once: a topic deleted meanwhile must not be created on the loop.
        let mayCreate =
            (call.version < 4 || request.allowAutoTopicCreation) && broker.configuration.createsTopicsOnDemand
            && !wantsAll && wanted.contains { topic in topic.name.map { broker.topic($0) == nil } ?? false }
        let makeResponse: @Sendable () -> MetadataResponse = {
            var response = MetadataResponse(
                clusterID: broker.clusterID, controllerID: broker.configuration.nodeID,
                clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
                    ? AuthorizedOperations.cluster : AuthorizedOperations.notAskedFor)
            response.brokers = [
                .init(nodeID: node.id, host: node.host, port: node.port, rack: nil)
            ]
            response.topics =
                wantsAll
                ? broker.topics.map { RequestDispatcher.describe($0, broker: broker) }
                : wanted.map { RequestDispatcher.describe($0, broker: broker, mayCreate: mayCreate) }
            if request.includeTopicAuthorizedOperations {
                for index in response.topics.indices where response.topics[index].errorCode == 0 {
                    response.topics[index].topicAuthorizedOperations = AuthorizedOperations.topic
                }
            }
            return response
        }
        if mayCreate {
            answerFromPool(call, MetadataRequest.self, makeResponse)
        } else {
            answer(call, MetadataRequest.self, makeResponse())
        }
    }

    private struct TopicReference: Hashable {
        var name: String?
        var id: KafkaUUID
    }

    private static func describe(_ wanted: MetadataRequest.Topic, broker: Broker, mayCreate: Bool)
        -> MetadataResponse.Topic
    {
        guard let name = wanted.name else {
            let id = TopicID(high: wanted.topicID.hi, low: wanted.topicID.lo)
            guard let topic = broker.topic(id: id) else {
                return .init(errorCode: KafkaError.unknownTopicID.rawValue, name: nil, topicID: wanted.topicID)
            }
            return describe(topic, broker: broker)
        }
        if let topic = broker.topic(name) { return describe(topic, broker: broker) }
        do throws(BrokerError) {
            try broker.checkName(name, isInternal: false)
            guard mayCreate else { throw BrokerError.unknownTopic(name: name) }
            if let topic = try broker.createTopic(.init(name: name)) { return describe(topic, broker: broker) }
            throw BrokerError.unknownTopic(name: name)
        } catch {
            // Another request may have created it meanwhile.
            if case .topicExists = error, let topic = broker.topic(name) { return describe(topic, broker: broker) }
            return .init(errorCode: KafkaError(error).rawValue, name: name)
        }
    }

    private static func describe(_ topic: Topic, broker: Broker) -> MetadataResponse.Topic {
        let node = broker.configuration.nodeID
        return .init(
            name: topic.name, topicID: KafkaUUID(hi: topic.id.high, lo: topic.id.low), isInternal: topic.isInternal,
            partitions: topic.partitions.map { partition in
                .init(
                    partitionIndex: partition.index, leaderID: node, leaderEpoch: partition.log.leaderEpoch,
                    replicaNodes: [node], isrNodes: [node], offlineReplicas: [])
            })
    }

    /// DescribeCluster: the same node, without topics.
    func describeCluster(_ request: DescribeClusterRequest, _ call: RequestCall) {
        let node = service.node
        answer(
            call, DescribeClusterRequest.self,
            DescribeClusterResponse(
                clusterID: broker.clusterID, controllerID: broker.configuration.nodeID,
                brokers: [
                    .init(brokerID: node.id, host: node.host, port: node.port, rack: nil)
                ],
                clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
                    ? AuthorizedOperations.cluster : AuthorizedOperations.notAskedFor))
    }

    /// ListPartitionReassignments: on one node none is ever under way.
    func listPartitionReassignments(_ request: ListPartitionReassignmentsRequest, _ call: RequestCall) {
        answer(call, ListPartitionReassignmentsRequest.self, ListPartitionReassignmentsResponse())
    }
}
