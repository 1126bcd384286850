import Synchronization

/// Which partition of a topic a record goes to if its sender does not say. Keys go where Kafka's Java client sends them
/// by default, so that records of one key meet in one partition whoever sends them; records without a key take turns.
public final class DefaultPartitioner: Sendable {
    private let turns = Mutex<[String: UInt32]>([:])
    /// Above this all begin anew: deleted topics must not add up.
    private static let topicCountMax = 10_000

    /// A partitioner with its own turns; one is for as many topics and threads as there are.
    public init() {}

    /// The partition for a record; `key` is nil for a record without one (an empty key is a key).
    /// Requires: `partitionCount` > 0.
    public func partition(ofKey key: [UInt8]?, topic: String, partitionCount: Int32) -> Int32 {
        guard let key else { return nextPartition(topic: topic, partitionCount: partitionCount) }
        return DefaultPartitioner.partition(ofKey: key, partitionCount: partitionCount)
    }

    /// The partition of a key. Requires: `partitionCount` > 0.
    public static func partition(ofKey key: [UInt8], partitionCount: Int32) -> Int32 {
        key.withUnsafeBytes { partition(ofKey: $0, partitionCount: partitionCount) }
    }

    /// The same for a key in place.
    public static func partition(ofKey key: UnsafeRawBufferPointer, partitionCount: Int32) -> Int32 {
        // Made positive by dropping the sign, as the client does it.
        (murmur2(key) & Int32.max) % partitionCount
    }

    private func nextPartition(topic: String, partitionCount: Int32) -> Int32 {
        turns.withLock { turns in
            if turns.count >= DefaultPartitioner.topicCountMax, turns[topic] == nil { turns.removeAll() }
            let turn = turns[topic, default: 0]
            turns[topic] = turn &+ 1
            return Int32(turn % UInt32(partitionCount))
        }
    }

    /// MurmurHash2 in 32 bits with the seed that Kafka's Java client uses; its value there is a signed integer.
    static func murmur2(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        let wordsEnd = bytes.count & ~3
        for start in stride(from: 0, to: wordsEnd, by: 4) {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            word = word &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = hash &* multiplier ^ word
        }
        if wordsEnd < bytes.count {
            for index in wordsEnd..<bytes.count { hash ^= UInt32(bytes[index]) << (8 * (index - wordsEnd)) }
            hash = hash &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }
}
