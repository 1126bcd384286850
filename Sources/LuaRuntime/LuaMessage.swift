import CLuaShim

/// A message as scripts see it: fields by name, headers, and `msg:json(path)`. The bytes are borrowed while it is pushed.
public struct LuaMessage {
    public var topic: UnsafeRawBufferPointer
    public var key: UnsafeRawBufferPointer?
    public var value: UnsafeRawBufferPointer?
    public var headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)] = []
    public var timestampMS: Int64 = 0
    /// Negative: not known yet.
    public var partition: Int64 = -1
    public var offset: Int64 = -1
    /// How often it has been handled in vain.
    public var attempts: Int64 = 0
    public var id: UnsafeRawBufferPointer?
    /// The client that sent it.
    public var producer: UnsafeRawBufferPointer?

    public init(topic: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) {
        self.topic = topic
        self.key = key
        self.value = value
    }

    private static let empty: StaticString = ""

    /// Absent is NULL; nothing is a start and no bytes.
    private static func shim(_ bytes: UnsafeRawBufferPointer?) -> clua_bytes {
        guard let bytes else { return clua_bytes(start: nil, count: 0) }
        return clua_bytes(start: bytes.baseAddress ?? UnsafeRawPointer(empty.utf8Start), count: bytes.count)
    }

    func withShim<Result>(_ body: (UnsafePointer<clua_message>) -> Result) -> Result {
        let headers = headers.map { clua_header(name: LuaMessage.shim($0.name), value: LuaMessage.shim($0.value)) }
        return headers.withUnsafeBufferPointer { headers in
            var message = clua_message(
                topic: LuaMessage.shim(topic), key: LuaMessage.shim(key), value: LuaMessage.shim(value),
                id: LuaMessage.shim(id), producer: LuaMessage.shim(producer), timestamp_ms: timestampMS,
                partition: partition, offset: offset, attempts: attempts,
                headers: headers.baseAddress, header_count: headers.count)
            return withUnsafePointer(to: &message) { body($0) }
        }
    }
}

extension LuaStack {
    /// Pushes a message with a copy of its bytes, which the script may keep.
    public func push(_ message: LuaMessage) {
        message.withShim { clua_push_message(state, $0) }
    }
}
