import NIOCore
import Testing

@testable import KafkaServer

/// Frames come out whole and in order however the bytes arrive, and a length that cannot be right ends the stream.
@Suite struct FrameAccumulatorTests {
    private func frame(_ payload: [UInt8]) -> [UInt8] {
        let count = UInt32(payload.count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + payload
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, 1000])
    func framesArriveInPiecesOfAnySize(pieceBytes: Int) throws {
        let payloads: [[UInt8]] = [[1], [], Array(repeating: 7, count: 300), [1, 2, 3]]
        let stream = payloads.flatMap { frame($0) }
        var accumulator = FrameAccumulator(frameBytesMax: 1000)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: pieceBytes) {
            accumulator.append(ByteBuffer(bytes: stream[start..<min(start + pieceBytes, stream.count)]))
            while let frame = try accumulator.next() { found.append(Array(frame.readableBytesView)) }
        }
        #expect(found == payloads)
        #expect(accumulator.heldBytes == 0)
    }

    @Test func aNegativeLengthEndsTheStream() {
        var accumulator = FrameAccumulator(frameBytesMax: 1000)
        accumulator.append(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xfe]))
        #expect(throws: FrameAccumulator.Failure.negativeLength(-2)) { try accumulator.next() }
    }

    @Test func aLengthAboveTheLimitEndsTheStreamBeforeItsBytesAreHeld() {
        var accumulator = FrameAccumulator(frameBytesMax: 1000)
        accumulator.append(ByteBuffer(bytes: [0, 0, 3, 0xe9]))
        #expect(throws: FrameAccumulator.Failure.tooLarge(sizeBytes: 1001, limitBytes: 1000)) { try accumulator.next() }
    }
}
