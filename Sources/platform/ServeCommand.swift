import AdminServer
import ArgumentParser
import Foundation
import Glibc
import KafkaServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Runs the server: opens the data directory, listens, says so on stdout, and drains when told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: """
            When everything listens, one JSON line on stdout names the process and the addresses; logs go to stderr.
            SIGTERM or SIGINT answers what is in flight and exits with 0; a second one exits at once.
            """)

    @Option(help: "Directory that holds all state; created if absent.") var dataDir = "./platform-data"
    @Option(help: "Address to listen on.") var bind = "127.0.0.1"
    @Option(help: "Port of the Kafka protocol; 0 takes a free one.") var kafkaPort = 9092
    @Option(help: "Port of HTTP; 0 takes a free one.") var httpPort = 8080
    @Option(help: "JSON file of settings.") var config: String?
    @Option(name: .customLong("set"), help: "A setting, as section.key=value; may be repeated.") var overrides:
        [String] = []
    @Flag(help: "Listen beyond loopback although there is no authentication yet.") var insecure = false
    @Flag(help: "Print every setting with its type, default and meaning.") var helpConfig = false

    func validate() throws {
        for (name, port) in [("kafka", kafkaPort), ("http", httpPort)] where !(0...65535).contains(port) {
            throw ValidationError("--\(name)-port \(port) is not a port: 0 to 65535")
        }
        if kafkaPort == httpPort, kafkaPort != 0 {
            throw ValidationError("--kafka-port and --http-port are both \(kafkaPort): give each its own")
        }
    }

    func run() async throws {
        if helpConfig { return print(SettingsHelp.text) }
        let settings = try Settings.load(
            configFile: config, overrides: overrides, environment: ProcessInfo.processInfo.environment)
        let logger = ProcessLog.makeLogger(settings.logging)
        let address = try ListenAddress(bind, isInsecure: insecure)
        FileLimits.raise(logger: logger)
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: settings.node.eventLoops > 0 ? settings.node.eventLoops : System.coreCount)
        let pools = ThreadPools()
        let role = try await BrokerRole.start(
            .init(
                dataDirectory: dataDir, host: address.host, kafkaPort: kafkaPort, broker: settings.brokerConfiguration,
                groups: settings.groupConfiguration, plugins: settings.pluginConfiguration(dataDirectory: dataDir),
                kafka: settings.kafkaConfiguration(advertising: address.advertised(machineName: MachineName.current())),
                connectionCountMax: settings.kafka.connectionsMax), group: group, pools: pools, logger: logger)
        let timeout = TimeAmount(settings.node.shutdownTimeout)
        exitAtSecondSignal()
        do {
            try await serveHTTP(role, settings: settings, address: address, group: group, pools: pools, logger: logger)
        } catch {
            await role.stop(timeout: timeout)
            throw error
        }
        await role.stop(timeout: timeout)
    }

    /// Serves HTTP and announces the server; returns once a signal has come and HTTP has drained.
    private func serveHTTP(
        _ role: BrokerRole, settings: Settings, address: ListenAddress, group: any EventLoopGroup, pools: ThreadPools,
        logger: Logger
    ) async throws {
        var configuration = AdminServerConfiguration()
        configuration.host = address.host
        configuration.port = httpPort
        configuration.bodyBytesMax = settings.http.bodyBytesMax.count
        let kafkaPort = role.kafka.port
        let http = AdminServer(
            broker: role.broker, groups: role.groups, plugins: role.plugins, configuration: configuration,
            eventLoopGroup: group,
            blockingPool: pools.blocking, inflatingPool: pools.inflating, decidingPool: pools.deciding,
            logger: logger,
            kafkaFigures: { role.kafkaFigures }, readiness: { role.readiness },
            onBound: { port in
                ReadyLine(kafka: "\(address.host):\(kafkaPort)", http: "\(address.host):\(port)").write()
            })
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: http)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await services.run()
        } catch let error as IOError {
            throw ListenError(protocolName: "http", host: address.host, port: httpPort, error: error)
        }
    }

    /// A second signal ends the process without draining; what was acknowledged is on the disk.
    private func exitAtSecondSignal() {
        Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                if count == 2 { _exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
            }
        }
    }
}

/// Threads for what would hold up an event loop.
struct ThreadPools: Sendable {
    /// For calls that wait for the disk.
    let blocking = NIOThreadPool(numberOfThreads: 4)
    /// For looking into records, which takes the processor.
    let inflating = NIOThreadPool(numberOfThreads: 2)
    /// For plugins that decide about records, so that slow ones hold up only the topics they decide for.
    let deciding = NIOThreadPool(numberOfThreads: 4)

    init() {
        blocking.start()
        inflating.start()
        deciding.start()
    }
}

/// The line that tells a supervisor that everything listens, and where.
private struct ReadyLine: Encodable {
    struct Listen: Encodable {
        var kafka: String
        var http: String
    }

    var ready = true
    var pid = getpid()
    var listen: Listen

    init(kafka: String, http: String) { listen = Listen(kafka: kafka, http: http) }

    func write() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A supervisor that closed its end of the pipe does not want the line; the server is up all the same.
        if let line = try? encoder.encode(self) {
            try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8))
        }
    }
}

/// Open files: a log keeps one open for each segment.
private enum FileLimits {
    static func raise(logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            logger.warning("the limit on open files stays at \(limit.rlim_cur)")
        }
    }
}
