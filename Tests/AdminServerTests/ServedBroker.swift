import BrokerEngine
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LogStorage
import Logging
import Metadata
import NIOCore
import NIOPosix
import Plugins
import TestSupport

@testable import AdminServer

/// A broker on a disk in memory and the HTTP server over it.
struct ServedBroker: Sendable {
    let disk: SimulatedDisk
    let clock: ManualClock
    let broker: Broker
    let groups: GroupCoordinator
    let server: AdminServer

    /// What a test may turn before the broker opens.
    struct Settings: Sendable {
        var broker = BrokerConfiguration()
        var admin = AdminServerConfiguration()
        var readiness = Readiness.ready
        var kafkaFigures: KafkaListenerFigures?
        var onBound: @Sendable (Int) async -> Void = { _ in }
    }

    /// Opens a broker, runs a test against it and stops it.
    static func run(
        _ settings: Settings = Settings(), _ test: (ServedBroker) async throws -> Void
    ) async throws {
        let disk = SimulatedDisk(seed: 1)
        let clock = ManualClock()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let broker = try Broker(
            directory: try LogDirectory(path: "/data", disk: disk, makeClusterID: { "test-cluster" }, processID: 1),
            metadata: try MetadataStore(), configuration: settings.broker, logger: logger, nowMS: { clock.nowMS },
            onStorageFailure: { _ in })
        defer { broker.stop() }
        // The clock stands still, and nobody is to wait for it.
        var groupConfiguration = GroupConfiguration()
        groupConfiguration.initialRebalanceDelayMS = 0
        let groups = try GroupCoordinator(
            broker: broker, configuration: groupConfiguration, logger: logger, monotonicMS: { clock.nowMS })
        let plugins = PluginHost(
            configuration: .init(databaseDirectory: "/none"), broker: broker, groups: groups, logger: logger,
            nowNS: { clock.nowMS * 1_000_000 }, environment: { _ in nil })
        let server = AdminServer(
            broker: broker, groups: groups, plugins: plugins, configuration: settings.admin,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, blockingPool: NIOThreadPool.singleton,
            inflatingPool: NIOThreadPool.singleton, decidingPool: NIOThreadPool.singleton, logger: logger,
            kafkaFigures: { settings.kafkaFigures }, readiness: { settings.readiness }, onBound: settings.onBound)
        try await test(
            ServedBroker(disk: disk, clock: clock, broker: broker, groups: groups, server: server))
    }

    /// The same with a client that calls the routes without a socket.
    static func withClient(
        _ settings: Settings = Settings(),
        _ test: @Sendable (ServedBroker, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await run(settings) { served in
            try await served.server.application().test(.router) { client in try await test(served, client) }
        }
    }

    @discardableResult
    func createTopic(_ name: String, partitions: Int32 = 1, settings: [String: String] = [:]) throws -> Topic {
        let request = Broker.TopicRequest(name: name, partitionCount: partitions, settings: settings)
        guard let topic = try broker.createTopic(request) else { throw BrokerError.unknownTopic(name: name) }
        return topic
    }
}

/// An answer with its body in the forms that tests look at.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPFields
    var text: String
    var json: JSONValue

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
        json = JSONValue(parsing: text)
    }

    /// `code` of the error it holds.
    var errorCode: JSONValue { json["error"]["code"] }
    var errorMessage: String { json["error"]["message"].text }
}

extension TestClientProtocol {
    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> Answer {
        Answer(try await execute(uri: uri, method: .get, headers: headers))
    }

    func post(_ uri: String, _ body: String, type: String? = "application/json") async throws -> Answer {
        try await post(uri, bytes: Array(body.utf8), type: type)
    }

    func post(_ uri: String, bytes: [UInt8], type: String? = "application/json") async throws -> Answer {
        var headers = HTTPFields()
        headers[.contentType] = type
        return Answer(try await execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(bytes: bytes)))
    }
}
