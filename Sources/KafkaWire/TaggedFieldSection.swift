import NIOCore

/// The tagged fields that end a structure of a flexible version.
///
/// A count, then for each field its tag, the size of its value in bytes, and the value, in the order of the tags.
///
/// A field that has its default value is never appended: librdkafka before 2.2 loses its place after any tagged field.
struct TaggedFieldSection {
    private var count: UInt32 = 0
    private var fields = ByteBuffer()

    mutating func append(tag: UInt32, _ value: ByteBuffer) {
        self.count += 1
        self.fields.writeUnsignedVarint(tag)
        self.fields.writeUnsignedVarint(UInt32(truncatingIfNeeded: value.readableBytes))
        self.fields.writeImmutableBuffer(value)
    }

    func encode(to buffer: inout ByteBuffer) {
        buffer.writeUnsignedVarint(self.count)
        buffer.writeImmutableBuffer(self.fields)
    }
}
