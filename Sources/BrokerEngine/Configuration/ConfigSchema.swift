/// The settings of one kind of resource, and how they may be changed. Pure: maps of given settings in, maps out.
public struct ConfigSchema: Sendable {
    /// By name.
    public let definitions: [ConfigDefinition]
    private let positions: [String: Int]
    /// What the kind of resource is called in errors.
    private let resource: String

    init(resource: String, _ definitions: [ConfigDefinition]) {
        self.resource = resource
        self.definitions = definitions.sorted { $0.name < $1.name }
        positions = Dictionary(
            self.definitions.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// The definition of a setting, by its exact name.
    public subscript(name: String) -> ConfigDefinition? {
        positions[name].map { definitions[$0] }
    }

    /// Throws if a setting of this name cannot have this value.
    public func validate(_ name: String, _ value: String) throws(ConfigError) {
        _ = try definition(name).parse(value)
    }

    /// Throws at the first, by name, of the settings given that is unknown or not valid.
    public func validate(_ given: [String: String]) throws(ConfigError) {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) { try validate(name, value) }
    }

    private func definition(_ name: String) throws(ConfigError) -> ConfigDefinition {
        guard let definition = self[name] else {
            throw ConfigError(.unknownName, name: name, reason: "a \(resource) has no setting of this name")
        }
        return definition
    }
}

/// One step of IncrementalAlterConfigs.
public struct ConfigChange: Equatable, Sendable {
    /// The numbers are the protocol's.
    public enum Operation: Int8, Sendable {
        case set = 0
        /// Back to the default.
        case delete = 1
        /// Adds the elements that a list does not have yet.
        case append = 2
        /// Removes elements from a list.
        case subtract = 3
    }

    public var name: String
    public var operation: Operation
    /// Not used by `delete`.
    public var value: String?

    public init(name: String, operation: Operation, value: String?) {
        self.name = name
        self.operation = operation
        self.value = value
    }
}

extension ConfigSchema {
    /// What is given after AlterConfigs: just what the request names; the rest falls back to its defaults. Settings that
    /// cannot be changed at run time are accepted only with the value that they have in `given`.
    public func replacing(_ given: [String: String], with wanted: [(name: String, value: String?)])
        throws(ConfigError) -> [String: String]
    {
        var result: [String: String] = [:]
        for (name, value) in wanted {
            guard let value else { throw ConfigSchema.missingValue(name) }
            guard result.updateValue(value, forKey: name) == nil else { throw ConfigSchema.duplicate(name) }
        }
        try validate(result)
        try checkChangeable(from: given, to: result)
        return result
    }

    /// What is given after IncrementalAlterConfigs. A list that is not given is appended to and subtracted from as
    /// `inherited` has it, else as its default.
    public func applying(
        _ changes: [ConfigChange], to given: [String: String], inherited: [String: String] = [:]
    ) throws(ConfigError) -> [String: String] {
        var result = given
        var named: Set<String> = []
        for change in changes {
            let name = change.name
            guard named.insert(name).inserted else { throw ConfigSchema.duplicate(name) }
            if change.operation == .delete {
                result[name] = nil
                continue
            }
            guard let value = change.value else { throw ConfigSchema.missingValue(name) }
            guard change.operation != .set else {
                result[name] = value
                continue
            }
            let definition = try definition(name)
            guard definition.type == .list else {
                throw ConfigError(
                    .notAList, name: name, value: value,
                    reason: "only lists can be appended to or subtracted from; set it instead")
            }
            let before = given[name] ?? inherited[name] ?? definition.defaultValue ?? ""
            let (had, wanted) = (ConfigSchema.elements(of: before), ConfigSchema.elements(of: value))
            let has =
                change.operation == .append
                ? had + wanted.filter { !had.contains($0) } : had.filter { !wanted.contains($0) }
            result[name] = has.joined(separator: ",")
        }
        try validate(result.filter { named.contains($0.key) })
        try checkChangeable(from: given, to: result)
        return result
    }

    private func checkChangeable(from given: [String: String], to result: [String: String]) throws(ConfigError) {
        for name in Set(given.keys).union(result.keys).sorted() where given[name] != result[name] {
            guard self[name]?.isReadOnly == true else { continue }
            throw ConfigError(
                .readOnly, name: name, value: result[name],
                reason: "it is fixed when the broker starts; change it in the broker's settings and start again")
        }
    }

    private static func elements(of list: String) -> [String] {
        list.split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    }

    private static func missingValue(_ name: String) -> ConfigError {
        ConfigError(.malformedChange, name: name, reason: "no value was given; to go back to the default, delete it")
    }

    private static func duplicate(_ name: String) -> ConfigError {
        ConfigError(.malformedChange, name: name, reason: "it stands in the request more than once")
    }
}
