// Generated from Descriptors/*.json by `swift run WireGenerator`; edit the descriptor.

/// The APIs whose messages can be read and written; the raw value is the key on the wire.
public enum APIKey: Int16, CaseIterable, Sendable {
    /// Appends record batches to partitions; acks 0 has no response.
    case produce = 0
    /// Reads record batches from partitions, waiting for a minimum of bytes.
    case fetch = 1
    /// Finds the offset of a partition for a timestamp, its start or its end.
    case listOffsets = 2
    /// Lists the brokers, topics and partition leaders of the cluster.
    case metadata = 3
    /// Stores the positions of a consumer group.
    case offsetCommit = 8
    /// Reads the stored positions of one group, or of many from version 8.
    case offsetFetch = 9
    /// Names the broker that serves a group or a transactional id.
    case findCoordinator = 10
    /// Enters a consumer group and waits for the next generation.
    case joinGroup = 11
    /// Keeps a group member alive and tells it of a rebalance.
    case heartbeat = 12
    /// Removes members from a consumer group.
    case leaveGroup = 13
    /// Carries the leader's assignment to the members of a generation.
    case syncGroup = 14
    /// Shows state and members of consumer groups.
    case describeGroups = 15
    /// Lists the groups that a broker coordinates.
    case listGroups = 16
    /// Chooses a SASL mechanism.
    case saslHandshake = 17
    /// Lists the APIs and versions that a broker serves.
    case apiVersions = 18
    /// Creates topics.
    case createTopics = 19
    /// Deletes topics, by name or from version 6 by id.
    case deleteTopics = 20
    /// Moves the start of partitions forward.
    case deleteRecords = 21
    /// Gives a producer its id and epoch.
    case initProducerID = 22
    /// Finds where a leader epoch ended in a partition.
    case offsetForLeaderEpoch = 23
    /// Enters partitions into a transaction before they are written to.
    case addPartitionsToTxn = 24
    /// Enters a group's offsets into a transaction.
    case addOffsetsToTxn = 25
    /// Commits or aborts a transaction.
    case endTxn = 26
    /// Stores positions of a group that count once the transaction commits.
    case txnOffsetCommit = 28
    /// Lists settings of topics and brokers.
    case describeConfigs = 32
    /// Replaces all settings of a resource.
    case alterConfigs = 33
    /// Shows how many bytes partitions take in each log directory.
    case describeLogDirs = 35
    /// Carries one SASL token each way.
    case saslAuthenticate = 36
    /// Adds partitions to topics.
    case createPartitions = 37
    /// Deletes empty consumer groups.
    case deleteGroups = 42
    /// Sets, deletes, appends to or subtracts from single settings.
    case incrementalAlterConfigs = 44
    /// Lists partitions whose replicas are being moved.
    case listPartitionReassignments = 46
    /// Forgets stored positions of a group.
    case offsetDelete = 47
    /// Shows cluster id, controller and brokers.
    case describeCluster = 60
}

extension APIKey {
    /// The protocol's name of the API, such as `ApiVersions`.
    public var name: String {
        switch self {
        case .produce: "Produce"
        case .fetch: "Fetch"
        case .listOffsets: "ListOffsets"
        case .metadata: "Metadata"
        case .offsetCommit: "OffsetCommit"
        case .offsetFetch: "OffsetFetch"
        case .findCoordinator: "FindCoordinator"
        case .joinGroup: "JoinGroup"
        case .heartbeat: "Heartbeat"
        case .leaveGroup: "LeaveGroup"
        case .syncGroup: "SyncGroup"
        case .describeGroups: "DescribeGroups"
        case .listGroups: "ListGroups"
        case .saslHandshake: "SaslHandshake"
        case .apiVersions: "ApiVersions"
        case .createTopics: "CreateTopics"
        case .deleteTopics: "DeleteTopics"
        case .deleteRecords: "DeleteRecords"
        case .initProducerID: "InitProducerId"
        case .offsetForLeaderEpoch: "OffsetForLeaderEpoch"
        case .addPartitionsToTxn: "AddPartitionsToTxn"
        case .addOffsetsToTxn: "AddOffsetsToTxn"
        case .endTxn: "EndTxn"
        case .txnOffsetCommit: "TxnOffsetCommit"
        case .describeConfigs: "DescribeConfigs"
        case .alterConfigs: "AlterConfigs"
        case .describeLogDirs: "DescribeLogDirs"
        case .saslAuthenticate: "SaslAuthenticate"
        case .createPartitions: "CreatePartitions"
        case .deleteGroups: "DeleteGroups"
        case .incrementalAlterConfigs: "IncrementalAlterConfigs"
        case .listPartitionReassignments: "ListPartitionReassignments"
        case .offsetDelete: "OffsetDelete"
        case .describeCluster: "DescribeCluster"
        }
    }

    /// The versions that can be read and written.
    public var validVersions: ClosedRange<Int16> {
        switch self {
        case .produce: 3...9
        case .fetch: 4...12
        case .listOffsets: 1...7
        case .metadata: 0...12
        case .offsetCommit: 1...9
        case .offsetFetch: 1...9
        case .findCoordinator: 0...6
        case .joinGroup: 0...9
        case .heartbeat: 0...4
        case .leaveGroup: 0...5
        case .syncGroup: 0...5
        case .describeGroups: 0...5
        case .listGroups: 0...5
        case .saslHandshake: 0...1
        case .apiVersions: 0...4
        case .createTopics: 0...7
        case .deleteTopics: 0...6
        case .deleteRecords: 0...2
        case .initProducerID: 0...5
        case .offsetForLeaderEpoch: 0...4
        case .addPartitionsToTxn: 0...3
        case .addOffsetsToTxn: 0...3
        case .endTxn: 0...3
        case .txnOffsetCommit: 0...3
        case .describeConfigs: 0...4
        case .alterConfigs: 0...2
        case .describeLogDirs: 0...4
        case .saslAuthenticate: 0...2
        case .createPartitions: 0...3
        case .deleteGroups: 0...2
        case .incrementalAlterConfigs: 0...1
        case .listPartitionReassignments: 0...0
        case .offsetDelete: 0...0
        case .describeCluster: 0...1
        }
    }

    /// The first version with compact lengths and tagged fields; nil if there is none.
    public var flexibleFrom: Int16? {
        switch self {
        case .produce: 9
        case .fetch: 12
        case .listOffsets: 6
        case .metadata: 9
        case .offsetCommit: 8
        case .offsetFetch: 6
        case .findCoordinator: 3
        case .joinGroup: 6
        case .heartbeat: 4
        case .leaveGroup: 4
        case .syncGroup: 4
        case .describeGroups: 5
        case .listGroups: 3
        case .saslHandshake: nil
        case .apiVersions: 3
        case .createTopics: 5
        case .deleteTopics: 4
        case .deleteRecords: 2
        case .initProducerID: 2
        case .offsetForLeaderEpoch: 4
        case .addPartitionsToTxn: 3
        case .addOffsetsToTxn: 3
        case .endTxn: 3
        case .txnOffsetCommit: 3
        case .describeConfigs: 4
        case .alterConfigs: 2
        case .describeLogDirs: 2
        case .saslAuthenticate: 2
        case .createPartitions: 2
        case .deleteGroups: 2
        case .incrementalAlterConfigs: 1
        case .listPartitionReassignments: 0
        case .offsetDelete: nil
        case .describeCluster: 0
        }
    }
}
