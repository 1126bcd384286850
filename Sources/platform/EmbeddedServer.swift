import Foundation
import KafkaServer
import Logging
import NIOCore
import NIOPosix

/// A server within this process, for a script: on a free port of loopback, with all roles that there are.
struct EmbeddedServer {
    private let role: BrokerRole
    private let group: MultiThreadedEventLoopGroup
    /// Removed at the end.
    private let temporaryDirectory: String?

    var port: Int { role.kafka.port }

    /// Without a data directory it gets one that is gone afterwards.
    static func start(dataDirectory: String?) async throws -> EmbeddedServer {
        var temporary: String?
        if dataDirectory == nil {
            let path = FileManager.default.temporaryDirectory.appending(path: "platform-\(UUID().uuidString)").path()
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            temporary = path
        }
        var logger = Logger(label: "embedded") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let settings = try Settings.load(
            configFile: nil, overrides: [], environment: ProcessInfo.processInfo.environment)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let address = try ListenAddress("127.0.0.1", isInsecure: false)
        do {
            let role = try await BrokerRole.start(
                .init(
                    dataDirectory: dataDirectory ?? temporary ?? "", host: address.host, kafkaPort: 0,
                    broker: settings.brokerConfiguration, groups: settings.groupConfiguration,
                    plugins: settings.pluginConfiguration(dataDirectory: dataDirectory ?? temporary ?? ""),
                    kafka: settings.kafkaConfiguration(
                        advertising: address.advertised(machineName: MachineName.current())),
                    connectionCountMax: settings.kafka.connectionsMax),
                group: group, pools: ThreadPools(), logger: logger)
            return EmbeddedServer(role: role, group: group, temporaryDirectory: temporary)
        } catch {
            if let temporary { try? FileManager.default.removeItem(atPath: temporary) }
            throw error
        }
    }

    /// Lets go of the data directory, and removes it if it was made for this.
    func stop() async {
        await role.stop(timeout: .seconds(5))
        try? await group.shutdownGracefully()
        // What stays in a temporary directory harms nobody.
        if let temporaryDirectory { try? FileManager.default.removeItem(atPath: temporaryDirectory) }
    }
}
