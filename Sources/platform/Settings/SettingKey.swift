/// One setting: its key, what values it takes, what it does, and the field it goes to.
struct SettingKey {
    /// `section.key`, in kebab case.
    let name: String
    /// What values it takes, with the limits.
    let type: String
    let defaultText: String
    /// One line.
    let help: String
    /// The broker's setting of the same meaning, by Kafka's name.
    let kafkaName: String?
    /// Reads a value into its field.
    let assign: (String, inout Settings) throws(SettingTextError) -> Void
    /// The field's value in Kafka's unit.
    let kafkaText: (Settings) -> String

    /// The environment variable of the same meaning.
    var environmentName: String {
        SettingKey.environmentPrefix + name.map { $0 == "." || $0 == "-" ? "_" : $0.uppercased() }.joined()
    }

    static let environmentPrefix = "PLATFORM_"

    /// The milliseconds of Kafka's unit for a time, where that is not one.
    private static let millisecondsPerMinute: Int64 = 60_000

    private static func key<Value: SettingValue>(
        _ name: String, _ field: WritableKeyPath<Settings, Value>, within range: ClosedRange<Value.Bound>? = nil,
        kafka kafkaName: String? = nil, kafkaUnitMS: Int64 = 1, _ help: String
    ) -> SettingKey {
        SettingKey(
            name: name, type: Value.description(of: range), defaultText: Settings()[keyPath: field].settingText,
            help: help, kafkaName: kafkaName,
            assign: { text, settings throws(SettingTextError) in
                let value = try Value(settingText: text)
                if let range, let bound = value.bound, !range.contains(bound) {
                    throw SettingTextError("must be \(Value.description(of: range))")
                }
                settings[keyPath: field] = value
            },
            kafkaText: { $0[keyPath: field].kafkaText(unitMS: kafkaUnitMS) })
    }

    /// All settings, sorted by key.
    static var all: [SettingKey] { (log + kafka + group + plugins + rest).sorted { $0.name < $1.name } }

    private static var log: [SettingKey] {
        [
            key(
                "log.flush", \.log.flush,
                "When an append is acknowledged: 'group' after an fsync shared by all that wait (survives power loss), "
                    + "'interval' at once with an fsync now and then, 'os' at once, leaving that to the system."),
            key(
                "log.flush-interval", \.log.flushInterval, within: .milliseconds(1) ... .seconds(3600),
                "With log.flush=interval, the longest until an fsync: what a power failure may cost."),
            key(
                "log.segment-bytes", \.log.segmentBytes, within: ByteCount(1 << 10)...ByteCount(Int64(Int32.max)),
                kafka: "log.segment.bytes",
                "Size of a log's files, which a batch may not exceed; topics may set segment.bytes."),
            key(
                "log.retention", \.log.retention, within: .milliseconds(1) ... .milliseconds(Int64.max),
                kafka: "log.retention.ms", "Age at which records are deleted; topics may set retention.ms."),
            key(
                "log.retention-bytes", \.log.retentionBytes, within: ByteCount(0)...ByteCount(.max),
                kafka: "log.retention.bytes",
                "Size of a partition above which its oldest records are deleted; topics may set retention.bytes."),
            key(
                "log.retention-check-interval", \.log.retentionCheckInterval,
                within: .milliseconds(10) ... .seconds(86_400),
                kafka: "log.retention.check.interval.ms", "How often records to delete or compact are looked for."),
            key(
                "log.checkpoint-interval", \.log.checkpointInterval, within: .milliseconds(10) ... .seconds(3600),
                kafka: "log.flush.offset.checkpoint.interval.ms",
                "How often the end of what is synced is noted; a start after a crash checks only what follows."),
        ]
    }

    private static var kafka: [SettingKey] {
        [
            key(
                "kafka.advertised-host", \.kafka.advertisedHost,
                "Host that clients are told to connect to; empty: the address listened on, or this machine's name if that is "
                    + "every address."),
            key(
                "kafka.advertised-port", \.kafka.advertisedPort, within: 0...65_535,
                "Port that clients are told to connect to; 0: the port listened on."),
            key(
                "kafka.auto-create-topics", \.kafka.autoCreateTopics, kafka: "auto.create.topics.enable",
                "Whether asking for an unknown topic creates it."),
            key(
                "kafka.connections-max", \.kafka.connectionsMax, within: 1...1_000_000, kafka: "max.connections",
                "Connections at once; further ones are closed."),
            key(
                "kafka.default-partitions", \.kafka.defaultPartitions, within: 1...10_000, kafka: "num.partitions",
                "Partitions of a topic that is created without a number."),
            key(
                "kafka.idle-timeout", \.kafka.idleTimeout, within: .milliseconds(100) ... .seconds(7 * 86_400),
                kafka: "connections.max.idle.ms", "A connection without traffic for so long is closed."),
            key(
                "kafka.message-bytes-max", \.kafka.messageBytesMax, within: ByteCount(64)...ByteCount(1 << 30),
                kafka: "message.max.bytes", "Largest batch of records; topics may set max.message.bytes."),
            key(
                "kafka.offsets-partitions", \.kafka.offsetsPartitions, within: 1...1_000,
                kafka: "offsets.topic.num.partitions",
                "Partitions of the topic of committed offsets; counts when the data directory is new."),
            key(
                "kafka.request-bytes-max", \.kafka.requestBytesMax, within: ByteCount(1 << 10)...ByteCount(1 << 30),
                kafka: "socket.request.max.bytes", "Largest request; the connection of a larger one is closed."),
            key(
                "kafka.requests-in-flight-max", \.kafka.requestsInFlightMax, within: 1...10_000,
                kafka: "queued.max.requests",
                "Requests of one connection at once; no more are read until one is answered."),
            key(
                "kafka.unsent-bytes-max", \.kafka.unsentBytesMax, within: ByteCount(1 << 10)...ByteCount(1 << 30),
                "Answers that a connection has not taken yet; above it no more is read from it."),
        ]
    }

    private static var group: [SettingKey] {
        [
            key(
                "group.initial-rebalance-delay", \.group.initialRebalanceDelay, within: .zero ... .seconds(300),
                kafka: "group.initial.rebalance.delay.ms", "How long a new group waits for more members."),
            key(
                "group.offsets-retention", \.group.offsetsRetention, within: .seconds(60) ... .seconds(3650 * 86_400),
                kafka: "offsets.retention.minutes", kafkaUnitMS: millisecondsPerMinute,
                "How long the offsets of a group without members are kept."),
            key(
                "group.session-timeout-max", \.group.sessionTimeoutMax, within: .milliseconds(1) ... .seconds(86_400),
                kafka: "group.max.session.timeout.ms", "Longest session timeout that a consumer may ask for."),
            key(
                "group.session-timeout-min", \.group.sessionTimeoutMin, within: .milliseconds(1) ... .seconds(86_400),
                kafka: "group.min.session.timeout.ms", "Shortest session timeout that a consumer may ask for."),
        ]
    }

    private static var plugins: [SettingKey] {
        [
            key(
                "plugins.path", \.plugins.path,
                "Directory of Lua plugins and of bindings.lua, which says what each decides; empty: there are none."),
            key(
                "plugins.reload", \.plugins.reload,
                "Who has changed plugins read: 'manual' takes platform plugin reload, 'watch' looks at the files."),
            key(
                "plugins.shadow-calls", \.plugins.shadowCalls, within: 1...1_000_000,
                "Calls for which a new version runs beside the active one before it takes over."),
            key(
                "plugins.shadow-time", \.plugins.shadowTime, within: .zero ... .seconds(86_400),
                "The longest that a new version runs beside the active one before it takes over."),
            key(
                "plugins.load-time", \.plugins.loadTime, within: .milliseconds(1) ... .seconds(60),
                "How long loading a plugin and its setup may take."),
            key(
                "plugins.pure-time", \.plugins.pureTime, within: .milliseconds(1) ... .seconds(10),
                "How long one call of select or dedup may compute."),
            key(
                "plugins.slice", \.plugins.slice, within: .milliseconds(1) ... .seconds(60),
                "How long other functions may compute between two waits."),
            key(
                "plugins.handler-time", \.plugins.handlerTime, within: .milliseconds(10) ... .seconds(3600),
                "How long prepare, handle and every may take in all."),
            key(
                "plugins.memory-max", \.plugins.memoryMax, within: ByteCount(1 << 20)...ByteCount(1 << 32),
                "Memory of one state of a plugin; a quarter of it for select and dedup."),
        ]
    }

    private static var rest: [SettingKey] {
        [
            key(
                "http.body-bytes-max", \.http.bodyBytesMax, within: ByteCount(1 << 10)...ByteCount(1 << 30),
                "Largest body of an HTTP request; a larger one is answered 413."),
            key("logging.format", \.logging.format, "Form of the lines on stderr."),
            key("logging.level", \.logging.level, "Least severe lines on stderr."),
            key(
                "node.event-loops", \.node.eventLoops, within: 0...1_024,
                "Threads that serve connections; 0: one per core."),
            key(
                "node.id", \.node.id, within: 0...Int(Int32.max), kafka: "broker.id",
                "Number of this node in its cluster."),
            key(
                "node.shutdown-timeout", \.node.shutdownTimeout, within: .zero ... .seconds(3600),
                "How long a stop waits for requests in flight."),
        ]
    }
}
