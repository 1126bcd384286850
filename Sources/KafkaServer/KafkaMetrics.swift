import KafkaWire
import Synchronization

/// Counters of the Kafka listener, read by whoever exports them.
public final class KafkaMetrics: Sendable {
    private let connections = Atomic<Int>(0)
    private let connectionsOpened = Atomic<Int>(0)
    private let bytesIn = Atomic<Int>(0)
    private let bytesOut = Atomic<Int>(0)
    private let requestsByAPI = Mutex<[APIKey: Int]>([:])
    private let produceErrors = Atomic<Int>(0)

    public init() {}

    func connectionOpened() {
        connections.add(1, ordering: .relaxed)
        connectionsOpened.add(1, ordering: .relaxed)
    }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }
    func received(_ bytes: Int) { bytesIn.add(bytes, ordering: .relaxed) }
    func sent(_ bytes: Int) { bytesOut.add(bytes, ordering: .relaxed) }
    func requested(_ api: APIKey) { requestsByAPI.withLock { $0[api, default: 0] += 1 } }
    func produceFailed() { produceErrors.add(1, ordering: .relaxed) }

    /// All counters as of about one moment.
    public struct Snapshot: Sendable {
        public var connectionCount: Int
        public var connectionOpenedCount: Int
        public var receivedBytes: Int
        public var sentBytes: Int
        public var failedProducePartitionCount: Int
        /// By the protocol's name of the API.
        public var requestCounts: [String: Int]
    }

    public var snapshot: Snapshot {
        Snapshot(
            connectionCount: connections.load(ordering: .relaxed),
            connectionOpenedCount: connectionsOpened.load(ordering: .relaxed),
            receivedBytes: bytesIn.load(ordering: .relaxed), sentBytes: bytesOut.load(ordering: .relaxed),
            failedProducePartitionCount: produceErrors.load(ordering: .relaxed),
            requestCounts: Dictionary(
                uniqueKeysWithValues: requestsByAPI.withLock { $0 }.map { ($0.key.api.name, $0.value) }))
    }
}
