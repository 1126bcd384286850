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
            #expect(ready.json == ["status": "ready", "damages": []])
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

    private func damage(_ kind: String) -> DamagedLog {
        DamagedLog(topic: "orders", partition: 2, kind: kind, description: "/f: bytes 7..<9")
    }

    @Test func rotInALogIsAReasonNotToBeReady() {
        let answer = ReadinessAnswer(.ready, damages: [damage("rot")])
        #expect(answer.status == "unready")
        #expect(answer.reason?.hasPrefix("damaged logs: orders-2;") == true)
        #expect(answer.damages == [damage("rot")])
    }

    @Test func whatWasCutOffAndKeptIsListedButTheLogIsSound() {
        let answer = ReadinessAnswer(.ready, damages: [damage("quarantined")])
        #expect(answer.status == "ready")
        #expect(answer.damages.map(\.kind) == ["quarantined"])
    }
}
