import BrokerEngine
import Foundation
import Hummingbird
import KafkaWire
import Logging
import NIOCore
import NIOPosix
import Plugins

/// What all routes share.
final class AdminService: Sendable {
    let broker: Broker
    let groups: GroupCoordinator
    let plugins: PluginHost
    let configuration: AdminServerConfiguration
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    let kafkaFigures: @Sendable () -> KafkaListenerFigures?
    let readiness: @Sendable () -> Readiness
    let requestCounter = RequestCounter()
    let bodyBudget: Budget
    let waitingReads: Budget
    let partitioner = DefaultPartitioner()
    private let blockingPool: NIOThreadPool
    private let inflatingPool: NIOThreadPool
    private let decidingPool: NIOThreadPool

    init(
        broker: Broker, groups: GroupCoordinator, plugins: PluginHost, configuration: AdminServerConfiguration,
        eventLoopGroup: any EventLoopGroup, blockingPool: NIOThreadPool, inflatingPool: NIOThreadPool,
        decidingPool: NIOThreadPool,
        logger: Logger,
        kafkaFigures: @escaping @Sendable () -> KafkaListenerFigures?, readiness: @escaping @Sendable () -> Readiness
    ) {
        self.broker = broker
        self.groups = groups
        self.plugins = plugins
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.blockingPool = blockingPool
        self.inflatingPool = inflatingPool
        self.decidingPool = decidingPool
        self.logger = logger
        self.kafkaFigures = kafkaFigures
        self.readiness = readiness
        bodyBudget = Budget(limit: configuration.bodiesBytesMax)
        waitingReads = Budget(limit: configuration.waitingReadCountMax)
    }

    /// Runs what waits for the disk, or computes for long, on a thread that may.
    func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await blockingPool.runIfActive(body)
    }

    /// Runs what looks into records, whose inflated size nobody knows before.
    func inflating<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await inflatingPool.runIfActive(body)
    }

    /// Runs what plugins decide, or what is done with them, on a thread that may be held up by them.
    func deciding<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await decidingPool.runIfActive(body)
    }

    /// The topic that a path names; 404 if there is none.
    func topic(in context: AdminRequestContext) throws(AdminError) -> Topic {
        let name = try pathParameter("topic", in: context)
        guard let topic = broker.topic(name) else { throw AdminError(.unknownTopic(name: name)) }
        return topic
    }

    /// A segment of the path, percent-decoded.
    func pathParameter(_ name: String, in context: AdminRequestContext) throws(AdminError) -> String {
        let encoded = context.parameters.get(name) ?? ""
        guard let decoded = encoded.removingPercentEncoding else {
            throw AdminError(
                .badRequest, "invalid_path", "the \(name) '\(encoded)' in the path is not percent-encoded UTF-8")
        }
        return decoded
    }
}
