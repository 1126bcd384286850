import KafkaWire
import NIOCore

/// Cuts answers out of the stream and gives them to those who wait. Confined to the channel's loop.
final class KafkaClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let address: BrokerAddress
    private let responseBytesMax: Int
    private var pipeline = RequestPipeline()
    private var received = ByteBuffer()
    private var context: ChannelHandlerContext?
    /// Why the connection ended.
    private var failure: KafkaClientError?
    private var deadlineCheck: Scheduled<Void>?
    private var hasScheduledFlush = false

    init(address: BrokerAddress, responseBytesMax: Int) {
        self.address = address
        self.responseBytesMax = responseBytesMax
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Sending

    /// Writes a request; `complete` is called exactly once.
    func send(
        deadline: NIODeadline, _ encode: (Int32, inout ByteBuffer) -> Void,
        complete: @escaping RequestPipeline.Completion
    ) {
        guard let context, context.channel.isActive, failure == nil else {
            return complete(.failure(failure ?? lost("the connection is closed")))
        }
        var buffer = context.channel.allocator.buffer(capacity: 512)
        encode(pipeline.requestSent(deadline: deadline, complete), &buffer)
        write(buffer, context)
        scheduleDeadlineCheck(context)
    }

    func sendUnanswered(_ encode: (inout ByteBuffer) -> Void) {
        guard let context, context.channel.isActive, failure == nil else { return }
        var buffer = context.channel.allocator.buffer(capacity: 512)
        encode(&buffer)
        write(buffer, context)
    }

    /// One flush for all requests of a turn of the loop.
    private func write(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(buffer), promise: nil)
        guard !hasScheduledFlush else { return }
        hasScheduledFlush = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.hasScheduledFlush = false
            bound.value.context?.flush()
        }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        do throws(KafkaClientError) {
            while let frame = try nextFrame() { try pipeline.responseReceived(frame)(.success(frame)) }
            received.discardReadBytes()
        } catch {
            fail(error, context)
        }
    }

    private func nextFrame() throws(KafkaClientError) -> ByteBuffer? {
        do { return try Frame.read(from: &received, bytesMax: responseBytesMax) } catch {
            if received.readableBytesView.starts(with: Array("HTTP".utf8)) {
                throw KafkaClientError(
                    .malformedAnswer, "\(address) answers in HTTP: give the port of the Kafka protocol, 9092 by default"
                )
            }
            throw KafkaClientError(.malformedAnswer, "\(address) sent what is no frame: \(error)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(lost("the server closed the connection"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(lost("\(ConnectFailure.reason(error))"), context)
    }

    private func lost(_ reason: String) -> KafkaClientError {
        KafkaClientError(.connectionLost, "\(address): \(reason)")
    }

    private func fail(_ error: KafkaClientError, _ context: ChannelHandlerContext) {
        if failure == nil { failure = error }
        deadlineCheck?.cancel()
        for complete in pipeline.end() { complete(.failure(error)) }
        context.close(promise: nil)
    }

    // MARK: Deadlines

    /// An answer that does not come makes those behind it undeliverable too: the connection ends.
    private func scheduleDeadlineCheck(_ context: ChannelHandlerContext) {
        guard deadlineCheck == nil, let deadline = pipeline.deadline else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadlineCheck = context.eventLoop.scheduleTask(deadline: deadline) { bound.value.checkDeadline() }
    }

    private func checkDeadline() {
        deadlineCheck = nil
        guard let context, let deadline = pipeline.deadline else { return }
        if deadline <= .now() {
            fail(KafkaClientError(.timedOut, "\(address) did not answer in time"), context)
        } else {
            scheduleDeadlineCheck(context)
        }
    }
}
