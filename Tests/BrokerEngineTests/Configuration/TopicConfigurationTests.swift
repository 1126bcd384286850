import Testing

@testable import BrokerEngine

@Suite struct TopicConfigurationTests {
    @Test("without settings it has the defaults that DescribeConfigs shows")
    func defaults() {
        #expect(TopicConfiguration(ConfigLayers()) == TopicConfiguration())
    }

    /// Goal: each setting that has a field reaches it. Method: one valid value other than the default at a time.
    @Test(
        "each setting reaches its field",
        arguments: [
            ("cleanup.policy", "compact,delete"), ("retention.ms", "7"), ("retention.bytes", "7"),
            ("delete.retention.ms", "7"), ("min.cleanable.dirty.ratio", "0.25"),
            ("min.compaction.lag.ms", "7"), ("max.compaction.lag.ms", "7"), ("segment.bytes", "700"),
            ("segment.ms", "7"),
            ("segment.index.bytes", "700"), ("index.interval.bytes", "7"),
            ("flush.messages", "7"), ("flush.ms", "7"), ("max.message.bytes", "7"),
            ("message.timestamp.type", "LogAppendTime"), ("message.timestamp.before.max.ms", "7"),
            ("message.timestamp.after.max.ms", "7"), ("message.timestamp.difference.max.ms", "7"),
        ])
    func fields(name: String, value: String) {
        #expect(TopicConfiguration(ConfigLayers(topic: [name: value])) != TopicConfiguration())
    }

    @Test("values are read with their meaning")
    func values() {
        let configuration = TopicConfiguration(
            ConfigLayers(
                topic: [
                    "cleanup.policy": "compact", "segment.bytes": "700", "message.timestamp.type": "LogAppendTime",
                ],
                staticBroker: ["log.retention.hours": "1", "message.max.bytes": "99"]))
        #expect(configuration.cleanupPolicy == .compact)
        #expect(configuration.segmentBytes == 700)
        #expect(configuration.messageTimestampType == .logAppendTime)
        #expect(configuration.retentionMS == 3_600_000)
        #expect(configuration.messageBytesMax == 99)
    }

    @Test("an empty cleanup policy keeps everything")
    func emptyPolicy() {
        #expect(TopicConfiguration(ConfigLayers(topic: ["cleanup.policy": ""])).cleanupPolicy == [])
    }

    @Test("the older limit of timestamps stands for those of the newer that are not given")
    func timestampDifference() {
        let configuration = TopicConfiguration(
            ConfigLayers(
                topic: ["message.timestamp.difference.max.ms": "10", "message.timestamp.after.max.ms": "20"]))
        #expect(configuration.messageTimestampBeforeMSMax == 10)
        #expect(configuration.messageTimestampAfterMSMax == 20)
    }

    @Test("limits of compaction may not cross, be one of them inherited")
    func conflict() throws {
        try TopicConfiguration.validate(
            ConfigLayers(topic: ["min.compaction.lag.ms": "5", "max.compaction.lag.ms": "5"]))
        let error = #expect(throws: ConfigError.self) {
            try TopicConfiguration.validate(
                ConfigLayers(
                    topic: ["min.compaction.lag.ms": "6"], staticBroker: ["log.cleaner.max.compaction.lag.ms": "5"]))
        }
        #expect(error?.code == .conflict)
        #expect(error.map { "\($0)" }?.contains("max.compaction.lag.ms, which is 5") == true)
    }

    @Test("settings are validated one by one too")
    func invalid() {
        #expect(throws: ConfigError.self) { try TopicConfiguration.validate(ConfigLayers(topic: ["segment.ms": "0"])) }
    }
}
