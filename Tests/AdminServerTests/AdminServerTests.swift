import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import AdminServer

@Suite struct AdminServerTests {
    @Test func unknownPathsAndMethodsAreRefusedInJSON() async throws {
        try await ServedBroker.withClient { _, client in
            let path = try await client.get("/v1/topic")
            #expect(path.status == 404)
            #expect(path.errorCode == "unknown_path")
            let method = Answer(try await client.execute(uri: "/v1/topics/orders/records", method: .delete))
            #expect(method.status == 405)
            #expect(method.errorCode == "method_not_allowed")
            #expect(method.headers[.allow] == "GET, POST")
            let head = try await client.execute(uri: "/healthz", method: .head)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
            // An answer to HEAD with a body would be read as the beginning of the next one.
            let unknown = try await client.execute(uri: "/nowhere", method: .head)
            #expect(unknown.status == .notFound)
            #expect(unknown.body.readableBytes == 0)
        }
    }

    /// A page of another site must not write to a broker on the developer's machine.
    @Test func pagesOfOtherSitesAreRefused() async throws {
        try await ServedBroker.withClient { served, client in
            for origin in ["https://evil.example", "null", "http://localhost:1"] {
                let answer = try await client.get("/v1/topics", headers: [.origin: origin])
                #expect(answer.status == 403, "\(origin)")
                #expect(answer.errorCode == "cross_origin")
            }
            #expect(try await client.get("/v1/topics", headers: [.origin: "http://LOCALHOST"]).status == 200)
        }
    }

    /// Runs the server on a free port and hands its client to a test; then shuts it down.
    private func onASocket(
        _ test: @Sendable (ServedBroker, TestClient, ServiceGroup) async throws -> Void
    ) async throws {
        let port = AsyncStream<Int>.makeStream()
        var settings = ServedBroker.Settings()
        settings.admin.port = 0
        settings.onBound = { port.continuation.yield($0) }
        try await ServedBroker.run(settings) { served in
            let group = ServiceGroup(
                configuration: .init(
                    services: [served.server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let bound = try #require(await port.stream.first { _ in true })
                #expect(bound > 0)
                let client = TestClient(host: "127.0.0.1", port: bound)
                client.connect()
                try await test(served, client, group)
                try await client.shutdown()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func itListensOnAFreePort() async throws {
        try await onASocket { _, client, _ in
            let health = try await client.execute(.init("/healthz", method: .get, authority: "localhost"))
            #expect(health.status == .ok)
            let body = ByteBuffer(string: #"{"value":"a"}"#)
            let stored = try await client.execute(
                .init("/v1/topics/orders/records", method: .post, authority: "localhost", body: body))
            #expect(String(buffer: stored.body ?? ByteBuffer()).contains(#""offset":0"#))
        }
    }

    /// A shutdown must not last as long as the longest read may wait.
    @Test(.timeLimit(.minutes(1))) func aShutdownWakesTheReadsThatWait() async throws {
        try await onASocket { served, client, group in
            try served.createTopic("orders")
            let start = ContinuousClock.now
            async let waiting = client.execute(
                .init("/v1/topics/orders/records?wait-ms=30000", method: .get, authority: "localhost"))
            while served.server.service.waitingReads.takenNow == 0 { await Task.yield() }
            await group.triggerGracefulShutdown()
            #expect(try await waiting.status == .ok)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }
}
