/// The committed offsets of one group.
///
/// An offset is seen only once its record is durable. Writes are numbered in the order of the log, and the one
/// with the highest number wins, so that what is seen here is what a replay of the log would show.
struct CommittedOffsets: Sendable {
    struct Entry: Sendable {
        /// What readers see; `nil` while the first commit is under way, or after a removal.
        fileprivate(set) var committed: CommittedOffset?
        /// The write that `committed` is the work of, 0 for a replayed one.
        fileprivate var writtenBy: UInt64 = 0
        fileprivate(set) var writesInFlight = 0
    }

    enum Outcome {
        case committed(CommittedOffset)
        case removed
        case failed
    }

    private(set) var topics: [String: [Int32: Entry]] = [:]
    /// How many partitions have an offset that readers see.
    private(set) var count = 0

    /// Whether there is nothing here, not even a write under way.
    var isVacant: Bool { topics.isEmpty }

    subscript(topic: String, partition: Int32) -> Entry? { topics[topic]?[partition] }

    mutating func writeBegan(topic: String, partition: Int32) {
        topics[topic, default: [:]][partition, default: Entry()].writesInFlight += 1
    }

    mutating func writeEnded(topic: String, partition: Int32, by write: PersistToken, _ outcome: Outcome) {
        guard var entry = topics[topic]?[partition] else { return }
        entry.writesInFlight -= 1
        switch outcome {
        case .committed(let offset): show(offset, in: &entry, by: write.rawValue)
        case .removed: show(nil, in: &entry, by: write.rawValue)
        case .failed: break
        }
        keep(entry, topic: topic, partition: partition)
    }

    /// Hides the topic's offsets before the write that deletes them is durable; commits begun earlier stay hidden.
    mutating func hide(topic: String, by write: PersistToken) {
        for (partition, entry) in topics[topic] ?? [:] {
            var entry = entry
            show(nil, in: &entry, by: write.rawValue)
            keep(entry, topic: topic, partition: partition)
        }
    }

    /// Takes over what the log says, before any write.
    mutating func replay(topic: String, partition: Int32, _ offset: CommittedOffset?) {
        var entry = topics[topic]?[partition] ?? Entry()
        show(offset, in: &entry, by: 0)
        keep(entry, topic: topic, partition: partition)
    }

    private mutating func show(_ offset: CommittedOffset?, in entry: inout Entry, by write: UInt64) {
        guard write >= entry.writtenBy else { return }
        count += (offset == nil ? 0 : 1) - (entry.committed == nil ? 0 : 1)
        entry.committed = offset
        entry.writtenBy = write
    }

    private mutating func keep(_ entry: Entry, topic: String, partition: Int32) {
        if entry.committed != nil || entry.writesInFlight > 0 {
            topics[topic, default: [:]][partition] = entry
        } else {
            topics[topic]?[partition] = nil
            if topics[topic]?.isEmpty == true {
                topics[topic] = nil
            }
        }
    }
}
