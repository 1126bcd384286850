import BrokerEngine
import LogStorage
import TestSupport
import Testing

@testable import AdminServer

@Suite struct HealthRoutesTests {
    @Test func aReadyServer() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            let health = try await client.get("/healthz")
            #expect(health.status == 200)
            #expect(health.json == ["status": "alive"])
            let ready = try await client.get("/readyz")
            #expect(ready.status == 200)
            #expect(ready.json == ["status": "ready", "damages": [], "offline": [], "refusing": []])
        }
    }

    @Test func aServerThatIsNotReadyIsAliveAndSaysWhyItIsNotReady() async throws {
        var settings = ServedBroker.Settings()
        settings.readiness = .unready(reason: "the Kafka listener is not up yet")
        try await ServedBroker.withClient(settings) { _, client in
            #expect(try await client.get("/healthz").status == 200)
            let ready = try await client.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["reason"] == "the Kafka listener is not up yet")
        }
    }

    private func fault(_ kind: LogFault.Kind, of topic: String = "orders", partition: Int32 = 2) -> LogFault {
        LogFault(log: LogName(topic: topic, partition: partition), kind: kind, reason: "/f: bytes 7..<9")
    }

    @Test func rotInALogIsAReasonNotToBeReady() {
        let answer = ReadinessAnswer(.ready, faults: [fault(.rot)])
        #expect(answer.status == "unready")
        #expect(answer.reason?.hasPrefix("damaged logs: orders-2;") == true)
        #expect(answer.damages == [ReadinessAnswer.Fault(fault(.rot))])
        #expect(answer.offline.isEmpty)
    }

    @Test func whatWasCutOffAndKeptIsListedButTheLogIsSound() {
        let answer = ReadinessAnswer(.ready, faults: [fault(.quarantined)])
        #expect(answer.status == "ready")
        #expect(answer.damages.map(\.kind) == ["quarantined"])
    }

    @Test func aDiskThatTakesNoMoreIsAReasonNotToBeReady() {
        let answer = ReadinessAnswer(.ready, faults: [fault(.refusing)])
        #expect(answer.status == "unready")
        #expect(answer.reason?.hasPrefix("appends fail: orders-2;") == true)
        #expect(answer.refusing == [ReadinessAnswer.Fault(fault(.refusing))])
        #expect(answer.damages.isEmpty && answer.offline.isEmpty)
    }

    @Test func theCatalogFileBehindItsLogIsToldAndBreaksNoPromise() {
        let answer = ReadinessAnswer(.ready, faults: [], catalogFile: "disk full")
        #expect(answer.status == "ready")
        #expect(answer.catalogFile == "disk full")
    }

    @Test func allReasonsAreSaidAndALongListIsCounted() {
        let faults = (0..<14).map { fault(.offline, of: "t", partition: $0) } + [fault(.rot, of: "__metadata")]
        let reason = ReadinessAnswer(.unready(reason: "no listener"), faults: faults).reason ?? ""
        #expect(reason.hasPrefix("no listener; offline logs: t-0, "))
        #expect(reason.contains(" and 4 more; they take no records"))
        #expect(reason.contains("damaged logs: __metadata-2;"))
    }

    /// Has the next append fail in a way that cannot be undone.
    private func breakDisk(_ served: ServedBroker) {
        served.disk.failCall(1, of: .write)
        served.disk.failCall(1, of: .truncate)
    }

    @Test func aLogThatADiskErrorTookOutOfServiceIsNamedWithTheReason() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            breakDisk(served)
            #expect(try await client.post("/v1/topics/orders/records", #"{"value":"a"}"#).status == 503)
            let ready = try await client.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["reason"].text.hasPrefix("offline logs: orders-0;"))
            #expect(ready.text.contains(#""offline":[{"description":"ftruncate"#), "\(ready.text)")
            let metrics = try await client.get("/metrics").text.split(separator: "\n")
            #expect(metrics.contains("platform_offline_partitions 1"))
            #expect(metrics.contains("platform_damaged_partitions 0"))
            #expect(metrics.contains("platform_ready 0"))
        }
    }

    @Test func theCatalogsOwnLogCounts() async throws {
        try await ServedBroker.withClient { served, client in
            breakDisk(served)
            #expect(throws: BrokerError.self) { try served.createTopic("orders") }
            let ready = try await client.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["reason"].text.hasPrefix("offline logs: __metadata-0;"))
        }
    }

    @Test func aTopicWhoseLogCouldNotBeMadeIsNotThere() async throws {
        try await ServedBroker.withClient { served, client in
            served.disk.failCall(1, of: .createDirectory)
            #expect(throws: BrokerError.self) { try served.createTopic("orders") }
            #expect(try await client.get("/readyz").status == 200)
            #expect(served.broker.topic("orders") == nil)
            try served.createTopic("orders")
            #expect(served.broker.topic("orders") != nil)
        }
    }

    @Test func aPartitionWhoseLogCouldNotBeMadeIsOfflineUntilItIs() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            served.disk.failCall(1, of: .createDirectory)
            #expect(throws: BrokerError.self) { try served.broker.addPartitions(topic: "orders", upTo: 5) }
            let ready = try await client.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["reason"].text.hasPrefix("offline logs: orders-"), "\(ready.text)")
            try served.broker.addPartitions(topic: "orders", upTo: 5)
            #expect(try await client.get("/readyz").status == 200)
        }
    }
}
