/// A Lua value outside its state: what configurations, arguments and results of host functions are made of.
public enum LuaValue: Sendable, Equatable {
    case none
    /// JSON's null and SQL's NULL where nil would leave no trace.
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    /// Bytes, not necessarily UTF-8.
    case bytes([UInt8])
    case array([LuaValue])
    /// Fields in no particular order.
    case fields([String: LuaValue])

    public static func string(_ text: String) -> LuaValue { .bytes(Array(text.utf8)) }

    /// The text of `bytes`; nil for other kinds and for bytes that are not UTF-8.
    public var text: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// As errors name the kind.
    public var typeName: String {
        switch self {
        case .none: "nil"
        case .null: "null"
        case .boolean: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .bytes: "string"
        case .array, .fields: "table"
        }
    }
}
