import BrokerEngine
import KafkaWire
import Logging
import NIOPosix
import Synchronization

/// What all Kafka connections share.
final class KafkaService: Sendable {
    let broker: Broker
    let groups: GroupCoordinator
    let configuration: KafkaServerConfiguration
    let metrics: KafkaMetrics
    /// Threads for calls that wait for the disk.
    let blockingPool: NIOThreadPool
    /// Threads that look into records: what inflates far holds up only its like.
    let inflatingPool: NIOThreadPool
    /// For writes that plugins decide about.
    let decidingPool: NIOThreadPool
    let logger: Logger
    /// The address bound; empty until it is.
    private let bound = Mutex((host: "", port: 0))

    init(
        broker: Broker, groups: GroupCoordinator, configuration: KafkaServerConfiguration, metrics: KafkaMetrics,
        blockingPool: NIOThreadPool, inflatingPool: NIOThreadPool, decidingPool: NIOThreadPool, logger: Logger
    ) {
        self.broker = broker
        self.groups = groups
        self.configuration = configuration
        self.metrics = metrics
        self.blockingPool = blockingPool
        self.inflatingPool = inflatingPool
        self.decidingPool = decidingPool
        self.logger = logger
    }

    /// Notes the address that was bound; clients are told its port unless another one was given.
    func listening(host: String, port: Int) { bound.withLock { $0 = (host, port) } }

    /// What clients are told of this node: id, host, port.
    var node: (id: Int32, host: String, port: Int32) {
        let port = configuration.advertisedPort == 0 ? bound.withLock { $0.port } : configuration.advertisedPort
        return (broker.configuration.nodeID, configuration.advertisedHost, Int32(port))
    }

    /// What the broker was started with as far as this listener goes, by the names of Kafka's settings.
    var listenerSettings: [String: String] {
        let (bound, node) = (bound.withLock { $0 }, node)
        return [
            "listeners": KafkaService.listener(host: bound.host, port: bound.port),
            "advertised.listeners": KafkaService.listener(host: node.host, port: Int(node.port)),
        ]
    }

    /// A listener as Kafka's settings write it.
    private static func listener(host: String, port: Int) -> String {
        "PLAINTEXT://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The APIs that work here, as ApiVersions lists them. Clients degrade well on an absent API and badly on one that
    /// is listed and does not work, so nothing else is.
    static let servedAPIs: [APIKey] = [
        .produce, .fetch, .listOffsets, .metadata, .offsetCommit, .offsetFetch, .findCoordinator, .joinGroup,
        .heartbeat, .leaveGroup, .syncGroup, .describeGroups, .listGroups, .apiVersions, .createTopics, .deleteTopics,
        .deleteRecords, .initProducerID, .offsetForLeaderEpoch, .describeConfigs, .alterConfigs, .describeLogDirs,
        .createPartitions, .deleteGroups, .incrementalAlterConfigs, .offsetDelete, .describeCluster,
        .listPartitionReassignments,
    ]
}
