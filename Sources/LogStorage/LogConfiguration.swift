/// When an append counts as committed.
public enum FlushPolicy: Equatable, Sendable {
    /// After an fsync that covers it, shared by all appends that arrived meanwhile. Survives power loss.
    case group
    /// At once; fsynced at the latest after so many milliseconds. Survives a killed process; power loss takes the interval.
    case interval(milliseconds: Int)
    /// At once; the operating system writes back when it likes. Survives a killed process only.
    case os
}

/// Limits and policies of one log. Kafka's topic settings of the same meaning are named beside each.
public struct LogConfiguration: Equatable, Sendable {
    /// A batch above this is refused; `max.message.bytes`.
    public var batchBytesMax = 1_048_588
    /// A segment is rolled before it would exceed this; `segment.bytes`. Positions are stored in 32 bits.
    public var segmentBytes = 1 << 30
    /// A segment is rolled when its first record is this old; `segment.ms`.
    public var segmentMS: Int64 = 7 * 24 * 3_600_000
    /// An index entry is written after so many bytes of batches; `index.interval.bytes`.
    public var indexIntervalBytes = 4096
    /// A segment is rolled when its offset index would exceed this; `segment.index.bytes`.
    public var indexBytesMax = 10 << 20
    /// Closed segments whose newest record is older are deleted; -1: never; `retention.ms`.
    public var retentionMS: Int64 = 7 * 24 * 3_600_000
    /// The oldest closed segments are deleted while the rest holds at least this; -1: no limit; `retention.bytes`.
    public var retentionBytes: Int64 = -1
    /// Whether old segments are deleted; `cleanup.policy` contains `delete`.
    public var deletesOldSegments = true
    /// Whether only the newest record of each key is kept; `cleanup.policy` contains `compact`.
    public var isCompacted = false
    /// How long tombstones survive their first cleaning; `delete.retention.ms`.
    public var deleteRetentionMS: Int64 = 24 * 3_600_000
    /// Records younger than this are not compacted; `min.compaction.lag.ms`.
    public var compactionLagMSMin: Int64 = 0
    /// Records older than this are compacted whatever the dirty ratio; `max.compaction.lag.ms`.
    public var compactionLagMSMax: Int64 = .max
    /// Share of bytes not yet compacted that starts a compaction; `min.cleanable.dirty.ratio`.
    public var cleanableDirtyRatioMin = 0.5
    /// Memory for the keys of one compaction; what does not fit waits for the next. `log.cleaner.dedupe.buffer.size`.
    public var compactionMapBytesMax = 64 << 20
    /// Timestamps are the broker's, not the producer's; `message.timestamp.type`.
    public var usesLogAppendTime = false
    /// How far a create time may lie before now; `message.timestamp.before.max.ms`.
    public var timestampBeforeMSMax: Int64 = .max
    /// How far a create time may lie after now; `message.timestamp.after.max.ms`.
    public var timestampAfterMSMax: Int64 = .max
    /// A producer silent for so long is forgotten; `transactional.id.expiration.ms` has the like for brokers.
    public var producerExpirationMS: Int64 = 24 * 3_600_000
    public var flush: FlushPolicy = .group

    public init() {}
}
