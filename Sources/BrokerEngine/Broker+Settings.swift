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
        TopicSettings.entries(
            of: given, dynamicBroker: dynamicSettings, defaults: configuration.logDefaults, names: names)
    }

    /// The broker's own settings.
    public func brokerSettingEntries(names: [String]?) -> [ConfigEntry] {
        var layers = ConfigLayers(
            topic: [:], dynamicBroker: dynamicSettings,
            staticBroker: TopicSettings.staticBroker(configuration.logDefaults))
        layers.staticBroker["broker.id"] = "\(configuration.nodeID)"
        layers.staticBroker["node.id"] = "\(configuration.nodeID)"
        layers.staticBroker["num.partitions"] = "\(configuration.defaultPartitionCount)"
        layers.staticBroker["auto.create.topics.enable"] = "\(configuration.createsTopicsOnDemand)"
        layers.staticBroker["log.dir"] = logsPath
        layers.staticBroker["log.dirs"] = logsPath
        return layers.brokerEntries(names: names)
    }

    /// Replaces (`AlterConfigs`) the settings given to a topic. Blocks.
    public func alterSettings(
        ofTopic name: String, replacing wanted: [(name: String, value: String?)], validateOnly: Bool
    )
        throws(BrokerError)
    {
        guard let topic = topic(name) else { throw .unknownTopic(name: name) }
        let settings: [String: String]
        do { settings = try ConfigSchema.topic.replacing(topic.settings, with: wanted) } catch { throw .config(error) }
        try setSettings(settings, ofTopic: name, validateOnly: validateOnly)
    }

    /// Changes (`IncrementalAlterConfigs`) the settings given to a topic. Blocks.
    public func alterSettings(ofTopic name: String, applying changes: [ConfigChange], validateOnly: Bool)
        throws(BrokerError)
    {
        guard let topic = topic(name) else { throw .unknownTopic(name: name) }
        let settings: [String: String]
        let inherited = ConfigLayers(
            topic: [:], dynamicBroker: dynamicSettings,
            staticBroker: TopicSettings.staticBroker(configuration.logDefaults)
        ).inheritedTopicConfig
        do {
            settings = try ConfigSchema.topic.applying(changes, to: topic.settings, inherited: inherited)
        } catch {
            throw .config(error)
        }
        try setSettings(settings, ofTopic: name, validateOnly: validateOnly)
    }

    /// The same for the broker's settings, of which topics follow those they inherit. Blocks.
    public func alterBrokerSettings(replacing wanted: [(name: String, value: String?)], validateOnly: Bool)
        throws(BrokerError)
    {
        let settings: [String: String]
        do { settings = try ConfigSchema.broker.replacing(dynamicSettings, with: wanted) } catch {
            throw .config(error)
        }
        if !validateOnly { try setDynamicSettings(settings) }
    }

    /// The same for the broker's settings, step by step. Blocks.
    public func alterBrokerSettings(applying changes: [ConfigChange], validateOnly: Bool) throws(BrokerError) {
        let settings: [String: String]
        do { settings = try ConfigSchema.broker.applying(changes, to: dynamicSettings) } catch { throw .config(error) }
        if !validateOnly { try setDynamicSettings(settings) }
    }
}
