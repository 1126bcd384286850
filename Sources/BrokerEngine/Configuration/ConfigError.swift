/// A setting that was refused: which, the value it was given, and what it may be.
public struct ConfigError: Error, Equatable, Sendable {
    public enum Code: Equatable, Sendable {
        /// No setting of this name exists for the resource. Kafka: INVALID_CONFIG.
        case unknownName
        /// The value is of another type, outside the limits, or not one of those allowed. Kafka: INVALID_CONFIG.
        case invalidValue
        /// Two settings contradict each other. Kafka: INVALID_CONFIG.
        case conflict
        /// The setting is fixed when the broker starts. Kafka: INVALID_REQUEST.
        case readOnly
        /// The request itself makes no sense: a value is missing, a name stands twice, an append to what is no list.
        /// Kafka: INVALID_REQUEST, for the append INVALID_CONFIG.
        case malformedChange
        case notAList
    }

    public var code: Code
    public var name: String
    /// The value as it was given; nil if none was, or if it must not be shown.
    public var value: String?
    /// What is wrong, the limit, and what to do.
    public var reason: String

    init(_ code: Code, name: String, value: String? = nil, reason: String) {
        self.code = code
        self.name = name
        self.value = value
        self.reason = reason
    }
}

extension ConfigError: CustomStringConvertible {
    /// The longest value that is repeated whole, in characters.
    private static let shownLengthMax = 100

    public var description: String {
        guard let value else { return "setting \(name): \(reason)" }
        let shown = value.count > ConfigError.shownLengthMax ? "\(value.prefix(ConfigError.shownLengthMax))…" : value
        return "setting \(name) = '\(shown)': \(reason)"
    }
}
