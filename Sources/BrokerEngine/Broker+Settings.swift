import LogStorage
import Synchronization

/// Names and settings of topics and of the broker, checked before anything is committed.
extension Broker {
    /// Topics that belong to the broker: clients can neither create nor write to them.
    static let reservedNames: Set<String> = [MetadataLog.name.topic, GroupCoordinator.topicName]

    /// Throws if no topic may have this name. Internal topics may have a reserved one.
    public func checkName(_ name: String, isInternal: Bool) throws(BrokerError) {
        do { try TopicName.validate(name) } catch { throw .invalidTopicName(name: name, reason: "\(error)") }
        guard isInternal || !Broker.reservedNames.contains(name) else {
            throw .invalidTopicName(name: name, reason: "the name is reserved for the broker's own topic")
        }
    }

    /// Throws if a topic exists whose name differs only in '.' and '_': metrics could not tell them apart.
    func checkCollision(_ name: String) throws(BrokerError) {
        if let other = TopicName.collidingName(of: name, among: registry.withLock { Array($0.keys) }) {
            throw .invalidTopicName(name: name, reason: "'.' and '_' count as equal, and topic '\(other)' exists")
        }
    }

    static func checkSettings(_ settings: [String: String]) throws(BrokerError) {
        do { try TopicSettings.validate(settings) } catch { throw .config(error) }
    }

    /// The settings of a topic as DescribeConfigs shows them; all if `names` is nil.
    public func settingEntries(ofTopic name: String, names: [String]?) throws(BrokerError) -> [ConfigEntry] {
        guard let topic = topic(name) else { throw .unknownTopic(name: name) }
        return settingEntries(of: topic.settings, names: names)
    }

    /// What a topic with these settings given would show.
    public func settingEntries(of given: [String: String], names: [String]? = nil) -> [ConfigEntry] {
        layers(topic: given, dynamicBroker: dynamicSettings).topicEntries(names: names)
    }

    /// The broker's own settings; all if `names` is nil. `listeners` are those that only who binds sockets knows, by
    /// Kafka's names.
    public func brokerSettingEntries(names: [String]?, listeners: [String: String] = [:]) -> [ConfigEntry] {
        var layers = layers(dynamicBroker: dynamicSettings)
        layers.staticBroker.merge(listeners) { $1 }
        return layers.brokerEntries(names: names)
    }

    /// The settings given at each level, for a topic or the broker.
    private func layers(topic given: [String: String] = [:], dynamicBroker: [String: String]) -> ConfigLayers {
        ConfigLayers(topic: given, dynamicBroker: dynamicBroker, staticBroker: startSettings)
    }

    /// What this broker was started with: what it was told, and what it works with where that is not the default.
    private var startSettings: [String: String] {
        var settings = TopicSettings.staticBroker(configuration.logDefaults)
        func give(_ name: String, _ value: some CustomStringConvertible) {
            let text = value.description
            if ConfigSchema.broker[name]?.defaultValue != text { settings[name] = text }
        }
        give("num.partitions", configuration.defaultPartitionCount)
        give("auto.create.topics.enable", configuration.createsTopicsOnDemand)
        give("offsets.topic.num.partitions", configuration.offsetsPartitionCount)
        give("log.flush.offset.checkpoint.interval.ms", configuration.checkpointIntervalMS)
        give("log.flush.start.offset.checkpoint.interval.ms", configuration.checkpointIntervalMS)
        give("log.retention.check.interval.ms", configuration.retentionIntervalMS)
        give("log.cleaner.backoff.ms", configuration.retentionIntervalMS)
        settings.merge(configuration.startSettings) { $1 }
        // Which node this is and where its logs are is always given.
        for name in ["broker.id", "node.id"] { settings[name] = "\(configuration.nodeID)" }
        for name in ["log.dir", "log.dirs"] { settings[name] = logsPath }
        return settings
    }

    /// Replaces (`AlterConfigs`) the settings given to a topic; those not given fall back to their defaults. Blocks.
    public func alterSettings(
        ofTopic name: String, replacing wanted: [(name: String, value: String?)], validateOnly: Bool
    ) throws(BrokerError) {
        try changeSettings(ofTopic: name, validateOnly: validateOnly) { (topic, _) throws(BrokerError) in
            do throws(ConfigError) { return try ConfigSchema.topic.replacing(topic, with: wanted) } catch {
                throw .config(error)
            }
        }
    }

    /// Changes (`IncrementalAlterConfigs`) the settings given to a topic. Blocks.
    public func alterSettings(ofTopic name: String, applying changes: [ConfigChange], validateOnly: Bool)
        throws(BrokerError)
    {
        try changeSettings(ofTopic: name, validateOnly: validateOnly) { (topic, dynamicBroker) throws(BrokerError) in
            let inherited = layers(dynamicBroker: dynamicBroker).inheritedTopicConfig
            do throws(ConfigError) {
                return try ConfigSchema.topic.applying(changes, to: topic, inherited: inherited)
            } catch {
                throw .config(error)
            }
        }
    }

    /// The same for the broker's settings, of which topics follow those they inherit. Blocks.
    public func alterBrokerSettings(replacing wanted: [(name: String, value: String?)], validateOnly: Bool)
        throws(BrokerError)
    {
        try changeDynamicSettings(validateOnly: validateOnly) { (settings) throws(BrokerError) in
            do throws(ConfigError) { return try ConfigSchema.broker.replacing(settings, with: wanted) } catch {
                throw .config(error)
            }
        }
    }

    /// The same for the broker's settings, step by step. Blocks.
    public func alterBrokerSettings(applying changes: [ConfigChange], validateOnly: Bool) throws(BrokerError) {
        try changeDynamicSettings(validateOnly: validateOnly) { (settings) throws(BrokerError) in
            do throws(ConfigError) { return try ConfigSchema.broker.applying(changes, to: settings) } catch {
                throw .config(error)
            }
        }
    }
}
