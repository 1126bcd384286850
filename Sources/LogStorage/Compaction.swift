// Compaction: of each key only the newest record stays (Kafka's `cleanup.policy=compact`, KIP-534 for tombstones).
//
// Two passes. The first walks the dirty part, oldest first, and notes the newest offset of each key. The second rewrites
// all closed segments below: a record stays if no newer one of its key is known; a tombstone (null value) stays until
// `delete.retention.ms` after the pass that first met it, which leaves that time in its batch (attribute bit 6, base
// timestamp). Offsets never change: batches keep base offset, last offset delta, producer and sequence, and a batch from
// which records go is built anew. A batch that loses all records stays, empty, if it is one of its producer's last five, so
// that it is still known if it comes again (Kafka keeps the last one only), or the last of its segment, so that segments
// still follow each other without gaps.
//
// The active segment, what is not known to be durable, and segments with bytes that are no batch are left alone.

/// What a compaction did.
public struct CompactionOutcome: Equatable, Sendable {
    /// Offset below which each key now stands once.
    public var firstDirtyOffset: Int64
    public var segmentCountBefore = 0
    public var segmentCountAfter = 0
    public var bytesBefore = 0
    public var bytesAfter = 0
    /// Distinct keys of the dirty part.
    public var keyCount = 0
    /// Segments or batches that could not be read and were left as they are.
    public var damages: [LogDamage] = []
}

/// A segment that was closed when the plan was made. Its file does not change any more.
struct ClosedSegment: Sendable {
    var baseOffset: Int64
    /// Where the next segment begins.
    var endOffset: Int64
    var path: String
    var file: any DiskFile
    var sizeBytes: Int
    var indexBytes: Int

    func batches() -> BatchStream {
        BatchStream(file: file, path: path, to: sizeBytes, offsets: baseOffset..<endOffset)
    }
}

/// What to compact: made under the log's lock, worked on without it.
public struct CompactionPlan: Sendable {
    let directory: String
    let disk: any Disk
    let configuration: LogConfiguration
    /// Clean and dirty, oldest first.
    let segments: [ClosedSegment]
    let firstDirtyOffset: Int64
    /// Last offsets of the batches by which producers are known: those stay.
    let windowOffsets: Set<Int64>
    let truncationCount: Int
    let nowMS: Int64
}

/// A segment made from one or more, durable under its `.swap` name.
public struct CleanedSegment: Sendable {
    let sources: [Int64]
    let truncationCount: Int
    let sizeBytes: Int

    var baseOffset: Int64 { sources[0] }
}

/// The work of one compaction, without the log's lock.
///
///     var compaction = Compaction(plan)
///     try compaction.mapKeys()
///     while let cleaned = try compaction.cleanNext() { … swap it in … }
public struct Compaction: ~Copyable {
    private let plan: CompactionPlan
    private var keys: KeyOffsets
    /// Segments to rewrite, in the groups that become one segment each; the next group is the last.
    private var groups: [[ClosedSegment]] = []
    public private(set) var outcome: CompactionOutcome
    private let isAbandoned: () -> Bool

    /// `isAbandoned` is asked before each batch: with true the work ends, throwing `offline`.
    public init(_ plan: CompactionPlan, isAbandoned: @escaping () -> Bool = { false }) {
        self.plan = plan
        self.isAbandoned = isAbandoned
        keys = KeyOffsets(memoryBytesMax: plan.configuration.compactionMapBytesMax)
        outcome = CompactionOutcome(firstDirtyOffset: plan.firstDirtyOffset)
    }

    // MARK: First pass

    /// Notes the newest offset of each key of the dirty part, as far as memory reaches, and groups the segments.
    public mutating func mapKeys() throws(LogError) {
        var sound: [ClosedSegment] = []
        var end = plan.firstDirtyOffset
        for segment in plan.segments {
            if segment.endOffset <= plan.firstDirtyOffset {
                sound.append(segment)
                continue
            }
            var stream = segment.batches()
            var isFull = false
            do throws(LogError) {
                while let step = try stream.next({ (header, batch) throws(LogError) in try map(header, batch) }) {
                    isFull = !step
                    if isFull { break }
                }
                sound.append(segment)
            } catch {
                guard case .damaged = error else { throw error }
                outcome.damages.append(
                    .init(kind: .rot, path: segment.path, range: stream.position..<segment.sizeBytes))
            }
            if isFull { break }
            end = segment.endOffset
        }
        // A table that is full ends the pass within a segment; the part after it is rewritten as it is.
        outcome.firstDirtyOffset = max(end, keys.latestOffset + 1)
        outcome.keyCount = keys.count
        groups = group(sound.filter { $0.baseOffset < outcome.firstDirtyOffset }).reversed()
    }

    /// Returns false if there is no room for the batch's keys.
    private mutating func map(_ header: RecordBatchHeader, _ batch: UnsafeRawBufferPointer) throws(LogError) -> Bool {
        try checkNotAbandoned()
        guard header.lastOffset >= plan.firstDirtyOffset, !header.isControl, header.recordCount > 0 else { return true }
        var found: [(key: KeyOffsets.Key, offset: Int64)] = []
        do throws(RecordError) {
            try forEachStoredRecord(of: header, in: batch) { record in
                guard let key = record.key else { return }
                found.append((KeyOffsets.Key(key), header.baseOffset + Int64(record.offsetDelta)))
            }
        } catch {
            // Its records are not known, so none of them replaces another; the second pass reports it.
            return true
        }
        guard keys.hasRoom(for: found.count) else { return false }
        for (key, offset) in found where offset >= plan.firstDirtyOffset { keys.put(key, offset: offset) }
        keys.noteEnd(header.lastOffset)
        return true
    }

    /// Consecutive segments that fit into one.
    private func group(_ segments: [ClosedSegment]) -> [[ClosedSegment]] {
        var groups: [[ClosedSegment]] = []
        var sizeBytes = 0
        var indexBytes = 0
        for segment in segments {
            if let first = groups.last?.first, let last = groups.last?.last, last.endOffset == segment.baseOffset,
                sizeBytes + segment.sizeBytes <= plan.configuration.segmentBytes,
                indexBytes + segment.indexBytes <= plan.configuration.indexBytesMax,
                segment.endOffset - first.baseOffset <= Int64(Int32.max)
            {
                groups[groups.count - 1].append(segment)
            } else {
                groups.append([segment])
                sizeBytes = 0
                indexBytes = 0
            }
            sizeBytes += segment.sizeBytes
            indexBytes += segment.indexBytes
        }
        return groups
    }

    // MARK: Second pass

    /// Rewrites the next group and makes the result durable under its `.swap` name. Nil when all is done. Groups of
    /// which everything stays are passed over.
    public mutating func cleanNext() throws(LogError) -> CleanedSegment? {
        while let group = groups.popLast() {
            outcome.segmentCountBefore += group.count
            let before = group.reduce(0) { $0 + $1.sizeBytes }
            outcome.bytesBefore += before
            do throws(DiskError) {
                let target = try Segment(
                    directory: plan.directory, baseOffset: group[0].baseOffset, disk: plan.disk,
                    indexIntervalBytes: plan.configuration.indexIntervalBytes, suffix: ".cleaned", isNew: true)
                var writer = CompactionWriter(target)
                let isWhole: Bool
                do throws(LogError) {
                    isWhole = try clean(group, into: &writer)
                } catch {
                    if case .disk(let error) = error { throw error }
                    return nil
                }
                guard isWhole, writer.hasChanges || group.count > 1 else {
                    try discard(target)
                    outcome.segmentCountAfter += group.count
                    outcome.bytesAfter += before
                    continue
                }
                try writer.finish()
                try promote(target)
                outcome.segmentCountAfter += 1
                outcome.bytesAfter += target.sizeBytes
                return CleanedSegment(
                    sources: group.map(\.baseOffset), truncationCount: plan.truncationCount, sizeBytes: target.sizeBytes
                )
            } catch {
                throw .disk(error)
            }
        }
        return nil
    }

    private func discard(_ segment: Segment) throws(DiskError) {
        for path in [segment.path, segment.indexPath(.offset), segment.indexPath(.time)] {
            try plan.disk.removeFile(path)
        }
    }

    private func promote(_ segment: Segment) throws(DiskError) {
        let cleaned = CompactionSwap.kinds.map { plan.directory + "/" + Segment.fileName(segment.baseOffset, $0) }
        for path in cleaned { try plan.disk.rename(path + ".cleaned", to: path + ".swap") }
        try plan.disk.syncDirectory(plan.directory)
    }

    /// False if a segment turned out to hold bytes that are no batch.
    private mutating func clean(_ group: [ClosedSegment], into writer: inout CompactionWriter) throws(LogError) -> Bool
    {
        for (index, segment) in group.enumerated() {
            var stream = segment.batches()
            var unreadable: [Range<Int>] = []
            do throws(LogError) {
                while stream.position < segment.sizeBytes {
                    let start = stream.position
                    let isReadable = try stream.next { (header, batch) throws(LogError) in
                        try checkNotAbandoned()
                        let isLast = index == group.count - 1 && start + header.sizeBytes == segment.sizeBytes
                        return try writer.clean(
                            header, batch, rules: rules(for: header, staysIfEmpty: isLast), keys: keys)
                    }
                    if isReadable == false { unreadable.append(start..<stream.position) }
                }
            } catch {
                guard case .damaged = error else { throw error }
                unreadable.append(stream.position..<segment.sizeBytes)
                for range in unreadable { outcome.damages.append(.init(kind: .rot, path: segment.path, range: range)) }
                return false
            }
            for range in unreadable { outcome.damages.append(.init(kind: .rot, path: segment.path, range: range)) }
        }
        return true
    }

    private func checkNotAbandoned() throws(LogError) {
        if isAbandoned() { throw .offline(reason: "compaction of \(plan.directory) was called off") }
    }

    private func rules(for header: RecordBatchHeader, staysIfEmpty isLast: Bool) -> CompactionWriter.Rules {
        let isInWindow = header.hasProducer && plan.windowOffsets.contains(header.lastOffset)
        let (horizonMS, isBeyondTime) = plan.nowMS.addingReportingOverflow(plan.configuration.deleteRetentionMS)
        return .init(
            staysIfEmpty: isLast || isInWindow, nowMS: plan.nowMS,
            newDeleteHorizonMS: isBeyondTime ? .max : horizonMS,
            cleanBelow: outcome.firstDirtyOffset)
    }
}
