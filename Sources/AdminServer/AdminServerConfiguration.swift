public import NIOCore

/// Where the HTTP listener binds and what it allows.
public struct AdminServerConfiguration: Sendable {
    /// Address to listen on.
    public var host = "127.0.0.1"
    /// Port to listen on; 0 takes a free one.
    public var port = 8080
    /// A request body above this is refused with 413.
    public var bodyBytesMax = 16 << 20
    /// Bytes that the bodies of all requests under way may take together; above it requests are refused with 503.
    public var bodiesBytesMax = 128 << 20
    /// Open connections; further ones wait in the listen queue until one closes.
    public var connectionCountMax = 1_000
    /// A connection without a request for so long is closed, as is one that stalls in the middle of a request.
    public var idleTimeout: TimeAmount = .seconds(60)
    /// Records in one request that writes; more are refused with 413.
    public var producedRecordCountMax = 10_000
    /// Records in one answer if the request does not say; it may say up to `readRecordCountMax`.
    public var readRecordCountDefault = 100
    /// Most records that a request may ask for.
    public var readRecordCountMax = 10_000
    /// Bytes of keys, values and headers in one answer, beyond the first record; the rest is left to the next request.
    public var readBytesMax = 8 << 20
    /// A record above this is not given over HTTP, as it grows severalfold on its way into JSON; 422.
    public var readRecordBytesMax = 16 << 20
    /// Longest time, ms, that a read may ask to wait for records.
    public var readWaitMSMax: Int64 = 30_000
    /// Reads that may wait at once; further ones are answered at once, with what there is.
    public var waitingReadCountMax = 1_000
    /// Longest time, ms, that a write waits for its records to be committed; then its answer is 503.
    public var commitWaitMSMax: Int64 = 30_000
    /// Label sets of one metric; above it partitions are summed by topic, and topics in their turn into one.
    public var labelSetCountMax = 10_000

    /// The defaults beside each field.
    public init() {}
}
