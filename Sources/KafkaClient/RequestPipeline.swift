import NIOCore

/// The requests of one connection that wait for their answers. The protocol answers in the order of the requests.
/// Sans-IO: the connection performs what it returns.
struct RequestPipeline {
    /// What to do with an answer: the bytes after its length, or why none comes.
    typealias Completion = (Result<ByteBuffer, KafkaClientError>) -> Void

    private struct Waiting {
        var correlationID: Int32
        var deadline: NIODeadline
        var complete: Completion
    }

    private var waiting: CircularBuffer<Waiting> = []
    private var nextCorrelationID: Int32 = 0

    var isEmpty: Bool { waiting.isEmpty }
    /// When the first request that waits is overdue.
    var deadline: NIODeadline? { waiting.map(\.deadline).min() }

    /// Takes note of a request about to be written; returns the id to write it with.
    mutating func requestSent(deadline: NIODeadline, _ complete: @escaping Completion) -> Int32 {
        defer { nextCorrelationID = nextCorrelationID == .max ? 0 : nextCorrelationID + 1 }
        waiting.append(Waiting(correlationID: nextCorrelationID, deadline: deadline, complete: complete))
        return nextCorrelationID
    }

    /// The completion that an arrived frame belongs to. Throws if the frame answers nothing that was asked: the stream is
    /// lost then.
    mutating func responseReceived(_ frame: ByteBuffer) throws(KafkaClientError) -> Completion {
        guard let correlationID = frame.getInteger(at: frame.readerIndex, as: Int32.self) else {
            throw KafkaClientError(
                .malformedAnswer, "an answer of \(frame.readableBytes) bytes is shorter than its header")
        }
        guard let first = waiting.first else {
            throw KafkaClientError(.malformedAnswer, "an answer with id \(correlationID) came to no request")
        }
        guard first.correlationID == correlationID else {
            throw KafkaClientError(
                .malformedAnswer, "an answer has id \(correlationID); the one due is \(first.correlationID)")
        }
        return waiting.removeFirst().complete
    }

    /// Everything that waits, in order; nothing waits afterwards.
    mutating func end() -> [Completion] {
        defer { waiting.removeAll() }
        return waiting.map(\.complete)
    }
}
