/// The settings given at each level, from which the values in force follow: a topic's own, else the broker's given at
/// run time, else those given when it was started, else the defaults.
public struct ConfigLayers: Equatable, Sendable {
    /// Given to the topic, by the names of topics' settings.
    public var topic: [String: String]
    /// Given to the broker at run time, by the names of brokers' settings.
    public var dynamicBroker: [String: String]
    /// Given when the broker was started, by the names of brokers' settings.
    public var staticBroker: [String: String]

    public init(
        topic: [String: String] = [:], dynamicBroker: [String: String] = [:], staticBroker: [String: String] = [:]
    ) {
        self.topic = topic
        self.dynamicBroker = dynamicBroker
        self.staticBroker = staticBroker
    }
}

/// One setting as DescribeConfigs shows it.
public struct ConfigEntry: Equatable, Sendable {
    public var name: String
    /// nil: it has none, or it is sensitive.
    public var value: String?
    public var source: ConfigSource
    public var isReadOnly: Bool
    public var isSensitive: Bool
    public var type: ConfigType
    /// All values there are for it, the one in force first.
    public var synonyms: [ConfigSynonym]
    public var documentation: String

    /// As version 0 shows the source.
    public var isDefault: Bool { source == .default }
}

/// A value that a setting has or would have if those before it were not given.
public struct ConfigSynonym: Equatable, Sendable {
    public var name: String
    public var value: String?
    public var source: ConfigSource
}

extension ConfigLayers {
    /// A topic's settings, sorted by name: those in `names`, or all if it is nil or empty.
    public func topicEntries(names: [String]? = nil) -> [ConfigEntry] {
        select(names, of: .topic).map { definition in
            var synonyms = ConfigLayers.synonyms(of: definition.brokerSettings.map(\.name), in: brokerLayers)
            if let given = topic[definition.name], let value = try? definition.parse(given) {
                synonyms.insert(ConfigSynonym(name: definition.name, value: value.text, source: .topic), at: 0)
            }
            return ConfigLayers.entry(definition, value: topicValue(definition)?.text, synonyms)
        }
    }

    /// The broker's settings, sorted by name: those in `names`, or all if it is nil or empty.
    public func brokerEntries(names: [String]? = nil) -> [ConfigEntry] {
        select(names, of: .broker).map { definition in
            // Settings that say the same in different units are each other's synonyms.
            let group = ConfigSchema.brokerGroups[definition.name] ?? [definition.name]
            let synonyms = ConfigLayers.synonyms(of: group, in: brokerLayers)
            let value = ConfigLayers.synonyms(of: [definition.name], in: brokerLayers).first?.value
            return ConfigLayers.entry(definition, value: value, synonyms)
        }
    }

    /// Only what was given at run time, to all brokers: what DescribeConfigs shows of the broker without an id.
    public func dynamicDefaultEntries(names: [String]? = nil) -> [ConfigEntry] {
        select(names, of: .broker).compactMap { definition in
            let synonyms = ConfigLayers.synonyms(
                of: [definition.name], in: [(dynamicBroker, .dynamicDefaultBroker)])
            guard let value = synonyms.first(where: { $0.source == .dynamicDefaultBroker }) else { return nil }
            return ConfigLayers.entry(definition, value: value.value, [value])
        }
    }

    private typealias Layer = (given: [String: String], source: ConfigSource)

    /// The strongest first.
    private var brokerLayers: [Layer] { [(dynamicBroker, .dynamicBroker), (staticBroker, .staticBroker)] }

    private func select(_ names: [String]?, of schema: ConfigSchema) -> [ConfigDefinition] {
        guard let names, !names.isEmpty else { return schema.definitions }
        let wanted = Set(names)
        return schema.definitions.filter { wanted.contains($0.name) }
    }

    /// All values of some broker's settings, best first: layer by layer, in each the names in their order.
    private static func synonyms(of names: [String], in layers: [Layer]) -> [ConfigSynonym] {
        var synonyms: [ConfigSynonym] = []
        for layer in layers {
            for name in names {
                guard let definition = ConfigSchema.broker[name], let given = layer.given[name],
                    let value = try? definition.parse(given)
                else { continue }
                synonyms.append(
                    ConfigSynonym(name: name, value: definition.isSensitive ? nil : value.text, source: layer.source))
            }
        }
        for name in names {
            guard let value = ConfigSchema.broker[name]?.defaultValue else { continue }
            synonyms.append(ConfigSynonym(name: name, value: value, source: .default))
        }
        return synonyms
    }

    private static func entry(_ definition: ConfigDefinition, value: String?, _ synonyms: [ConfigSynonym])
        -> ConfigEntry
    {
        ConfigEntry(
            name: definition.name, value: definition.isSensitive ? nil : value,
            source: synonyms.first?.source ?? .default, isReadOnly: definition.isReadOnly,
            isSensitive: definition.isSensitive, type: definition.type, synonyms: synonyms,
            documentation: definition.documentation)
    }
}

// MARK: Values in force

extension ConfigLayers {
    /// A topic's value in force. A given value that is not valid, e.g. one that another version of the program allowed,
    /// is passed over.
    func topicValue(_ definition: ConfigDefinition) -> ConfigValue? {
        if let given = topic[definition.name], let value = try? definition.parse(given) { return value }
        for layer in brokerLayers {
            for setting in definition.brokerSettings {
                guard let given = layer.given[setting.name],
                    let value = try? ConfigSchema.broker[setting.name]?.parse(given),
                    let scaled = try? definition.parse(setting.scaled(value).text)
                else { continue }
                return scaled
            }
        }
        return definition.defaultValue.flatMap { try? definition.parse($0) }
    }

    /// The topics' settings that the broker's imply, by the names of topics' settings.
    public var inheritedTopicConfig: [String: String] {
        let broker = ConfigLayers(dynamicBroker: dynamicBroker, staticBroker: staticBroker)
        var config: [String: String] = [:]
        for definition in ConfigSchema.topic.definitions {
            config[definition.name] = broker.topicValue(definition)?.text
        }
        return config
    }
}

extension ConfigDefinition.BrokerSetting {
    /// In the topic's unit. A negative time means no limit, in any unit.
    fileprivate func scaled(_ value: ConfigValue) -> ConfigValue {
        guard scale != 1, case .integer(let number) = value else { return value }
        guard number >= 0 else { return .integer(-1) }
        let (product, isOver) = number.multipliedReportingOverflow(by: scale)
        return .integer(isOver ? .max : product)
    }
}
