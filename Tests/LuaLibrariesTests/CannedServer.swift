import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server on a free port of 127.0.0.1 that answers each request with what a closure gives, and keeps what it was
/// asked.
final class CannedServer: Sendable {
    enum Reply: Sendable {
        /// The whole answer, written as it is; the connection stays open.
        case text(String)
        /// As text, then the connection is closed.
        case textThenClose(String)
        case nothing
    }

    private let requests = Mutex<[String]>([])
    private let boundPort = Mutex(0)

    /// All of each request that came, head and body.
    var asked: [String] { requests.withLock { $0 } }

    var port: Int { boundPort.withLock { $0 } }

    private init() {}

    static func with<Result>(
        _ reply: @escaping @Sendable (String) -> Reply, _ body: (CannedServer) async throws -> Result
    ) async throws -> Result {
        let server = CannedServer()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(reply) { request in server.requests.withLock { $0.append(request) } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.boundPort.withLock { $0 = channel.localAddress?.port ?? 0 }
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let reply: @Sendable (String) -> Reply
        private let keep: (String) -> Void
        private var received = ""

        init(_ reply: @escaping @Sendable (String) -> Reply, keep: @escaping (String) -> Void) {
            self.reply = reply
            self.keep = keep
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            guard let end = received.firstRange(of: "\r\n\r\n") else { return }
            let head = received[..<end.lowerBound].lowercased()
            let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            let count = length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
            guard received[end.upperBound...].utf8.count >= count else { return }
            let request = received
            received = ""
            keep(request)
            switch reply(request) {
            case .nothing: break
            case .text(let text): context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            case .textThenClose(let text):
                context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
                context.close(promise: nil)
            }
        }
    }

    /// An answer with a status and a body.
    static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> Reply {
        let lines = ["HTTP/1.1 \(status)"] + headers + ["content-length: \(body.utf8.count)"]
        return .text(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }
}
