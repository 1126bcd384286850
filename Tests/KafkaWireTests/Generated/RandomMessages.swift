// Generated from Descriptors/*.json by `swift run WireGenerator`; edit the descriptor.

import NIOCore

@testable import KafkaWire

/// Every message of the module.
let everyMessage: [MessageCase] = [
    .of(AddOffsetsToTxnRequest.self, "AddOffsetsToTxnRequest"),
    .of(AddOffsetsToTxnResponse.self, "AddOffsetsToTxnResponse"),
    .of(AddPartitionsToTxnRequest.self, "AddPartitionsToTxnRequest"),
    .of(AddPartitionsToTxnResponse.self, "AddPartitionsToTxnResponse"),
    .of(AlterConfigsRequest.self, "AlterConfigsRequest"),
    .of(AlterConfigsResponse.self, "AlterConfigsResponse"),
    .of(APIVersionsRequest.self, "APIVersionsRequest"),
    .of(APIVersionsResponse.self, "APIVersionsResponse"),
    .of(ConsumerProtocolAssignment.self, "ConsumerProtocolAssignment"),
    .of(ConsumerProtocolSubscription.self, "ConsumerProtocolSubscription"),
    .of(CreatePartitionsRequest.self, "CreatePartitionsRequest"),
    .of(CreatePartitionsResponse.self, "CreatePartitionsResponse"),
    .of(CreateTopicsRequest.self, "CreateTopicsRequest"),
    .of(CreateTopicsResponse.self, "CreateTopicsResponse"),
    .of(DeleteGroupsRequest.self, "DeleteGroupsRequest"),
    .of(DeleteGroupsResponse.self, "DeleteGroupsResponse"),
    .of(DeleteRecordsRequest.self, "DeleteRecordsRequest"),
    .of(DeleteRecordsResponse.self, "DeleteRecordsResponse"),
    .of(DeleteTopicsRequest.self, "DeleteTopicsRequest"),
    .of(DeleteTopicsResponse.self, "DeleteTopicsResponse"),
    .of(DescribeClusterRequest.self, "DescribeClusterRequest"),
    .of(DescribeClusterResponse.self, "DescribeClusterResponse"),
    .of(DescribeConfigsRequest.self, "DescribeConfigsRequest"),
    .of(DescribeConfigsResponse.self, "DescribeConfigsResponse"),
    .of(DescribeGroupsRequest.self, "DescribeGroupsRequest"),
    .of(DescribeGroupsResponse.self, "DescribeGroupsResponse"),
    .of(DescribeLogDirsRequest.self, "DescribeLogDirsRequest"),
    .of(DescribeLogDirsResponse.self, "DescribeLogDirsResponse"),
    .of(EndTxnRequest.self, "EndTxnRequest"),
    .of(EndTxnResponse.self, "EndTxnResponse"),
    .of(FetchRequest.self, "FetchRequest"),
    .of(FetchResponse.self, "FetchResponse"),
    .of(FindCoordinatorRequest.self, "FindCoordinatorRequest"),
    .of(FindCoordinatorResponse.self, "FindCoordinatorResponse"),
    .of(HeartbeatRequest.self, "HeartbeatRequest"),
    .of(HeartbeatResponse.self, "HeartbeatResponse"),
    .of(IncrementalAlterConfigsRequest.self, "IncrementalAlterConfigsRequest"),
    .of(IncrementalAlterConfigsResponse.self, "IncrementalAlterConfigsResponse"),
    .of(InitProducerIDRequest.self, "InitProducerIDRequest"),
    .of(InitProducerIDResponse.self, "InitProducerIDResponse"),
    .of(JoinGroupRequest.self, "JoinGroupRequest"),
    .of(JoinGroupResponse.self, "JoinGroupResponse"),
    .of(LeaveGroupRequest.self, "LeaveGroupRequest"),
    .of(LeaveGroupResponse.self, "LeaveGroupResponse"),
    .of(ListGroupsRequest.self, "ListGroupsRequest"),
    .of(ListGroupsResponse.self, "ListGroupsResponse"),
    .of(ListOffsetsRequest.self, "ListOffsetsRequest"),
    .of(ListOffsetsResponse.self, "ListOffsetsResponse"),
    .of(ListPartitionReassignmentsRequest.self, "ListPartitionReassignmentsRequest"),
    .of(ListPartitionReassignmentsResponse.self, "ListPartitionReassignmentsResponse"),
    .of(MetadataRequest.self, "MetadataRequest"),
    .of(MetadataResponse.self, "MetadataResponse"),
    .of(OffsetCommitRequest.self, "OffsetCommitRequest"),
    .of(OffsetCommitResponse.self, "OffsetCommitResponse"),
    .of(OffsetDeleteRequest.self, "OffsetDeleteRequest"),
    .of(OffsetDeleteResponse.self, "OffsetDeleteResponse"),
    .of(OffsetFetchRequest.self, "OffsetFetchRequest"),
    .of(OffsetFetchResponse.self, "OffsetFetchResponse"),
    .of(OffsetForLeaderEpochRequest.self, "OffsetForLeaderEpochRequest"),
    .of(OffsetForLeaderEpochResponse.self, "OffsetForLeaderEpochResponse"),
    .of(ProduceRequest.self, "ProduceRequest"),
    .of(ProduceResponse.self, "ProduceResponse"),
    .of(SASLAuthenticateRequest.self, "SASLAuthenticateRequest"),
    .of(SASLAuthenticateResponse.self, "SASLAuthenticateResponse"),
    .of(SASLHandshakeRequest.self, "SASLHandshakeRequest"),
    .of(SASLHandshakeResponse.self, "SASLHandshakeResponse"),
    .of(SyncGroupRequest.self, "SyncGroupRequest"),
    .of(SyncGroupResponse.self, "SyncGroupResponse"),
    .of(TxnOffsetCommitRequest.self, "TxnOffsetCommitRequest"),
    .of(TxnOffsetCommitResponse.self, "TxnOffsetCommitResponse"),
]

extension AddOffsetsToTxnRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.transactionalID = random.string()
        value.producerID = random.integer()
        value.producerEpoch = random.integer()
        value.groupID = random.string()
        return value
    }
}

extension AddOffsetsToTxnResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension AddPartitionsToTxnRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.transactionalID = random.string()
        value.producerID = random.integer()
        value.producerEpoch = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension AddPartitionsToTxnRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(random.integer())
        }
        return value
    }
}

extension AddPartitionsToTxnResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension AddPartitionsToTxnResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension AddPartitionsToTxnResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension AlterConfigsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        value.validateOnly = random.bool()
        return value
    }
}

extension AlterConfigsRequest.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.resourceType = random.integer()
        value.resourceName = random.string()
        for _ in 0..<random.count() {
            value.configs.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension AlterConfigsRequest.Config {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        return value
    }
}

extension AlterConfigsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension AlterConfigsResponse.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        value.resourceType = random.integer()
        value.resourceName = random.string()
        return value
    }
}

extension APIVersionsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 3 {
            value.clientSoftwareName = random.string()
        }
        if version >= 3 {
            value.clientSoftwareVersion = random.string()
        }
        return value
    }
}

extension APIVersionsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        for _ in 0..<random.count() {
            value.apiKeys.append(.random(version: version, using: &random))
        }
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        if version >= 3 {
            for _ in 0..<random.count() {
                value.supportedFeatures.append(.random(version: version, using: &random))
            }
        }
        if version >= 3 {
            value.finalizedFeaturesEpoch = random.integer()
        }
        if version >= 3 {
            for _ in 0..<random.count() {
                value.finalizedFeatures.append(.random(version: version, using: &random))
            }
        }
        if version >= 3 {
            value.zkMigrationReady = random.bool()
        }
        return value
    }
}

extension APIVersionsResponse.APIVersion {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.apiKey = random.integer()
        value.minVersion = random.integer()
        value.maxVersion = random.integer()
        return value
    }
}

extension APIVersionsResponse.SupportedFeature {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.minVersion = random.integer()
        value.maxVersion = random.integer()
        return value
    }
}

extension APIVersionsResponse.FinalizedFeature {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.maxVersionLevel = random.integer()
        value.minVersionLevel = random.integer()
        return value
    }
}

extension ConsumerProtocolAssignment: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.assignedPartitions.append(.random(version: version, using: &random))
        }
        if random.isPresent(nullable: true) {
            value.userData = random.bytes()
        }
        return value
    }
}

extension ConsumerProtocolAssignment.TopicPartition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(random.integer())
        }
        return value
    }
}

extension ConsumerProtocolSubscription: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.topics.append(random.string())
        }
        if random.isPresent(nullable: true) {
            value.userData = random.bytes()
        }
        if version >= 1 {
            for _ in 0..<random.count() {
                value.ownedPartitions.append(.random(version: version, using: &random))
            }
        }
        if version >= 2 {
            value.generationID = random.integer()
        }
        if version >= 3 {
            if random.isPresent(nullable: true) {
                value.rackID = random.string()
            }
        }
        return value
    }
}

extension ConsumerProtocolSubscription.TopicPartition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(random.integer())
        }
        return value
    }
}

extension CreatePartitionsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        value.timeoutMS = random.integer()
        value.validateOnly = random.bool()
        return value
    }
}

extension CreatePartitionsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.count = random.integer()
        if random.isPresent(nullable: true) {
            value.assignments = []
            for _ in 0..<random.count() {
                value.assignments?.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension CreatePartitionsRequest.Assignment {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.brokerIDs.append(random.integer())
        }
        return value
    }
}

extension CreatePartitionsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension CreatePartitionsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        return value
    }
}

extension CreateTopicsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        value.timeoutMS = random.integer()
        if version >= 1 {
            value.validateOnly = random.bool()
        }
        return value
    }
}

extension CreateTopicsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.numPartitions = random.integer()
        value.replicationFactor = random.integer()
        for _ in 0..<random.count() {
            value.assignments.append(.random(version: version, using: &random))
        }
        for _ in 0..<random.count() {
            value.configs.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension CreateTopicsRequest.Assignment {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        for _ in 0..<random.count() {
            value.brokerIDs.append(random.integer())
        }
        return value
    }
}

extension CreateTopicsRequest.Config {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        return value
    }
}

extension CreateTopicsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 2 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension CreateTopicsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if version >= 7 {
            value.topicID = random.uuid()
        }
        value.errorCode = random.integer()
        if version >= 1 {
            if random.isPresent(nullable: true) {
                value.errorMessage = random.string()
            }
        }
        if version >= 5 {
            value.topicConfigErrorCode = random.integer()
        }
        if version >= 5 {
            value.numPartitions = random.integer()
        }
        if version >= 5 {
            value.replicationFactor = random.integer()
        }
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.configs = []
                for _ in 0..<random.count() {
                    value.configs?.append(.random(version: version, using: &random))
                }
            }
        }
        return value
    }
}

extension CreateTopicsResponse.Config {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        value.readOnly = random.bool()
        value.configSource = random.integer()
        value.isSensitive = random.bool()
        return value
    }
}

extension DeleteGroupsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.groupIDs.append(random.string())
        }
        return value
    }
}

extension DeleteGroupsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.groups.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DeleteGroupsResponse.Group {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.errorCode = random.integer()
        return value
    }
}

extension DeleteRecordsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        value.timeoutMS = random.integer()
        return value
    }
}

extension DeleteRecordsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DeleteRecordsRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.offset = random.integer()
        return value
    }
}

extension DeleteRecordsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DeleteRecordsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DeleteRecordsResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.lowWatermark = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension DeleteTopicsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 6 {
            for _ in 0..<random.count() {
                value.topics.append(.random(version: version, using: &random))
            }
        }
        if version <= 5 {
            for _ in 0..<random.count() {
                value.topicNames.append(random.string())
            }
        }
        value.timeoutMS = random.integer()
        return value
    }
}

extension DeleteTopicsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: true) {
            value.name = random.string()
        }
        value.topicID = random.uuid()
        return value
    }
}

extension DeleteTopicsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DeleteTopicsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: version >= 6) {
            value.name = random.string()
        }
        if version >= 6 {
            value.topicID = random.uuid()
        }
        value.errorCode = random.integer()
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.errorMessage = random.string()
            }
        }
        return value
    }
}

extension DescribeClusterRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.includeClusterAuthorizedOperations = random.bool()
        if version >= 1 {
            value.endpointType = random.integer()
        }
        return value
    }
}

extension DescribeClusterResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        if version >= 1 {
            value.endpointType = random.integer()
        }
        value.clusterID = random.string()
        value.controllerID = random.integer()
        for _ in 0..<random.count() {
            value.brokers.append(.random(version: version, using: &random))
        }
        value.clusterAuthorizedOperations = random.integer()
        return value
    }
}

extension DescribeClusterResponse.Broker {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.brokerID = random.integer()
        value.host = random.string()
        value.port = random.integer()
        if random.isPresent(nullable: true) {
            value.rack = random.string()
        }
        return value
    }
}

extension DescribeConfigsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        if version >= 1 {
            value.includeSynonyms = random.bool()
        }
        if version >= 3 {
            value.includeDocumentation = random.bool()
        }
        return value
    }
}

extension DescribeConfigsRequest.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.resourceType = random.integer()
        value.resourceName = random.string()
        if random.isPresent(nullable: true) {
            value.configurationKeys = []
            for _ in 0..<random.count() {
                value.configurationKeys?.append(random.string())
            }
        }
        return value
    }
}

extension DescribeConfigsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DescribeConfigsResponse.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        value.resourceType = random.integer()
        value.resourceName = random.string()
        for _ in 0..<random.count() {
            value.configs.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DescribeConfigsResponse.Config {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        value.readOnly = random.bool()
        if version <= 0 {
            value.isDefault = random.bool()
        }
        if version >= 1 {
            value.configSource = random.integer()
        }
        value.isSensitive = random.bool()
        if version >= 1 {
            for _ in 0..<random.count() {
                value.synonyms.append(.random(version: version, using: &random))
            }
        }
        if version >= 3 {
            value.configType = random.integer()
        }
        if version >= 3 {
            if random.isPresent(nullable: true) {
                value.documentation = random.string()
            }
        }
        return value
    }
}

extension DescribeConfigsResponse.Synonym {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        value.source = random.integer()
        return value
    }
}

extension DescribeGroupsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.groupIDs.append(random.string())
        }
        if version >= 3 {
            value.includeAuthorizedOperations = random.bool()
        }
        return value
    }
}

extension DescribeGroupsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.groups.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DescribeGroupsResponse.Group {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        value.groupID = random.string()
        value.groupState = random.string()
        value.protocolType = random.string()
        value.protocolData = random.string()
        for _ in 0..<random.count() {
            value.members.append(.random(version: version, using: &random))
        }
        if version >= 3 {
            value.authorizedOperations = random.integer()
        }
        return value
    }
}

extension DescribeGroupsResponse.Member {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.memberID = random.string()
        if version >= 4 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        value.clientID = random.string()
        value.clientHost = random.string()
        value.memberMetadata = random.bytes()
        value.memberAssignment = random.bytes()
        return value
    }
}

extension DescribeLogDirsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: true) {
            value.topics = []
            for _ in 0..<random.count() {
                value.topics?.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension DescribeLogDirsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(random.integer())
        }
        return value
    }
}

extension DescribeLogDirsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        if version >= 3 {
            value.errorCode = random.integer()
        }
        for _ in 0..<random.count() {
            value.logDirs.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DescribeLogDirsResponse.LogDir {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        value.path = random.string()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        if version >= 4 {
            value.totalBytes = random.integer()
        }
        if version >= 4 {
            value.usableBytes = random.integer()
        }
        return value
    }
}

extension DescribeLogDirsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension DescribeLogDirsResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.sizeBytes = random.integer()
        value.offsetLag = random.integer()
        value.isFuture = random.bool()
        return value
    }
}

extension EndTxnRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.transactionalID = random.string()
        value.producerID = random.integer()
        value.producerEpoch = random.integer()
        value.committed = random.bool()
        return value
    }
}

extension EndTxnResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension FetchRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 12 {
            if random.isPresent(nullable: true) {
                value.clusterID = random.string()
            }
        }
        value.replicaID = random.integer()
        value.maxWaitMS = random.integer()
        value.minBytes = random.integer()
        value.maxBytes = random.integer()
        value.isolationLevel = random.integer()
        if version >= 7 {
            value.sessionID = random.integer()
        }
        if version >= 7 {
            value.sessionEpoch = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        if version >= 7 {
            for _ in 0..<random.count() {
                value.forgottenTopics.append(.random(version: version, using: &random))
            }
        }
        if version >= 11 {
            value.rackID = random.string()
        }
        return value
    }
}

extension FetchRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension FetchRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        if version >= 9 {
            value.currentLeaderEpoch = random.integer()
        }
        value.fetchOffset = random.integer()
        if version >= 12 {
            value.lastFetchedEpoch = random.integer()
        }
        if version >= 5 {
            value.logStartOffset = random.integer()
        }
        value.partitionMaxBytes = random.integer()
        return value
    }
}

extension FetchRequest.ForgottenTopic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(random.integer())
        }
        return value
    }
}

extension FetchResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        if version >= 7 {
            value.errorCode = random.integer()
        }
        if version >= 7 {
            value.sessionID = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension FetchResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension FetchResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        value.highWatermark = random.integer()
        value.lastStableOffset = random.integer()
        if version >= 5 {
            value.logStartOffset = random.integer()
        }
        if version >= 12 {
            value.divergingEpoch = .random(version: version, using: &random)
        }
        if version >= 12 {
            value.currentLeader = .random(version: version, using: &random)
        }
        if version >= 12 {
            value.snapshotID = .random(version: version, using: &random)
        }
        if random.isPresent(nullable: true) {
            value.abortedTransactions = []
            for _ in 0..<random.count() {
                value.abortedTransactions?.append(.random(version: version, using: &random))
            }
        }
        if version >= 11 {
            value.preferredReadReplica = random.integer()
        }
        if random.isPresent(nullable: true) {
            value.records = random.bytes()
        }
        return value
    }
}

extension FetchResponse.EpochEndOffset {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.epoch = random.integer()
        value.endOffset = random.integer()
        return value
    }
}

extension FetchResponse.CurrentLeader {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.leaderID = random.integer()
        value.leaderEpoch = random.integer()
        return value
    }
}

extension FetchResponse.SnapshotID {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.endOffset = random.integer()
        value.epoch = random.integer()
        return value
    }
}

extension FetchResponse.AbortedTransaction {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.producerID = random.integer()
        value.firstOffset = random.integer()
        return value
    }
}

extension FindCoordinatorRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version <= 3 {
            value.key = random.string()
        }
        if version >= 1 {
            value.keyType = random.integer()
        }
        if version >= 4 {
            for _ in 0..<random.count() {
                value.coordinatorKeys.append(random.string())
            }
        }
        return value
    }
}

extension FindCoordinatorResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        if version <= 3 {
            value.errorCode = random.integer()
        }
        if version >= 1 && version <= 3 {
            if random.isPresent(nullable: true) {
                value.errorMessage = random.string()
            }
        }
        if version <= 3 {
            value.nodeID = random.integer()
        }
        if version <= 3 {
            value.host = random.string()
        }
        if version <= 3 {
            value.port = random.integer()
        }
        if version >= 4 {
            for _ in 0..<random.count() {
                value.coordinators.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension FindCoordinatorResponse.Coordinator {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.key = random.string()
        value.nodeID = random.integer()
        value.host = random.string()
        value.port = random.integer()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        return value
    }
}

extension HeartbeatRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.generationID = random.integer()
        value.memberID = random.string()
        if version >= 3 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        return value
    }
}

extension HeartbeatResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        value.errorCode = random.integer()
        return value
    }
}

extension IncrementalAlterConfigsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        value.validateOnly = random.bool()
        return value
    }
}

extension IncrementalAlterConfigsRequest.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.resourceType = random.integer()
        value.resourceName = random.string()
        for _ in 0..<random.count() {
            value.configs.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension IncrementalAlterConfigsRequest.Config {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.configOperation = random.integer()
        if random.isPresent(nullable: true) {
            value.value = random.string()
        }
        return value
    }
}

extension IncrementalAlterConfigsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.resources.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension IncrementalAlterConfigsResponse.Resource {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        value.resourceType = random.integer()
        value.resourceName = random.string()
        return value
    }
}

extension InitProducerIDRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: true) {
            value.transactionalID = random.string()
        }
        value.transactionTimeoutMS = random.integer()
        if version >= 3 {
            value.producerID = random.integer()
        }
        if version >= 3 {
            value.producerEpoch = random.integer()
        }
        return value
    }
}

extension InitProducerIDResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        value.errorCode = random.integer()
        value.producerID = random.integer()
        value.producerEpoch = random.integer()
        return value
    }
}

extension JoinGroupRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.sessionTimeoutMS = random.integer()
        if version >= 1 {
            value.rebalanceTimeoutMS = random.integer()
        }
        value.memberID = random.string()
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        value.protocolType = random.string()
        for _ in 0..<random.count() {
            value.protocols.append(.random(version: version, using: &random))
        }
        if version >= 8 {
            if random.isPresent(nullable: true) {
                value.reason = random.string()
            }
        }
        return value
    }
}

extension JoinGroupRequest.GroupProtocol {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        value.metadata = random.bytes()
        return value
    }
}

extension JoinGroupResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 2 {
            value.throttleTimeMS = random.integer()
        }
        value.errorCode = random.integer()
        value.generationID = random.integer()
        if version >= 7 {
            if random.isPresent(nullable: true) {
                value.protocolType = random.string()
            }
        }
        if random.isPresent(nullable: version >= 7) {
            value.protocolName = random.string()
        }
        value.leader = random.string()
        if version >= 9 {
            value.skipAssignment = random.bool()
        }
        value.memberID = random.string()
        for _ in 0..<random.count() {
            value.members.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension JoinGroupResponse.Member {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.memberID = random.string()
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        value.metadata = random.bytes()
        return value
    }
}

extension LeaveGroupRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        if version <= 2 {
            value.memberID = random.string()
        }
        if version >= 3 {
            for _ in 0..<random.count() {
                value.members.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension LeaveGroupRequest.Member {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.memberID = random.string()
        if random.isPresent(nullable: true) {
            value.groupInstanceID = random.string()
        }
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.reason = random.string()
            }
        }
        return value
    }
}

extension LeaveGroupResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        value.errorCode = random.integer()
        if version >= 3 {
            for _ in 0..<random.count() {
                value.members.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension LeaveGroupResponse.Member {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.memberID = random.string()
        if random.isPresent(nullable: true) {
            value.groupInstanceID = random.string()
        }
        value.errorCode = random.integer()
        return value
    }
}

extension ListGroupsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 4 {
            for _ in 0..<random.count() {
                value.statesFilter.append(random.string())
            }
        }
        if version >= 5 {
            for _ in 0..<random.count() {
                value.typesFilter.append(random.string())
            }
        }
        return value
    }
}

extension ListGroupsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        value.errorCode = random.integer()
        for _ in 0..<random.count() {
            value.groups.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListGroupsResponse.Group {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.protocolType = random.string()
        if version >= 4 {
            value.groupState = random.string()
        }
        if version >= 5 {
            value.groupType = random.string()
        }
        return value
    }
}

extension ListOffsetsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.replicaID = random.integer()
        if version >= 2 {
            value.isolationLevel = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListOffsetsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListOffsetsRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        if version >= 4 {
            value.currentLeaderEpoch = random.integer()
        }
        value.timestamp = random.integer()
        return value
    }
}

extension ListOffsetsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 2 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListOffsetsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListOffsetsResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        value.timestamp = random.integer()
        value.offset = random.integer()
        if version >= 4 {
            value.leaderEpoch = random.integer()
        }
        return value
    }
}

extension ListPartitionReassignmentsRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.timeoutMS = random.integer()
        if random.isPresent(nullable: true) {
            value.topics = []
            for _ in 0..<random.count() {
                value.topics?.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension ListPartitionReassignmentsRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitionIndexes.append(random.integer())
        }
        return value
    }
}

extension ListPartitionReassignmentsResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListPartitionReassignmentsResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ListPartitionReassignmentsResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        for _ in 0..<random.count() {
            value.replicas.append(random.integer())
        }
        for _ in 0..<random.count() {
            value.addingReplicas.append(random.integer())
        }
        for _ in 0..<random.count() {
            value.removingReplicas.append(random.integer())
        }
        return value
    }
}

extension MetadataRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: version >= 1) {
            value.topics = []
            for _ in 0..<random.count() {
                value.topics?.append(.random(version: version, using: &random))
            }
        }
        if version >= 4 {
            value.allowAutoTopicCreation = random.bool()
        }
        if version >= 8 && version <= 10 {
            value.includeClusterAuthorizedOperations = random.bool()
        }
        if version >= 8 {
            value.includeTopicAuthorizedOperations = random.bool()
        }
        return value
    }
}

extension MetadataRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 10 {
            value.topicID = random.uuid()
        }
        if random.isPresent(nullable: version >= 10) {
            value.name = random.string()
        }
        return value
    }
}

extension MetadataResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 3 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.brokers.append(.random(version: version, using: &random))
        }
        if version >= 2 {
            if random.isPresent(nullable: true) {
                value.clusterID = random.string()
            }
        }
        if version >= 1 {
            value.controllerID = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        if version >= 8 && version <= 10 {
            value.clusterAuthorizedOperations = random.integer()
        }
        return value
    }
}

extension MetadataResponse.Broker {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.nodeID = random.integer()
        value.host = random.string()
        value.port = random.integer()
        if version >= 1 {
            if random.isPresent(nullable: true) {
                value.rack = random.string()
            }
        }
        return value
    }
}

extension MetadataResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        if random.isPresent(nullable: version >= 12) {
            value.name = random.string()
        }
        if version >= 10 {
            value.topicID = random.uuid()
        }
        if version >= 1 {
            value.isInternal = random.bool()
        }
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        if version >= 8 {
            value.topicAuthorizedOperations = random.integer()
        }
        return value
    }
}

extension MetadataResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        value.partitionIndex = random.integer()
        value.leaderID = random.integer()
        if version >= 7 {
            value.leaderEpoch = random.integer()
        }
        for _ in 0..<random.count() {
            value.replicaNodes.append(random.integer())
        }
        for _ in 0..<random.count() {
            value.isrNodes.append(random.integer())
        }
        if version >= 5 {
            for _ in 0..<random.count() {
                value.offlineReplicas.append(random.integer())
            }
        }
        return value
    }
}

extension OffsetCommitRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.generationID = random.integer()
        value.memberID = random.string()
        if version >= 7 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        if version >= 2 && version <= 4 {
            value.retentionTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetCommitRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetCommitRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.committedOffset = random.integer()
        if version >= 6 {
            value.committedLeaderEpoch = random.integer()
        }
        if version <= 1 {
            value.commitTimestamp = random.integer()
        }
        if random.isPresent(nullable: true) {
            value.committedMetadata = random.string()
        }
        return value
    }
}

extension OffsetCommitResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 3 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetCommitResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetCommitResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension OffsetDeleteRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetDeleteRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetDeleteRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        return value
    }
}

extension OffsetDeleteResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetDeleteResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetDeleteResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        return value
    }
}

extension OffsetFetchRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version <= 7 {
            value.groupID = random.string()
        }
        if version <= 7 {
            if random.isPresent(nullable: version >= 2) {
                value.topics = []
                for _ in 0..<random.count() {
                    value.topics?.append(.random(version: version, using: &random))
                }
            }
        }
        if version >= 8 {
            for _ in 0..<random.count() {
                value.groups.append(.random(version: version, using: &random))
            }
        }
        if version >= 7 {
            value.requireStable = random.bool()
        }
        return value
    }
}

extension OffsetFetchRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitionIndexes.append(random.integer())
        }
        return value
    }
}

extension OffsetFetchRequest.Group {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        if version >= 9 {
            if random.isPresent(nullable: true) {
                value.memberID = random.string()
            }
        }
        if version >= 9 {
            value.memberEpoch = random.integer()
        }
        if random.isPresent(nullable: true) {
            value.topics = []
            for _ in 0..<random.count() {
                value.topics?.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension OffsetFetchResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 3 {
            value.throttleTimeMS = random.integer()
        }
        if version <= 7 {
            for _ in 0..<random.count() {
                value.topics.append(.random(version: version, using: &random))
            }
        }
        if version >= 2 && version <= 7 {
            value.errorCode = random.integer()
        }
        if version >= 8 {
            for _ in 0..<random.count() {
                value.groups.append(.random(version: version, using: &random))
            }
        }
        return value
    }
}

extension OffsetFetchResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetFetchResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.committedOffset = random.integer()
        if version >= 5 {
            value.committedLeaderEpoch = random.integer()
        }
        if random.isPresent(nullable: true) {
            value.metadata = random.string()
        }
        value.errorCode = random.integer()
        return value
    }
}

extension OffsetFetchResponse.Group {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        value.errorCode = random.integer()
        return value
    }
}

extension OffsetForLeaderEpochRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 3 {
            value.replicaID = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetForLeaderEpochRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetForLeaderEpochRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        if version >= 2 {
            value.currentLeaderEpoch = random.integer()
        }
        value.leaderEpoch = random.integer()
        return value
    }
}

extension OffsetForLeaderEpochResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 2 {
            value.throttleTimeMS = random.integer()
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetForLeaderEpochResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension OffsetForLeaderEpochResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        value.partitionIndex = random.integer()
        if version >= 1 {
            value.leaderEpoch = random.integer()
        }
        value.endOffset = random.integer()
        return value
    }
}

extension ProduceRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if random.isPresent(nullable: true) {
            value.transactionalID = random.string()
        }
        value.acks = random.integer()
        value.timeoutMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ProduceRequest.TopicData {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ProduceRequest.PartitionData {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        if random.isPresent(nullable: true) {
            value.records = random.bytes()
        }
        return value
    }
}

extension ProduceResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        value.throttleTimeMS = random.integer()
        return value
    }
}

extension ProduceResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension ProduceResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        value.baseOffset = random.integer()
        value.logAppendTimeMS = random.integer()
        if version >= 5 {
            value.logStartOffset = random.integer()
        }
        if version >= 8 {
            for _ in 0..<random.count() {
                value.recordErrors.append(.random(version: version, using: &random))
            }
        }
        if version >= 8 {
            if random.isPresent(nullable: true) {
                value.errorMessage = random.string()
            }
        }
        return value
    }
}

extension ProduceResponse.RecordError {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.batchIndex = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        return value
    }
}

extension SASLAuthenticateRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.authBytes = random.bytes()
        return value
    }
}

extension SASLAuthenticateResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        if random.isPresent(nullable: true) {
            value.errorMessage = random.string()
        }
        value.authBytes = random.bytes()
        if version >= 1 {
            value.sessionLifetimeMS = random.integer()
        }
        return value
    }
}

extension SASLHandshakeRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.mechanism = random.string()
        return value
    }
}

extension SASLHandshakeResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.errorCode = random.integer()
        for _ in 0..<random.count() {
            value.mechanisms.append(random.string())
        }
        return value
    }
}

extension SyncGroupRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.groupID = random.string()
        value.generationID = random.integer()
        value.memberID = random.string()
        if version >= 3 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.protocolType = random.string()
            }
        }
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.protocolName = random.string()
            }
        }
        for _ in 0..<random.count() {
            value.assignments.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension SyncGroupRequest.Assignment {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.memberID = random.string()
        value.assignment = random.bytes()
        return value
    }
}

extension SyncGroupResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        if version >= 1 {
            value.throttleTimeMS = random.integer()
        }
        value.errorCode = random.integer()
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.protocolType = random.string()
            }
        }
        if version >= 5 {
            if random.isPresent(nullable: true) {
                value.protocolName = random.string()
            }
        }
        value.assignment = random.bytes()
        return value
    }
}

extension TxnOffsetCommitRequest: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.transactionalID = random.string()
        value.groupID = random.string()
        value.producerID = random.integer()
        value.producerEpoch = random.integer()
        if version >= 3 {
            value.generationID = random.integer()
        }
        if version >= 3 {
            value.memberID = random.string()
        }
        if version >= 3 {
            if random.isPresent(nullable: true) {
                value.groupInstanceID = random.string()
            }
        }
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension TxnOffsetCommitRequest.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension TxnOffsetCommitRequest.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.committedOffset = random.integer()
        if version >= 2 {
            value.committedLeaderEpoch = random.integer()
        }
        if random.isPresent(nullable: true) {
            value.committedMetadata = random.string()
        }
        return value
    }
}

extension TxnOffsetCommitResponse: RandomMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.throttleTimeMS = random.integer()
        for _ in 0..<random.count() {
            value.topics.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension TxnOffsetCommitResponse.Topic {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.name = random.string()
        for _ in 0..<random.count() {
            value.partitions.append(.random(version: version, using: &random))
        }
        return value
    }
}

extension TxnOffsetCommitResponse.Partition {
    static func random(version: Int16, using random: inout RandomValues) -> Self {
        var value = Self()
        value.partitionIndex = random.integer()
        value.errorCode = random.integer()
        return value
    }
}
