public import LogStorage

/// What others decide for the broker, topic by topic. Calls may take milliseconds: not from an event loop.
public protocol BrokerHooks: Sendable {
    /// The partitions of records that name none, in their order; nil if nobody decides for this topic.
    func select(_ records: [Record], topic: String, partitionCount: Int32) -> [PartitionSelection]?
}

/// Where a record is to go.
public enum PartitionSelection: Equatable, Sendable {
    case partition(Int32)
    /// Where it would go if nobody decided.
    case undecided
    /// Nowhere now; the sender may try again.
    case refused(reason: String)
}
