import TestSupport
import Testing

@testable import BrokerEngine

@Suite struct ConfigSchemaTests {
    /// Goal: tools that list a topic's settings find just those of Kafka 3.9.
    @Test("a topic has the settings of Kafka 3.9 with its types and defaults")
    func topicSettings() {
        let shown = ConfigSchema.topic.definitions.map { "\($0.name) \($0.type) \($0.defaultValue ?? "-")" }
        #expect(
            shown == [
                "cleanup.policy list delete", "compression.gzip.level int -1", "compression.lz4.level int 9",
                "compression.type string producer", "compression.zstd.level int 3", "delete.retention.ms long 86400000",
                "file.delete.delay.ms long 60000", "flush.messages long 9223372036854775807",
                "flush.ms long 9223372036854775807", "follower.replication.throttled.replicas list ",
                "index.interval.bytes int 4096", "leader.replication.throttled.replicas list ",
                "local.retention.bytes long -2", "local.retention.ms long -2",
                "max.compaction.lag.ms long 9223372036854775807", "max.message.bytes int 1048588",
                "message.downconversion.enable boolean true", "message.format.version string 3.0-IV1",
                "message.timestamp.after.max.ms long 9223372036854775807",
                "message.timestamp.before.max.ms long 9223372036854775807",
                "message.timestamp.difference.max.ms long 9223372036854775807",
                "message.timestamp.type string CreateTime",
                "min.cleanable.dirty.ratio double 0.5", "min.compaction.lag.ms long 0", "min.insync.replicas int 1",
                "preallocate boolean false", "remote.log.copy.disable boolean false",
                "remote.log.delete.on.disable boolean false", "remote.storage.enable boolean false",
                "retention.bytes long -1", "retention.ms long 604800000", "segment.bytes int 1073741824",
                "segment.index.bytes int 10485760", "segment.jitter.ms long 0", "segment.ms long 604800000",
                "unclean.leader.election.enable boolean false",
            ])
    }

    @Test("a broker has the settings that tools look at")
    func brokerSettings() {
        for name in [
            "broker.id", "advertised.listeners", "listeners", "log.dirs", "num.partitions", "auto.create.topics.enable",
            "message.max.bytes", "log.retention.ms", "log.retention.hours", "log.segment.bytes", "log.cleanup.policy",
            "group.initial.rebalance.delay.ms", "group.max.session.timeout.ms", "offsets.topic.replication.factor",
            "offsets.retention.minutes", "transaction.max.timeout.ms", "min.insync.replicas", "compression.type",
            "default.replication.factor", "inter.broker.protocol.version", "delete.topic.enable",
        ] {
            #expect(ConfigSchema.broker[name] != nil, "\(name)")
        }
        #expect(ConfigSchema.broker.definitions.count >= 60)
    }

    /// Goal: the tables agree with themselves.
    @Test("each definition has one name, a sound default, a text, and brokers' settings that exist")
    func tables() throws {
        for schema in [ConfigSchema.topic, .broker] {
            #expect(Set(schema.definitions.map(\.name)).count == schema.definitions.count)
            for definition in schema.definitions {
                if let value = definition.defaultValue {
                    #expect(try definition.parse(value).text == value, "\(definition.name)")
                }
                #expect(definition.documentation.count > 20, "\(definition.name)")
                #expect(!definition.documentation.contains("  "), "\(definition.name)")
            }
        }
        for definition in ConfigSchema.topic.definitions {
            #expect(definition.defaultValue != nil, "\(definition.name)")
            #expect(!definition.isReadOnly)
            for (index, setting) in definition.brokerSettings.enumerated() {
                let broker = try #require(ConfigSchema.broker[setting.name], "\(setting.name)")
                #expect(broker.isReadOnly == (index > 0), "only the strongest changes at run time: \(setting.name)")
            }
        }
    }

    @Test(
        "values that are allowed, and how they are shown",
        arguments: [
            ("retention.ms", " -1 ", "-1"), ("retention.ms", "9223372036854775807", "9223372036854775807"),
            ("cleanup.policy", "compact , delete", "compact,delete"), ("cleanup.policy", "", ""),
            ("preallocate", "TRUE", "true"), ("min.cleanable.dirty.ratio", "1", "1.0"),
            ("min.cleanable.dirty.ratio", "1e-2", "0.01"), ("message.timestamp.type", "LogAppendTime", "LogAppendTime"),
            ("leader.replication.throttled.replicas", "*", "*"),
            ("leader.replication.throttled.replicas", "0:1,12:3", "0:1,12:3"),
            ("message.format.version", "0.10.2", "0.10.2"), ("message.format.version", "2.8-IV1", "2.8-IV1"),
            ("remote.storage.enable", "false", "false"), ("compression.zstd.level", "-131072", "-131072"),
        ])
    func allowed(name: String, value: String, shown: String) throws {
        try ConfigSchema.topic.validate(name, value)
        #expect(ConfigLayers(topic: [name: value]).topicEntries(names: [name]).map(\.value) == [shown])
    }

    @Test(
        "values that are refused, and what the error says",
        arguments: [
            ("retention.ms", "-2", "below -1"), ("retention.ms", "a week", "not a whole number"),
            ("retention.ms", "9223372036854775808", "not a whole number"), ("retention.ms", "", "not a whole number"),
            ("retention.ms", "1.5", "not a whole number"), ("segment.bytes", "13", "below 14"),
            ("segment.bytes", "2147483648", "to 2147483647"),
            ("cleanup.policy", "compact,purge", "'purge' is not one of"),
            ("cleanup.policy", "delete,", "'' is not one of"), ("preallocate", "yes", "neither true nor false"),
            ("min.cleanable.dirty.ratio", "1.01", "from 0 to 1"), ("min.cleanable.dirty.ratio", "nan", "not a number"),
            ("compression.type", "brotli", "is not one of"), ("compression.gzip.level", "10", "not from -1 to 9"),
            ("message.timestamp.type", "createtime", "is not one of"), ("min.insync.replicas", "0", "below 1"),
            ("leader.replication.throttled.replicas", "0:1,x", "'x' is not PARTITION:BROKER"),
            ("leader.replication.throttled.replicas", "*,0:1", "'*' is not PARTITION:BROKER"),
            ("message.format.version", "4.0", "not a release"), ("message.format.version", "latest", "not a release"),
            ("remote.storage.enable", "true", "no remote storage"),
        ])
    func refused(name: String, value: String, reason: String) {
        let error = #expect(throws: ConfigError.self) { try ConfigSchema.topic.validate(name, value) }
        #expect(error?.code == .invalidValue)
        #expect(error?.name == name)
        #expect(error?.value == value)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect(error.map { "\($0)" }?.contains("\(name) = '\(value)'") == true)
    }

    @Test("an unknown name is refused, and the first bad setting by name is the one reported")
    func unknown() {
        let error = #expect(throws: ConfigError.self) {
            try ConfigSchema.topic.validate(["retention.msec": "1", "segment.ms": "0", "retention.ms": "1"])
        }
        #expect(error?.code == .unknownName)
        #expect(error?.name == "retention.msec")
    }

    @Test("a value of any length gives a short error")
    func longValue() {
        let error = #expect(throws: ConfigError.self) {
            try ConfigSchema.topic.validate("retention.ms", String(repeating: "9", count: 100_000))
        }
        #expect(error.map { "\($0)".count < 300 } == true)
    }

    /// Goal: no text makes the parser fail other than by its error, and what it shows it reads again as the same.
    @Test("any text is read or refused", arguments: UInt64(0)..<20)
    func anyText(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "-", "1", "9", ".", ",", ":", "*", "IV", " ", "\t", "true", "delete", "e", "\u{0}", "é", "3.0", "inf",
        ]
        for _ in 0..<500 {
            let text = (0..<random.int(in: 0...5)).map { _ in pieces[random.int(in: 0..<pieces.count)] }.joined()
            for definition in ConfigSchema.topic.definitions {
                guard let value = try? definition.parse(text) else { continue }
                #expect(try definition.parse(value.text) == value, "\(definition.name) '\(text)', seed \(seed)")
            }
        }
    }
}
