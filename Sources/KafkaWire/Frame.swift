// A frame is an int32 length and that many bytes: a header and a request or response.

public import NIOCore

/// Cuts frames from a stream and writes their lengths.
public enum Frame {
    /// The bytes of a frame's length.
    public static let lengthBytes = 4

    /// The length that the frame at the front of `buffer` announces; nil while its four bytes are incomplete.
    ///
    /// Those four bytes do not count. A length below zero or above `bytesMax` is an error after which the stream is lost.
    public static func length(of buffer: ByteBuffer, bytesMax: Int) throws(WireError) -> Int? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: Int32.self) else { return nil }
        guard length >= 0 else { throw WireError(.negativeFrameLength(Int(length)), at: 0) }
        guard length <= bytesMax else {
            throw WireError(.frameTooLarge(lengthBytes: Int(length), bytesMax: bytesMax), at: 0)
        }
        return Int(length)
    }

    /// Takes the first whole frame off `buffer`, without its length and without a copy; nil while it is incomplete.
    public static func read(from buffer: inout ByteBuffer, bytesMax: Int) throws(WireError) -> ByteBuffer? {
        guard let length = try self.length(of: buffer, bytesMax: bytesMax),
            buffer.readableBytes - self.lengthBytes >= length
        else { return nil }
        buffer.moveReaderIndex(forwardBy: self.lengthBytes)
        return buffer.readSlice(length: length)
    }

    /// The place of a length that is still to be written.
    public struct Start {
        let lengthIndex: Int
    }

    /// Leaves room for a length; the frame's bytes follow.
    public static func begin(in buffer: inout ByteBuffer) -> Start {
        let start = Start(lengthIndex: buffer.writerIndex)
        buffer.writeInteger(0, as: Int32.self)
        return start
    }

    /// Writes the length of all bytes since `begin`.
    public static func end(_ start: Start, in buffer: inout ByteBuffer) {
        let length = buffer.writerIndex - start.lengthIndex - self.lengthBytes
        buffer.setInteger(Int32(truncatingIfNeeded: length), at: start.lengthIndex)
    }
}
