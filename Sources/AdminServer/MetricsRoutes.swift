import BrokerEngine
import Hummingbird
import LogStorage
import NIOCore
import Plugins
import Replication

/// Counters of the Kafka listener as of about one moment, as plain values: the listener is a sibling.
public struct KafkaListenerFigures: Equatable, Sendable {
    /// Connections open now.
    public var connectionCount: Int
    /// Connections accepted since the start.
    public var connectionOpenedCount: Int
    /// Bytes read from clients since the start.
    public var receivedBytes: Int
    /// Bytes written to clients since the start.
    public var sentBytes: Int
    /// Partitions of produce requests that were answered with an error since the start.
    public var failedProducePartitionCount: Int
    /// Requests since the start, by the protocol's name of the API.
    public var requestCounts: [String: Int]

    /// All of them.
    public init(
        connectionCount: Int, connectionOpenedCount: Int, receivedBytes: Int, sentBytes: Int,
        failedProducePartitionCount: Int, requestCounts: [String: Int]
    ) {
        self.connectionCount = connectionCount
        self.connectionOpenedCount = connectionOpenedCount
        self.receivedBytes = receivedBytes
        self.sentBytes = sentBytes
        self.failedProducePartitionCount = failedProducePartitionCount
        self.requestCounts = requestCounts
    }
}

extension AdminService {
    /// `/metrics` for Prometheus.
    func addMetricsRoutes(to router: Router<AdminRequestContext>) {
        router.get("/metrics") { _, _ in
            let text = try await self.deciding {
                self.metrics().text(labelSetCountMax: self.configuration.labelSetCountMax)
            }
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
    }

    private func metrics() -> MetricsPage {
        let faults = broker.logFaults
        var page = MetricsPage(
            nodeID: broker.configuration.nodeID, clusterID: broker.clusterID, syncCount: broker.syncCount,
            isReady: readiness() == .ready && !faults.contains(where: \.breaksPromise), kafka: kafkaFigures(),
            process: .read(), requests: requestCounter.snapshot)
        page.offlineLogCount = Set(faults.filter { $0.kind == .offline }.map(\.log)).count
        page.damagedLogCount = Set(faults.filter { $0.kind == .rot }.map(\.log)).count
        page.diskSpace = broker.diskSpace
        let topics = broker.topics
        page.topicCount = topics.count
        var extents: [String: [Int32: ReplicatedLog.Extent]] = [:]
        for topic in topics {
            for partition in topic.partitions {
                let figures = partition.log.figures
                extents[topic.name, default: [:]][partition.index] = figures.extent
                page.partitions.append(
                    MetricRow(
                        labels: [MetricLabel("topic", topic.name), MetricLabel("partition", partition.index)],
                        values: [
                            figures.extent.logStartOffset, figures.extent.committedOffset, figures.extent.endOffset,
                            figures.sizeBytes, Int64(figures.segmentCount), Int64(figures.producerCount),
                            figures.damages.reduce(0) { $1.kind == .rot ? $0 + 1 : $0 },
                        ]))
            }
        }
        for listing in groups.list().groups {
            let label = MetricLabel("group", listing.groupID)
            page.groupStates[listing.state.rawValue, default: 0] += 1
            page.groups.append(
                MetricRow(labels: [label], values: [Int64(groups.describe(listing.groupID).members.count)]))
            for topic in groups.fetchOffsets(OffsetFetch(groupID: listing.groupID, topics: nil)).topics {
                for partition in topic.partitions {
                    guard let extent = extents[topic.topic]?[partition.partition] else { continue }
                    page.offsets.append(
                        MetricRow(
                            labels: [
                                label, MetricLabel("topic", topic.topic), MetricLabel("partition", partition.partition),
                            ],
                            values: [
                                groupLag(offset: partition.offset, committedOffset: extent.committedOffset),
                                partition.offset,
                            ]))
                }
            }
        }
        page.plugins = plugins.statuses.flatMap { status in
            status.bindings.map { bound in
                let figures = bound.figures
                return MetricRow(
                    labels: [MetricLabel("plugin", status.name), MetricLabel("binding", bound.binding.id)],
                    values: [
                        Int64(figures.callCount), Int64(figures.errorCount), Int64(figures.timeoutCount),
                        Int64(figures.skippedCount), Int64(figures.duplicateCount), Int64(figures.retryCount),
                        Int64(figures.deadCount), figures.totalNS,
                    ])
            }
        }
        page.pluginMetrics = plugins.metrics
        return page
    }
}
