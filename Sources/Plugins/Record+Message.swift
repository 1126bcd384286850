import LogStorage
import LuaRuntime

extension Record {
    /// Shows the record as a message; the bytes are its own, and borrowed for the call.
    func withMessage<Result>(
        topic: UnsafeRawBufferPointer, partition: Int64 = -1, offset: Int64 = -1, attempts: Int64 = 0,
        _ body: (LuaMessage) -> Result
    ) -> Result {
        Record.withBytes(key) { key in
            Record.withBytes(value) { value in
                var message = LuaMessage(topic: topic, key: key, value: value)
                message.timestampMS = timestampMS
                message.partition = partition
                message.offset = offset
                message.attempts = attempts
                guard !headers.isEmpty else { return body(message) }
                return withHeaders { headers in
                    message.headers = headers
                    return body(message)
                }
            }
        }
    }

    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }

    /// Lays all headers' bytes side by side, so that there is one place to point to.
    private func withHeaders<Result>(
        _ body: ([(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)]) -> Result
    ) -> Result {
        var bytes: [UInt8] = []
        var ends: [(name: Int, value: Int?)] = []
        for header in headers {
            bytes += header.key.utf8
            let name = bytes.count
            bytes += header.value ?? []
            ends.append((name, header.value == nil ? nil : bytes.count))
        }
        return bytes.withUnsafeBytes { bytes in
            var start = 0
            let views = ends.map { end in
                let name = UnsafeRawBufferPointer(rebasing: bytes[start..<end.name])
                let value = end.value.map { UnsafeRawBufferPointer(rebasing: bytes[end.name..<$0]) }
                start = end.value ?? end.name
                return (name: name, value: value)
            }
            return body(views)
        }
    }
}
