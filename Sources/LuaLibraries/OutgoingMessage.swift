import Foundation
public import LogStorage
public import LuaRuntime

/// A record as a script writes it, out of a table.
public struct OutgoingMessage: CustomStringConvertible {
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [Record.Header] = []
    public var partition: Int32?
    public var timestampMS: Int64
    public var sequence: Int64?

    public static let fields: Set<String> = ["key", "value", "headers", "partition", "timestamp", "sequence"]

    public init(key: [UInt8]?, value: [UInt8]?, timestampMS: Int64) {
        self.key = key
        self.value = value
        self.timestampMS = timestampMS
    }

    public init(_ stack: LuaStack, at index: Int) throws(LuaError) {
        if let unknown = stack.unknownField(of: index, known: OutgoingMessage.fields) {
            throw LuaError(
                .argument,
                "a message has no field '\(unknown)'; there are key, value, headers, partition, timestamp, sequence")
        }
        key = try OutgoingMessage.bytes("key", stack, at: index)
        value = try OutgoingMessage.bytes("value", stack, at: index)
        headers = try OutgoingMessage.headers(stack, at: index)
        partition = try OutgoingMessage.integer("partition", stack, at: index).map {
            Int32(truncatingIfNeeded: Swift.max(-1, Swift.min($0, Int64(Int32.max))))
        }
        timestampMS = try OutgoingMessage.integer("timestamp", stack, at: index) ?? OutgoingMessage.nowMS()
        sequence = try OutgoingMessage.integer("sequence", stack, at: index)
    }

    public static func nowMS() -> Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

    /// A string, or a number as text; nil and null are none.
    public static func bytes(_ name: String, _ stack: LuaStack, at index: Int) throws(LuaError) -> [UInt8]? {
        try stack.field(name, of: index) { stack throws(LuaError) in
            if let bytes = stack.bytes(at: -1) { return bytes }
            if stack.isAbsent(at: -1) { return nil }
            if stack.number(at: -1) != nil { return Array(stack.description(at: -1).utf8) }
            throw LuaError(
                .argument,
                "a message's \(name) is a \(stack.typeName(at: -1)); it has to be a string"
                    + (stack.typeName(at: -1) == "table" ? ", e.g. of platform.json.encode" : ""))
        }
    }

    public static func integer(_ name: String, _ stack: LuaStack, at index: Int) throws(LuaError) -> Int64? {
        try stack.field(name, of: index) { stack throws(LuaError) in
            if stack.isAbsent(at: -1) { return nil }
            guard let number = stack.integer(at: -1) else {
                throw LuaError(.argument, "a message's \(name) is \(stack.description(at: -1)), which is no integer")
            }
            return number
        }
    }

    public static func headers(_ stack: LuaStack, at index: Int) throws(LuaError) -> [Record.Header] {
        try stack.field("headers", of: index) { stack throws(LuaError) in
            guard case .fields(let fields) = try stack.value(at: -1) else { return [] }
            var headers: [Record.Header] = []
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                switch value {
                case .bytes(let bytes): headers.append(Record.Header(name, bytes))
                case .null: headers.append(Record.Header(name, nil))
                case .integer(let number): headers.append(Record.Header(name, Array("\(number)".utf8)))
                default: throw LuaError(.argument, "header '\(name)' is a \(value.typeName); it has to be a string")
                }
            }
            return headers
        }
    }

    public var record: Record { Record(key: key, value: value, headers: headers, timestampMS: timestampMS) }

    public var description: String {
        let shown = { (bytes: [UInt8]?) in
            bytes.map { String(decoding: $0.prefix(100), as: UTF8.self) + ($0.count > 100 ? "…" : "") } ?? "null"
        }
        return "\(shown(key)): \(shown(value))"
    }
}

extension LuaStack {
    /// Calls `body` with a table's field on top.
    public func field<Result>(_ name: String, of table: Int, _ body: (LuaStack) throws(LuaError) -> Result)
        throws(LuaError)
        -> Result
    {
        let outcome = withField(name, of: table) { stack in
            Swift.Result { () throws(LuaError) in try body(stack) }
        }
        return try outcome.get()
    }

    /// Whether there is nothing at `index`: nil, null or none.
    public func isAbsent(at index: Int) -> Bool { isNil(at: index) || typeName(at: index) == "null" }
}
