import AdminServer
import BrokerEngine
import Foundation
import Glibc
import KafkaServer
import Listener
import LogStorage
import Logging
import Metadata
import NIOCore
import NIOPosix
import Plugins
import Synchronization

/// The broker and its listeners, from an empty process to a ready one and back.
final class BrokerRole: Sendable {
    /// What the role is made of, from settings and flags.
    struct Configuration {
        var dataDirectory: String
        var host: String
        var kafkaPort: Int
        var broker: BrokerConfiguration
        var groups: GroupConfiguration
        var plugins: PluginHost.Configuration
        var kafka: KafkaServerConfiguration
        var connectionCountMax: Int
    }

    let broker: Broker
    let groups: GroupCoordinator
    let plugins: PluginHost
    let kafka: KafkaServer
    let kafkaMetrics: KafkaMetrics
    private let groupTicks: RepeatedTask
    private let pluginTicks: RepeatedTask
    private let loop: any EventLoop

    /// How often groups look for what is due, e.g. a member that went silent.
    private static let groupTick = TimeAmount.milliseconds(50)

    /// How often trials of plugins are looked at, and their files if they are watched.
    private static let pluginTick = TimeAmount.milliseconds(250)

    private init(
        broker: Broker, groups: GroupCoordinator, plugins: PluginHost, kafka: KafkaServer, kafkaMetrics: KafkaMetrics,
        groupTicks: RepeatedTask, pluginTicks: RepeatedTask, loop: any EventLoop
    ) {
        self.loop = loop
        self.broker = broker
        self.groups = groups
        self.plugins = plugins
        self.pluginTicks = pluginTicks
        self.kafka = kafka
        self.kafkaMetrics = kafkaMetrics
        self.groupTicks = groupTicks
    }

    /// Opens the data directory, recovers, binds. Clients are served when this returns.
    static func start(
        _ configuration: Configuration, group: any EventLoopGroup, pools: ThreadPools, logger: Logger
    ) async throws -> BrokerRole {
        var configuration = configuration
        let loopCount = group.makeIterator().reduce(0) { count, _ in count + 1 }
        for name in ["num.network.threads", "num.io.threads"] {
            configuration.broker.startSettings[name] = "\(loopCount)"
        }
        let broker = try openBroker(configuration, logger: logger)
        do {
            let groups = try GroupCoordinator(
                broker: broker, configuration: configuration.groups, logger: logger, monotonicMS: Clocks.monotonicMS)
            let plugins = PluginHost(
                configuration: configuration.plugins, broker: broker, groups: groups, logger: logger,
                nowNS: { Int64(NIODeadline.now().uptimeNanoseconds) },
                environment: { ProcessInfo.processInfo.environment[$0] })
            // Before the first record can come.
            plugins.reload()
            broker.install(plugins)
            let metrics = KafkaMetrics()
            let kafka = try await KafkaServer.start(
                broker: broker, groups: groups,
                listening: ListenerConfiguration(
                    host: configuration.host, port: configuration.kafkaPort,
                    connectionCountMax: configuration.connectionCountMax),
                configuration: configuration.kafka, metrics: metrics, group: group, blockingPool: pools.blocking,
                inflatingPool: pools.inflating, decidingPool: pools.deciding, logger: logger)
            logger.info(
                "kafka listens",
                metadata: [
                    "address": "\(configuration.host):\(kafka.port)",
                    "told to clients": "\(kafka.advertised.host):\(kafka.advertised.port)",
                ])
            broker.start()
            let ticks = group.next().scheduleRepeatedTask(initialDelay: groupTick, delay: groupTick) { _ in
                groups.advance()
            }
            let isLooking = Turn()
            let pluginTicks = group.next().scheduleRepeatedTask(initialDelay: pluginTick, delay: pluginTick) { _ in
                // One at a time: a look that takes long must not have others wait behind it.
                guard isLooking.take() else { return }
                pools.deciding.submit { state in
                    if case .active = state { plugins.advance() }
                    isLooking.giveBack()
                }
            }
            return BrokerRole(
                broker: broker, groups: groups, plugins: plugins, kafka: kafka, kafkaMetrics: metrics,
                groupTicks: ticks, pluginTicks: pluginTicks, loop: group.next())
        } catch let error as IOError {
            broker.stop()
            throw ListenError(
                protocolName: "kafka", host: configuration.host, port: configuration.kafkaPort, error: error)
        } catch {
            broker.stop()
            throw error
        }
    }

    private static func openBroker(_ configuration: Configuration, logger: Logger) throws -> Broker {
        let disk = POSIXDisk()
        let directory = try LogDirectory(
            path: configuration.dataDirectory, disk: disk, makeClusterID: ClusterID.random, processID: getpid())
        let (store, damage) = try MetadataStore.openOrRebuild(path: configuration.dataDirectory + "/metadata.sqlite")
        if let damage { logger.error("catalog rebuilt from its log", metadata: ["reason": "\(damage)"]) }
        return try Broker(
            directory: directory, metadata: store, configuration: configuration.broker, logger: logger,
            nowMS: Clocks.wallMS,
            onStorageFailure: { error in
                // Nothing can be assumed of the files any more, so nothing more may be acknowledged: not even a flush.
                logger.critical("fsync failed, stopping at once", metadata: ["error": "\(error)"])
                _exit(ExitStatus.storageFailure)
            })
    }

    /// The Kafka listener's counters, as the HTTP listener exports them.
    var kafkaFigures: KafkaListenerFigures {
        let counters = kafkaMetrics.snapshot
        return KafkaListenerFigures(
            connectionCount: counters.connectionCount, connectionOpenedCount: counters.connectionOpenedCount,
            receivedBytes: counters.receivedBytes, sentBytes: counters.sentBytes,
            failedProducePartitionCount: counters.failedProducePartitionCount, requestCounts: counters.requestCounts)
    }

    /// What plugins say of themselves; damage of the logs is found elsewhere.
    var readiness: Readiness {
        let complaints = plugins.complaints.sorted { $0.key < $1.key }.map { "plugin \($0.key): \($0.value)" }
        return complaints.isEmpty ? .ready : .unready(reason: complaints.joined(separator: "; "))
    }

    /// Lets handlers end their transactions; one that takes longer is cut off with the process, and undone.
    private func stopPlugins(timeout: TimeAmount) async {
        let ended = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: timeout) { ended.succeed() }
        let plugins = plugins
        Task {
            await plugins.stop()
            timer.cancel()
            ended.succeed()
        }
        try? await ended.futureResult.get()
    }

    /// Answers what is in flight, makes everything durable, lets go of the directory.
    func stop(timeout: TimeAmount) async {
        groups.resign()
        await kafka.drain(timeout: timeout)
        groupTicks.cancel()
        pluginTicks.cancel()
        broker.install(nil)
        await stopPlugins(timeout: timeout)
        broker.stop()
    }
}

/// Something that one at a time may do.
private final class Turn: Sendable {
    private let isTaken = Mutex(false)

    func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func giveBack() { isTaken.withLock { $0 = false } }
}

/// A port that could not be bound.
struct ListenError: Error, CustomStringConvertible {
    var protocolName: String
    var host: String
    var port: Int
    var error: IOError

    var description: String {
        let (reason, option) =
            switch error.errnoCode {
            case EADDRINUSE: ("the port is in use", "--\(protocolName)-port")
            case EACCES: ("ports below 1024 need privileges", "--\(protocolName)-port")
            case EADDRNOTAVAIL: ("the machine does not have that address", "--bind")
            default: (String(cString: strerror(error.errnoCode)).lowercased(), "--bind")
            }
        return "cannot listen on \(host):\(port) for \(protocolName): \(reason); choose another with \(option)"
    }
}

/// Exit codes that a supervisor can tell apart.
enum ExitStatus {
    static let failure: Int32 = 1
    /// An fsync failed: the disk needs a look before the next start.
    static let storageFailure: Int32 = 74
}

/// The system's clocks in milliseconds.
enum Clocks {
    /// Since 1970; may jump.
    @Sendable static func wallMS() -> Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }
    /// Since some moment before the start; never goes back.
    @Sendable static func monotonicMS() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}

/// A cluster's id: 16 random bytes in URL-safe base64, as Kafka's tools print it.
enum ClusterID {
    static func random() -> String {
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        return Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
