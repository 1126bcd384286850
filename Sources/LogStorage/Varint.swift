// Variable-length integers of the record format: seven bits a byte, least significant first; the top bit says that
// more follow. Signed values are zigzag-mapped first (0, -1, 1, -2 … become 0, 1, 2, 3 …), so that small ones stay short.
// A 32-bit value takes at most five bytes, a 64-bit value at most ten; bits beyond the width are an error, not dropped.

/// Encoding of signed variable-length integers.
enum Varint {
    /// Bytes that a value takes; the same whether it is written as 32 or as 64 bits.
    @inline(__always)
    static func sizeBytes(of value: Int64) -> Int {
        let bits = 64 - (zigzag(value) | 1).leadingZeroBitCount
        return (bits + 6) / 7
    }

    @inline(__always)
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    @inline(__always)
    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// Appends a value's encoding.
    @inline(__always)
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = zigzag(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads a records section from front to back, never past `end`. Positions count from the section's first byte.
struct RecordCursor {
    /// Valid for `end` bytes as long as the caller's buffer is.
    private let base: UnsafeRawPointer
    private(set) var position: Int
    let end: Int

    /// `end` is at most the size of the buffer that `base` points to.
    @inline(__always)
    init(_ base: UnsafeRawPointer, from position: Int, to end: Int) {
        self.base = base
        self.position = position
        self.end = end
    }

    @inline(__always)
    var remaining: Int { end &- position }

    @inline(__always)
    mutating func byte() throws(RecordError) -> UInt8 {
        guard position < end else { throw .truncated(position: position) }
        defer { position &+= 1 }
        return base.load(fromByteOffset: position, as: UInt8.self)
    }

    /// A signed integer of up to 32 bits in one to five bytes.
    @inline(__always)
    mutating func varint() throws(RecordError) -> Int {
        Int(try varint(bitsMax: 32))
    }

    /// A signed integer of up to 64 bits in one to ten bytes.
    @inline(__always)
    mutating func varlong() throws(RecordError) -> Int64 {
        try varint(bitsMax: 64)
    }

    @inline(__always)
    private mutating func varint(bitsMax: UInt64) throws(RecordError) -> Int64 {
        // Nearly all are of one or two bytes: small deltas, and lengths below 8 KiB.
        if position < end {
            let first = UInt64(base.load(fromByteOffset: position, as: UInt8.self))
            if first < 0x80 {
                position &+= 1
                return Varint.unzigzag(first)
            }
            if position &+ 1 < end {
                let second = UInt64(base.load(fromByteOffset: position &+ 1, as: UInt8.self))
                if second < 0x80 {
                    position &+= 2
                    return Varint.unzigzag(first & 0x7f | second << 7)
                }
            }
        }
        let (value, next) = try RecordCursor.longVarint(base, from: position, to: end, bitsMax: bitsMax)
        position = next
        return value
    }

    /// Any length. Not a method on the cursor, which then need not leave the registers.
    @inline(never)
    private static func longVarint(
        _ base: UnsafeRawPointer, from start: Int, to end: Int, bitsMax: UInt64
    ) throws(RecordError) -> (value: Int64, next: Int) {
        var position = start
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw .truncated(position: position) }
            let byte = UInt64(base.load(fromByteOffset: position, as: UInt8.self))
            position += 1
            let bits = byte & 0x7f
            guard shift < bitsMax, bitsMax - shift >= 7 || bits >> (bitsMax - shift) == 0 else {
                throw .varintTooLong(position: start, bitsMax: Int(bitsMax))
            }
            value |= bits << shift
            if byte < 0x80 { return (Varint.unzigzag(value), position) }
            shift += 7
        }
    }

    /// The next `count` bytes, in place.
    @inline(__always)
    mutating func bytes(_ count: Int) throws(RecordError) -> UnsafeRawBufferPointer {
        guard count <= end &- position else { throw .truncated(position: end) }
        defer { position &+= count }
        return UnsafeRawBufferPointer(start: base + position, count: count)
    }

    /// A length, of which -1 stands for null, and as many bytes.
    @inline(__always)
    mutating func nullableBytes() throws(RecordError) -> UnsafeRawBufferPointer? {
        let start = position
        let count = try varint()
        guard count >= 0 else {
            guard count == -1 else { throw .negativeLength(position: start, length: count) }
            return nil
        }
        return try bytes(count)
    }
}
