import LuaRuntime

/// What can be shared between states: values without anything within them.
enum SharedValue: Equatable, Sendable {
    case bytes([UInt8])
    case integer(Int64)
    case number(Double)
    case boolean(Bool)

    /// nil of tables, nil and null.
    init?(_ value: LuaValue) {
        switch value {
        case .bytes(let bytes): self = .bytes(bytes)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .number(number)
        case .boolean(let value): self = .boolean(value)
        case .none, .null, .array, .fields: return nil
        }
    }

    var luaValue: LuaValue {
        switch self {
        case .bytes(let bytes): .bytes(bytes)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .boolean(let value): .boolean(value)
        }
    }

    /// Beyond the entry itself.
    var byteCount: Int { if case .bytes(let bytes) = self { bytes.count } else { 0 } }

    /// The sum as Lua has it: integers wrap around, and one float makes it a float; nil of what is no number.
    func adding(_ other: SharedValue) -> SharedValue? {
        switch (self, other) {
        case (.integer(let a), .integer(let b)): .integer(a &+ b)
        case (.integer(let a), .number(let b)): .number(Double(a) + b)
        case (.number(let a), .integer(let b)): .number(a + Double(b))
        case (.number(let a), .number(let b)): .number(a + b)
        default: nil
        }
    }
}
