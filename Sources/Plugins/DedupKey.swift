import Crypto
import Foundation

/// A dedup key within its scope, as 16 bytes of a hash: two keys of one hash in 2^64 records are not to be expected.
struct DedupKey: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    enum Scope: String, Sendable, CaseIterable {
        case topic, partition, global
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `topic` is the topic's identity: one made again under its name has had nothing.
    init(_ key: [UInt8], scope: Scope, topic: String, partition: Int32) {
        var hasher = SHA256()
        switch scope {
        case .topic: hasher.update(data: Data("t\(topic)\0".utf8))
        case .partition: hasher.update(data: Data("p\(topic)\0\(partition)\0".utf8))
        case .global: hasher.update(data: Data("g".utf8))
        }
        key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        (high, low) = hasher.finalize().withUnsafeBytes {
            (
                $0.loadUnaligned(as: UInt64.self).bigEndian,
                $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
    }
}

/// What a topic has had lately: keys, where the first record of each is, and until when it counts. Sans-IO.
struct DedupWindow: Sendable {
    struct Entry: Equatable, Sendable {
        var topic: String
        var topicID: String
        var partition: Int32
        var offset: Int64
        var expiresMS: Int64
    }

    private var entries: [DedupKey: Entry] = [:]
    /// Keys in the order in which they came, so that the oldest go first where there are too many.
    private var order: [(key: DedupKey, expiresMS: Int64)] = []
    private var orderStart = 0
    let countMax: Int
    /// Keys that went before their time, as there were too many.
    private(set) var crowdedOutCount = 0

    init(countMax: Int) { self.countMax = countMax }

    var count: Int { entries.count }

    /// The entry of a key that still counts.
    func find(_ key: DedupKey, nowMS: Int64) -> Entry? {
        guard let entry = entries[key], entry.expiresMS > nowMS else { return nil }
        return entry
    }

    mutating func add(_ key: DedupKey, _ entry: Entry) {
        entries[key] = entry
        order.append((key, entry.expiresMS))
        while entries.count > countMax, removeOldest() { crowdedOutCount += 1 }
    }

    /// Forgets what no longer counts.
    mutating func expire(nowMS: Int64) {
        while orderStart < order.count {
            let (key, expiresMS) = order[orderStart]
            // A key that came again has a later entry further on.
            if entries[key]?.expiresMS == expiresMS {
                guard expiresMS <= nowMS else { break }
                entries[key] = nil
            }
            orderStart += 1
        }
        compact()
    }

    private mutating func removeOldest() -> Bool {
        guard orderStart < order.count else { return false }
        let (key, expiresMS) = order[orderStart]
        orderStart += 1
        if entries[key]?.expiresMS == expiresMS { entries[key] = nil }
        compact()
        return true
    }

    private mutating func compact() {
        guard orderStart > 1024, orderStart > order.count / 2 else { return }
        order.removeFirst(orderStart)
        orderStart = 0
    }
}
