public import LogStorage

/// Limits and defaults of one broker.
public struct BrokerConfiguration: Sendable {
    /// Id of this node in the cluster's metadata.
    public var nodeID: Int32 = 0
    /// Partitions of a topic that is created without a count; `num.partitions`.
    public var defaultPartitionCount: Int32 = 1
    /// Most partitions one topic may be created with.
    public var partitionCountMax: Int32 = 10_000
    /// Whether asking for an unknown topic creates it; `auto.create.topics.enable`.
    public var createsTopicsOnDemand = true
    /// Partitions of `__consumer_offsets`; fixed when the topic is first created.
    public var offsetsPartitionCount: Int32 = 8
    /// What topics have that do not set it themselves.
    public var logDefaults = LogConfiguration()
    /// How often derived files and checkpoints are written.
    public var checkpointIntervalMS = 1000
    /// How often retention and compaction look for work; `log.retention.check.interval.ms` and the like.
    public var retentionIntervalMS = 30_000

    /// What the process was started with, by Kafka's names and in Kafka's units: DescribeConfigs shows these as given
    /// at start. Of what the other fields say it need not repeat what differs from the default.
    public var startSettings: [String: String] = [:]

    public init() {}
}
