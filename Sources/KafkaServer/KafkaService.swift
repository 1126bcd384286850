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
    let logger: Logger
    private let advertisedPort: Atomic<Int>

    init(
        broker: Broker, groups: GroupCoordinator, configuration: KafkaServerConfiguration, metrics: KafkaMetrics,
        blockingPool: NIOThreadPool, logger: Logger
    ) {
        self.broker = broker
        self.groups = groups
        self.configuration = configuration
        self.metrics = metrics
        self.blockingPool = blockingPool
        self.logger = logger
        advertisedPort = Atomic(configuration.advertisedPort)
    }

    /// Names the port that clients are to use, known once it is bound.
    func advertise(port: Int) { advertisedPort.store(port, ordering: .releasing) }

    /// What clients are told of this node: id, host, port.
    var node: (id: Int32, host: String, port: Int32) {
        (broker.configuration.nodeID, configuration.advertisedHost, Int32(advertisedPort.load(ordering: .acquiring)))
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
