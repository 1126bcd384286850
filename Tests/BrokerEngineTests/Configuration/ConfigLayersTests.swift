import Testing

@testable import BrokerEngine

@Suite struct ConfigLayersTests {
    private func entry(_ name: String, _ layers: ConfigLayers) throws -> ConfigEntry {
        let entries = layers.topicEntries(names: [name])
        try #require(entries.count == 1)
        return entries[0]
    }

    @Test("what nobody gave has its default")
    func defaults() throws {
        let entry = try entry("retention.ms", ConfigLayers())
        #expect(entry.value == "604800000")
        #expect(entry.source == .default)
        #expect(entry.isDefault)
        #expect(entry.synonyms == [ConfigSynonym(name: "log.retention.hours", value: "168", source: .default)])
        #expect(!entry.isReadOnly && !entry.isSensitive && entry.type == .long)
    }

    /// Goal: Kafka's order: the topic's, then the broker's at run time, then those at start, then the default.
    @Test("the strongest layer wins, and the others are its synonyms")
    func precedence() throws {
        var layers = ConfigLayers(
            topic: ["retention.ms": "1"], dynamicBroker: ["log.retention.ms": "2"],
            staticBroker: ["log.retention.hours": "3", "log.retention.minutes": "4", "log.retention.ms": "5"])
        let all = [
            ConfigSynonym(name: "retention.ms", value: "1", source: .topic),
            ConfigSynonym(name: "log.retention.ms", value: "2", source: .dynamicBroker),
            ConfigSynonym(name: "log.retention.ms", value: "5", source: .staticBroker),
            ConfigSynonym(name: "log.retention.minutes", value: "4", source: .staticBroker),
            ConfigSynonym(name: "log.retention.hours", value: "3", source: .staticBroker),
            ConfigSynonym(name: "log.retention.hours", value: "168", source: .default),
        ]
        #expect(try entry("retention.ms", layers).synonyms == all)
        var values: [String?] = []
        var sources: [ConfigSource] = []
        func note() throws {
            let entry = try entry("retention.ms", layers)
            values.append(entry.value)
            sources.append(entry.source)
        }
        try note()
        layers.topic = [:]
        try note()
        layers.dynamicBroker = [:]
        try note()
        layers.staticBroker["log.retention.ms"] = nil
        try note()
        layers.staticBroker["log.retention.minutes"] = nil
        try note()
        layers.staticBroker = [:]
        try note()
        #expect(values == ["1", "2", "5", "240000", "10800000", "604800000"])
        #expect(sources == [.topic, .dynamicBroker, .staticBroker, .staticBroker, .staticBroker, .default])
    }

    @Test("a setting without a broker's has only its own value and its default")
    func withoutBrokerSetting() throws {
        let name = "leader.replication.throttled.replicas"
        #expect(try entry(name, ConfigLayers()).source == .default)
        #expect(try entry(name, ConfigLayers()).synonyms.isEmpty)
        #expect(try entry(name, ConfigLayers(topic: [name: "0:1"])).source == .topic)
    }

    @Test("all settings are listed, or those asked for, and unknown names are passed over")
    func selection() {
        #expect(ConfigLayers().topicEntries().count == ConfigSchema.topic.definitions.count)
        #expect(ConfigLayers().topicEntries(names: []).count == ConfigSchema.topic.definitions.count)
        #expect(
            ConfigLayers().topicEntries(names: ["segment.ms", "nonsense", "cleanup.policy"]).map(\.name)
                == ["cleanup.policy", "segment.ms"])
    }

    @Test("a given value that is not valid is passed over")
    func invalidGiven() throws {
        let layers = ConfigLayers(topic: ["retention.ms": "soon"], staticBroker: ["log.retention.ms": "7"])
        #expect(try entry("retention.ms", layers).value == "7")
        #expect(try entry("retention.ms", layers).source == .staticBroker)
        #expect(TopicConfiguration(layers).retentionMS == 7)
    }

    @Test("a broker's entries show where its values come from")
    func brokerEntries() throws {
        let layers = ConfigLayers(
            dynamicBroker: ["log.retention.ms": "9"], staticBroker: ["broker.id": "4", "log.retention.hours": "2"])
        let entries = Dictionary(uniqueKeysWithValues: layers.brokerEntries().map { ($0.name, $0) })
        let id = try #require(entries["broker.id"])
        #expect(id.value == "4" && id.source == .staticBroker && id.isReadOnly && id.type == .int)
        let milliseconds = try #require(entries["log.retention.ms"])
        #expect(milliseconds.value == "9" && milliseconds.source == .dynamicBroker && !milliseconds.isReadOnly)
        #expect(
            milliseconds.synonyms.map(\.name) == ["log.retention.ms", "log.retention.hours", "log.retention.hours"])
        let hours = try #require(entries["log.retention.hours"])
        #expect(hours.value == "2" && hours.isReadOnly)
        let rack = try #require(entries["broker.rack"])
        #expect(rack.value == nil && rack.source == .default)
    }

    @Test("the broker without an id shows what was given to all at run time")
    func dynamicDefaults() {
        let layers = ConfigLayers(dynamicBroker: ["log.retention.ms": "9"], staticBroker: ["broker.id": "4"])
        let entries = layers.dynamicDefaultEntries()
        #expect(entries.map(\.name) == ["log.retention.ms"])
        #expect(entries.map(\.source) == [.dynamicDefaultBroker])
        #expect(ConfigLayers(staticBroker: ["broker.id": "4"]).dynamicDefaultEntries().isEmpty)
    }

    @Test("what topics inherit is the broker's in the topics' names and units")
    func inherited() {
        let layers = ConfigLayers(
            topic: ["retention.ms": "1"], dynamicBroker: ["log.cleanup.policy": "compact"],
            staticBroker: ["log.retention.hours": "1"])
        #expect(layers.inheritedTopicConfig["retention.ms"] == "3600000")
        #expect(layers.inheritedTopicConfig["cleanup.policy"] == "compact")
        #expect(layers.inheritedTopicConfig["segment.bytes"] == "1073741824")
    }

    @Test(
        "a negative or enormous time keeps its meaning in milliseconds",
        arguments: [("-1", "-1"), ("2147483647", "7730941129200000")])
    func scaled(hours: String, milliseconds: String) throws {
        let layers = ConfigLayers(staticBroker: ["log.retention.hours": hours])
        #expect(try entry("retention.ms", layers).value == milliseconds)
    }
}
