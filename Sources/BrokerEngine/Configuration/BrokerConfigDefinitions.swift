import LogStorage

extension ConfigSchema {
    /// The settings of brokers that clients, tools and test suites look at, with Kafka 3.9's types and limits. Defaults
    /// are this broker's; where they differ from Kafka's, the documentation says so. Only those that topics inherit can
    /// be changed at run time.
    public static let broker = ConfigSchema(
        resource: "broker",
        node + sockets + topics + logs + cleaner + groups + transactions + inherited)

    private static func fixed(
        _ name: String, _ type: ConfigType, _ defaultValue: String?, _ limit: ConfigLimit, _ documentation: String
    ) -> ConfigDefinition {
        ConfigDefinition(name, type, defaultValue, limit, isReadOnly: true, documentation)
    }

    private static func fixed(_ name: String, _ type: ConfigType, _ defaultValue: String?, _ documentation: String)
        -> ConfigDefinition
    {
        fixed(name, type, defaultValue, .any, documentation)
    }

    private static let node = [
        fixed("broker.id", .int, "0", .atLeast(-1), "The number of this broker in the cluster."),
        fixed("node.id", .int, "0", .atLeast(0), "The number of this node in the cluster; the same as 'broker.id'."),
        fixed("broker.rack", .string, nil, "Where the broker stands, for clients that read from the nearest replica."),
        fixed("log.dir", .string, nil, "The directory that holds the logs."),
        fixed("log.dirs", .string, nil, "The directories that hold the logs; this broker has one."),
        fixed(
            "authorizer.class.name", .string, "", "What decides on access; empty: nothing does, everything is allowed."),
        fixed("controlled.shutdown.enable", .boolean, "true", "Whether a stop first completes what is in flight."),
        fixed(
            "inter.broker.protocol.version", .string, "3.9-IV0", "The release of Kafka whose requests are understood."),
        fixed("auto.leader.rebalance.enable", .boolean, "true", "Whether leadership moves back to preferred replicas."),
        ConfigDefinition(
            "sasl.kerberos.min.time.before.relogin", .long, "60000",
            "Kerberos is not offered. Kept without effect, because tools use it to try out changes at run time."),
    ]

    private static let sockets = [
        fixed("listeners", .string, nil, "The addresses that the broker listens on, as PROTOCOL://HOST:PORT."),
        fixed("advertised.listeners", .string, nil, "The addresses that clients are told to connect to."),
        fixed(
            "listener.security.protocol.map", .list, "PLAINTEXT:PLAINTEXT",
            "The security protocol of each listener name."),
        fixed("num.network.threads", .int, nil, .atLeast(1), "The threads that serve connections: event loops."),
        fixed(
            "num.io.threads", .int, nil, .atLeast(1), "The threads that work for requests; the same event loops here."),
        fixed("background.threads", .int, "1", .atLeast(1), "The threads for retention, compaction and checkpoints."),
        fixed("queued.max.requests", .int, "64", .atLeast(1), "Requests of one connection that may wait at once."),
        fixed("socket.request.max.bytes", .int, "104857600", .atLeast(1), "The largest request, in bytes."),
        fixed("socket.listen.backlog.size", .int, "1024", .atLeast(1), "Connections that may wait to be accepted."),
        fixed("max.connections", .int, "10000", .atLeast(0), "Connections that may be open at once."),
        fixed(
            "max.connections.per.ip", .int, "2147483647", .atLeast(0),
            "Connections that one address may have open: as many as 'max.connections' allows."),
        fixed(
            "connections.max.idle.ms", .long, "600000",
            "A connection without traffic for this many milliseconds is closed."),
        fixed("fetch.max.bytes", .int, "57671680", .atLeast(1024), "Most bytes of records in one fetch response."),
        fixed(
            "max.incremental.fetch.session.cache.slots", .int, "0", .atLeast(0),
            "Fetch sessions that are remembered: none, every fetch names what it wants. Kafka's default is 1000."),
        fixed(
            "request.timeout.ms", .int, "30000",
            "How long the broker waits for answers of other brokers. Without effect: there are none."),
    ]

    private static let topics = [
        fixed(
            "num.partitions", .int, "1", .atLeast(1), "Partitions of a topic that is created without a number of them."),
        fixed(
            "default.replication.factor", .int, "1", .atLeast(1),
            "Replicas of a topic created without a number of them."),
        fixed("auto.create.topics.enable", .boolean, "true", "Whether asking for an unknown topic creates it."),
        fixed("delete.topic.enable", .boolean, "true", "Whether topics can be deleted."),
        fixed(
            "replica.lag.time.max.ms", .long, "30000",
            "A follower further behind leaves the in-sync replicas. Without effect: there are none."),
        fixed(
            "replica.fetch.max.bytes", .int, "1048576", .atLeast(0),
            "Bytes that a follower fetches of one partition. Without effect: there are none."),
    ]

    private static let logs = [
        fixed("log.roll.hours", .int, "168", .atLeast(1), "As 'log.roll.ms', in hours; for when that is not given."),
        fixed("log.roll.jitter.hours", .int, "0", .atLeast(0), "As 'log.roll.jitter.ms', in hours."),
        fixed("log.retention.minutes", .int, nil, "As 'log.retention.ms', in minutes; for when that is not given."),
        fixed(
            "log.retention.hours", .int, "168",
            "As 'log.retention.ms', in hours; for when minutes are not given either."),
        fixed(
            "log.retention.check.interval.ms", .long, "30000", .atLeast(1),
            "How often the broker looks for segments to delete. Kafka's default is five minutes."),
        fixed("log.flush.scheduler.interval.ms", .long, never, "How often the broker looks for logs to sync."),
        fixed(
            "log.flush.offset.checkpoint.interval.ms", .int, "1000", .atLeast(0),
            "How often the broker notes what is synced, to shorten recovery. Kafka's default is one minute."),
        fixed(
            "log.flush.start.offset.checkpoint.interval.ms", .int, "1000", .atLeast(0),
            "How often the broker notes where logs start. Kafka's default is one minute."),
        fixed("num.recovery.threads.per.data.dir", .int, "1", .atLeast(1), "Threads that recover logs at start."),
        fixed("remote.log.storage.system.enable", .boolean, "false", "Whether there is remote storage."),
    ]

    private static let cleaner = [
        fixed("log.cleaner.enable", .boolean, "true", "Whether logs whose policy has 'compact' are compacted."),
        fixed("log.cleaner.threads", .int, "1", .atLeast(0), "Threads that compact logs."),
        fixed("log.cleaner.backoff.ms", .long, "30000", .atLeast(0), "How often the broker looks for logs to compact."),
        fixed(
            "log.cleaner.dedupe.buffer.size", .long, "\(LogConfiguration().compactionMapBytesMax)",
            "Memory for the keys of a compaction, in bytes. Kafka's default is 128 MiB."),
        fixed(
            "log.cleaner.io.max.bytes.per.second", .double, "\(Double.greatestFiniteMagnitude)",
            "The rate of compaction."),
    ]

    private static let groups = [
        fixed(
            "group.min.session.timeout.ms", .int, "6000", "The shortest session timeout that a consumer may ask for."),
        fixed(
            "group.max.session.timeout.ms", .int, "1800000", "The longest session timeout that a consumer may ask for."),
        fixed(
            "group.initial.rebalance.delay.ms", .int, "100",
            "How long a new group waits for more members, which a first consumer waits too. Kafka's default is 3000."
        ),
        fixed(
            "group.max.size", .int, "100000", .atLeast(1), "Members that a group may have. Kafka's default is no limit."
        ),
        fixed("group.coordinator.rebalance.protocols", .list, "classic", "The group protocols that are served."),
        fixed("offset.metadata.max.bytes", .int, "4096", "The longest text that may be committed with an offset."),
        fixed("offsets.retention.minutes", .int, "10080", .atLeast(1), "How long an empty group's offsets are kept."),
        fixed(
            "offsets.retention.check.interval.ms", .long, "600000", .atLeast(1),
            "How often offsets to expire are looked for."),
        fixed(
            "offsets.topic.num.partitions", .int, "8", .atLeast(1),
            "Partitions of the topic that holds committed offsets. Kafka's default is 50."),
        fixed(
            "offsets.topic.replication.factor", .short, "1", .atLeast(1),
            "Replicas of the topic that holds committed offsets. Kafka's default is 3, which one broker cannot have."),
        fixed("offsets.topic.segment.bytes", .int, "104857600", .atLeast(1), "Segment size of that topic."),
        fixed(
            "offsets.commit.timeout.ms", .int, "5000", .atLeast(1),
            "How long a commit of offsets may take. Without effect: it takes as long as the disk."),
    ]

    private static let transactions = [
        fixed(
            "transaction.max.timeout.ms", .int, "900000", .atLeast(1),
            "The longest timeout of a transaction. Without effect: there are no transactions."),
        fixed(
            "transactional.id.expiration.ms", .int, "604800000", .atLeast(1),
            "How long an idle transactional id is kept. Without effect: there are no transactions."),
        fixed(
            "transaction.state.log.num.partitions", .int, "50", .atLeast(1),
            "Partitions of the topic of transactions, which there is not."),
        fixed(
            "transaction.state.log.replication.factor", .short, "1", .atLeast(1),
            "Replicas of the topic of transactions, which there is not. Kafka's default is 3, which one broker cannot have."
        ),
        fixed(
            "transaction.state.log.min.isr", .int, "1", .atLeast(1),
            "Replicas that must have a transaction's state. Without effect. Kafka's default is 2, which one broker cannot have."
        ),
        fixed("producer.id.expiration.ms", .int, "86400000", .atLeast(1), "How long a silent producer is remembered."),
    ]

    /// The strongest broker's setting of each topic's setting: same type, limits and default; changes at run time.
    /// Where there are weaker ones in other units, those have the default.
    private static let inherited: [ConfigDefinition] = topic.definitions.compactMap { definition in
        guard let strongest = definition.brokerSettings.first else { return nil }
        let hasWeaker = definition.brokerSettings.count > 1
        return ConfigDefinition(
            strongest.name, definition.type, hasWeaker ? nil : definition.defaultValue, definition.limit,
            "What topics have that do not set '\(definition.name)'. \(definition.documentation)")
    }
}
