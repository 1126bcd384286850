/// A place between two batches: everything below `offset` lies before `position` of the segment at `segmentBase`.
public struct LogPosition: Equatable, Sendable {
    public var offset: Int64
    public var segmentBase: Int64
    /// Byte within the segment's file.
    public var position: Int

    public init(offset: Int64, segmentBase: Int64, position: Int) {
        self.offset = offset
        self.segmentBase = segmentBase
        self.position = position
    }
}

/// What became of an append.
public struct AppendOutcome: Equatable, Sendable {
    public var baseOffset: Int64
    /// Offset after the batch's last record: committed once the log's committed offset has reached it.
    public var endOffset: Int64
    /// The broker's timestamp if the log uses log-append time, else -1.
    public var appendTimeMS: Int64
    /// The batch was stored by an earlier append; nothing was written.
    public var isDuplicate: Bool
}

/// An append-only log of record batches in segment files: offsets, indexes, producers, epochs, retention.
///
/// Requires: one caller at a time (the owner holds a lock); the files behind read plans and flush tickets may be used
/// by any thread meanwhile. Time comes in as an argument: milliseconds since 1970.
/// Invariants: `logStartOffset <= endOffset`, both only grow, except that `truncate` lowers the end.
public final class SegmentedLog {
    public let directory: String
    let disk: any Disk
    public var configuration: LogConfiguration
    /// Rising by base offset, never empty; the last is the active one, which takes the appends.
    var segments: [Segment]
    public internal(set) var logStartOffset: Int64
    /// Offset the next record will get.
    public internal(set) var endOffset: Int64
    var producers: ProducerStates
    var epochs: LeaderEpochs
    /// A segment was created or removed since the last flush.
    var directoryIsDirty = false
    /// Offset of the newest stored producer snapshot, and the log's size in bytes appended since.
    var snapshotOffset: Int64 = -1
    var bytesSinceSnapshot = 0
    /// What recovery found and did beyond a torn tail; empty for a sound log.
    public internal(set) var damages: [LogDamage] = []
    /// Set when a failed call left the log in doubt; every later call is refused with it.
    var offlineReason: String?

    init(
        directory: String, disk: any Disk, configuration: LogConfiguration, segments: [Segment], logStartOffset: Int64,
        endOffset: Int64, producers: ProducerStates, epochs: LeaderEpochs
    ) {
        self.directory = directory
        self.disk = disk
        self.configuration = configuration
        self.segments = segments
        self.logStartOffset = logStartOffset
        self.endOffset = endOffset
        self.producers = producers
        self.epochs = epochs
    }

    var active: Segment { segments[segments.count - 1] }

    /// The end of what has been written.
    public var endPosition: LogPosition {
        LogPosition(offset: endOffset, segmentBase: active.baseOffset, position: active.sizeBytes)
    }

    /// Bytes in all segments.
    public var sizeBytes: Int64 { segments.reduce(0) { $0 + Int64($1.sizeBytes) } }
    public var segmentCount: Int { segments.count }
    public var producerCount: Int { producers.producers.count }
    /// Epoch of the newest batch; nil if the log never had one.
    public var latestEpoch: Int32? { epochs.latest }

    // MARK: Appending

    /// Appends one batch that `BatchValidator` has passed; base offset and leader epoch are written into `batch`.
    public func append(_ batch: ValidatedBatch, leaderEpoch: Int32, nowMS: Int64) throws(LogError) -> AppendOutcome {
        if let offlineReason { throw .offline(reason: offlineReason) }
        var header = batch.header
        if case .duplicate(let stored) = try producers.check(header) {
            return AppendOutcome(
                baseOffset: stored.firstOffset, endOffset: stored.lastOffset + 1,
                appendTimeMS: header.isLogAppendTime ? stored.timestampMS : -1, isDuplicate: true)
        }
        header.baseOffset = endOffset
        header.leaderEpoch = leaderEpoch
        batch.bytes.storeBigEndian(header.baseOffset, at: RecordBatchLayout.baseOffset)
        batch.bytes.storeBigEndian(leaderEpoch, at: RecordBatchLayout.leaderEpoch)
        try write(UnsafeRawBufferPointer(batch.bytes), header: header, nowMS: nowMS)
        return AppendOutcome(
            baseOffset: header.baseOffset, endOffset: endOffset,
            appendTimeMS: header.isLogAppendTime ? header.maxTimestamp : -1, isDuplicate: false)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, header: RecordBatchHeader, nowMS: Int64) throws(LogError) {
        try rollIfNeeded(for: header, sizeBytes: bytes.count, nowMS: nowMS)
        active.reserve(
            ahead: bytes.count, stepBytes: SegmentedLog.reserveStepBytes, limitBytes: configuration.segmentBytes)
        do throws(LogError) {
            try active.append(
                bytes, lastOffset: header.lastOffset, maxTimestampMS: header.maxTimestamp,
                offsetOfMaxTimestamp: header.lastOffset, indexIntervalBytes: configuration.indexIntervalBytes)
        } catch {
            if case .offline(let reason) = error { offlineReason = reason }
            throw error
        }
        epochs.note(epoch: header.leaderEpoch, startOffset: header.baseOffset)
        producers.note(header, nowMS: nowMS)
        endOffset = header.nextOffset
        bytesSinceSnapshot += bytes.count
    }

    /// How much space the active segment asks for at once.
    private static let reserveStepBytes = 4 << 20

    // MARK: Rolling

    private func rollIfNeeded(for header: RecordBatchHeader, sizeBytes: Int, nowMS: Int64) throws(LogError) {
        let active = active
        guard active.sizeBytes > 0 else { return }
        let isFull = active.sizeBytes + sizeBytes > configuration.segmentBytes
        let isOld = active.firstTimestampMS.map { nowMS - $0 > configuration.segmentMS && $0 >= 0 } ?? false
        let indexIsFull = active.indexBytes + 8 > configuration.indexBytesMax
        let deltaOverflows = header.lastOffset - active.baseOffset > Int64(Int32.max)
        guard isFull || isOld || indexIsFull || deltaOverflows else { return }
        try roll()
    }

    /// Closes the active segment and begins the next one at the end offset.
    func roll() throws(LogError) {
        do {
            try storeProducerSnapshot()
            try active.seal()
            let next = try Segment(directory: directory, baseOffset: endOffset, disk: disk)
            try next.cut(to: 0)
            try next.openIndexes(existing: false)
            active.closeIndexes()
            segments.append(next)
            directoryIsDirty = true
        } catch {
            throw .disk(error)
        }
    }

    // MARK: Flushing

    /// What must be synced so that everything written so far is durable. Sync the ticket without the lock, then hand
    /// its `end` to whoever waits. A failed sync must stop the process: nothing can be assumed of the files any more.
    public func beginFlush() -> FlushTicket {
        var files: [any DiskFile] = []
        for segment in segments.reversed() where segment.hasUnsyncedBytes {
            segment.hasUnsyncedBytes = false
            files.append(segment.file)
        }
        let ticket = FlushTicket(
            files: files, directory: directoryIsDirty ? directory : nil, disk: disk, end: endPosition)
        directoryIsDirty = false
        return ticket
    }

    // MARK: Derived files

    /// Writes index entries, epochs and, if due, a producer snapshot to their files, none of them made durable:
    /// recovery checks them. Called about once a second for a log that is being written.
    public func storeDerived() throws(LogError) {
        do {
            try active.persistIndexes()
            try epochs.store(directory: directory, disk: disk)
            if bytesSinceSnapshot >= SegmentedLog.snapshotIntervalBytes || producers.isDirty { try storeProducerSnapshot() }
        } catch {
            throw .disk(error)
        }
    }

    /// Without a newer snapshot, recovery reads the headers of all batches after the last one.
    private static let snapshotIntervalBytes = 8 << 20

    func storeProducerSnapshot() throws(DiskError) {
        guard snapshotOffset != endOffset else { return }
        let previous = snapshotOffset
        let path = directory + "/" + Segment.fileName(endOffset, "snapshot")
        try disk.replace(path, with: producers.encodeSnapshot(), isDurable: false)
        snapshotOffset = endOffset
        bytesSinceSnapshot = 0
        producers.snapshotStored()
        // Snapshots at segment bases serve truncation; those between serve only recovery, the newest is enough.
        if previous >= 0, !segments.contains(where: { $0.baseOffset == previous }) {
            try disk.removeFile(directory + "/" + Segment.fileName(previous, "snapshot"))
        }
    }

    /// Forgets producers that have been silent for the configured time.
    public func expireProducers(nowMS: Int64) {
        producers.expire(before: nowMS - configuration.producerExpirationMS)
    }

    /// The largest epoch at or below `epoch` with the offset at which the next begins; nil if there is none.
    public func epochEnd(of epoch: Int32) -> (epoch: Int32, endOffset: Int64)? {
        epochs.end(of: epoch, endOffset: endOffset)
    }

    public func epoch(at offset: Int64) -> Int32? { epochs.epoch(at: offset) }
}

/// Files to sync so that a log is durable up to `end`.
public struct FlushTicket: Sendable {
    public let files: [any DiskFile]
    /// The log's directory if names in it changed.
    public let directory: String?
    let disk: any Disk
    public let end: LogPosition

    /// Blocks until all is durable.
    public func sync() throws(DiskError) {
        for file in files { try file.sync() }
        if let directory { try disk.syncDirectory(directory) }
    }
}

/// Something recovery found wrong with stored bytes.
public struct LogDamage: Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        /// The end of the log was not whole and nothing valid followed: an unacknowledged write, cut off.
        case tornTail
        /// Bytes below the recovery point, once durable, are not valid. Left as they are; reads of them fail.
        case rot
        /// Invalid bytes above the recovery point with valid batches after them: cut off, after a copy was kept.
        case quarantined(copy: String)
    }

    public var kind: Kind
    public var path: String
    /// Byte range within the file, half-open.
    public var range: Range<Int>

    public var description: String {
        switch kind {
        case .tornTail:
            "\(path): torn tail of \(range.count) bytes at \(range.lowerBound), no acknowledgement covered it; cut"
        case .rot:
            "\(path): bytes \(range.lowerBound)..<\(range.upperBound) were durable and are damaged; left in place, "
                + "reads of them fail: restore the file from a copy"
        case .quarantined(let copy):
            "\(path): invalid bytes at \(range.lowerBound) above the recovery point with batches after them; "
                + "cut, \(range.count) bytes kept in \(copy)"
        }
    }
}
