public import BrokerEngine
public import Listener
public import Logging
public import NIOCore
public import NIOPosix

/// The Kafka protocol on a listening socket.
public final class KafkaServer: Sendable {
    private let listener: Listener
    /// The address bound, with the port that was free if 0 was asked for.
    public let host: String
    public let port: Int
    /// What clients are told to connect to.
    public let advertised: (host: String, port: Int)

    /// Binds, and answers once this returns. If no port is advertised (0), the bound one is.
    public static func start(
        broker: Broker, groups: GroupCoordinator, listening: ListenerConfiguration,
        configuration: KafkaServerConfiguration, metrics: KafkaMetrics, group: any EventLoopGroup,
        blockingPool: NIOThreadPool, inflatingPool: NIOThreadPool, decidingPool: NIOThreadPool, logger: Logger
    ) async throws -> KafkaServer {
        let service = KafkaService(
            broker: broker, groups: groups, configuration: configuration, metrics: metrics,
            blockingPool: blockingPool, inflatingPool: inflatingPool, decidingPool: decidingPool, logger: logger)
        let listener = try await Listener.bind(listening, group: group, logger: logger) { channel in
            try channel.pipeline.syncOperations.addHandler(KafkaConnectionHandler(service: service, logger: logger))
        }
        service.listening(host: listening.host, port: listener.address?.port ?? 0)
        let server = KafkaServer(listener: listener, host: listening.host, node: service.node)
        try await listener.startAccepting()
        return server
    }

    private init(listener: Listener, host: String, node: (id: Int32, host: String, port: Int32)) {
        self.listener = listener
        self.host = host
        port = listener.address?.port ?? 0
        advertised = (node.host, Int(node.port))
    }

    /// Stops accepting, answers what is in flight, closes; connections that take longer than the timeout are cut.
    public func drain(timeout: TimeAmount) async { await listener.drain(timeout: timeout) }
}
