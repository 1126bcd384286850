public import BrokerEngine
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
public import NIOPosix
public import Plugins
public import ServiceLifecycle

/// The HTTP listener: health, metrics, and topics, records and groups for curl and for languages without a client.
///
/// Routes, one family a file: `HealthRoutes`, `MetricsRoutes`, `TopicRoutes`, `ProduceRoutes`, `FetchRoutes`,
/// `GroupRoutes`, `PluginRoutes`. What waits for the disk runs on the pool given; nothing here blocks an event loop.
/// Deliberately missing: TLS and authentication, so it belongs on a loopback address or behind a proxy that has both.
public struct AdminServer: Service {
    let service: AdminService
    private let onBound: @Sendable (_ port: Int) async -> Void

    /// A listener that binds when `run` is called.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: loops for its connections and timers.
    ///   - blockingPool: running threads for calls that wait for the disk.
    ///   - inflatingPool: running threads for reads, which look into records.
    ///   - decidingPool: running threads for writes that plugins decide about, and for all about plugins.
    ///   - kafkaFigures: counters of the Kafka listener for `/metrics`; nil leaves them out.
    ///   - readiness: whether all listeners are up and storage takes writes; what of the logs is damaged is found here.
    ///   - onBound: called once with the port it listens on.
    public init(
        broker: Broker, groups: GroupCoordinator, plugins: PluginHost, configuration: AdminServerConfiguration,
        eventLoopGroup: any EventLoopGroup, blockingPool: NIOThreadPool, inflatingPool: NIOThreadPool,
        decidingPool: NIOThreadPool, logger: Logger,
        kafkaFigures: @escaping @Sendable () -> KafkaListenerFigures? = { nil },
        readiness: @escaping @Sendable () -> Readiness = { .ready },
        onBound: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        service = AdminService(
            broker: broker, groups: groups, plugins: plugins, configuration: configuration,
            eventLoopGroup: eventLoopGroup,
            blockingPool: blockingPool, inflatingPool: inflatingPool, decidingPool: decidingPool, logger: logger,
            kafkaFigures: kafkaFigures,
            readiness: readiness)
        self.onBound = onBound
    }

    /// Listens until a graceful shutdown, which lets the requests under way finish and wakes the reads that wait.
    /// Throws if the address cannot be bound.
    public func run() async throws {
        try await application().run()
    }

    /// The same as something Hummingbird's tests can drive without a socket.
    func application() -> some ApplicationProtocol {
        let configuration = service.configuration
        return Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    idleTimeout: configuration.idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.connectionCountMax, logger: service.logger)),
            onServerRunning: { [onBound] channel in
                await onBound(channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroupProvider: .shared(service.eventLoopGroup),
            logger: service.logger)
    }

    private func router() -> Router<AdminRequestContext> {
        let router = Router(context: AdminRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestCounting(counter: service.requestCounter))
        router.add(middleware: ErrorAnswers())
        router.add(middleware: SameOriginOnly())
        service.addHealthRoutes(to: router)
        service.addMetricsRoutes(to: router)
        service.addTopicRoutes(to: router)
        service.addProduceRoutes(to: router)
        service.addFetchRoutes(to: router)
        service.addGroupRoutes(to: router)
        service.addPluginRoutes(to: router)
        for (path, methods) in AdminService.paths {
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !methods.contains(method) {
                router.on(path, method: method) { request, _ -> Response in
                    throw AdminError.methodNotAllowed(request.method.rawValue, allowed: methods.map(\.rawValue))
                }
            }
        }
        return router
    }
}

extension AdminService {
    /// Every path and the methods that the route files give it, so that all others are refused by name.
    static let paths: [(RouterPath, [HTTPRequest.Method])] = [
        ("/healthz", [.get]), ("/readyz", [.get]), ("/metrics", [.get]), ("/v1/topics", [.get]),
        ("/v1/topics/:topic", [.get]), ("/v1/topics/:topic/records", [.get, .post]), ("/v1/groups", [.get]),
        ("/v1/groups/:group", [.get]), ("/v1/plugins", [.get]), ("/v1/plugins/reload", [.post]),
        ("/v1/plugins/:plugin/rollback", [.post]), ("/v1/plugins/:plugin/calls", [.get]),
    ]
}
