import Glibc
import Logging
import NIOCore

/// Stands at the listening socket: when the process has no descriptor left for the next connection, accepting pauses, as
/// the kernel would report the same connection again at once, for ever.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let logger: Logger
    /// Connections wait in the kernel's queue for so long before the next attempt.
    private let pause: TimeAmount
    private var isPaused = false
    /// One line a shortage, not one an attempt.
    private var isLogged = false

    init(logger: Logger, pause: TimeAmount = .milliseconds(200)) {
        self.logger = logger
        self.pause = pause
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLogged {
            isLogged = false
            logger.info("connections are accepted again")
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return context.fireErrorCaught(error)
        }
        if !isLogged {
            isLogged = true
            logger.error(
                "no connection can be accepted until others close: raise the limit of open files (ulimit -n)",
                metadata: ["error": "\(error)"])
        }
        guard !isPaused else { return }
        isPaused = true
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenFailure { _ in }
        context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            self.isPaused = false
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }
}
