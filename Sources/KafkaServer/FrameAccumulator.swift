import NIOCore

/// Cuts a connection's bytes into frames: int32 length, big-endian, then so many bytes.
///
/// A frame that arrives whole in one read is handed out as a slice of it, without a copy. Memory follows the bytes that
/// have arrived, not the length that a peer claims.
struct FrameAccumulator {
    /// Why the stream is lost.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case negativeLength(Int32)
        case tooLarge(sizeBytes: Int, limitBytes: Int)

        var description: String {
            switch self {
            case .negativeLength(let length): "frame length \(length) is negative: not a Kafka client"
            case .tooLarge(let size, let limit):
                "frame of \(size) bytes is above the limit of \(limit): not a Kafka client, or raise kafka.request-bytes-max"
            }
        }
    }

    let frameBytesMax: Int
    private var buffer: ByteBuffer?

    /// Above this the buffer grows with what arrives instead of being reserved whole.
    private static let reserveBytesMax = 2 << 20

    init(frameBytesMax: Int) {
        self.frameBytesMax = frameBytesMax
    }

    /// Bytes held of a frame that is not whole yet.
    var heldBytes: Int { buffer?.readableBytes ?? 0 }

    mutating func append(_ bytes: ByteBuffer) {
        guard var held = buffer, held.readableBytes > 0 else {
            buffer = bytes
            return
        }
        buffer = nil
        held.writeImmutableBuffer(bytes)
        buffer = held
    }

    /// The next whole frame without its length, nil if it has not arrived yet.
    mutating func next() throws(Failure) -> ByteBuffer? {
        guard var held = buffer, let length = held.getInteger(at: held.readerIndex, as: Int32.self) else { return nil }
        guard length >= 0 else { throw .negativeLength(length) }
        guard length <= frameBytesMax else { throw .tooLarge(sizeBytes: Int(length), limitBytes: frameBytesMax) }
        guard held.readableBytes >= 4 + Int(length) else {
            buffer = nil
            held.discardReadBytes()
            if length <= FrameAccumulator.reserveBytesMax { held.reserveCapacity(4 + Int(length)) }
            buffer = held
            return nil
        }
        buffer = nil
        held.moveReaderIndex(forwardBy: 4)
        let frame = held.readSlice(length: Int(length))
        if held.readableBytes > 0 { buffer = held }
        return frame
    }
}
