import LogStorage
import LuaRuntime
import Testing

@testable import Plugins

@Suite struct ParkedQueuesTests {
    private func parked(_ offset: Int64, key: String?, dueMS: Int64 = 0) -> HandlerStore.Parked {
        HandlerStore.Parked(
            topic: "t", topicID: "1", partition: 0, offset: offset, key: key.map { Array($0.utf8) }, attempts: 1,
            dueMS: dueMS,
            reason: "")
    }

    @Test("of each key only the first is due")
    func order() {
        var queues = ParkedQueues([parked(1, key: "a", dueMS: 50), parked(2, key: "a"), parked(3, key: "b")])
        #expect(queues.due(nowMS: 10, countMax: 10).map(\.offset) == [3])
        #expect(queues.nextDueMS == 0)
        queues.remove(parked(3, key: "b"))
        #expect(queues.nextDueMS == 50)
        queues.remove(parked(1, key: "a", dueMS: 50))
        #expect(queues.due(nowMS: 10, countMax: 10).map(\.offset) == [2])
        #expect(queues.count == 1)
    }

    @Test("a message put off again keeps its place")
    func again() {
        var queues = ParkedQueues([parked(1, key: "a"), parked(2, key: "a")])
        queues.add(parked(1, key: "a", dueMS: 100))
        #expect(queues.count == 2)
        #expect(queues.due(nowMS: 99, countMax: 10).isEmpty)
        #expect(queues.due(nowMS: 100, countMax: 10).map(\.offset) == [1])
    }

    @Test("messages without a key hold nobody up")
    func keyless() {
        let queues = ParkedQueues([parked(1, key: nil, dueMS: 100), parked(2, key: nil)])
        #expect(queues.due(nowMS: 0, countMax: 10).map(\.offset) == [2])
        #expect(!queues.isBlocked(ParkedQueues.Key(topic: "t", topicID: "1", partition: 0, key: nil, offset: 3)))
        #expect(queues.isBlocked(ParkedQueues.key(of: parked(1, key: nil))))
    }
}

@Suite struct HeaderBytesTests {
    @Test("headers come back as they were", arguments: 0..<50)
    func roundTrip(seed: UInt64) {
        var generator = SystemRandomNumberGenerator()
        _ = seed
        let headers = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            Record.Header(
                String(repeating: "ä", count: Int.random(in: 0...20, using: &generator)),
                Bool.random(using: &generator)
                    ? nil : (0..<Int.random(in: 0...300, using: &generator)).map { UInt8(truncatingIfNeeded: $0) })
        }
        #expect(HeaderBytes.decode(HeaderBytes.encode(headers)) == headers)
    }

    @Test("every cut is either headers or refused")
    func cuts() {
        let bytes = HeaderBytes.encode([Record.Header("name", [1, 2, 3]), Record.Header("other", nil)])
        for count in 0...bytes.count {
            let decoded = HeaderBytes.decode(Array(bytes.prefix(count)))
            if count == bytes.count { #expect(decoded?.count == 2) }
            if let decoded { #expect(decoded.count <= 2) }
        }
    }
}

@Suite struct HandlerVerdictTests {
    @Test("what a failure comes to")
    func failures() {
        var error = LuaError(.script, "x is nil")
        #expect(HandlerVerdict(error) == .retry(delayMS: nil, code: "ERROR", reason: "x is nil"))
        error = LuaError(.stopped, "stopped")
        #expect(HandlerVerdict(error) == .retry(delayMS: nil, code: "TIMEOUT", reason: "stopped"))
        error = LuaError(.script, "")
        error.details = .fields([
            "code": .string("RETRY"), "message": .string("later"), "after": .string("5s"),
        ])
        #expect(HandlerVerdict(error) == .retry(delayMS: 5_000, code: "RETRY", reason: "later"))
        error.details = .fields(["code": .string("DEAD"), "message": .string("no")])
        #expect(HandlerVerdict(error) == .dead(code: "DEAD", reason: "no"))
    }

    @Test("each wait is twice as long, up to the limit")
    func backoff() {
        let host = Binding.Host()
        #expect(HandlerLane.backoffMS(host, attempts: 1) == 1_000)
        #expect(HandlerLane.backoffMS(host, attempts: 4) == 8_000)
        #expect(HandlerLane.backoffMS(host, attempts: 100) == 300_000)
    }
}
