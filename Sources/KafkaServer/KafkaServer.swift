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

    /// Binds, and answers once this returns. If no port is advertised (0), the bound one is.
    public static func start(
        broker: Broker, groups: GroupCoordinator, listening: ListenerConfiguration,
        configuration: KafkaServerConfiguration, metrics: KafkaMetrics, group: any EventLoopGroup,
        blockingPool: NIOThreadPool, logger: Logger
    ) async throws -> KafkaServer {
        let service = KafkaService(
            broker: broker, groups: groups, configuration: configuration, metrics: metrics,
            blockingPool: blockingPool, logger: logger)
        let listener = try await Listener.bind(listening, group: group, logger: logger) { channel in
            try channel.pipeline.syncOperations.addHandler(KafkaConnectionHandler(service: service, logger: logger))
        }
        let server = KafkaServer(listener: listener, host: listening.host)
        if configuration.advertisedPort == 0 { service.advertise(port: server.port) }
        try await listener.startAccepting()
        return server
    }

    private init(listener: Listener, host: String) {
        self.listener = listener
        self.host = host
        port = listener.address?.port ?? 0
    }

    /// Stops accepting, answers what is in flight, closes; connections that take longer than the timeout are cut.
    public func drain(timeout: TimeAmount) async { await listener.drain(timeout: timeout) }
}
