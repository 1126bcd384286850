// The writing side of WireReader; the layouts are described there.

public import NIOCore

extension ByteBuffer {
    /// Writes 7 bits a byte, lowest first.
    public mutating func writeUnsignedVarint(_ value: UInt32) {
        self.writeVariableLength(UInt64(value))
    }

    /// Writes zigzag, at most five bytes.
    public mutating func writeVarint(_ value: Int32) {
        self.writeVariableLength(UInt64(UInt32(bitPattern: (value << 1) ^ (value >> 31))))
    }

    /// Writes zigzag, at most ten bytes.
    public mutating func writeVarlong(_ value: Int64) {
        self.writeVariableLength(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    private mutating func writeVariableLength(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            self.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.writeInteger(UInt8(truncatingIfNeeded: rest))
    }

    mutating func writeWireBool(_ value: Bool) {
        self.writeInteger(value ? 1 : 0, as: UInt8.self)
    }

    mutating func writeUUID(_ value: KafkaUUID) {
        self.writeMultipleIntegers(value.hi, value.lo)
    }

    /// The classic form has an int16 length; what is longer is cut after the last whole character that fits.
    mutating func writeWireString(_ value: String, compact: Bool) {
        let length = value.utf8.count
        if compact {
            self.writeLength(length, compact: true)
            self.writeString(value)
        } else if length <= Int(Int16.max) {
            self.writeInteger(Int16(length))
            self.writeString(value)
        } else {
            var end = value.utf8.index(value.startIndex, offsetBy: Int(Int16.max))
            while value.utf8[end] & 0xc0 == 0x80 { end = value.utf8.index(before: end) }
            let fitting = value[..<end]
            self.writeInteger(Int16(truncatingIfNeeded: fitting.utf8.count))
            self.writeSubstring(fitting)
        }
    }

    /// Nil is null, or empty in versions that do not allow null.
    mutating func writeNullableWireString(_ value: String?, compact: Bool, nullable: Bool = true) {
        if let value {
            self.writeWireString(value, compact: compact)
        } else if compact {
            self.writeLength(nullable ? -1 : 0, compact: true)
        } else {
            self.writeInteger(nullable ? -1 : 0, as: Int16.self)
        }
    }

    mutating func writeWireBytes(_ value: ByteBuffer, compact: Bool) {
        self.writeLength(value.readableBytes, compact: compact)
        self.writeImmutableBuffer(value)
    }

    /// Nil is null, or empty in versions that do not allow null.
    mutating func writeNullableWireBytes(_ value: ByteBuffer?, compact: Bool, nullable: Bool = true) {
        if let value {
            self.writeWireBytes(value, compact: compact)
        } else {
            self.writeLength(nullable ? -1 : 0, compact: compact)
        }
    }

    mutating func writeArrayCount(_ count: Int, compact: Bool) {
        self.writeLength(count, compact: compact)
    }

    /// Null, or empty in versions that do not allow null.
    mutating func writeNullArray(compact: Bool, nullable: Bool = true) {
        self.writeLength(nullable ? -1 : 0, compact: compact)
    }

    /// A length or count, -1 for null; frames are shorter than 2 GiB, so it fits.
    private mutating func writeLength(_ length: Int, compact: Bool) {
        if compact {
            self.writeUnsignedVarint(UInt32(truncatingIfNeeded: length + 1))
        } else {
            self.writeInteger(Int32(truncatingIfNeeded: length))
        }
    }
}
