/// The check of one segment with its indexes: one pass over the batches, beside which the index entries are ticked off.
struct SegmentVerification {
    let path: String
    private let baseOffset: Int64
    /// Nil: the last segment of the log.
    private let nextBase: Int64?
    private let recoveryPoint: Int64
    private let epochs: LeaderEpochs?
    private let disk: any Disk
    private let directory: String

    private(set) var findings: [VerificationFinding] = []
    private(set) var sizeBytes = 0
    private(set) var batchCount = 0
    private(set) var recordCount = 0

    private var offsetEntries: ArraySlice<SparseIndex.Entry> = []
    private var timeEntries: ArraySlice<SparseIndex.Entry> = []
    private var lastTimeEntry: SparseIndex.Entry?
    private var maxTimestampMS: Int64 = -1
    private var lastEpoch: Int32 = -1
    /// A kind of finding that would come for every batch is reported once.
    private var hasEpochFinding = false

    init(
        directory: String, baseOffset: Int64, nextBase: Int64?, recoveryPoint: Int64, epochs: LeaderEpochs?, disk: any Disk
    ) {
        self.directory = directory
        self.baseOffset = baseOffset
        self.nextBase = nextBase
        self.recoveryPoint = recoveryPoint
        self.epochs = epochs
        self.disk = disk
        path = directory + "/" + Segment.fileName(baseOffset, "log")
    }

    /// Returns the offset after the last sound batch. `progress` gets the bytes done, about every megabyte.
    mutating func run(_ progress: (Int) -> Void) throws(DiskError) -> Int64 {
        let file = try disk.open(path, creating: false)
        sizeBytes = try file.size()
        try loadIndexes()
        var stream = BatchStream(file: file, path: path, to: sizeBytes, offsets: baseOffset..<(nextBase ?? .max))
        var reported = 0
        while true {
            do throws(LogError) {
                let start = stream.position
                guard try stream.next({ (header, batch) throws(LogError) in check(header, batch, at: start) }) != nil else {
                    break
                }
            } catch {
                if case .disk(let error) = error { throw error }
                guard try step(over: &stream, file, "\(error)") else { break }
            }
            if stream.position - reported >= 1 << 20 {
                reported = stream.position
                progress(reported)
            }
        }
        checkIndexEnds()
        return stream.offsets.lowerBound
    }

    private mutating func note(
        _ severity: VerificationFinding.Severity, _ reason: String, at position: Int? = nil, path: String? = nil
    ) {
        guard findings.count < SegmentVerification.findingCountMax else { return }
        let isLast = findings.count == SegmentVerification.findingCountMax - 1
        findings.append(
            .init(
                severity: severity, path: path ?? self.path, position: position,
                reason: isLast ? "\(reason) (what more there is in this segment is not listed)" : reason))
    }

    private static let findingCountMax = 100

    // MARK: Batches

    private mutating func check(_ header: RecordBatchHeader, _ batch: UnsafeRawBufferPointer, at position: Int) {
        batchCount += 1
        do throws(RecordError) {
            if header.recordCount > 0 {
                var count = 0
                try forEachStoredRecord(of: header, in: batch) { _ in count += 1 }
                recordCount += count
            } else if header.sizeBytes != RecordBatchLayout.records {
                note(.damage, "a batch of \(header.recordCount) records has \(header.sizeBytes) bytes", at: position)
            }
        } catch {
            note(.damage, "the batch at offset \(header.baseOffset) is as it was sent, but: \(error)", at: position)
        }
        if header.leaderEpoch < lastEpoch {
            note(.damage, "leader epoch \(header.leaderEpoch) follows \(lastEpoch)", at: position)
        }
        lastEpoch = max(lastEpoch, header.leaderEpoch)
        checkEpoch(header)
        maxTimestampMS = max(maxTimestampMS, header.maxTimestamp)
        tickOff(header, at: position)
    }

    private mutating func checkEpoch(_ header: RecordBatchHeader) {
        // The file may lag behind the newest epoch.
        guard let epochs, let latest = epochs.latest, header.leaderEpoch <= latest, !hasEpochFinding,
            let stored = epochs.epoch(at: header.baseOffset), stored != header.leaderEpoch
        else { return }
        hasEpochFinding = true
        note(
            .derived, "says epoch \(stored) at offset \(header.baseOffset), where a batch has \(header.leaderEpoch)",
            path: directory + "/" + LeaderEpochs.fileName)
    }

    /// Steps over bytes that are no batch. False if nothing valid follows.
    private mutating func step(
        over stream: inout BatchStream, _ file: any DiskFile, _ reason: String
    ) throws(DiskError) -> Bool {
        let start = stream.position
        var reader = BatchReader(file: file, path: path, endPosition: sizeBytes)
        let next: Int?
        do throws(LogError) {
            next = try reader.nextValidBatch(after: start, atLeast: stream.offsets.lowerBound)
        } catch {
            if case .disk(let error) = error { throw error }
            next = nil
        }
        guard let next else {
            let isTornTail = nextBase == nil && stream.offsets.lowerBound >= recoveryPoint
            note(
                isTornTail ? .notice : .damage,
                isTornTail
                    ? "\(sizeBytes - start) bytes of an unfinished write; the next start cuts them off"
                    : "\(sizeBytes - start) bytes are no batch: \(reason)", at: start)
            return false
        }
        note(.damage, "\(next - start) bytes are no batch: \(reason)", at: start)
        stream.seek(to: next)
        return true
    }

    // MARK: Indexes

    private mutating func loadIndexes() throws(DiskError) {
        for kind in [SparseIndex.Kind.offset, .time] {
            let path = directory + "/" + Segment.fileName(baseOffset, kind.fileKind)
            guard let index = try SparseIndex(opening: path, kind: kind, disk: disk) else {
                if nextBase != nil { note(.derived, "missing; made anew when it is needed", path: path) }
                continue
            }
            guard try index.isSound(valueMax: kind == .offset ? sizeBytes : Int(Int32.max)) else {
                note(.derived, "entries do not rise, or the last is cut off; made anew when it is needed", path: path)
                continue
            }
            let entries = try index.entries()
            if kind == .offset {
                offsetEntries = entries[...]
            } else {
                timeEntries = entries[...]
                lastTimeEntry = entries.last
            }
        }
    }

    private mutating func tickOff(_ header: RecordBatchHeader, at position: Int) {
        while let entry = offsetEntries.first, Int(entry.value) <= position {
            offsetEntries.removeFirst()
            guard Int(entry.value) != position || baseOffset + entry.key != header.lastOffset else { continue }
            note(
                .derived,
                "entry (\(baseOffset + entry.key), \(entry.value)), where the batch at \(position) ends with offset "
                    + "\(header.lastOffset)", path: directory + "/" + Segment.fileName(baseOffset, "index"))
        }
        while let entry = timeEntries.first, baseOffset + Int64(entry.value) <= header.lastOffset {
            timeEntries.removeFirst()
            guard entry.key != maxTimestampMS else { continue }
            note(
                .derived,
                "entry (\(entry.key), \(baseOffset + Int64(entry.value))), where the greatest time so far is \(maxTimestampMS)",
                path: directory + "/" + Segment.fileName(baseOffset, "timeindex"))
        }
    }

    /// Entries behind the last batch, and the last time of a closed segment.
    private mutating func checkIndexEnds() {
        if let entry = offsetEntries.first {
            note(
                .derived, "entry (\(baseOffset + entry.key), \(entry.value)) lies beyond the last batch",
                path: directory + "/" + Segment.fileName(baseOffset, "index"))
        }
        if let entry = timeEntries.first {
            note(
                .derived, "entry (\(entry.key), \(baseOffset + Int64(entry.value))) lies beyond the last batch",
                path: directory + "/" + Segment.fileName(baseOffset, "timeindex"))
        }
        if nextBase != nil, maxTimestampMS >= 0, let last = lastTimeEntry, last.key != maxTimestampMS {
            note(
                .derived, "ends with time \(last.key), but the segment's greatest is \(maxTimestampMS): delete the file",
                path: directory + "/" + Segment.fileName(baseOffset, "timeindex"))
        }
    }
}
