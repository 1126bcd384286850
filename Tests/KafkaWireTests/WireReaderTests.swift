import NIOCore
import Testing

@testable import KafkaWire

@Suite("Primitive types")
struct WireReaderTests {
    @Test("Unsigned varints take seven bits a byte, lowest first")
    func unsignedVarint() throws {
        let cases: [(UInt32, [UInt8])] = [
            (0, [0]), (1, [1]), (127, [0x7f]), (128, [0x80, 1]), (300, [0xac, 2]), (16383, [0xff, 0x7f]),
            (16384, [0x80, 0x80, 1]), (.max, [0xff, 0xff, 0xff, 0xff, 0x0f]),
        ]
        for (value, bytes) in cases {
            var buffer = ByteBuffer()
            buffer.writeUnsignedVarint(value)
            #expect([UInt8](buffer: buffer) == bytes)
            var reader = WireReader(buffer)
            #expect(try reader.readUnsignedVarint() == Int(value))
        }
    }

    @Test("Signed varints are zigzag")
    func signedVarints() throws {
        let cases: [(Int32, [UInt8])] = [
            (0, [0]), (-1, [1]), (1, [2]), (-2, [3]), (63, [0x7e]), (-64, [0x7f]), (64, [0x80, 1]),
            (.max, [0xfe, 0xff, 0xff, 0xff, 0x0f]), (.min, [0xff, 0xff, 0xff, 0xff, 0x0f]),
        ]
        for (value, bytes) in cases {
            var buffer = ByteBuffer()
            buffer.writeVarint(value)
            #expect([UInt8](buffer: buffer) == bytes)
            var reader = WireReader(buffer)
            #expect(try reader.readVarint() == value)
        }
        for value: Int64 in [0, -1, 1, .max, .min, 1 << 40, -(1 << 40)] {
            var buffer = ByteBuffer()
            buffer.writeVarlong(value)
            var reader = WireReader(buffer)
            #expect(try reader.readVarlong() == value)
            #expect(reader.bytesRemaining == 0)
        }
    }

    @Test("A varint that overflows its type or never ends is an error")
    func varintTooLong() {
        for bytes: [UInt8] in [
            [0xff, 0xff, 0xff, 0xff, 0x1f], [0x80, 0x80, 0x80, 0x80, 0x80, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            var reader = WireReader(ByteBuffer(bytes: bytes))
            #expect(throws: WireError.self) { try reader.readUnsignedVarint() }
        }
        var long = WireReader(ByteBuffer(bytes: [UInt8](repeating: 0xff, count: 9) + [0x02]))
        #expect(throws: WireError.self) { try long.readVarlong() }
        var unfinished = WireReader(ByteBuffer(bytes: [0x80]))
        #expect(throws: WireError(.truncated(neededBytes: 1, remainingBytes: 0), at: 1)) {
            try unfinished.readUnsignedVarint()
        }
    }

    @Test("Strings have a 16-bit length, or in the compact form a varint of one more")
    func strings() throws {
        var buffer = ByteBuffer()
        buffer.writeWireString("ö", compact: false)
        buffer.writeWireString("ö", compact: true)
        buffer.writeNullableWireString(nil, compact: false)
        buffer.writeNullableWireString(nil, compact: true)
        buffer.writeNullableWireString(nil, compact: false, nullable: false)
        buffer.writeNullableWireString(nil, compact: true, nullable: false)
        #expect([UInt8](buffer: buffer) == [0, 2, 0xc3, 0xb6, 3, 0xc3, 0xb6, 0xff, 0xff, 0, 0, 0, 1])
        var reader = WireReader(buffer)
        #expect(try reader.readString(compact: false) == "ö")
        #expect(try reader.readString(compact: true) == "ö")
        #expect(try reader.readNullableString(compact: false) == nil)
        #expect(try reader.readNullableString(compact: true) == nil)
        #expect(try reader.readString(compact: false) == "")
        #expect(try reader.readString(compact: true) == "")
    }

    @Test("A string that is not UTF-8 is an error")
    func invalidUTF8() {
        for bytes: [UInt8] in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]] {
            var buffer = ByteBuffer()
            buffer.writeWireBytes(ByteBuffer(bytes: bytes), compact: true)
            var reader = WireReader(buffer)
            #expect(throws: WireError(.invalidUTF8, at: 1)) { try reader.readString(compact: true) }
        }
    }

    @Test("Null is an error where the version does not allow it")
    func unexpectedNull() {
        let null = ByteBuffer(bytes: [0])
        var reader = WireReader(null)
        #expect(throws: WireError(.unexpectedNull, at: 1)) { try reader.readString(compact: true) }
        reader = WireReader(null)
        #expect(throws: WireError(.unexpectedNull, at: 1)) {
            try reader.readNullableString(compact: true, nullable: false)
        }
        reader = WireReader(null)
        #expect(throws: WireError(.unexpectedNull, at: 1)) { try reader.readBytes(compact: true) }
        reader = WireReader(null)
        #expect(throws: WireError(.unexpectedNull, at: 1)) {
            try reader.readArrayCount(compact: true, elementBytesMin: 1)
        }
    }

    @Test("A length below -1 is an error")
    func negativeLength() {
        var reader = WireReader(ByteBuffer(bytes: [0xff, 0xfe]))
        #expect(throws: WireError(.negativeLength(-2), at: 2)) { try reader.readNullableString(compact: false) }
        reader = WireReader(ByteBuffer(bytes: [0x80, 0, 0, 0]))
        #expect(throws: WireError(.negativeLength(Int(Int32.min)), at: 4)) {
            try reader.readNullableBytes(compact: false)
        }
    }

    @Test("An array may not claim more elements than the input can hold")
    func arrayCountLimit() throws {
        var buffer = ByteBuffer()
        buffer.writeInteger(Int32(3))
        buffer.writeRepeatingByte(0, count: 12)
        var reader = WireReader(buffer)
        #expect(try reader.readArrayCount(compact: false, elementBytesMin: 4) == 3)

        reader = WireReader(buffer)
        #expect(throws: WireError(.countBeyondEnd(count: 3, remainingBytes: 12), at: 4)) {
            try reader.readArrayCount(compact: false, elementBytesMin: 5)
        }
        reader = WireReader(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0x0f, 0]))
        #expect(throws: WireError.self) { try reader.readArrayCount(compact: true, elementBytesMin: 1) }
    }

    @Test("Bytes are a slice of the input, not a copy")
    func bytesShareStorage() throws {
        var buffer = ByteBuffer()
        buffer.writeWireBytes(ByteBuffer(repeating: 7, count: 100_000), compact: false)
        var reader = WireReader(buffer)
        let slice = try reader.readBytes(compact: false)
        let (whole, part) = (buffer.readableBytesView, slice.readableBytesView)
        let offset = whole.withUnsafeBytes { whole in
            part.withUnsafeBytes { part in part.baseAddress.map { $0 - (whole.baseAddress ?? $0) } }
        }
        #expect(offset == 4)
    }

    @Test("A classic string longer than an int16 can say is cut after a whole character")
    func overlongString() throws {
        var buffer = ByteBuffer()
        buffer.writeWireString(String(repeating: "€", count: 20_000), compact: false)
        var reader = WireReader(buffer)
        // 32,767 bytes hold 10,922 characters of three bytes.
        #expect(try reader.readString(compact: false) == String(repeating: "€", count: 10_922))
        #expect(reader.bytesRemaining == 0)
    }
}
