public import LogStorage

/// What others decide for the broker, topic by topic. Calls may take milliseconds: not from an event loop.
public protocol BrokerHooks: Sendable {
    /// Whether anything is decided for a topic: then it takes a thread that may be held up.
    func decides(for topic: String) -> Bool

    /// The partitions of records that name none, in their order; nil if nobody decides for this topic.
    func select(_ records: [Record], topic: String, partitionCount: Int32) -> [PartitionSelection]?

    /// What records of a topic have to pass to be stored; nil if they need not.
    func duplicateGate(of topic: String) -> (any DuplicateGate)?
}

/// Where a record is to go.
public enum PartitionSelection: Equatable, Sendable {
    case partition(Int32)
    /// Where it would go if nobody decided.
    case undecided
    /// Nowhere now; the sender may try again.
    case refused(reason: String)
}

/// Knows what a topic has already.
public protocol DuplicateGate: Sendable {
    /// Judges records that are to go to a partition and has `write` store those that may be; no other record of the topic
    /// passes meanwhile. `write` gets a verdict for each record and gives the offset it got, or -1 for one not stored.
    func pass(
        _ records: [Record], partition: Int32, write: ([DuplicateVerdict]) throws(LogError) -> [Int64]
    ) throws(LogError)
}

/// What a gate says of a record.
public enum DuplicateVerdict: Equatable, Sendable {
    case fresh
    /// To be acknowledged as if it were stored, at the place of the first.
    case dropped(first: RecordPlace)
    /// The same for one that comes twice in one call: at the place of the other, by its index.
    case repeated(of: Int)
    /// To be refused.
    case rejected(first: RecordPlace)
    /// To be stored with the header `x-duplicate-of`.
    case flagged(first: RecordPlace)
    /// Nobody can say now; the sender may try again.
    case refused(reason: String)

    public static let flagHeader = "x-duplicate-of"
}

/// Where a record is.
public struct RecordPlace: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    /// -1 if it is only about to be stored.
    public var offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// As the header `x-duplicate-of` has it: "3@1042".
    public var text: String { offset < 0 ? "\(partition)" : "\(partition)@\(offset)" }
}
