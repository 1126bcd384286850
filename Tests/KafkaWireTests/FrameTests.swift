import NIOCore
import Testing

@testable import KafkaWire

@Suite("Frames")
struct FrameTests {
    @Test("A stream that comes byte by byte yields its frames when they are whole")
    func dripFeed() throws {
        let frames = [ByteBuffer(string: "first"), ByteBuffer(), ByteBuffer(string: "third")]
        var stream = ByteBuffer()
        for frame in frames {
            let start = Frame.begin(in: &stream)
            stream.writeImmutableBuffer(frame)
            Frame.end(start, in: &stream)
        }
        var accumulated = ByteBuffer()
        var read: [ByteBuffer] = []
        for byte in stream.readableBytesView {
            accumulated.writeInteger(byte)
            while let frame = try Frame.read(from: &accumulated, bytesMax: 5) { read.append(frame) }
        }
        #expect(read == frames)
        #expect(accumulated.readableBytes == 0)
    }

    @Test("The length is known before the frame is whole")
    func lengthFirst() throws {
        #expect(try Frame.length(of: ByteBuffer(bytes: [0, 0, 1]), bytesMax: 1000) == nil)
        #expect(try Frame.length(of: ByteBuffer(bytes: [0, 0, 1, 4]), bytesMax: 1000) == 260)
    }

    @Test("A frame above the limit is an error as soon as its length is known")
    func tooLarge() {
        var buffer = ByteBuffer(bytes: [0, 0, 0, 6])
        #expect(throws: WireError(.frameTooLarge(lengthBytes: 6, bytesMax: 5), at: 0)) {
            try Frame.read(from: &buffer, bytesMax: 5)
        }
    }

    @Test("A negative length is an error")
    func negative() {
        var buffer = ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0])
        #expect(throws: WireError(.negativeFrameLength(-1), at: 0)) { try Frame.read(from: &buffer, bytesMax: 5) }
    }
}
