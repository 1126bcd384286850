/// The type of a setting. The numbers are those of DescribeConfigs, version 3 and later.
public enum ConfigType: Int8, Sendable {
    case boolean = 1
    case string = 2
    case int = 3
    case short = 4
    case long = 5
    case double = 6
    case list = 7
    case password = 9
}

/// Where a setting's value comes from. The numbers are those of DescribeConfigs, version 1 and later.
public enum ConfigSource: Int8, Sendable {
    /// Given to the topic.
    case topic = 1
    /// Given to this broker at run time.
    case dynamicBroker = 2
    /// Given to all brokers at run time.
    case dynamicDefaultBroker = 3
    /// Given when this broker was started.
    case staticBroker = 4
    /// Not given.
    case `default` = 5
}

/// What values of a type are allowed.
enum ConfigLimit: Sendable {
    case any
    case atLeast(Int64)
    case between(Int64, Int64)
    /// A fraction from 0 to 1.
    case fraction
    case oneOf([String])
    /// A list of these.
    case listOf([String])
    /// Exactly this, with the reason.
    case only(String, because: String)
    /// `*`, or a list of PARTITION:BROKER.
    case replicas
    /// A release of Kafka, as `3.0-IV1`.
    case release
}

/// A value by its type.
enum ConfigValue: Equatable, Sendable {
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case list([String])

    /// As DescribeConfigs shows it, whatever blanks and capitals it was given with.
    var text: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .list(let values): values.joined(separator: ",")
        }
    }
}

/// One setting of topics or brokers: its type, its limits, its default, and what it does here.
public struct ConfigDefinition: Sendable {
    public let name: String
    public let type: ConfigType
    /// nil: none, the setting has no value until one is given.
    public let defaultValue: String?
    /// Whether it is fixed when the broker starts.
    public let isReadOnly: Bool
    /// What the setting does in this broker.
    public let documentation: String
    let limit: ConfigLimit
    /// For a topic's setting: the broker's settings that give its default, the first one given wins.
    let brokerSettings: [BrokerSetting]

    /// A broker's setting that a topic's follows, perhaps in another unit.
    struct BrokerSetting: Sendable {
        let name: String
        /// How many of the topic's milliseconds make one of the broker's units; 1: the units are the same.
        var scale: Int64 = 1
    }

    init(
        _ name: String, _ type: ConfigType, _ defaultValue: String?, _ limit: ConfigLimit,
        from brokerSettings: [BrokerSetting] = [], isReadOnly: Bool = false, _ documentation: String
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.limit = limit
        self.brokerSettings = brokerSettings
        self.isReadOnly = isReadOnly
        self.documentation = documentation
    }

    init(
        _ name: String, _ type: ConfigType, _ defaultValue: String?, from brokerSettings: [BrokerSetting] = [],
        _ documentation: String
    ) {
        self.init(name, type, defaultValue, .any, from: brokerSettings, documentation)
    }

    /// Whether its value is never shown.
    public var isSensitive: Bool { type == .password }
}

// MARK: Checking values

extension ConfigDefinition {
    /// Reads a value as Kafka does: blanks around it do not count, a list's elements are parted by commas. Throws
    /// `invalidValue`.
    func parse(_ text: String) throws(ConfigError) -> ConfigValue {
        let trimmed = ConfigDefinition.trim(text[...])
        let value: ConfigValue
        switch type {
        case .boolean:
            switch trimmed.lowercased() {
            case "true": value = .boolean(true)
            case "false": value = .boolean(false)
            default: throw refusal(of: text, "is neither true nor false")
            }
        case .int: value = .integer(Int64(try integer(trimmed, as: Int32.self, text)))
        case .short: value = .integer(Int64(try integer(trimmed, as: Int16.self, text)))
        case .long: value = .integer(try integer(trimmed, as: Int64.self, text))
        case .double:
            guard let number = Double(trimmed), number.isFinite else { throw refusal(of: text, "is not a number") }
            value = .double(number)
        case .list:
            value = .list(
                trimmed.isEmpty
                    ? []
                    : trimmed.split(separator: ",", omittingEmptySubsequences: false).map(ConfigDefinition.trim))
        case .string, .password: value = .string(trimmed)
        }
        if let complaint = limit.complaint(about: value) { throw refusal(of: text, complaint) }
        return value
    }

    private func integer<Integer: FixedWidthInteger>(_ trimmed: String, as: Integer.Type, _ text: String)
        throws(ConfigError) -> Integer
    {
        guard let number = Integer(trimmed) else {
            throw refusal(of: text, "is not a whole number from \(Integer.min) to \(Integer.max)")
        }
        return number
    }

    private func refusal(of text: String, _ reason: String) -> ConfigError {
        ConfigError(.invalidValue, name: name, value: isSensitive ? nil : text, reason: reason)
    }

    private static func trim(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}

extension ConfigLimit {
    /// What is wrong with a value; nil if nothing is.
    fileprivate func complaint(about value: ConfigValue) -> String? {
        switch (self, value) {
        case (.atLeast(let least), .integer(let number)) where number < least:
            return "is below \(least), the least allowed"
        case (.between(let least, let most), .integer(let number)) where !(least...most).contains(number):
            return "is not from \(least) to \(most)"
        case (.fraction, .double(let number)) where !(0...1).contains(number):
            return "is not from 0 to 1"
        case (.oneOf(let allowed), .string(let text)) where !allowed.contains(text):
            return "is not one of \(allowed.joined(separator: ", "))"
        case (.listOf(let allowed), .list(let texts)):
            guard let stranger = texts.first(where: { !allowed.contains($0) }) else { return nil }
            return "'\(stranger)' is not one of \(allowed.joined(separator: ", "))"
        case (.only(let allowed, let reason), _) where value.text != allowed:
            return "can only be \(allowed): \(reason)"
        case (.replicas, .list(let texts)):
            guard texts != ["*"], let stranger = texts.first(where: { !ConfigLimit.isReplica($0) }) else { return nil }
            return "'\(stranger)' is not PARTITION:BROKER; give a list of those, or *"
        case (.release, .string(let text)) where !ConfigLimit.isRelease(text):
            return "is not a release of Kafka from 0.8.0 to 3.9, as 3.0-IV1"
        default:
            return nil
        }
    }

    private static func isReplica(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { Int32($0).map { $0 >= 0 } ?? false }
    }

    private static func isRelease(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard (2...4).contains(numbers.count), !numbers.contains(nil), let major = numbers[0], let minor = numbers[1]
        else {
            return false
        }
        let isKnown = major == 0 ? (8...11).contains(minor) : major <= 3 && minor <= 9
        return isKnown && (parts.count == 1 || parts[1].hasPrefix("IV") && UInt8(parts[1].dropFirst(2)) != nil)
    }
}
