public import Logging
public import NIOCore
import NIOPosix
import Synchronization

/// Where to listen and how many may connect.
public struct ListenerConfiguration: Sendable {
    /// Address to bind; loopback unless the operator says otherwise.
    public var host: String
    /// 0 takes a free port.
    public var port: Int
    /// A connection above this count is closed at once, before it is read from.
    public var connectionCountMax: Int
    /// Connections the kernel queues before they are accepted.
    public var backlog: Int32 = 1024
    /// Most bytes of one read; a connection starts small and comes to this only if its reads are full.
    public var receiveBytesMax = 1 << 20

    public init(host: String, port: Int, connectionCountMax: Int) {
        self.host = host
        self.port = port
        self.connectionCountMax = connectionCountMax
    }
}

/// Sent as a user event to every connection of a listener that stops: finish what is in flight, then close.
public struct ConnectionShouldDrain: Sendable {
    public init() {}
}

/// One listening socket: accepts, counts, limits, drains.
public final class Listener: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: any Channel] = [:]
        var refusedCount = 0
        var isDraining = false
        var whenEmpty: EventLoopPromise<Void>?
    }

    private let server: any Channel
    private let state: StateBox

    /// The registry outlives neither side: connections and the listener share it.
    private final class StateBox: Sendable {
        let mutex = Mutex(State())
    }

    /// Binds; connections queue until `startAccepting`. `setUp` installs a connection's handlers, on its loop.
    /// Throws the operating system's error, which names no port: callers add it.
    public static func bind(
        _ configuration: ListenerConfiguration, group: any EventLoopGroup, logger: Logger,
        setUp: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        let state = StateBox()
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: configuration.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1024, initial: 16384, maximum: configuration.receiveBytesMax)
            )
            // One read a turn: a busy connection does not hold up the others of its loop.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                let isAdmitted = state.mutex.withLock { state in
                    guard state.connections.count < configuration.connectionCountMax, !state.isDraining else {
                        state.refusedCount += 1
                        return false
                    }
                    state.connections[ObjectIdentifier(channel)] = channel
                    return true
                }
                guard isAdmitted else {
                    logger.warning(
                        "connection refused: limit of \(configuration.connectionCountMax) reached",
                        metadata: ["peer": "\(channel.remoteAddress?.description ?? "unknown")"])
                    return channel.close()
                }
                channel.closeFuture.whenComplete { _ in
                    let whenEmpty = state.mutex.withLock { state in
                        state.connections[ObjectIdentifier(channel)] = nil
                        return state.connections.isEmpty ? state.whenEmpty : nil
                    }
                    whenEmpty?.succeed()
                }
                return channel.eventLoop.makeCompletedFuture { try setUp(channel) }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        return Listener(server: server, state: state)
    }

    private init(server: any Channel, state: StateBox) {
        self.server = server
        self.state = state
    }

    /// Begins to accept.
    public func startAccepting() async throws { try await server.setOption(.autoRead, value: true).get() }

    /// The address bound, with the port that was free if 0 was asked for.
    public var address: SocketAddress? { server.localAddress }
    public var connectionCount: Int { state.mutex.withLock { $0.connections.count } }
    public var refusedCount: Int { state.mutex.withLock { $0.refusedCount } }

    /// Stops accepting, asks every connection to drain, and closes those that have not done so in time.
    public func drain(timeout: TimeAmount) async {
        try? await server.close().get()
        let loop = server.eventLoop
        let empty = loop.makePromise(of: Void.self)
        let connections = state.mutex.withLock { state in
            state.isDraining = true
            state.whenEmpty = empty
            return Array(state.connections.values)
        }
        if connections.isEmpty { empty.succeed() }
        for channel in connections { channel.pipeline.fireUserInboundEventTriggered(ConnectionShouldDrain()) }
        let deadline = loop.scheduleTask(in: timeout) { [state] in
            for channel in state.mutex.withLock({ Array($0.connections.values) }) { channel.close(promise: nil) }
            empty.succeed()
        }
        try? await empty.futureResult.get()
        deadline.cancel()
    }
}
