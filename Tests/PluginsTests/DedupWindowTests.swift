import Testing

@testable import Plugins

@Suite struct DedupWindowTests {
    private func key(_ number: UInt64) -> DedupKey { DedupKey(high: number, low: 0) }

    private func entry(_ offset: Int64, expiresMS: Int64) -> DedupWindow.Entry {
        DedupWindow.Entry(topic: "t", topicID: "1", partition: 0, offset: offset, expiresMS: expiresMS)
    }

    @Test("a key counts until it expires")
    func expires() {
        var window = DedupWindow(countMax: 10)
        window.add(key(1), entry(5, expiresMS: 100))
        #expect(window.find(key(1), nowMS: 99)?.offset == 5)
        #expect(window.find(key(1), nowMS: 100) == nil)
        window.expire(nowMS: 100)
        #expect(window.count == 0)
    }

    @Test("beyond the limit the oldest go, and are counted")
    func crowded() {
        var window = DedupWindow(countMax: 3)
        for number in 1...5 { window.add(key(UInt64(number)), entry(Int64(number), expiresMS: 1_000)) }
        #expect(window.count == 3)
        #expect(window.crowdedOutCount == 2)
        #expect(window.find(key(2), nowMS: 0) == nil)
        #expect(window.find(key(3), nowMS: 0)?.offset == 3)
    }

    @Test("a key that comes again after its time counts from then")
    func again() {
        var window = DedupWindow(countMax: 10)
        window.add(key(1), entry(1, expiresMS: 100))
        window.add(key(1), entry(2, expiresMS: 300))
        window.expire(nowMS: 200)
        #expect(window.find(key(1), nowMS: 200)?.offset == 2)
        window.expire(nowMS: 300)
        #expect(window.count == 0)
    }

    @Test("keys of other scopes, topics and partitions are others")
    func scopes() {
        let bytes = Array("k".utf8)
        let keys: Set<DedupKey> = [
            DedupKey(bytes, scope: .topic, topic: "a", partition: 0),
            DedupKey(bytes, scope: .topic, topic: "b", partition: 0),
            DedupKey(bytes, scope: .partition, topic: "a", partition: 0),
            DedupKey(bytes, scope: .partition, topic: "a", partition: 1),
            DedupKey(bytes, scope: .global, topic: "a", partition: 0),
        ]
        #expect(keys.count == 5)
        #expect(
            DedupKey(bytes, scope: .topic, topic: "a", partition: 0)
                == DedupKey(bytes, scope: .topic, topic: "a", partition: 7))
        #expect(
            DedupKey(bytes, scope: .global, topic: "a", partition: 0)
                == DedupKey(bytes, scope: .global, topic: "b", partition: 1))
    }
}
