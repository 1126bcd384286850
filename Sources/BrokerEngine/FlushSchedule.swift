import LogStorage
import Replication

/// Which topics' logs are due for a flush.
struct FlushSchedule {
    /// Time since the last flush, ms.
    private var elapsedMS: [TopicID: Int] = [:]

    /// Lets so much time pass, has the logs flushed that are due, and says after how long the next ones will be.
    mutating func advance(by milliseconds: Int, _ topics: [Topic], flush: (ReplicatedLog) -> Void) -> Int {
        var known: [TopicID: Int] = [:]
        var nextMS = Int.max
        for topic in topics {
            guard case .interval(let intervalMS) = topic.logConfiguration.flush else { continue }
            var elapsed = (elapsedMS[topic.id] ?? 0) + milliseconds
            if elapsed >= intervalMS {
                elapsed = 0
                for partition in topic.partitions { flush(partition.log) }
            }
            known[topic.id] = elapsed
            nextMS = min(nextMS, max(1, intervalMS - elapsed))
        }
        elapsedMS = known
        return nextMS
    }
}
