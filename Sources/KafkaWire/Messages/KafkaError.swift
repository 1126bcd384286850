// Generated from Descriptors/Errors.json by `swift run WireGenerator`; edit the descriptor.

/// The error codes of the protocol; the raw value is the code on the wire.
public enum KafkaError: Int16, Error, CaseIterable, Sendable {
    /// The server failed in a way that it cannot name.
    case unknownServerError = -1
    /// No error.
    case noError = 0
    /// The offset lies before the start or beyond the end of the partition.
    case offsetOutOfRange = 1
    /// The record batch fails its checksum, or its size or key is invalid.
    case corruptMessage = 2
    /// This server does not host the topic or partition.
    case unknownTopicOrPartition = 3
    /// The number of bytes asked for is invalid.
    case invalidFetchSize = 4
    /// The partition has no leader at the moment.
    case leaderNotAvailable = 5
    /// This server holds no replica that may answer for the partition.
    case notLeaderOrFollower = 6
    /// The request was not finished in its time.
    case requestTimedOut = 7
    /// The broker is not available.
    case brokerNotAvailable = 8
    /// The replica is not available for the partition.
    case replicaNotAvailable = 9
    /// The record batch is larger than the topic allows.
    case messageTooLarge = 10
    /// The controller's epoch is older than a known one.
    case staleControllerEpoch = 11
    /// The text stored with an offset is longer than the server allows.
    case offsetMetadataTooLarge = 12
    /// The connection was lost before a response came.
    case networkException = 13
    /// The coordinator is still loading its state.
    case coordinatorLoadInProgress = 14
    /// There is no coordinator at the moment.
    case coordinatorNotAvailable = 15
    /// Another server coordinates this group or transactional id.
    case notCoordinator = 16
    /// The topic's name is invalid, or the topic may not be used so.
    case invalidTopicException = 17
    /// The record batch is larger than a segment.
    case recordListTooLarge = 18
    /// Fewer replicas are in sync than the topic requires; nothing was written.
    case notEnoughReplicas = 19
    /// The records were written, but to fewer in-sync replicas than required.
    case notEnoughReplicasAfterAppend = 20
    /// acks is none of -1, 0 and 1.
    case invalidRequiredAcks = 21
    /// The generation is not the group's current one.
    case illegalGeneration = 22
    /// The member shares no protocol with the other members of the group.
    case inconsistentGroupProtocol = 23
    /// The group id is invalid.
    case invalidGroupID = 24
    /// The coordinator does not know this member.
    case unknownMemberID = 25
    /// The session timeout lies outside the range that the server allows.
    case invalidSessionTimeout = 26
    /// The group is rebalancing; join again.
    case rebalanceInProgress = 27
    /// The offset commit is too large to be stored.
    case invalidCommitOffsetSize = 28
    /// Not authorized for the topic.
    case topicAuthorizationFailed = 29
    /// Not authorized for the group.
    case groupAuthorizationFailed = 30
    /// Not authorized for the cluster.
    case clusterAuthorizationFailed = 31
    /// A record's timestamp lies outside the range that the topic allows.
    case invalidTimestamp = 32
    /// The server does not offer this SASL mechanism.
    case unsupportedSaslMechanism = 33
    /// The request is not valid in this state of the authentication.
    case illegalSaslState = 34
    /// The server does not serve this version of the API.
    case unsupportedVersion = 35
    /// A topic of this name exists.
    case topicAlreadyExists = 36
    /// The number of partitions is invalid.
    case invalidPartitions = 37
    /// The replication factor is below 1 or above the number of brokers.
    case invalidReplicationFactor = 38
    /// The assignment of replicas is invalid.
    case invalidReplicaAssignment = 39
    /// A setting is invalid.
    case invalidConfig = 40
    /// This server is not the controller of the cluster.
    case notController = 41
    /// The request contradicts itself or breaks the protocol.
    case invalidRequest = 42
    /// The record format does not allow the request.
    case unsupportedForMessageFormat = 43
    /// The request breaks a policy of the server.
    case policyViolation = 44
    /// The sequence number does not follow the producer's last one.
    case outOfOrderSequenceNumber = 45
    /// The batch was written before.
    case duplicateSequenceNumber = 46
    /// The producer's epoch is older than a known one.
    case invalidProducerEpoch = 47
    /// The transaction is in a state that does not allow the request.
    case invalidTxnState = 48
    /// The producer id does not belong to the transactional id.
    case invalidProducerIDMapping = 49
    /// The transaction timeout is longer than the server allows.
    case invalidTransactionTimeout = 50
    /// Another operation of the same transactional id is under way.
    case concurrentTransactions = 51
    /// The transaction coordinator has been replaced.
    case transactionCoordinatorFenced = 52
    /// Not authorized for the transactional id.
    case transactionalIDAuthorizationFailed = 53
    /// Security features are disabled.
    case securityDisabled = 54
    /// The operation was not tried because an earlier one of the request failed.
    case operationNotAttempted = 55
    /// The disk of the partition failed.
    case kafkaStorageError = 56
    /// There is no such log directory.
    case logDirNotFound = 57
    /// The credentials were refused.
    case saslAuthenticationFailed = 58
    /// The server holds no state of this producer for the partition.
    case unknownProducerID = 59
    /// The partition's replicas are being moved.
    case reassignmentInProgress = 60
    /// Delegation tokens are disabled.
    case delegationTokenAuthDisabled = 61
    /// There is no such delegation token.
    case delegationTokenNotFound = 62
    /// The delegation token belongs to someone else.
    case delegationTokenOwnerMismatch = 63
    /// Delegation tokens cannot be asked for over this connection.
    case delegationTokenRequestNotAllowed = 64
    /// Not authorized for the delegation token.
    case delegationTokenAuthorizationFailed = 65
    /// The delegation token has expired.
    case delegationTokenExpired = 66
    /// The kind of principal is not supported.
    case invalidPrincipalType = 67
    /// The group still has members.
    case nonEmptyGroup = 68
    /// There is no such group.
    case groupIDNotFound = 69
    /// There is no such fetch session.
    case fetchSessionIDNotFound = 70
    /// The epoch is not the next one of the fetch session.
    case invalidFetchSessionEpoch = 71
    /// The leader has no listener like the one the request came by.
    case listenerNotFound = 72
    /// Topics cannot be deleted here.
    case topicDeletionDisabled = 73
    /// The leader epoch of the request is older than the server's.
    case fencedLeaderEpoch = 74
    /// The leader epoch of the request is newer than the server's.
    case unknownLeaderEpoch = 75
    /// The version of the API does not allow this compression.
    case unsupportedCompressionType = 76
    /// The broker's epoch is older than a known one.
    case staleBrokerEpoch = 77
    /// The new leader does not yet know the high watermark.
    case offsetNotAvailable = 78
    /// Join again with the member id of this response.
    case memberIDRequired = 79
    /// The preferred leader is not available.
    case preferredLeaderNotAvailable = 80
    /// The group has as many members as the server allows.
    case groupMaxSizeReached = 81
    /// Another member has taken this group instance id.
    case fencedInstanceID = 82
    /// No replica that may lead is available.
    case eligibleLeadersNotAvailable = 83
    /// The partition needs no election.
    case electionNotNeeded = 84
    /// No replica of the partition is being moved.
    case noReassignmentInProgress = 85
    /// The group is subscribed to the topic, so its offsets stay.
    case groupSubscribedToTopic = 86
    /// A record or batch breaks a rule of the topic or of the format.
    case invalidRecord = 87
    /// An open transaction still holds offsets of the partition.
    case unstableOffsetCommit = 88
    /// A quota is used up; try again later.
    case throttlingQuotaExceeded = 89
    /// A newer producer has taken the transactional id.
    case producerFenced = 90
    /// There is no such resource.
    case resourceNotFound = 91
    /// The request names a resource twice.
    case duplicateResource = 92
    /// The credential does not meet the server's rules.
    case unacceptableCredential = 93
    /// The two sides disagree about the voters.
    case inconsistentVoterSet = 94
    /// The version of the update is invalid.
    case invalidUpdateVersion = 95
    /// The features could not be updated.
    case featureUpdateFailed = 96
    /// A forwarded request carries a principal that cannot be read.
    case principalDeserializationFailure = 97
    /// There is no such snapshot.
    case snapshotNotFound = 98
    /// The position lies outside the snapshot.
    case positionOutOfRange = 99
    /// This server does not host a topic of this id.
    case unknownTopicID = 100
    /// The broker id is in use.
    case duplicateBrokerRegistration = 101
    /// The broker id is not registered.
    case brokerIDNotRegistered = 102
    /// The topic's id is not the one that the log was written under.
    case inconsistentTopicID = 103
    /// The request is meant for another cluster.
    case inconsistentClusterID = 104
    /// There is no such transactional id.
    case transactionalIDNotFound = 105
    /// The fetch session mixes topic names with topic ids.
    case fetchSessionTopicIDError = 106
    /// The replica may not join the in-sync set.
    case ineligibleReplica = 107
    /// The change elected a new leader.
    case newLeaderElected = 108
    /// The offset is in tiered storage only.
    case offsetMovedToTieredStorage = 109
    /// The member was fenced by the coordinator; join again.
    case fencedMemberEpoch = 110
    /// Another member still holds the group instance id.
    case unreleasedInstanceID = 111
    /// The group does not support the assignor.
    case unsupportedAssignor = 112
    /// The member's epoch is old; heartbeat and try again.
    case staleMemberEpoch = 113
    /// The request came to the wrong kind of endpoint.
    case mismatchedEndpointType = 114
    /// This kind of endpoint is not supported.
    case unsupportedEndpointType = 115
    /// The controller id is not known.
    case unknownControllerID = 116
    /// The telemetry subscription is not the current one.
    case unknownSubscriptionID = 117
    /// The telemetry is larger than the server allows.
    case telemetryTooLarge = 118
    /// The controller refuses the broker's registration.
    case invalidRegistration = 119
    /// The transaction failed; abort it and go on.
    case transactionAbortable = 120
    /// The record is in a state that does not allow the acknowledgement.
    case invalidRecordState = 121
    /// There is no such share session.
    case shareSessionNotFound = 122
    /// The epoch is not the next one of the share session.
    case invalidShareSessionEpoch = 123
    /// The state epoch is older than a known one.
    case fencedStateEpoch = 124
    /// The voter key is not the receiver's.
    case invalidVoterKey = 125
    /// The voter is in the set already.
    case duplicateVoter = 126
    /// The voter is not in the set.
    case voterNotFound = 127
}

extension KafkaError {
    /// The protocol's name of the error, such as `UNKNOWN_TOPIC_OR_PARTITION`.
    public var name: String {
        switch self {
        case .unknownServerError: "UNKNOWN_SERVER_ERROR"
        case .noError: "NONE"
        case .offsetOutOfRange: "OFFSET_OUT_OF_RANGE"
        case .corruptMessage: "CORRUPT_MESSAGE"
        case .unknownTopicOrPartition: "UNKNOWN_TOPIC_OR_PARTITION"
        case .invalidFetchSize: "INVALID_FETCH_SIZE"
        case .leaderNotAvailable: "LEADER_NOT_AVAILABLE"
        case .notLeaderOrFollower: "NOT_LEADER_OR_FOLLOWER"
        case .requestTimedOut: "REQUEST_TIMED_OUT"
        case .brokerNotAvailable: "BROKER_NOT_AVAILABLE"
        case .replicaNotAvailable: "REPLICA_NOT_AVAILABLE"
        case .messageTooLarge: "MESSAGE_TOO_LARGE"
        case .staleControllerEpoch: "STALE_CONTROLLER_EPOCH"
        case .offsetMetadataTooLarge: "OFFSET_METADATA_TOO_LARGE"
        case .networkException: "NETWORK_EXCEPTION"
        case .coordinatorLoadInProgress: "COORDINATOR_LOAD_IN_PROGRESS"
        case .coordinatorNotAvailable: "COORDINATOR_NOT_AVAILABLE"
        case .notCoordinator: "NOT_COORDINATOR"
        case .invalidTopicException: "INVALID_TOPIC_EXCEPTION"
        case .recordListTooLarge: "RECORD_LIST_TOO_LARGE"
        case .notEnoughReplicas: "NOT_ENOUGH_REPLICAS"
        case .notEnoughReplicasAfterAppend: "NOT_ENOUGH_REPLICAS_AFTER_APPEND"
        case .invalidRequiredAcks: "INVALID_REQUIRED_ACKS"
        case .illegalGeneration: "ILLEGAL_GENERATION"
        case .inconsistentGroupProtocol: "INCONSISTENT_GROUP_PROTOCOL"
        case .invalidGroupID: "INVALID_GROUP_ID"
        case .unknownMemberID: "UNKNOWN_MEMBER_ID"
        case .invalidSessionTimeout: "INVALID_SESSION_TIMEOUT"
        case .rebalanceInProgress: "REBALANCE_IN_PROGRESS"
        case .invalidCommitOffsetSize: "INVALID_COMMIT_OFFSET_SIZE"
        case .topicAuthorizationFailed: "TOPIC_AUTHORIZATION_FAILED"
        case .groupAuthorizationFailed: "GROUP_AUTHORIZATION_FAILED"
        case .clusterAuthorizationFailed: "CLUSTER_AUTHORIZATION_FAILED"
        case .invalidTimestamp: "INVALID_TIMESTAMP"
        case .unsupportedSaslMechanism: "UNSUPPORTED_SASL_MECHANISM"
        case .illegalSaslState: "ILLEGAL_SASL_STATE"
        case .unsupportedVersion: "UNSUPPORTED_VERSION"
        case .topicAlreadyExists: "TOPIC_ALREADY_EXISTS"
        case .invalidPartitions: "INVALID_PARTITIONS"
        case .invalidReplicationFactor: "INVALID_REPLICATION_FACTOR"
        case .invalidReplicaAssignment: "INVALID_REPLICA_ASSIGNMENT"
        case .invalidConfig: "INVALID_CONFIG"
        case .notController: "NOT_CONTROLLER"
        case .invalidRequest: "INVALID_REQUEST"
        case .unsupportedForMessageFormat: "UNSUPPORTED_FOR_MESSAGE_FORMAT"
        case .policyViolation: "POLICY_VIOLATION"
        case .outOfOrderSequenceNumber: "OUT_OF_ORDER_SEQUENCE_NUMBER"
        case .duplicateSequenceNumber: "DUPLICATE_SEQUENCE_NUMBER"
        case .invalidProducerEpoch: "INVALID_PRODUCER_EPOCH"
        case .invalidTxnState: "INVALID_TXN_STATE"
        case .invalidProducerIDMapping: "INVALID_PRODUCER_ID_MAPPING"
        case .invalidTransactionTimeout: "INVALID_TRANSACTION_TIMEOUT"
        case .concurrentTransactions: "CONCURRENT_TRANSACTIONS"
        case .transactionCoordinatorFenced: "TRANSACTION_COORDINATOR_FENCED"
        case .transactionalIDAuthorizationFailed: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"
        case .securityDisabled: "SECURITY_DISABLED"
        case .operationNotAttempted: "OPERATION_NOT_ATTEMPTED"
        case .kafkaStorageError: "KAFKA_STORAGE_ERROR"
        case .logDirNotFound: "LOG_DIR_NOT_FOUND"
        case .saslAuthenticationFailed: "SASL_AUTHENTICATION_FAILED"
        case .unknownProducerID: "UNKNOWN_PRODUCER_ID"
        case .reassignmentInProgress: "REASSIGNMENT_IN_PROGRESS"
        case .delegationTokenAuthDisabled: "DELEGATION_TOKEN_AUTH_DISABLED"
        case .delegationTokenNotFound: "DELEGATION_TOKEN_NOT_FOUND"
        case .delegationTokenOwnerMismatch: "DELEGATION_TOKEN_OWNER_MISMATCH"
        case .delegationTokenRequestNotAllowed: "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"
        case .delegationTokenAuthorizationFailed: "DELEGATION_TOKEN_AUTHORIZATION_FAILED"
        case .delegationTokenExpired: "DELEGATION_TOKEN_EXPIRED"
        case .invalidPrincipalType: "INVALID_PRINCIPAL_TYPE"
        case .nonEmptyGroup: "NON_EMPTY_GROUP"
        case .groupIDNotFound: "GROUP_ID_NOT_FOUND"
        case .fetchSessionIDNotFound: "FETCH_SESSION_ID_NOT_FOUND"
        case .invalidFetchSessionEpoch: "INVALID_FETCH_SESSION_EPOCH"
        case .listenerNotFound: "LISTENER_NOT_FOUND"
        case .topicDeletionDisabled: "TOPIC_DELETION_DISABLED"
        case .fencedLeaderEpoch: "FENCED_LEADER_EPOCH"
        case .unknownLeaderEpoch: "UNKNOWN_LEADER_EPOCH"
        case .unsupportedCompressionType: "UNSUPPORTED_COMPRESSION_TYPE"
        case .staleBrokerEpoch: "STALE_BROKER_EPOCH"
        case .offsetNotAvailable: "OFFSET_NOT_AVAILABLE"
        case .memberIDRequired: "MEMBER_ID_REQUIRED"
        case .preferredLeaderNotAvailable: "PREFERRED_LEADER_NOT_AVAILABLE"
        case .groupMaxSizeReached: "GROUP_MAX_SIZE_REACHED"
        case .fencedInstanceID: "FENCED_INSTANCE_ID"
        case .eligibleLeadersNotAvailable: "ELIGIBLE_LEADERS_NOT_AVAILABLE"
        case .electionNotNeeded: "ELECTION_NOT_NEEDED"
        case .noReassignmentInProgress: "NO_REASSIGNMENT_IN_PROGRESS"
        case .groupSubscribedToTopic: "GROUP_SUBSCRIBED_TO_TOPIC"
        case .invalidRecord: "INVALID_RECORD"
        case .unstableOffsetCommit: "UNSTABLE_OFFSET_COMMIT"
        case .throttlingQuotaExceeded: "THROTTLING_QUOTA_EXCEEDED"
        case .producerFenced: "PRODUCER_FENCED"
        case .resourceNotFound: "RESOURCE_NOT_FOUND"
        case .duplicateResource: "DUPLICATE_RESOURCE"
        case .unacceptableCredential: "UNACCEPTABLE_CREDENTIAL"
        case .inconsistentVoterSet: "INCONSISTENT_VOTER_SET"
        case .invalidUpdateVersion: "INVALID_UPDATE_VERSION"
        case .featureUpdateFailed: "FEATURE_UPDATE_FAILED"
        case .principalDeserializationFailure: "PRINCIPAL_DESERIALIZATION_FAILURE"
        case .snapshotNotFound: "SNAPSHOT_NOT_FOUND"
        case .positionOutOfRange: "POSITION_OUT_OF_RANGE"
        case .unknownTopicID: "UNKNOWN_TOPIC_ID"
        case .duplicateBrokerRegistration: "DUPLICATE_BROKER_REGISTRATION"
        case .brokerIDNotRegistered: "BROKER_ID_NOT_REGISTERED"
        case .inconsistentTopicID: "INCONSISTENT_TOPIC_ID"
        case .inconsistentClusterID: "INCONSISTENT_CLUSTER_ID"
        case .transactionalIDNotFound: "TRANSACTIONAL_ID_NOT_FOUND"
        case .fetchSessionTopicIDError: "FETCH_SESSION_TOPIC_ID_ERROR"
        case .ineligibleReplica: "INELIGIBLE_REPLICA"
        case .newLeaderElected: "NEW_LEADER_ELECTED"
        case .offsetMovedToTieredStorage: "OFFSET_MOVED_TO_TIERED_STORAGE"
        case .fencedMemberEpoch: "FENCED_MEMBER_EPOCH"
        case .unreleasedInstanceID: "UNRELEASED_INSTANCE_ID"
        case .unsupportedAssignor: "UNSUPPORTED_ASSIGNOR"
        case .staleMemberEpoch: "STALE_MEMBER_EPOCH"
        case .mismatchedEndpointType: "MISMATCHED_ENDPOINT_TYPE"
        case .unsupportedEndpointType: "UNSUPPORTED_ENDPOINT_TYPE"
        case .unknownControllerID: "UNKNOWN_CONTROLLER_ID"
        case .unknownSubscriptionID: "UNKNOWN_SUBSCRIPTION_ID"
        case .telemetryTooLarge: "TELEMETRY_TOO_LARGE"
        case .invalidRegistration: "INVALID_REGISTRATION"
        case .transactionAbortable: "TRANSACTION_ABORTABLE"
        case .invalidRecordState: "INVALID_RECORD_STATE"
        case .shareSessionNotFound: "SHARE_SESSION_NOT_FOUND"
        case .invalidShareSessionEpoch: "INVALID_SHARE_SESSION_EPOCH"
        case .fencedStateEpoch: "FENCED_STATE_EPOCH"
        case .invalidVoterKey: "INVALID_VOTER_KEY"
        case .duplicateVoter: "DUPLICATE_VOTER"
        case .voterNotFound: "VOTER_NOT_FOUND"
        }
    }

    /// One sentence for people, fit for an error message.
    public var explanation: String {
        switch self {
        case .unknownServerError:
            "The server failed in a way that it cannot name."
        case .noError:
            "No error."
        case .offsetOutOfRange:
            "The offset lies before the start or beyond the end of the partition."
        case .corruptMessage:
            "The record batch fails its checksum, or its size or key is invalid."
        case .unknownTopicOrPartition:
            "This server does not host the topic or partition."
        case .invalidFetchSize:
            "The number of bytes asked for is invalid."
        case .leaderNotAvailable:
            "The partition has no leader at the moment."
        case .notLeaderOrFollower:
            "This server holds no replica that may answer for the partition."
        case .requestTimedOut:
            "The request was not finished in its time."
        case .brokerNotAvailable:
            "The broker is not available."
        case .replicaNotAvailable:
            "The replica is not available for the partition."
        case .messageTooLarge:
            "The record batch is larger than the topic allows."
        case .staleControllerEpoch:
            "The controller's epoch is older than a known one."
        case .offsetMetadataTooLarge:
            "The text stored with an offset is longer than the server allows."
        case .networkException:
            "The connection was lost before a response came."
        case .coordinatorLoadInProgress:
            "The coordinator is still loading its state."
        case .coordinatorNotAvailable:
            "There is no coordinator at the moment."
        case .notCoordinator:
            "Another server coordinates this group or transactional id."
        case .invalidTopicException:
            "The topic's name is invalid, or the topic may not be used so."
        case .recordListTooLarge:
            "The record batch is larger than a segment."
        case .notEnoughReplicas:
            "Fewer replicas are in sync than the topic requires; nothing was written."
        case .notEnoughReplicasAfterAppend:
            "The records were written, but to fewer in-sync replicas than required."
        case .invalidRequiredAcks:
            "acks is none of -1, 0 and 1."
        case .illegalGeneration:
            "The generation is not the group's current one."
        case .inconsistentGroupProtocol:
            "The member shares no protocol with the other members of the group."
        case .invalidGroupID:
            "The group id is invalid."
        case .unknownMemberID:
            "The coordinator does not know this member."
        case .invalidSessionTimeout:
            "The session timeout lies outside the range that the server allows."
        case .rebalanceInProgress:
            "The group is rebalancing; join again."
        case .invalidCommitOffsetSize:
            "The offset commit is too large to be stored."
        case .topicAuthorizationFailed:
            "Not authorized for the topic."
        case .groupAuthorizationFailed:
            "Not authorized for the group."
        case .clusterAuthorizationFailed:
            "Not authorized for the cluster."
        case .invalidTimestamp:
            "A record's timestamp lies outside the range that the topic allows."
        case .unsupportedSaslMechanism:
            "The server does not offer this SASL mechanism."
        case .illegalSaslState:
            "The request is not valid in this state of the authentication."
        case .unsupportedVersion:
            "The server does not serve this version of the API."
        case .topicAlreadyExists:
            "A topic of this name exists."
        case .invalidPartitions:
            "The number of partitions is invalid."
        case .invalidReplicationFactor:
            "The replication factor is below 1 or above the number of brokers."
        case .invalidReplicaAssignment:
            "The assignment of replicas is invalid."
        case .invalidConfig:
            "A setting is invalid."
        case .notController:
            "This server is not the controller of the cluster."
        case .invalidRequest:
            "The request contradicts itself or breaks the protocol."
        case .unsupportedForMessageFormat:
            "The record format does not allow the request."
        case .policyViolation:
            "The request breaks a policy of the server."
        case .outOfOrderSequenceNumber:
            "The sequence number does not follow the producer's last one."
        case .duplicateSequenceNumber:
            "The batch was written before."
        case .invalidProducerEpoch:
            "The producer's epoch is older than a known one."
        case .invalidTxnState:
            "The transaction is in a state that does not allow the request."
        case .invalidProducerIDMapping:
            "The producer id does not belong to the transactional id."
        case .invalidTransactionTimeout:
            "The transaction timeout is longer than the server allows."
        case .concurrentTransactions:
            "Another operation of the same transactional id is under way."
        case .transactionCoordinatorFenced:
            "The transaction coordinator has been replaced."
        case .transactionalIDAuthorizationFailed:
            "Not authorized for the transactional id."
        case .securityDisabled:
            "Security features are disabled."
        case .operationNotAttempted:
            "The operation was not tried because an earlier one of the request failed."
        case .kafkaStorageError:
            "The disk of the partition failed."
        case .logDirNotFound:
            "There is no such log directory."
        case .saslAuthenticationFailed:
            "The credentials were refused."
        case .unknownProducerID:
            "The server holds no state of this producer for the partition."
        case .reassignmentInProgress:
            "The partition's replicas are being moved."
        case .delegationTokenAuthDisabled:
            "Delegation tokens are disabled."
        case .delegationTokenNotFound:
            "There is no such delegation token."
        case .delegationTokenOwnerMismatch:
            "The delegation token belongs to someone else."
        case .delegationTokenRequestNotAllowed:
            "Delegation tokens cannot be asked for over this connection."
        case .delegationTokenAuthorizationFailed:
            "Not authorized for the delegation token."
        case .delegationTokenExpired:
            "The delegation token has expired."
        case .invalidPrincipalType:
            "The kind of principal is not supported."
        case .nonEmptyGroup:
            "The group still has members."
        case .groupIDNotFound:
            "There is no such group."
        case .fetchSessionIDNotFound:
            "There is no such fetch session."
        case .invalidFetchSessionEpoch:
            "The epoch is not the next one of the fetch session."
        case .listenerNotFound:
            "The leader has no listener like the one the request came by."
        case .topicDeletionDisabled:
            "Topics cannot be deleted here."
        case .fencedLeaderEpoch:
            "The leader epoch of the request is older than the server's."
        case .unknownLeaderEpoch:
            "The leader epoch of the request is newer than the server's."
        case .unsupportedCompressionType:
            "The version of the API does not allow this compression."
        case .staleBrokerEpoch:
            "The broker's epoch is older than a known one."
        case .offsetNotAvailable:
            "The new leader does not yet know the high watermark."
        case .memberIDRequired:
            "Join again with the member id of this response."
        case .preferredLeaderNotAvailable:
            "The preferred leader is not available."
        case .groupMaxSizeReached:
            "The group has as many members as the server allows."
        case .fencedInstanceID:
            "Another member has taken this group instance id."
        case .eligibleLeadersNotAvailable:
            "No replica that may lead is available."
        case .electionNotNeeded:
            "The partition needs no election."
        case .noReassignmentInProgress:
            "No replica of the partition is being moved."
        case .groupSubscribedToTopic:
            "The group is subscribed to the topic, so its offsets stay."
        case .invalidRecord:
            "A record or batch breaks a rule of the topic or of the format."
        case .unstableOffsetCommit:
            "An open transaction still holds offsets of the partition."
        case .throttlingQuotaExceeded:
            "A quota is used up; try again later."
        case .producerFenced:
            "A newer producer has taken the transactional id."
        case .resourceNotFound:
            "There is no such resource."
        case .duplicateResource:
            "The request names a resource twice."
        case .unacceptableCredential:
            "The credential does not meet the server's rules."
        case .inconsistentVoterSet:
            "The two sides disagree about the voters."
        case .invalidUpdateVersion:
            "The version of the update is invalid."
        case .featureUpdateFailed:
            "The features could not be updated."
        case .principalDeserializationFailure:
            "A forwarded request carries a principal that cannot be read."
        case .snapshotNotFound:
            "There is no such snapshot."
        case .positionOutOfRange:
            "The position lies outside the snapshot."
        case .unknownTopicID:
            "This server does not host a topic of this id."
        case .duplicateBrokerRegistration:
            "The broker id is in use."
        case .brokerIDNotRegistered:
            "The broker id is not registered."
        case .inconsistentTopicID:
            "The topic's id is not the one that the log was written under."
        case .inconsistentClusterID:
            "The request is meant for another cluster."
        case .transactionalIDNotFound:
            "There is no such transactional id."
        case .fetchSessionTopicIDError:
            "The fetch session mixes topic names with topic ids."
        case .ineligibleReplica:
            "The replica may not join the in-sync set."
        case .newLeaderElected:
            "The change elected a new leader."
        case .offsetMovedToTieredStorage:
            "The offset is in tiered storage only."
        case .fencedMemberEpoch:
            "The member was fenced by the coordinator; join again."
        case .unreleasedInstanceID:
            "Another member still holds the group instance id."
        case .unsupportedAssignor:
            "The group does not support the assignor."
        case .staleMemberEpoch:
            "The member's epoch is old; heartbeat and try again."
        case .mismatchedEndpointType:
            "The request came to the wrong kind of endpoint."
        case .unsupportedEndpointType:
            "This kind of endpoint is not supported."
        case .unknownControllerID:
            "The controller id is not known."
        case .unknownSubscriptionID:
            "The telemetry subscription is not the current one."
        case .telemetryTooLarge:
            "The telemetry is larger than the server allows."
        case .invalidRegistration:
            "The controller refuses the broker's registration."
        case .transactionAbortable:
            "The transaction failed; abort it and go on."
        case .invalidRecordState:
            "The record is in a state that does not allow the acknowledgement."
        case .shareSessionNotFound:
            "There is no such share session."
        case .invalidShareSessionEpoch:
            "The epoch is not the next one of the share session."
        case .fencedStateEpoch:
            "The state epoch is older than a known one."
        case .invalidVoterKey:
            "The voter key is not the receiver's."
        case .duplicateVoter:
            "The voter is in the set already."
        case .voterNotFound:
            "The voter is not in the set."
        }
    }

    /// Whether the request may succeed later, with fresh metadata or a fresh coordinator.
    public var isRetriable: Bool {
        switch self {
        case .corruptMessage,
            .unknownTopicOrPartition,
            .leaderNotAvailable,
            .notLeaderOrFollower,
            .requestTimedOut,
            .replicaNotAvailable,
            .networkException,
            .coordinatorLoadInProgress,
            .coordinatorNotAvailable,
            .notCoordinator,
            .notEnoughReplicas,
            .notEnoughReplicasAfterAppend,
            .notController,
            .concurrentTransactions,
            .kafkaStorageError,
            .fetchSessionIDNotFound,
            .invalidFetchSessionEpoch,
            .listenerNotFound,
            .fencedLeaderEpoch,
            .unknownLeaderEpoch,
            .offsetNotAvailable,
            .preferredLeaderNotAvailable,
            .eligibleLeadersNotAvailable,
            .electionNotNeeded,
            .unstableOffsetCommit,
            .throttlingQuotaExceeded,
            .unknownTopicID,
            .inconsistentTopicID,
            .fetchSessionTopicIDError,
            .shareSessionNotFound,
            .invalidShareSessionEpoch:
            true
        default:
            false
        }
    }
}
