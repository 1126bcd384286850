extension ConfigSchema {
    /// The settings of topics, those of Kafka 3.9 with its types, limits and defaults.
    public static let topic = ConfigSchema(
        resource: "topic", retention + compaction + segments + flushing + messages + compression + replication + remote)

    /// Each broker's setting that says the same as others in another unit, with all of them, the strongest first.
    static let brokerGroups: [String: [String]] = Dictionary(
        topic.definitions.map { $0.brokerSettings.map(\.name) }.filter { $0.count > 1 }.flatMap { names in
            names.map { ($0, names) }
        }, uniquingKeysWith: { first, _ in first })

    private typealias From = ConfigDefinition.BrokerSetting
    private static let millisecondsPerMinute: Int64 = 60_000
    private static let millisecondsPerHour: Int64 = 3_600_000

    /// The longest time, as a text: what Kafka shows for "never".
    static let never = "\(Int64.max)"

    private static let retention = [
        ConfigDefinition(
            "cleanup.policy", .list, "delete", .listOf(["compact", "delete"]), from: [From(name: "log.cleanup.policy")],
            """
            What becomes of old segments: 'delete' removes them by age and size, 'compact' keeps the newest record of \
            each key, both together do both.
            """),
        ConfigDefinition(
            "retention.ms", .long, "604800000", .atLeast(-1),
            from: [
                From(name: "log.retention.ms"), From(name: "log.retention.minutes", scale: millisecondsPerMinute),
                From(name: "log.retention.hours", scale: millisecondsPerHour),
            ],
            """
            A segment is deleted once its newest record is older than this many milliseconds; -1 keeps records of any \
            age. Applies where the cleanup policy has 'delete'.
            """),
        ConfigDefinition(
            "retention.bytes", .long, "-1", from: [From(name: "log.retention.bytes")],
            """
            The oldest segments of a partition are deleted while the rest holds at least this many bytes; -1 sets no \
            limit. Applies where the cleanup policy has 'delete'.
            """),
        ConfigDefinition(
            "file.delete.delay.ms", .long, "60000", .atLeast(0), from: [From(name: "log.segment.delete.delay.ms")],
            """
            Kafka's wait before it removes the files of a deleted segment. This broker removes them when the last \
            reader is done; the value is kept and has no effect.
            """),
    ]

    private static let compaction = [
        ConfigDefinition(
            "delete.retention.ms", .long, "86400000", .atLeast(0),
            from: [From(name: "log.cleaner.delete.retention.ms")],
            """
            How many milliseconds a record without a value, which deletes its key, stays readable after compaction \
            first met it, so that a consumer that reads from the start sees the deletion.
            """),
        ConfigDefinition(
            "min.cleanable.dirty.ratio", .double, "0.5", .fraction,
            from: [From(name: "log.cleaner.min.cleanable.ratio")],
            "The share of a log's bytes not compacted yet above which it is compacted, from 0 to 1."),
        ConfigDefinition(
            "min.compaction.lag.ms", .long, "0", .atLeast(0), from: [From(name: "log.cleaner.min.compaction.lag.ms")],
            "Records younger than this many milliseconds are left alone by compaction."),
        ConfigDefinition(
            "max.compaction.lag.ms", .long, never, .atLeast(1), from: [From(name: "log.cleaner.max.compaction.lag.ms")],
            "A record older than this many milliseconds makes its log due for compaction, whatever the dirty ratio."),
    ]

    private static let segments = [
        ConfigDefinition(
            "segment.bytes", .int, "1073741824", .atLeast(14), from: [From(name: "log.segment.bytes")],
            "The size at which a partition begins its next segment file. Retention and compaction work by whole segments."
        ),
        ConfigDefinition(
            "segment.ms", .long, "604800000", .atLeast(1),
            from: [From(name: "log.roll.ms"), From(name: "log.roll.hours", scale: millisecondsPerHour)],
            "The age in milliseconds at which a partition begins its next segment, even if the last one is not full."),
        ConfigDefinition(
            "segment.jitter.ms", .long, "0", .atLeast(0),
            from: [From(name: "log.roll.jitter.ms"), From(name: "log.roll.jitter.hours", scale: millisecondsPerHour)],
            "The most by which 'segment.ms' is shortened at random. Kept without effect: every partition rolls at 'segment.ms'."
        ),
        ConfigDefinition(
            "segment.index.bytes", .int, "10485760", .atLeast(4), from: [From(name: "log.index.size.max.bytes")],
            "The size of a segment's offset index at which the next segment is begun."),
        ConfigDefinition(
            "index.interval.bytes", .int, "4096", .atLeast(0), from: [From(name: "log.index.interval.bytes")],
            "How many bytes of batches lie between two entries of an index. Fewer find an offset faster and take more room."
        ),
        ConfigDefinition(
            "preallocate", .boolean, "false", from: [From(name: "log.preallocate")],
            "Whether a new segment's file is given its full size at once. Kept without effect: space is reserved in steps."
        ),
    ]

    private static let flushing = [
        ConfigDefinition(
            "flush.messages", .long, never, .atLeast(1), from: [From(name: "log.flush.interval.messages")],
            """
            With 1 every append is synced to the disk before it is acknowledged. This broker does so anyway unless it \
            was set to do less; the setting can ask for more than the broker's rule, never for less.
            """),
        ConfigDefinition(
            "flush.ms", .long, never, .atLeast(0),
            from: [From(name: "log.flush.interval.ms"), From(name: "log.flush.scheduler.interval.ms")],
            """
            The longest that an append waits for its sync to the disk, in milliseconds. It can ask for more than the \
            broker's own rule, never for less.
            """),
    ]

    private static let messages = [
        ConfigDefinition(
            "max.message.bytes", .int, "1048588", .atLeast(0), from: [From(name: "message.max.bytes")],
            "The largest record batch that is accepted, in bytes as it arrives, so after compression."),
        ConfigDefinition(
            "message.timestamp.type", .string, "CreateTime", .oneOf(["CreateTime", "LogAppendTime"]),
            from: [From(name: "log.message.timestamp.type")],
            "Whose clock a record's time is of: the producer's (CreateTime) or the broker's (LogAppendTime)."),
        ConfigDefinition(
            "message.timestamp.before.max.ms", .long, never, .atLeast(0),
            from: [From(name: "log.message.timestamp.before.max.ms")],
            "How many milliseconds a record's create time may lie before the broker's; older ones are refused."),
        ConfigDefinition(
            "message.timestamp.after.max.ms", .long, never, .atLeast(0),
            from: [From(name: "log.message.timestamp.after.max.ms")],
            "How many milliseconds a record's create time may lie after the broker's; later ones are refused."),
        ConfigDefinition(
            "message.timestamp.difference.max.ms", .long, never, .atLeast(0),
            from: [From(name: "log.message.timestamp.difference.max.ms")],
            """
            The older name for both 'message.timestamp.before.max.ms' and 'message.timestamp.after.max.ms'; applies \
            to the one of them that is not given.
            """),
        ConfigDefinition(
            "message.format.version", .string, "3.0-IV1", .release, from: [From(name: "log.message.format.version")],
            "Kept for older tools. Records are stored in format 2, whatever it says."),
        ConfigDefinition(
            "message.downconversion.enable", .boolean, "true", from: [From(name: "log.message.downconversion.enable")],
            "Kept for older tools. Records are never converted to formats before 2, whatever it says."),
    ]

    private static let compression = [
        ConfigDefinition(
            "compression.type", .string, "producer",
            .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
            from: [From(name: "compression.type")],
            """
            The codec that a topic is meant to have. This broker stores every batch as its producer compressed it; \
            the value is kept and has no effect.
            """),
        ConfigDefinition(
            "compression.gzip.level", .int, "-1", .between(-1, 9), from: [From(name: "compression.gzip.level")],
            "The level for gzip, 1 to 9, -1 for its default. Kept without effect, as the broker does not compress."),
        ConfigDefinition(
            "compression.lz4.level", .int, "9", .between(1, 17), from: [From(name: "compression.lz4.level")],
            "The level for lz4, 1 to 17. Kept without effect, as the broker does not compress."),
        ConfigDefinition(
            "compression.zstd.level", .int, "3", .between(-131_072, 22), from: [From(name: "compression.zstd.level")],
            "The level for zstd, up to 22. Kept without effect, as the broker does not compress."),
    ]

    private static let replication = [
        ConfigDefinition(
            "min.insync.replicas", .int, "1", .atLeast(1), from: [From(name: "min.insync.replicas")],
            "Replicas that must have a batch before acks=all is answered. Kept without effect: there is one replica."),
        ConfigDefinition(
            "unclean.leader.election.enable", .boolean, "false", from: [From(name: "unclean.leader.election.enable")],
            "Whether a replica that lacks acknowledged records may lead. Kept without effect: there is one replica."),
        ConfigDefinition(
            "leader.replication.throttled.replicas", .list, "", .replicas,
            """
            The replicas whose leader limits the rate of replication, as PARTITION:BROKER, or * for all. Kept without \
            effect.
            """),
        ConfigDefinition(
            "follower.replication.throttled.replicas", .list, "", .replicas,
            """
            The replicas that limit the rate at which they follow, as PARTITION:BROKER, or * for all. Kept without effect.
            """),
    ]

    private static let remote = [
        ConfigDefinition(
            "remote.storage.enable", .boolean, "false", .only("false", because: "this broker has no remote storage"),
            "Whether old segments move to remote storage, which this broker does not have."),
        ConfigDefinition(
            "remote.log.copy.disable", .boolean, "false",
            "Whether nothing more is copied to remote storage. Kept without effect."),
        ConfigDefinition(
            "remote.log.delete.on.disable", .boolean, "false",
            "Whether remote segments go when remote storage is switched off. Kept without effect."),
        ConfigDefinition(
            "local.retention.ms", .long, "-2", .atLeast(-2), from: [From(name: "log.local.retention.ms")],
            "How long segments that were copied to remote storage stay on the disk; -2: 'retention.ms'. Kept without effect."
        ),
        ConfigDefinition(
            "local.retention.bytes", .long, "-2", .atLeast(-2), from: [From(name: "log.local.retention.bytes")],
            "How many bytes of copied segments stay on the disk; -2: 'retention.bytes'. Kept without effect."),
    ]
}
