/// How a consumer fetches.
public struct ConsumerConfiguration: Sendable {
    /// What to do when a position is no longer, or not yet, in the log.
    public enum Reset: Sendable, Equatable {
        case earliest
        case latest
        case fail
    }

    /// How long the server may wait for a record.
    public var waitMSMax: Int32 = 500
    /// The most of one answer.
    public var fetchBytesMax: Int32 = 32 << 20
    /// The most of one partition in an answer.
    public var partitionBytesMax: Int32 = 4 << 20
    public var reset = Reset.latest

    public init() {}
}
