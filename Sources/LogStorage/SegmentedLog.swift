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

    public init(baseOffset: Int64, endOffset: Int64, appendTimeMS: Int64, isDuplicate: Bool) {
        self.baseOffset = baseOffset
        self.endOffset = endOffset
        self.appendTimeMS = appendTimeMS
        self.isDuplicate = isDuplicate
    }
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
    /// Files of segments that were closed since the last flush, and are to be synced with it.
    var unsyncedFiles: [any DiskFile] = []
    /// Offsets of the stored producer snapshots, rising, and the log's size in bytes appended since the last.
    var snapshotOffsets: [Int64] = []
    var bytesSinceSnapshot = 0
    /// Calls of `beginStoringDerived` since the last snapshot.
    private var roundsSinceSnapshot = 0
    /// Below this, closed segments hold each key once: compaction has been there.
    public internal(set) var firstDirtyOffset: Int64 = 0
    /// What recovery found and did beyond a torn tail; empty for a sound log.
    public internal(set) var damages: [LogDamage] = []
    /// Recovery left out offsets before the end: a recovery point above the gap tells the next one that it is meant.
    var needsCheckpoint = false
    /// Set when a failed call left the log in doubt; every later call is refused with it.
    public internal(set) var offlineReason: String?
    /// How often the log was cut: work begun before a cut must not be taken for done after it.
    public internal(set) var truncationCount = 0
    private let volume: any DiskVolume

    init(
        directory: String, disk: any Disk, configuration: LogConfiguration, segments: [Segment], logStartOffset: Int64,
        endOffset: Int64, producers: ProducerStates, epochs: LeaderEpochs, volume: any DiskVolume
    ) {
        self.directory = directory
        self.disk = disk
        self.configuration = configuration
        self.segments = segments
        self.logStartOffset = logStartOffset
        self.endOffset = endOffset
        self.producers = producers
        self.epochs = epochs
        self.volume = volume
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

    /// The last sequence number stored of a producer; nil if it is not known.
    public func lastSequence(ofProducer producerID: Int64) -> Int32? { producers.producers[producerID]?.lastSequence }
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
        let active = active
        active.reserve(
            ahead: bytes.count, stepBytes: SegmentedLog.reserveStepBytes, limitBytes: configuration.segmentBytes)
        if active.firstWriteMS == nil { active.firstWriteMS = nowMS }
        do throws(LogError) {
            try active.append(
                bytes, lastOffset: header.lastOffset, maxTimestampMS: header.maxTimestamp,
                offsetOfMaxTimestamp: header.lastOffset)
        } catch {
            if case .offline(let reason) = error { offlineReason = reason }
            throw error
        }
        epochs.note(epoch: header.leaderEpoch, startOffset: header.baseOffset)
        producers.note(header, nowMS: nowMS)
        endOffset = header.nextOffset
        bytesSinceSnapshot += bytes.count
    }

    /// How much space the active segment asks for at once. Measured with a sync a MiB on ext4: 4 MiB saves a tenth of the
    /// time and a quarter of the system's processor time against none; 64 MiB hardly more.
    private static let reserveStepBytes = 4 << 20

    // MARK: Rolling

    private func rollIfNeeded(for header: RecordBatchHeader, sizeBytes: Int, nowMS: Int64) throws(LogError) {
        let active = active
        guard active.sizeBytes > 0 else { return }
        let isFull = active.sizeBytes + sizeBytes > configuration.segmentBytes
        let indexIsFull = active.indexBytes + 8 > configuration.indexBytesMax
        let deltaOverflows = header.lastOffset - active.baseOffset > Int64(Int32.max)
        guard isFull || indexIsFull || deltaOverflows || isOld(active, for: header, nowMS: nowMS) else { return }
        try roll()
    }

    /// Age is the distance of the records' times, as in Kafka, so that old records can be loaded into a new log.
    /// Where records have no time, it is that since the first write.
    private func isOld(_ segment: Segment, for header: RecordBatchHeader, nowMS: Int64) -> Bool {
        // Records are to become compactable in time.
        let limitMS =
            configuration.isCompacted
            ? min(configuration.segmentMS, configuration.compactionLagMSMax) : configuration.segmentMS
        if let firstMS = segment.firstTimestampMS, firstMS >= 0, header.maxTimestamp >= 0 {
            return header.maxTimestamp - firstMS > limitMS
        }
        guard let firstWriteMS = segment.firstWriteMS else { return false }
        return nowMS - firstWriteMS > limitMS
    }

    /// Closes the active segment and begins the next one at the end offset.
    func roll() throws(LogError) {
        do {
            try storeProducerSnapshot()
            let active = active
            let indexFiles = try active.seal()
            let next = try makeSegment(at: endOffset)
            if active.hasUnsyncedBytes { unsyncedFiles.append(active.file) }
            active.hasUnsyncedBytes = false
            unsyncedFiles += indexFiles
            active.closeIndexes()
            segments.append(next)
            directoryIsDirty = true
        } catch {
            throw .disk(error)
        }
    }

    /// A file that is left of a failed try would, after a restart, hide what is appended to the segment before it.
    private func makeSegment(at offset: Int64) throws(DiskError) -> Segment {
        do {
            return try Segment(
                directory: directory, baseOffset: offset, disk: disk,
                indexIntervalBytes: configuration.indexIntervalBytes, isNew: true)
        } catch {
            do {
                try disk.removeFile(directory + "/" + Segment.fileName(offset, "log"))
                directoryIsDirty = true
            } catch let second {
                offlineReason = "\(second)"
            }
            throw error
        }
    }

    // MARK: Flushing

    /// What must be synced so that everything written so far is durable. Sync the ticket without the lock, then hand
    /// its `end` to whoever waits. A failed sync must stop the process: nothing can be assumed of the files any more.
    public func beginFlush() -> FlushTicket {
        var files = unsyncedFiles
        unsyncedFiles.removeAll()
        if active.hasUnsyncedBytes { files.append(active.file) }
        active.hasUnsyncedBytes = false
        let ticket = FlushTicket(
            files: files, directory: directoryIsDirty ? directory : nil, disk: disk, volume: volume, end: endPosition,
            truncationCount: truncationCount)
        directoryIsDirty = false
        return ticket
    }

    // MARK: Derived files

    /// Writes index entries, epochs and, if due, a producer snapshot to their files; `DerivedFiles` says how. Blocks.
    /// Called about once a second for a log that is being written, and with `isLast` before an orderly end, so that the
    /// next start has nothing to scan.
    public func storeDerived(isLast: Bool = false) throws(LogError) {
        let files = try beginStoringDerived(isLast: isLast)
        do { try files.store() } catch { throw .disk(error) }
        try endStoringDerived(files)
    }

    /// The part of `storeDerived` that needs the log for itself.
    public func beginStoringDerived(isLast: Bool = false) throws(LogError) -> DerivedFiles {
        do { try active.persistIndexes() } catch { throw .disk(error) }
        var files = DerivedFiles(disk: disk, truncationCount: truncationCount)
        if epochs.isDirty {
            files.epochs = (directory + "/" + LeaderEpochs.fileName, epochs.lines)
        }
        roundsSinceSnapshot += 1
        let isDue =
            bytesSinceSnapshot >= SegmentedLog.snapshotIntervalBytes || isLast
            || (bytesSinceSnapshot >= SegmentedLog.idleSnapshotBytesMin
                && roundsSinceSnapshot >= SegmentedLog.idleSnapshotRounds)
        if isDue, bytesSinceSnapshot > 0, snapshotOffsets.last != endOffset {
            files.indexFiles = active.indexFiles
            files.indexCheckpoint = (indexCheckpointPath, ["\(active.baseOffset) \(endOffset)"])
            files.snapshot = (snapshotPath(endOffset), producers.encodeSnapshot(), endOffset)
            bytesSinceSnapshot = 0
            roundsSinceSnapshot = 0
        }
        return files
    }

    /// Whether a later round has something to do though nothing more is written: enough was written for a snapshot that
    /// waits for its time, or epochs are not known to be stored.
    public var hasDerivedFilesToStore: Bool {
        bytesSinceSnapshot >= SegmentedLog.idleSnapshotBytesMin || epochs.isDirty
    }

    /// Takes note that the files are stored. What the log has been cut below meanwhile is removed again.
    public func endStoringDerived(_ files: DerivedFiles) throws(LogError) {
        if let stored = files.epochs, stored.lines == epochs.lines { epochs.isDirty = false }
        guard let offset = files.snapshot?.offset else { return }
        do {
            if files.truncationCount == truncationCount {
                noteSnapshot(at: offset)
                try dropOldSnapshots()
            } else {
                try disk.removeFile(snapshotPath(offset))
            }
        } catch {
            throw .disk(error)
        }
    }

    /// Recovery reads the headers of all batches after the last snapshot.
    private static let snapshotIntervalBytes = 64 << 20
    /// A log that is written to slowly gets one too, after so many rounds if it is worth it.
    private static let idleSnapshotRounds = 60
    private static let idleSnapshotBytesMin = 1 << 20

    var indexCheckpointPath: String { directory + "/" + SegmentedLog.indexCheckpointName }
    static let indexCheckpointName = "index-checkpoint"

    func snapshotPath(_ offset: Int64) -> String { directory + "/" + Segment.fileName(offset, "snapshot") }

    /// Stores a snapshot where a segment is to begin, for truncation and for recovery; not durably.
    func storeProducerSnapshot() throws(DiskError) {
        guard snapshotOffsets.last != endOffset else { return }
        try disk.replace(snapshotPath(endOffset), with: producers.encodeSnapshot(), isDurable: false)
        noteSnapshot(at: endOffset)
        bytesSinceSnapshot = 0
        roundsSinceSnapshot = 0
        try dropOldSnapshots()
    }

    private func noteSnapshot(at offset: Int64) {
        snapshotOffsets.removeAll { $0 == offset }
        let index = snapshotOffsets.firstIndex { $0 > offset } ?? snapshotOffsets.endIndex
        snapshotOffsets.insert(offset, at: index)
    }

    /// Keeps the snapshots at segment bases and the last two of the others: the last but one may be all there is after
    /// a crash.
    private func dropOldSnapshots() throws(DiskError) {
        var others = 0
        for offset in snapshotOffsets.reversed() {
            let segment = segments[segmentIndex(of: offset)]
            if segment.baseOffset == offset || offset == endOffset { continue }
            others += 1
            guard others > 2 else { continue }
            try disk.removeFile(snapshotPath(offset))
            snapshotOffsets.removeAll { $0 == offset }
        }
    }

    /// Drops the snapshots above an offset: they tell of batches that are not there any more.
    func dropSnapshots(after offset: Int64) throws(DiskError) {
        while let last = snapshotOffsets.last, last > offset {
            try disk.removeFile(snapshotPath(last))
            snapshotOffsets.removeLast()
            directoryIsDirty = true
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
    /// The device of all of them.
    public let volume: any DiskVolume
    public let end: LogPosition
    /// A ticket from before a cut says nothing of what was written after it.
    public let truncationCount: Int

    /// Calls to the device that `sync` makes.
    public var syncCount: Int { files.count + (directory == nil ? 0 : 1) }

    /// Blocks until all is durable.
    public func sync() throws(DiskError) {
        for file in files { try file.sync() }
        if let directory { try disk.syncDirectory(directory) }
    }
}

/// Files derived from a log that are to be stored without its lock.
public struct DerivedFiles: Sendable {
    let disk: any Disk
    let truncationCount: Int
    var snapshot: (path: String, bytes: [UInt8], offset: Int64)?
    /// Synced before the index checkpoint says so.
    var indexFiles: [any DiskFile] = []
    var indexCheckpoint: (path: String, lines: [String])?
    /// Durable too, before a recovery point passes the batch that began the epoch.
    var epochs: (path: String, lines: [String])?

    init(disk: any Disk, truncationCount: Int) {
        self.disk = disk
        self.truncationCount = truncationCount
    }

    /// Blocks until all is durable.
    public func store() throws(DiskError) {
        if let snapshot {
            try disk.replace(snapshot.path, with: snapshot.bytes)
        }
        if let indexCheckpoint {
            for file in indexFiles { try file.sync() }
            try TextCheckpoint.write(indexCheckpoint.lines, to: indexCheckpoint.path, disk: disk)
        }
        if let epochs { try TextCheckpoint.write(epochs.lines, to: epochs.path, disk: disk) }
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
        case .rot where range.isEmpty:
            "\(path): bytes that were durable are missing after \(range.lowerBound); their offsets are not used again: "
                + "restore the file from a copy"
        case .rot:
            "\(path): bytes \(range.lowerBound)..<\(range.upperBound) were durable and are damaged; left in place, "
                + "reads of them fail: restore the file from a copy"
        case .quarantined(let copy):
            "\(path): invalid bytes at \(range.lowerBound) above the recovery point with batches after them; "
                + "cut, \(range.count) bytes kept in \(copy)"
        }
    }
}
