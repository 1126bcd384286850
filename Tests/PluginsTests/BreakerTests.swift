import Testing

@testable import Plugins

@Suite struct BreakerTests {
    @Test("opens above its rate, and lets calls through after its pause")
    func opens() {
        var breaker = Breaker(.init(errorRate: 0.05, windowMS: 1_000, pauseMS: 500, callCountMin: 100))
        breaker.note(calls: 99, errors: 99, nowMS: 0)
        #expect(!breaker.isOpen(nowMS: 0), "too few calls to say")
        breaker.note(calls: 1, errors: 0, nowMS: 10)
        #expect(breaker.isOpen(nowMS: 10))
        #expect(breaker.isOpen(nowMS: 509))
        #expect(!breaker.isOpen(nowMS: 510))
        #expect(breaker.openCount == 1)
    }

    @Test("stays closed at its rate, and counts each window anew")
    func staysClosed() {
        var breaker = Breaker(.init(errorRate: 0.05, windowMS: 1_000, pauseMS: 500, callCountMin: 100))
        breaker.note(calls: 1_000, errors: 50, nowMS: 0)
        #expect(!breaker.isOpen(nowMS: 0))
        breaker.note(calls: 60, errors: 60, nowMS: 1_000)
        #expect(!breaker.isOpen(nowMS: 1_000), "a new window with too few calls")
    }
}
