/// Writes the primitives of a group record, integers big-endian.
struct GroupRecordWriter {
    private(set) var bytes: [UInt8] = []

    mutating func int16(_ value: Int16) { integer(value) }
    mutating func int32(_ value: Int32) { integer(value) }
    mutating func int64(_ value: Int64) { integer(value) }

    /// Requires: at most 32,767 bytes of UTF-8, which the coordinator's `nameBytesMax` sees to.
    mutating func string(_ value: String) {
        let utf8 = value.utf8
        precondition(utf8.count <= Int(Int16.max), "a string of \(utf8.count) bytes cannot stand in a group record")
        int16(Int16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    mutating func nullableString(_ value: String?) {
        if let value {
            string(value)
        } else {
            int16(-1)
        }
    }

    mutating func data(_ value: [UInt8]) {
        int32(Int32(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Reads the primitives of a group record.
struct GroupRecordReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func int16() throws(GroupRecordError) -> Int16 { try integer() }
    mutating func int32() throws(GroupRecordError) -> Int32 { try integer() }
    mutating func int64() throws(GroupRecordError) -> Int64 { try integer() }

    mutating func string() throws(GroupRecordError) -> String {
        guard let value = try nullableString() else {
            throw GroupRecordError(description: "group record: null where a string is needed")
        }
        return value
    }

    mutating func nullableString() throws(GroupRecordError) -> String? {
        let length = try int16()
        guard length != -1 else { return nil }
        let utf8 = try take(Int(length))
        guard let value = String(validating: utf8, as: UTF8.self) else {
            throw GroupRecordError(description: "group record: a string of \(length) bytes is not UTF-8")
        }
        return value
    }

    mutating func data() throws(GroupRecordError) -> [UInt8] {
        let length = try int32()
        return Array(try take(length == -1 ? 0 : Int(length)))
    }

    private mutating func integer<Integer: FixedWidthInteger>() throws(GroupRecordError) -> Integer {
        var value: Integer = 0
        for byte in try take(Integer.bitWidth / 8) {
            value = value << 8 | Integer(truncatingIfNeeded: byte)
        }
        return value
    }

    private mutating func take(_ count: Int) throws(GroupRecordError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else {
            throw GroupRecordError(description: "group record: needs \(count) bytes, has \(rest.count)")
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
