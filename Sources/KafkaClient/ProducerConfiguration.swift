public import LogStorage

/// How a producer gathers and sends.
public struct ProducerConfiguration: Sendable {
    /// What an acknowledgement means.
    public enum Acknowledgement: Int16, Sendable, CaseIterable {
        /// Every in-sync replica has it.
        case all = -1
        /// The leader has it.
        case leader = 1
        /// There is none: what is sent counts as written.
        case none = 0
    }

    public var acknowledgement = Acknowledgement.all
    public var codec = CompressionCodec.none
    /// How long a batch waits for more records.
    public var lingerMS: Int64 = 5
    /// The most a batch takes before compression; the server's limit is 1 MiB unless it is set otherwise.
    public var batchBytesMax = 256 << 10
    /// Batches of one partition that are sent before the first is acknowledged. Servers keep five a producer.
    public var inFlightMax = 5
    /// Records that are not acknowledged; `append` says when this is exceeded.
    public var bufferBytesMax = 32 << 20
    /// The most of one request; several partitions share it.
    public var requestBytesMax = 8 << 20
    /// How long a batch is sent again before it fails.
    public var deliveryTimeoutMS: Int64 = 120_000
    /// Pause before a batch is sent again.
    public var retryBackoffMS: Int64 = 100

    public init() {}
}
