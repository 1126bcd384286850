/// How a client behaves towards every broker.
public struct KafkaClientConfiguration: Sendable {
    /// The name that brokers see.
    public var clientID = "platform"
    /// How long a connection may take to come up.
    public var connectTimeoutMS: Int64 = 5_000
    /// How long a request may go unanswered beyond the wait that it asks for itself.
    public var requestTimeoutMS: Int64 = 30_000
    /// How long a call that may be repeated is repeated before its error is thrown.
    public var retryTimeoutMS: Int64 = 10_000
    /// Pause before a call is repeated.
    public var retryBackoffMS: Int64 = 100
    /// The longest answer taken.
    public var responseBytesMax = 256 << 20

    public init() {}
}
