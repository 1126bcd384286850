public import LuaRuntime

/// The settings that a plugin declares: checked and typed before its code sees them.
///
///     config = { vip_queues = { "integer", default = 2, min = 0, max = 64, about = "…" } }
public struct ConfigSchema: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public var type: FieldType
        public var defaultValue: LuaValue?
        public var isOptional = false
        /// Given to the plugin as an object that only computes with it, and shown as `***`.
        public var isSecret = false
        public var min: Double?
        public var max: Double?
        public var about = ""
    }

    public indirect enum FieldType: Sendable, Equatable {
        case string, integer, number, boolean, duration, bytes
        case choice([String])
        case list(FieldType)
        case map(FieldType)

        public var text: String {
            switch self {
            case .string: "string"
            case .integer: "integer"
            case .number: "number"
            case .boolean: "boolean"
            case .duration: "duration"
            case .bytes: "bytes"
            case .choice(let values): values.joined(separator: "|")
            case .list(let element): "list of \(element.text)"
            case .map(let element): "map of \(element.text)"
            }
        }
    }

    public var fields: [String: Field] = [:]

    public init() {}

    // MARK: Declaring

    private static let options: Set<String> = [
        "1", "default", "optional", "secret", "min", "max", "about", "values", "of", "required",
    ]

    /// From the `config` of a manifest, positions read as names ("1" is the type).
    init(declaration: LuaValue) throws(PluginError) {
        switch declaration {
        case .none: return
        case .fields(let declared):
            for (name, value) in declared.sorted(by: { $0.key < $1.key }) {
                fields[name] = try ConfigSchema.field(value, "config.\(name)")
            }
        default:
            throw PluginError(.manifest, "config has to be a table as { salt = { \"string\", optional = true } }")
        }
    }

    private static func field(_ value: LuaValue, _ what: String) throws(PluginError) -> Field {
        guard case .fields(let options) = value, let typeName = options["1"]?.text else {
            throw PluginError(
                .manifest, "\(what) has to be a table that begins with a type, as { \"integer\", default = 2 }")
        }
        if let unknown = options.keys.sorted().first(where: { !ConfigSchema.options.contains($0) }) {
            let hint = NearestName.of(unknown, among: ConfigSchema.options.sorted().dropFirst())
            throw PluginError(
                .manifest, "\(what) has no option '\(unknown)'" + (hint.map { ": did you mean '\($0)'?" } ?? ""))
        }
        var field = Field(type: try type(typeName, options, what))
        if case .boolean(let flag)? = options["optional"] { field.isOptional = flag }
        if case .boolean(let flag)? = options["secret"] { field.isSecret = flag }
        if let text = options["about"]?.text { field.about = text }
        field.min = options["min"]?.double
        field.max = options["max"]?.double
        guard !field.isSecret || field.type == .string else {
            throw PluginError(.manifest, "\(what): only a string can be secret")
        }
        if let value = options["default"] { field.defaultValue = try field.checked(value, what) }
        return field
    }

    private static func type(_ name: String, _ options: [String: LuaValue], _ what: String) throws(PluginError)
        -> FieldType
    {
        switch name {
        case "string": return .string
        case "integer": return .integer
        case "number": return .number
        case "boolean": return .boolean
        case "duration": return .duration
        case "bytes": return .bytes
        case "enum":
            guard let values = options["values"]?.texts, !values.isEmpty else {
                throw PluginError(.manifest, "\(what) needs the values of the enum: values = { \"a\", \"b\" }")
            }
            return .choice(values)
        case "list", "map":
            guard let element = options["of"]?.text else {
                throw PluginError(.manifest, "\(what) needs the type of its elements: of = \"string\"")
            }
            let type = try type(element, [:], "\(what).of")
            return name == "list" ? .list(type) : .map(type)
        default:
            throw PluginError(
                .manifest,
                "\(what): '\(name)' is no type; there are string, integer, number, boolean, duration, bytes, enum, list, map"
            )
        }
    }

    // MARK: Checking

    /// The values that the plugin sees for those an operator gave: defaults filled in, durations in milliseconds, sizes
    /// in bytes.
    public func values(for given: LuaValue, plugin: String) throws(PluginError) -> [String: LuaValue] {
        var result: [String: LuaValue] = [:]
        var rest: [String: LuaValue] = [:]
        switch given {
        case .none: break
        case .fields(let fields): rest = fields
        case .array(let elements) where elements.isEmpty: break
        default: throw PluginError(.configuration, "the config of '\(plugin)' has to be a table of names and values")
        }
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
            if let value = rest.removeValue(forKey: name), value != .none {
                result[name] = try field.checked(value, "config.\(name) of '\(plugin)'", code: .configuration)
            } else if let value = field.defaultValue {
                result[name] = value
            } else if !field.isOptional {
                throw PluginError(
                    .configuration, "config.\(name) of '\(plugin)' is missing: it takes a \(field.type.text)")
            }
        }
        if let unknown = rest.keys.sorted().first {
            let hint = NearestName.of(unknown, among: fields.keys.sorted()).map { ": did you mean '\($0)'?" }
            throw PluginError(.configuration, "'\(plugin)' has no config.\(unknown)\(hint ?? "")")
        }
        return result
    }
}

extension ConfigSchema.Field {
    /// The value as its type has it.
    func checked(_ value: LuaValue, _ what: String, code: PluginError.Code = .manifest) throws(PluginError) -> LuaValue
    {
        try checked(value, type, what, code)
    }

    private func checked(
        _ value: LuaValue, _ type: ConfigSchema.FieldType, _ what: String, _ code: PluginError.Code
    ) throws(PluginError) -> LuaValue {
        let problem = PluginError(code, "\(what) is \(value.shown): it has to be of type \(type.text)")
        switch (type, value) {
        case (.string, .bytes): return try inRange(value, value.text.map { Double($0.utf8.count) }, what, "bytes", code)
        case (.integer, .integer(let integer)): return try inRange(value, Double(integer), what, "", code)
        case (.number, .integer(let integer)):
            return try inRange(.number(Double(integer)), Double(integer), what, "", code)
        case (.number, .number(let number)): return try inRange(value, number, what, "", code)
        case (.boolean, .boolean): return value
        case (.duration, .integer(let milliseconds)) where milliseconds >= 0:
            return try inRange(value, Double(milliseconds), what, "ms", code)
        case (.duration, .bytes):
            guard let milliseconds = value.text.flatMap({ LuaDuration.milliseconds($0) }) else { throw problem }
            return try inRange(.integer(milliseconds), Double(milliseconds), what, "ms", code)
        case (.bytes, .integer(let count)) where count >= 0:
            return try inRange(value, Double(count), what, "bytes", code)
        case (.bytes, .bytes):
            guard let count = value.text.flatMap({ ByteSize.bytes($0) }) else { throw problem }
            return try inRange(.integer(Int64(count)), Double(count), what, "bytes", code)
        case (.choice(let values), .bytes):
            guard let text = value.text, values.contains(text) else { throw problem }
            return value
        case (.list(let element), .array(let elements)):
            var list: [LuaValue] = []
            for (index, value) in elements.enumerated() {
                list.append(try checked(value, element, "\(what)[\(index + 1)]", code))
            }
            return .array(list)
        case (.list, .fields(let fields)) where fields.isEmpty: return .array([])
        case (.map(let element), .fields(let fields)):
            var map: [String: LuaValue] = [:]
            for (name, value) in fields { map[name] = try checked(value, element, "\(what).\(name)", code) }
            return .fields(map)
        default: throw problem
        }
    }

    private func inRange(_ value: LuaValue, _ size: Double?, _ what: String, _ unit: String, _ code: PluginError.Code)
        throws(PluginError) -> LuaValue
    {
        guard let size else { throw PluginError(code, "\(what) is not UTF-8 text") }
        let unit = unit.isEmpty ? "" : " " + unit
        if let min, size < min {
            throw PluginError(code, "\(what) is \(value.shown): at least \(min.shown)\(unit) are needed")
        }
        if let max, size > max {
            throw PluginError(code, "\(what) is \(value.shown): at most \(max.shown)\(unit) are allowed")
        }
        return value
    }
}

/// Sizes as operators write them: "16MiB", "64KiB", a number of bytes.
enum ByteSize {
    private static let units: [(String, Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]

    static func bytes(_ text: String) -> Int? {
        if let count = Int(text) { return count >= 0 ? count : nil }
        for (unit, size) in units where text.hasSuffix(unit) {
            guard let count = Double(text.dropLast(unit.count)), count >= 0, count * Double(size) < 1e15 else {
                return nil
            }
            return Int(count * Double(size))
        }
        return nil
    }
}

extension Double {
    fileprivate var shown: String { self == rounded() && abs(self) < 1e15 ? "\(Int64(self))" : "\(self)" }
}

extension LuaValue {
    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    /// The texts of an array of strings; nil for anything else.
    var texts: [String]? {
        guard case .array(let elements) = self else { return nil }
        let texts = elements.compactMap(\.text)
        return texts.count == elements.count ? texts : nil
    }

    /// For error messages.
    var shown: String {
        switch self {
        case .none: "nil"
        case .null: "null"
        case .boolean(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .bytes: text.map { "\"\($0.prefix(100))\"" } ?? "bytes that are no text"
        case .array, .fields: "a table"
        }
    }
}
