import BrokerEngine
import LuaLibraries

/// All that `/metrics` shows, as of about one moment.
struct MetricsPage {
    var nodeID: Int32
    var clusterID: String
    var syncCount: Int
    /// As `/readyz` says.
    var isReady: Bool
    var kafka: KafkaListenerFigures?
    var process = ProcessFigures()
    var requests: [RequestCounter.Key: Int]
    /// Nil where the file system does not say.
    var diskSpace: DiskSpace?
    var topicCount = 0
    /// `__metadata` counts with the topics' logs.
    var offlineLogCount = 0
    var damagedLogCount = 0
    /// By topic and partition: log start, committed and end offset, bytes, segments, producers, damaged stretches.
    var partitions: [MetricRow] = []
    /// By the protocol's name of the state.
    var groupStates: [String: Int] = [:]
    /// By group: members.
    var groups: [MetricRow] = []
    /// By group, topic and partition: lag, offset.
    var offsets: [MetricRow] = []
    /// By plugin and binding: calls, errors, timeouts, skipped, duplicates, retries, dead, nanoseconds.
    var plugins: [MetricRow] = []
    /// What plugins count themselves.
    var pluginMetrics: [MetricFamily] = []

    /// The page in Prometheus's format. A metric with more label sets than `labelSetCountMax` is summed by its coarser
    /// labels.
    func text(labelSetCountMax: Int) -> String {
        var text = PrometheusText()
        writeProcess(to: &text)
        writeListeners(to: &text)
        writeLogs(to: &text, countMax: labelSetCountMax)
        writeGroups(to: &text, countMax: labelSetCountMax)
        writePlugins(to: &text, countMax: labelSetCountMax)
        return text.text
    }

    private func writeProcess(to text: inout PrometheusText) {
        text.write(
            "process_resident_memory_bytes", .gauge, "Resident memory.", sample: process.residentBytes.map { .init($0) }
        )
        text.write(
            "process_virtual_memory_bytes", .gauge, "Virtual memory.", sample: process.virtualBytes.map { .init($0) })
        text.write(
            "process_cpu_seconds_total", .counter, "User and system time.", sample: process.cpuSeconds.map { .init($0) }
        )
        text.write(
            "process_open_fds", .gauge, "Open file descriptors.", sample: process.openFileCount.map { .init($0) })
        text.write(
            "process_max_fds", .gauge, "Most file descriptors that may be open.",
            sample: process.openFileCountMax.map { .init($0) })
        text.write("process_threads", .gauge, "Threads.", sample: process.threadCount.map { .init($0) })
        text.write(
            "process_start_time_seconds", .gauge, "Start of the process since 1970.",
            sample: process.startTimeSeconds.map { .init($0) })
        let node = [MetricLabel("cluster_id", clusterID), MetricLabel("node_id", nodeID)]
        text.write("platform_info", .gauge, "Always 1; the labels say which node this is.", [.init(1, node)])
        text.write(
            "platform_ready", .gauge,
            "1 if /readyz says so: listeners are up, no log is offline, damaged or refuses appends.",
            sample: .init(isReady ? 1 : 0))
    }

    private func writeListeners(to text: inout PrometheusText) {
        let answered = requests.map { key, count in
            PrometheusSample(
                count,
                [MetricLabel("method", key.method), MetricLabel("route", key.route), MetricLabel("status", key.status)])
        }
        text.write(
            "platform_http_requests_total", .counter, "HTTP requests answered.",
            answered.sorted { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) })
        guard let kafka else { return }
        text.write(
            "platform_kafka_connections", .gauge, "Open Kafka connections.", sample: .init(kafka.connectionCount))
        text.write(
            "platform_kafka_connections_opened_total", .counter, "Kafka connections accepted.",
            sample: .init(kafka.connectionOpenedCount))
        text.write(
            "platform_kafka_received_bytes_total", .counter, "Bytes read from Kafka clients.",
            sample: .init(kafka.receivedBytes))
        text.write(
            "platform_kafka_sent_bytes_total", .counter, "Bytes written to Kafka clients.",
            sample: .init(kafka.sentBytes))
        text.write(
            "platform_kafka_produce_errors_total", .counter,
            "Partitions of Kafka produce requests answered with an error.",
            sample: .init(kafka.failedProducePartitionCount))
        text.write(
            "platform_kafka_requests_total", .counter, "Kafka requests by API.",
            kafka.requestCounts.sorted { $0.key < $1.key }.map { .init($0.value, [MetricLabel("api", $0.key)]) })
    }

    private func writeLogs(to text: inout PrometheusText, countMax: Int) {
        text.write("platform_topics", .gauge, "Topics, internal ones included.", sample: .init(topicCount))
        text.write("platform_partitions", .gauge, "Partitions of all topics.", sample: .init(partitions.count))
        text.write(
            "platform_offline_partitions", .gauge,
            "Partitions that take no records as their log is offline; Kafka's OfflinePartitionsCount.",
            sample: .init(offlineLogCount))
        text.write(
            "platform_damaged_partitions", .gauge, "Partitions with acknowledged records that fail their check.",
            sample: .init(damagedLogCount))
        text.write(
            "platform_log_fsyncs_total", .counter, "Files made durable by group commit.", sample: .init(syncCount))
        text.write(
            "platform_disk_size_bytes", .gauge, "Size of the device that holds the logs.",
            sample: diskSpace.map { .init($0.totalBytes) })
        text.write(
            "platform_disk_usable_bytes", .gauge, "What is left on the device that holds the logs.",
            sample: diskSpace.map { .init($0.usableBytes) })
        let rows = folded(partitions, countMax: countMax)
        let columns: [(name: String, help: String)] = [
            ("platform_log_start_offset", "First offset kept."),
            ("platform_log_committed_offset", "Offset after the last record that may be read (high watermark)."),
            ("platform_log_end_offset", "Offset after the last record written."),
            ("platform_log_size_bytes", "Size of the segment files."),
            ("platform_log_segments", "Segment files."),
            ("platform_log_producers", "Idempotent producers remembered."),
            ("platform_log_damaged_ranges", "Stretches that recovery found damaged in place."),
        ]
        for (column, metric) in columns.enumerated() {
            text.write(metric.name, .gauge, metric.help, rows.map { .init($0.values[column], $0.labels) })
        }
    }

    private func writeGroups(to text: inout PrometheusText, countMax: Int) {
        text.write(
            "platform_groups", .gauge, "Consumer groups by state.",
            GroupState.allCases.map { .init(groupStates[$0.rawValue] ?? 0, [MetricLabel("state", $0.rawValue)]) })
        text.write(
            "platform_group_members", .gauge, "Members of a consumer group.",
            folded(groups, countMax: countMax).map { .init($0.values[0], $0.labels) })
        let rows = folded(offsets, countMax: countMax)
        text.write(
            "platform_group_lag", .gauge, "Committed records that a consumer group has not read yet.",
            rows.map { .init($0.values[0], $0.labels) })
        text.write(
            "platform_group_offset", .gauge, "The next offset a consumer group will read.",
            rows.map { .init($0.values[1], $0.labels) })
    }

    private func writePlugins(to text: inout PrometheusText, countMax: Int) {
        let rows = folded(plugins, countMax: countMax)
        let columns: [(name: String, help: String)] = [
            ("platform_plugin_calls_total", "Calls of a plugin's function since the version is active."),
            ("platform_plugin_errors_total", "Of those, failed."),
            ("platform_plugin_timeouts_total", "Of those, stopped at the end of their time."),
            ("platform_plugin_skipped_total", "Calls not made as the plugin kept failing."),
            ("platform_plugin_duplicates_total", "Messages known to have been there before."),
            ("platform_plugin_retries_total", "Messages put off to be handled again."),
            ("platform_plugin_dead_total", "Messages sent to the dead letters."),
            ("platform_plugin_nanoseconds_total", "Time in the plugin's function."),
        ]
        for (column, metric) in columns.enumerated() {
            text.write(metric.name, .counter, metric.help, rows.map { .init($0.values[column], $0.labels) })
        }
        for family in pluginMetrics.sorted(by: { $0.name < $1.name }) { text.write(family) }
    }
}
