import ArgumentParser
import BrokerEngine
import Foundation
import Glibc
import KafkaServer
import Logging
import NIOCore
import NIOPosix
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.")

    @Option(help: "Directory that holds all state.") var dataDir = "./platform-data"
    @Option(help: "Address to listen on.") var bind = "127.0.0.1"
    @Option(help: "Port of the Kafka protocol; 0 takes a free one.") var kafkaPort = 9092
    @Option(help: "Port of HTTP; 0 takes a free one.") var httpPort = 8080

    func run() async throws {
        let logger = Logger(label: "platform") { StreamLogHandler.standardError(label: $0) }
        let group = MultiThreadedEventLoopGroup.singleton
        let pool = NIOThreadPool.singleton
        var broker = BrokerConfiguration()
        broker.defaultPartitionCount = 1
        let role = try await BrokerRole.start(
            .init(
                dataDirectory: dataDir, host: bind, kafkaPort: kafkaPort, broker: broker, groups: GroupConfiguration(),
                kafka: KafkaServerConfiguration(), connectionCountMax: 10_000), group: group, pool: pool, logger: logger)
        try FileHandle.standardOutput.write(contentsOf: Data(("{\"ready\":true,\"pid\":\(getpid()),\"listen\":{\"kafka\":\"\(bind):\(role.kafka.port)\"}}\n").utf8))
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        for await _ in signals { break }
        await role.stop(timeout: .seconds(9))
    }
}
