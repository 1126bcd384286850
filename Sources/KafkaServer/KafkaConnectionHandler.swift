import Listener
import Logging
import NIOCore
import Synchronization

/// A response as it leaves: bytes and stretches of segment files, in order.
struct OutboundResponse: Sendable {
    enum Part: Sendable {
        case bytes(ByteBuffer)
        case file(FileRange)
    }

    var parts: [Part]
    /// All bytes of it, for the limit on what a slow reader may hold.
    var sizeBytes: Int

    init(_ bytes: ByteBuffer) {
        parts = [.bytes(bytes)]
        sizeBytes = bytes.readableBytes
    }

    init(parts: [Part], sizeBytes: Int) {
        self.parts = parts
        self.sizeBytes = sizeBytes
    }
}

/// A response whose turn to leave has not come.
enum DueResponse: Sendable {
    case encoded(OutboundResponse)
    /// Encoded when it leaves: until then it is a list of places in segments, and what a client does not take costs
    /// no memory.
    case fetched(FetchAnswer)

    func encode() throws -> OutboundResponse {
        switch self {
        case .encoded(let response): response
        case .fetched(let answer): try answer.encode()
        }
    }
}

/// One Kafka connection: cuts frames, hands requests to the dispatcher, writes responses in request order.
/// The only place that writes to or closes the connection.
///
/// Reading stops while too many requests wait or too many response bytes are not yet taken by the peer; TCP then holds
/// the client back. So a slow consumer costs its own memory limit and nobody else's.
final class KafkaConnectionHandler: ChannelInboundHandler, ChannelOutboundHandler, @unchecked Sendable {
    // Safe to share: all state is touched on the connection's event loop only; other threads call `complete`, which hops.
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = IOData

    private let service: KafkaService
    private let logger: Logger
    private var dispatcher: RequestDispatcher?
    private var context: ChannelHandlerContext?
    private var frames: FrameAccumulator
    private var responses = ResponseQueue<DueResponse>()
    /// Bytes written to the channel that the kernel has not taken.
    private var unsentBytes = 0
    private var isReadWanted = false
    private var isDraining = false
    private var isPumping = false
    /// A request is at work elsewhere that those behind it must not overtake.
    private var isHeld = false
    private var needsFlush = false
    private var idleCheck: RepeatedTask?
    private var hadTraffic = true

    init(service: KafkaService, logger: Logger) {
        self.service = service
        self.logger = logger
        frames = FrameAccumulator(frameBytesMax: service.configuration.requestBytesMax)
    }

    // MARK: Lifecycle

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        dispatcher = RequestDispatcher(
            service: service, connection: self, loop: context.eventLoop, channel: context.channel)
        service.metrics.connectionOpened()
        let interval = service.configuration.idleTimeout
        idleCheck = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            guard let self, let context = self.context else { return }
            let isStuck = self.unsentBytes > 0
            if !self.hadTraffic, self.responses.isEmpty || isStuck { context.close(promise: nil) }
            self.hadTraffic = false
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleCheck?.cancel()
        service.metrics.connectionClosed()
        dispatcher?.connectionClosed()
        dispatcher = nil
        responses = ResponseQueue()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Resets and broken pipes are the peer's business; anything else would be ours.
        logger.debug("connection closed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ConnectionShouldDrain {
            isDraining = true
            dispatcher?.drain()
            finishTurn(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hadTraffic = true
        let bytes = unwrapInboundIn(data)
        service.metrics.received(bytes.readableBytes)
        frames.append(bytes)
        pump(context)
    }

    private func processFrames(_ context: ChannelHandlerContext) {
        while !isDraining, mayRead {
            do {
                guard let frame = try frames.next() else { break }
                try accept(frame)
            } catch {
                logger.warning("connection closed", metadata: ["peer": "\(peer(context))", "reason": "\(error)"])
                context.close(promise: nil)
                return
            }
        }
    }

    private func accept(_ frame: ByteBuffer) throws {
        guard let dispatcher else { return }
        let slot = responses.open(requestBytes: frame.readableBytes)
        try dispatcher.dispatch(frame, slot: slot)
    }

    private func peer(_ context: ChannelHandlerContext) -> String { context.remoteAddress?.description ?? "unknown" }

    func channelReadComplete(context: ChannelHandlerContext) {
        finishTurn(context)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadWanted = true }
    }

    private var mayRead: Bool {
        !isHeld && responses.count < service.configuration.requestsInFlightMax
            && responses.requestBytes < service.configuration.requestBytesMax && mayWrite
    }

    private var mayWrite: Bool { unsentBytes < service.configuration.unsentBytesMax }

    /// Takes up no further request until `release`, on the connection's loop.
    func hold() { isHeld = true }

    func release() {
        isHeld = false
        guard !isPumping, let context else { return }
        pump(context)
        finishTurn(context)
    }

    // MARK: Writing

    /// Fills a request's slot on the connection's loop; nil: no response.
    func fill(_ slot: ResponseSlot, with response: OutboundResponse?) {
        fill(slot, due: response.map(DueResponse.encoded))
    }

    func fill(_ slot: ResponseSlot, due response: DueResponse?) {
        responses.fill(slot, with: response)
        // A request that is answered at once is written by the pump that dispatched it.
        guard !isPumping, let context else { return }
        pump(context)
        finishTurn(context)
    }

    /// Fills a request's slot from any thread.
    func complete(_ slot: ResponseSlot, with response: OutboundResponse?, on loop: any EventLoop) {
        loop.execute { self.fill(slot, with: response) }
    }

    /// A group request that waited has its answer; on the connection's loop.
    func groupRequestAnswered(_ slot: ResponseSlot, with response: OutboundResponse) {
        dispatcher?.parkedGroupRequests[slot] = nil
        fill(slot, with: response)
    }

    /// Closes the connection, for a request that can be answered in no other way.
    func close() { context?.close(promise: nil) }

    /// Dispatches the frames that are here and writes the responses whose turn has come, until neither makes progress.
    private func pump(_ context: ChannelHandlerContext) {
        isPumping = true
        defer { isPumping = false }
        while true {
            processFrames(context)
            guard mayWrite, let response = responses.next() else { return }
            do { write(try response.encode(), context) } catch {
                logger.error("records cannot be read, connection closed", metadata: ["error": "\(error)"])
                return context.close(promise: nil)
            }
            needsFlush = true
        }
    }

    private func finishTurn(_ context: ChannelHandlerContext) {
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        if isDraining, responses.isEmpty, unsentBytes == 0 { return context.close(promise: nil) }
        if isReadWanted, mayRead {
            isReadWanted = false
            context.read()
        }
    }

    private func write(_ response: OutboundResponse, _ context: ChannelHandlerContext) {
        unsentBytes += response.sizeBytes
        service.metrics.sent(response.sizeBytes)
        let promise = context.eventLoop.makePromise(of: Void.self)
        let size = response.sizeBytes
        var regions: [FileRange.Opened] = []
        for (index, part) in response.parts.enumerated() {
            let isLast = index == response.parts.count - 1
            switch part {
            case .bytes(let buffer):
                context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: isLast ? promise : nil)
            case .file(let range):
                do {
                    let opened = try range.open()
                    regions.append(opened)
                    context.write(wrapOutboundOut(.fileRegion(opened.region)), promise: isLast ? promise : nil)
                } catch {
                    logger.error("segment cannot be sent", metadata: ["error": "\(error)"])
                    promise.fail(error)
                    context.close(promise: nil)
                    return
                }
            }
        }
        promise.futureResult.assumeIsolated().whenComplete { _ in
            for region in regions { region.close() }
            self.unsentBytes -= size
            self.hadTraffic = true
            if let context = self.context, !self.isPumping {
                self.pump(context)
                self.finishTurn(context)
            }
        }
    }
}
