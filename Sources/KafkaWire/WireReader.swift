// The protocol's types on the wire, integers big-endian:
//
//     bool, int8…int64     fixed; a bool is any byte, zero for false
//     uuid                 16 bytes
//     uvarint              7 bits a byte, lowest first, top bit set on all bytes but the last
//     varint, varlong      the same after zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 …
//     string               int16 length, UTF-8;     compact: uvarint length + 1, UTF-8
//     bytes, records       int32 length, bytes;     compact: uvarint length + 1, bytes
//     array                int32 count, elements;   compact: uvarint count + 1, elements
//
// A length of -1 (compact: 0) is null. The compact forms stand in flexible versions only.

public import NIOCore

/// Reads the protocol's types from a buffer, front to back.
///
/// Every read is checked: no input makes it trap, and no claimed length is allocated before the input is known to hold
/// it. A read that throws leaves the reader at an unspecified place.
public struct WireReader: Sendable {
    private var buffer: ByteBuffer
    /// The reader index at which the message began.
    private let start: Int

    /// A reader of the readable bytes of `buffer`.
    public init(_ buffer: ByteBuffer) {
        self.init(buffer, position: 0)
    }

    /// A reader whose first byte stands at `position` of a larger message.
    private init(_ buffer: ByteBuffer, position: Int) {
        self.buffer = buffer
        self.start = buffer.readerIndex - position
    }

    /// Bytes not yet read.
    public var bytesRemaining: Int { self.buffer.readableBytes }

    /// Bytes read so far.
    public var position: Int { self.buffer.readerIndex - self.start }

    /// The bytes not yet read.
    public var remainder: ByteBuffer { self.buffer }

    private func error(_ reason: WireError.Reason) -> WireError { WireError(reason, at: self.position) }

    private func truncated(_ neededBytes: Int) -> WireError {
        self.error(.truncated(neededBytes: neededBytes, remainingBytes: self.bytesRemaining))
    }
}

// MARK: Fixed size

extension WireReader {
    /// Any byte but zero is true, as in Kafka itself.
    public mutating func readBool() throws(WireError) -> Bool { try self.readInt8() != 0 }

    /// One byte.
    public mutating func readInt8() throws(WireError) -> Int8 {
        guard let value = self.buffer.readInteger(as: Int8.self) else { throw self.truncated(1) }
        return value
    }

    /// Two bytes, big-endian.
    public mutating func readInt16() throws(WireError) -> Int16 {
        guard let value = self.buffer.readInteger(as: Int16.self) else { throw self.truncated(2) }
        return value
    }

    /// Four bytes, big-endian.
    public mutating func readInt32() throws(WireError) -> Int32 {
        guard let value = self.buffer.readInteger(as: Int32.self) else { throw self.truncated(4) }
        return value
    }

    /// Eight bytes, big-endian.
    public mutating func readInt64() throws(WireError) -> Int64 {
        guard let value = self.buffer.readInteger(as: Int64.self) else { throw self.truncated(8) }
        return value
    }

    /// Sixteen bytes.
    public mutating func readUUID() throws(WireError) -> KafkaUUID {
        guard let (hi, lo) = self.buffer.readMultipleIntegers(as: (UInt64, UInt64).self) else {
            throw self.truncated(16)
        }
        return KafkaUUID(hi: hi, lo: lo)
    }
}

// MARK: Variable-length integers

extension WireReader {
    /// At most 32 bits in five bytes.
    public mutating func readUnsignedVarint() throws(WireError) -> Int {
        Int(truncatingIfNeeded: try self.readVariableLength(bits: 32))
    }

    /// Zigzag, at most five bytes.
    public mutating func readVarint() throws(WireError) -> Int32 {
        let raw = UInt32(truncatingIfNeeded: try self.readVariableLength(bits: 32))
        return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1)
    }

    /// Zigzag, at most ten bytes.
    public mutating func readVarlong() throws(WireError) -> Int64 {
        let raw = try self.readVariableLength(bits: 64)
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    private mutating func readVariableLength(bits: UInt64) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard let byte = self.buffer.readInteger(as: UInt8.self) else { throw self.truncated(1) }
            let payload = UInt64(byte & 0x7f)
            // The last group may carry only the bits that are left of the type.
            guard shift < bits, shift + 7 <= bits || payload >> (bits - shift) == 0 else {
                throw self.error(.varintTooLong)
            }
            value |= payload << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }
}

// MARK: Strings and bytes

extension WireReader {
    /// UTF-8; null and anything that is not UTF-8 are errors.
    public mutating func readString(compact: Bool) throws(WireError) -> String {
        guard let length = try self.readStringLength(compact: compact) else { throw self.error(.unexpectedNull) }
        return try self.readUTF8(length)
    }

    /// Nil for null; null is an error unless `nullable`.
    public mutating func readNullableString(compact: Bool, nullable: Bool = true) throws(WireError) -> String? {
        guard let length = try self.readStringLength(compact: compact) else {
            guard nullable else { throw self.error(.unexpectedNull) }
            return nil
        }
        return try self.readUTF8(length)
    }

    /// A slice that shares the storage of the input.
    public mutating func readBytes(compact: Bool) throws(WireError) -> ByteBuffer {
        guard let length = try self.readLength(compact: compact) else { throw self.error(.unexpectedNull) }
        return try self.readSlice(length)
    }

    /// A slice that shares the storage of the input, or nil for null; null is an error unless `nullable`.
    public mutating func readNullableBytes(compact: Bool, nullable: Bool = true) throws(WireError) -> ByteBuffer? {
        guard let length = try self.readLength(compact: compact) else {
            guard nullable else { throw self.error(.unexpectedNull) }
            return nil
        }
        return try self.readSlice(length)
    }

    private mutating func readUTF8(_ length: Int) throws(WireError) -> String {
        guard length <= self.bytesRemaining else { throw self.beyondEnd(length) }
        let string = self.buffer.withUnsafeReadableBytes { bytes in
            String(validating: UnsafeRawBufferPointer(rebasing: bytes[..<length]), as: UTF8.self)
        }
        guard let string else { throw self.error(.invalidUTF8) }
        self.buffer.moveReaderIndex(forwardBy: length)
        return string
    }

    mutating func readSlice(_ length: Int) throws(WireError) -> ByteBuffer {
        guard let slice = self.buffer.readSlice(length: length) else { throw self.beyondEnd(length) }
        return slice
    }

    private func beyondEnd(_ length: Int) -> WireError {
        self.error(.lengthBeyondEnd(lengthBytes: length, remainingBytes: self.bytesRemaining))
    }

    private mutating func readStringLength(compact: Bool) throws(WireError) -> Int? {
        if compact { return try self.readLength(compact: true) }
        let length = Int(try self.readInt16())
        return try self.checked(length)
    }

    /// The length of bytes or the count of an array; nil for null.
    private mutating func readLength(compact: Bool) throws(WireError) -> Int? {
        let length = compact ? try self.readUnsignedVarint() - 1 : Int(try self.readInt32())
        return try self.checked(length)
    }

    private func checked(_ length: Int) throws(WireError) -> Int? {
        guard length >= -1 else { throw self.error(.negativeLength(length)) }
        return length == -1 ? nil : length
    }
}

// MARK: Arrays and tagged fields

extension WireReader {
    /// The count of an array whose elements take at least `elementBytesMin` bytes each.
    public mutating func readArrayCount(compact: Bool, elementBytesMin: Int) throws(WireError) -> Int {
        guard let count = try self.readNullableArrayCount(compact: compact, elementBytesMin: elementBytesMin) else {
            throw self.error(.unexpectedNull)
        }
        return count
    }

    /// As `readArrayCount`, nil for null; null is an error unless `nullable`.
    public mutating func readNullableArrayCount(
        compact: Bool, elementBytesMin: Int, nullable: Bool = true
    ) throws(WireError) -> Int? {
        guard let count = try self.readLength(compact: compact) else {
            guard nullable else { throw self.error(.unexpectedNull) }
            return nil
        }
        guard count <= self.bytesRemaining / elementBytesMin else {
            throw self.error(.countBeyondEnd(count: count, remainingBytes: self.bytesRemaining))
        }
        return count
    }

    /// One tagged field: its tag and a reader of its value.
    ///
    /// Its size is the true count of bytes, not one more as in other compact lengths.
    mutating func readTaggedField() throws(WireError) -> (tag: Int, reader: WireReader) {
        let tag = try self.readUnsignedVarint()
        let length = try self.readUnsignedVarint()
        let position = self.position
        return (tag, WireReader(try self.readSlice(length), position: position))
    }

    /// Passes over a section of tagged fields none of which is known.
    public mutating func skipTaggedFields() throws(WireError) {
        // Each field takes two bytes at least, so a false count ends at the end of the input.
        let count = try self.readUnsignedVarint()
        for _ in 0..<count {
            _ = try self.readUnsignedVarint()
            let length = try self.readUnsignedVarint()
            _ = try self.readSlice(length)
        }
    }
}
