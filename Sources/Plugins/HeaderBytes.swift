import LogStorage

/// Record headers as one stretch of bytes, for a column of the outbox. Stored on disk, never change: for each header
/// 4 bytes length and the name in UTF-8, then 4 bytes length and the value, length -1 for null; big-endian.
enum HeaderBytes {
    static func encode(_ headers: [Record.Header]) -> [UInt8] {
        var bytes: [UInt8] = []
        for header in headers {
            append(Array(header.key.utf8), to: &bytes)
            append(header.value, to: &bytes)
        }
        return bytes
    }

    /// Nil if the bytes are no headers.
    static func decode(_ bytes: [UInt8]) -> [Record.Header]? {
        var headers: [Record.Header] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard case .some(.some(let name)) = take(&rest), let value = take(&rest) else { return nil }
            headers.append(Record.Header(String(decoding: name, as: UTF8.self), value))
        }
        return headers
    }

    private static func append(_ field: [UInt8]?, to bytes: inout [UInt8]) {
        let count = UInt32(bitPattern: Int32(field?.count ?? -1))
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
        }
        bytes += field ?? []
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> [UInt8]?? {
        guard rest.count >= 4 else { return nil }
        let count = Int32(bitPattern: rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        rest = rest.dropFirst(4)
        guard count >= 0 else { return count == -1 ? .some(nil) : nil }
        guard rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }
}
