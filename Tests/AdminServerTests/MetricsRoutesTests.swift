import BrokerEngine
import HTTPTypes
import Testing

@testable import AdminServer

@Suite struct MetricsRoutesTests {
    private func lines(_ answer: Answer) -> Set<String> {
        Set(answer.text.split(separator: "\n").map(String.init))
    }

    @Test func aScrapeShowsLogsGroupsListenersAndTheProcess() async throws {
        var settings = ServedBroker.Settings()
        settings.kafkaFigures = KafkaListenerFigures(
            connectionCount: 2, connectionOpenedCount: 5, receivedBytes: 1000, sentBytes: 2000,
            failedProducePartitionCount: 1, requestCounts: ["Produce": 7, "Fetch": 9])
        try await ServedBroker.withClient(settings) { served, client in
            _ = try await client.post(
                "/v1/topics/orders/records", #"{"records":[{"value":"a"},{"value":"b"}]}"#)
            try served.groups.prepare()
            _ = try await GroupOfOne.join("billing", served.groups, assigned: [])
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                served.groups.commitOffsets(
                    OffsetCommit(
                        groupID: "audit",
                        topics: [OffsetTopic(topic: "orders", partitions: [.init(partition: 0, offset: 1)])])
                ) { _ in done.resume() }
            }
            let answer = try await client.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = lines(answer)
            for line in [
                #"platform_log_end_offset{topic="orders",partition="0"} 2"#,
                #"platform_log_committed_offset{topic="orders",partition="0"} 2"#,
                #"platform_log_start_offset{topic="orders",partition="0"} 0"#,
                #"platform_log_segments{topic="orders",partition="0"} 1"#,
                #"platform_group_members{group="billing"} 1"#,
                #"platform_group_members{group="audit"} 0"#,
                #"platform_group_lag{group="audit",topic="orders",partition="0"} 1"#,
                #"platform_groups{state="Stable"} 1"#,
                #"platform_groups{state="Empty"} 1"#,
                #"platform_kafka_requests_total{api="Produce"} 7"#,
                "platform_kafka_connections 2",
                #"platform_http_requests_total{method="POST",route="/v1/topics/{topic}/records",status="200"} 1"#,
                #"platform_info{cluster_id="test-cluster",node_id="0"} 1"#,
                "platform_ready 1",
                "# TYPE platform_log_fsyncs_total counter",
                "# TYPE process_resident_memory_bytes gauge",
                "# TYPE process_cpu_seconds_total counter",
                "# TYPE process_open_fds gauge",
                "# TYPE process_start_time_seconds gauge",
            ] {
                #expect(lines.contains(line), "\(line) in \(answer.text)")
            }
            #expect(answer.text.contains("platform_log_size_bytes{"))
            #expect(!lines.contains("platform_log_fsyncs_total 0"))
        }
    }

    /// Every line is a comment or a sample, and the samples of a metric stand together behind its type.
    @Test func aScrapeIsWellFormed() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 3)
            _ = try await client.get("/nowhere")
            let sample = /([a-z_]+)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+/
            var metric = ""
            var seen: Set<String> = []
            for line in try await client.get("/metrics").text.split(separator: "\n") {
                if line.hasPrefix("# HELP ") { continue }
                if line.hasPrefix("# TYPE ") {
                    metric = String(line.split(separator: " ")[2])
                    #expect(seen.insert(metric).inserted, "\(metric) twice")
                } else {
                    let match = try #require(line.wholeMatch(of: sample), "\(line)")
                    #expect(match.1 == metric)
                }
            }
            #expect(seen.contains("platform_http_requests_total"))
        }
    }

    @Test func manyPartitionsAreSummed() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.labelSetCountMax = 5
        try await ServedBroker.withClient(settings) { served, client in
            try served.createTopic("orders", partitions: 6)
            for partition in 0..<3 {
                _ = try await client.post("/v1/topics/orders/records", #"{"value":"a","partition":\#(partition)}"#)
            }
            let lines = lines(try await client.get("/metrics"))
            #expect(lines.contains(#"platform_log_end_offset{topic="orders"} 3"#))
            #expect(lines.contains("platform_partitions 6"))
            #expect(!lines.contains { $0.contains("partition=") })
        }
    }
}
