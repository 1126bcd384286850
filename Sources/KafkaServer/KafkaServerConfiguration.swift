public import NIOCore

/// Limits of the Kafka listener and what it tells clients of itself.
public struct KafkaServerConfiguration: Sendable {
    /// A larger request frame closes its connection; `socket.request.max.bytes`.
    public var requestBytesMax = 100 << 20
    /// Requests of one connection that may wait at once; above it the connection is not read from.
    public var requestsInFlightMax = 64
    /// Response bytes the peer has not taken; above it the connection is not read from.
    public var unsentBytesMax = 8 << 20
    /// A connection without traffic for so long is closed; `connections.max.idle.ms`.
    public var idleTimeout: TimeAmount = .minutes(10)
    /// Most bytes of records in one fetch response, beyond the first batch; `fetch.max.bytes`.
    public var fetchBytesMax = 55 << 20
    /// The longest a fetch is held open, whatever the client asks for.
    public var fetchWaitMSMax: Int32 = 600_000
    /// Address given to clients. An IPv4 literal, as some clients try ::1 first for `localhost`.
    public var advertisedHost = "127.0.0.1"
    /// Port given to clients; 0: the one that is bound.
    public var advertisedPort = 0

    public init() {}
}
