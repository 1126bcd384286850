import Synchronization

/// The partition of a key: the one that Kafka's Java client picks by default, so that records of one key meet in one
/// partition whoever sends them. Requires: `partitionCount` > 0.
func partition(ofKey key: [UInt8], partitionCount: Int32) -> Int32 {
    // Made positive by dropping the sign, as the client does it.
    (murmur2(key) & Int32.max) % partitionCount
}

/// Partitions in turn, by topic, for records without a key.
final class RoundRobin: Sendable {
    private let next = Mutex<[String: UInt32]>([:])
    /// Above this all begin anew: deleted topics must not add up.
    private static let topicCountMax = 10_000

    func partition(ofTopic topic: String, partitionCount: Int32) -> Int32 {
        next.withLock { next in
            if next.count >= RoundRobin.topicCountMax, next[topic] == nil { next.removeAll() }
            let turn = next[topic, default: 0]
            next[topic] = turn &+ 1
            return Int32(turn % UInt32(partitionCount))
        }
    }
}
