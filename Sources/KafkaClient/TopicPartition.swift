/// A partition by name.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)/\(partition)" }
}

/// A place in a partition, by what is known of it.
public enum Position: Hashable, Sendable {
    /// The first record that is still there.
    case earliest
    /// Behind the last record.
    case latest
    case offset(Int64)
    /// The first record of this time (ms since 1970) or later; behind the last if there is none.
    case timestamp(Int64)
    /// So many records before the end, or the start if there are fewer.
    case beforeEnd(Int64)
}
