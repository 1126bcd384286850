import NIOCore
import Testing

@testable import KafkaClient

@Suite struct RequestPipelineTests {
    private func answer(_ correlationID: Int32) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(correlationID)
        return buffer
    }

    @Test func answersGoToTheirRequestsInOrder() throws {
        var pipeline = RequestPipeline()
        nonisolated(unsafe) var completed: [Int] = []
        let ids = (0..<3).map { index in
            pipeline.requestSent(deadline: .distantFuture) { _ in completed.append(index) }
        }
        for id in ids { try pipeline.responseReceived(answer(id))(.success(answer(id))) }
        #expect(completed == [0, 1, 2])
        #expect(pipeline.isEmpty)
    }

    @Test func anAnswerOutOfTurnLosesTheStream() {
        var pipeline = RequestPipeline()
        _ = pipeline.requestSent(deadline: .distantFuture) { _ in }
        let second = pipeline.requestSent(deadline: .distantFuture) { _ in }
        #expect(throws: KafkaClientError.self) { _ = try pipeline.responseReceived(answer(second)) }
    }

    @Test func anAnswerToNothingLosesTheStream() {
        var pipeline = RequestPipeline()
        #expect(throws: KafkaClientError.self) { _ = try pipeline.responseReceived(answer(0)) }
        #expect(throws: KafkaClientError.self) { _ = try pipeline.responseReceived(ByteBuffer(bytes: [1, 2])) }
    }

    @Test func theEarliestDeadlineCounts() {
        var pipeline = RequestPipeline()
        #expect(pipeline.deadline == nil)
        _ = pipeline.requestSent(deadline: .uptimeNanoseconds(20)) { _ in }
        _ = pipeline.requestSent(deadline: .uptimeNanoseconds(10)) { _ in }
        #expect(pipeline.deadline == .uptimeNanoseconds(10))
        #expect(pipeline.end().count == 2)
        #expect(pipeline.deadline == nil)
    }
}
