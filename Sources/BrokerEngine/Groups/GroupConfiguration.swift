/// The limits and delays of a group coordinator. Every limit says what happens when it is reached.
public struct GroupConfiguration: Sendable, Equatable {
    /// Shortest session timeout a member may ask for, in milliseconds. A shorter one is refused with
    /// `invalidSessionTimeout`, so that heartbeats cannot be made to flood the coordinator.
    public var sessionTimeoutMSMin: Int32 = 6_000

    /// Longest session timeout a member may ask for, in milliseconds. A longer one is refused with
    /// `invalidSessionTimeout`, so that a dead member cannot hold its partitions for ever.
    public var sessionTimeoutMSMax: Int32 = 1_800_000

    /// How long the first rebalance of an empty group waits for further members, in milliseconds; each new
    /// member prolongs it by as much again, up to the rebalance timeout. 0 answers the first member at once.
    /// Measured with librdkafka: without delay a lone consumer has its partitions after 60 ms and three that start
    /// together after two or three seconds, as the second rebalance waits for heartbeats; with 100 ms it is 180 ms
    /// and 300 ms.
    public var initialRebalanceDelayMS: Int64 = 100

    /// Most members of a group. Further joins are refused with `groupMaxSizeReached`.
    public var groupSizeMax: Int = 100_000

    /// Most member ids of one group that were handed out and not yet used to join (KIP-394). Further joins
    /// without a member id are refused with `groupMaxSizeReached` until one of them joins or expires.
    public var pendingMembersMax: Int = 10_000

    /// How long a member's first join may wait for the rebalance to complete, in milliseconds. Such a member
    /// sends no heartbeats yet, so this is what frees the group of clients that gave up and started again.
    public var newMemberJoinTimeoutMS: Int64 = 300_000

    /// Longest metadata text of a committed offset, in UTF-16 units, as Kafka counts it. A longer one is
    /// refused for its partition with `offsetMetadataTooLarge`; the other partitions are committed.
    public var offsetMetadataLengthMax: Int = 4_096

    /// Longest name (group, member, client, host, protocol, topic) in UTF-8 bytes. The records of groups give
    /// a string 15 bits of length; a longer name is refused before it can reach a record.
    public var nameBytesMax: Int = 16_000

    /// How long the offsets of a group without members are kept, in milliseconds (7 days), and how long those
    /// of a topic that the members no longer read.
    public var offsetsRetentionMS: Int64 = 7 * 24 * 3_600_000

    /// Shortest time between two searches of one group for offsets to expire, in milliseconds; also the time
    /// after which a group without members and offsets is forgotten.
    public var offsetsRetentionCheckIntervalMS: Int64 = 600_000

    /// Longest reason for a rebalance that is kept, in characters. A longer one is cut.
    public var rebalanceReasonLengthMax: Int = 512

    /// The defaults, which are Kafka's but for the initial rebalance delay (Kafka: 3 s) and the size limits.
    public init() {}
}
