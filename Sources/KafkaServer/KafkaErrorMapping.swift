import BrokerEngine
import KafkaWire
import LogStorage

// The one place where errors of the engines become error codes of the protocol.

extension KafkaError {
    init(_ error: LogError) {
        self =
            switch error {
            case .corruptBatch, .damaged: .corruptMessage
            case .invalidRecord, .recordsWithoutKey, .duplicateRecords: .invalidRecord
            // Retried by every client, and not about where the partition is.
            case .gateClosed: .notEnoughReplicas
            case .unsupportedCodec: .unsupportedCompressionType
            case .batchTooLarge, .inflatesTooFar: .messageTooLarge
            case .batchLargerThanSegment: .recordListTooLarge
            case .timestampOutOfRange: .invalidTimestamp
            case .producerFenced: .invalidProducerEpoch
            case .sequenceOutOfOrder: .outOfOrderSequenceNumber
            case .transactionsUnsupported: .transactionalIDAuthorizationFailed
            case .offsetOutOfRange: .offsetOutOfRange
            case .disk, .offline: .kafkaStorageError
            case .deleted: .unknownTopicOrPartition
            }
    }

    init(_ error: BrokerError) {
        self =
            switch error {
            case .unknownTopic, .unknownPartition: .unknownTopicOrPartition
            case .topicExists: .topicAlreadyExists
            case .invalidTopicName, .internalTopic: .invalidTopicException
            case .invalidPartitionCount: .invalidPartitions
            case .invalidReplicationFactor: .invalidReplicationFactor
            case .invalidConfig: .invalidConfig
            case .invalidRequest: .invalidRequest
            case .config(let error): KafkaError(error)
            case .log(let error): KafkaError(error)
            case .metadata: .unknownServerError
            case .shuttingDown: .brokerNotAvailable
            }
    }

    init(_ error: ConfigError) {
        self =
            switch error.code {
            case .readOnly, .malformedChange: .invalidRequest
            case .unknownName, .invalidValue, .conflict, .notAList: .invalidConfig
            }
    }

    init(_ error: GroupError) {
        self =
            switch error {
            case .coordinatorNotAvailable: .coordinatorNotAvailable
            case .coordinatorLoadInProgress: .coordinatorLoadInProgress
            case .notCoordinator: .notCoordinator
            case .invalidGroupID: .invalidGroupID
            case .groupIDNotFound: .groupIDNotFound
            case .nonEmptyGroup: .nonEmptyGroup
            case .groupSubscribedToTopic: .groupSubscribedToTopic
            case .groupMaxSizeReached: .groupMaxSizeReached
            case .unknownMemberID: .unknownMemberID
            case .memberIDRequired: .memberIDRequired
            case .fencedInstanceID: .fencedInstanceID
            case .illegalGeneration: .illegalGeneration
            case .rebalanceInProgress: .rebalanceInProgress
            case .inconsistentGroupProtocol: .inconsistentGroupProtocol
            case .invalidSessionTimeout: .invalidSessionTimeout
            case .offsetMetadataTooLarge: .offsetMetadataTooLarge
            case .unstableOffsetCommit: .unstableOffsetCommit
            case .invalidRequest: .invalidRequest
            case .recordTooLarge: .unknownServerError
            }
    }

    /// The code of an optional group error.
    static func code(_ error: GroupError?) -> Int16 { error.map { KafkaError($0).rawValue } ?? 0 }
}

extension LogError {
    /// What a client's user should read, for protocol versions that carry a message.
    var message: String {
        switch self {
        case .corruptBatch(let reason), .invalidRecord(let reason), .offline(let reason): reason
        case .recordsWithoutKey(let indexes): "\(indexes.count) records without a key in a compacted topic"
        case .duplicateRecords(let indexes): "\(indexes.count) records that the topic has already"
        case .gateClosed(let reason): reason
        case .unsupportedCodec(let number): "compression codec \(number) is not one of 0 to 4"
        case .batchTooLarge(let size, let limit): "batch of \(size) bytes, max.message.bytes is \(limit)"
        case .batchLargerThanSegment(let size, let limit): "batch of \(size) bytes, segment.bytes is \(limit)"
        case .inflatesTooFar(let limit): "compressed records inflate to more than \(limit) bytes: send fewer at once"
        case .timestampOutOfRange(let timestamp, let now): "timestamp \(timestamp) is too far from the broker's \(now)"
        case .producerFenced(let id, let epoch, let current):
            "producer \(id) has epoch \(epoch), a newer one has \(current)"
        case .sequenceOutOfOrder(let id, let got, let expected):
            "producer \(id) sent sequence \(got), expected \(expected)"
        case .transactionsUnsupported: "transactions are not available on this broker"
        case .deleted(let log): "the topic of log \(log) was deleted"
        case .offsetOutOfRange(let offset, let start, let end): "offset \(offset) is outside \(start)...\(end)"
        case .damaged(_, let reason): reason
        case .disk(let error): "\(error)"
        }
    }
}
