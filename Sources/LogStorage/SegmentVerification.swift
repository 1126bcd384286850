/// The check of one segment with its indexes: one pass over the batches, beside which the index entries are ticked off.
struct SegmentVerification {
    /// What the segment's place in its log means for the check.
    struct Context {
        /// Where the next segment that holds bytes begins; `.max` if none follows.
        var offsetsEnd: Int64
        /// The next start reads this segment's batches and makes what it doubts of the indexes anew.
        var isScannedByRecovery: Bool
        var recoveryPoint: Int64
        /// Index entries of offsets below this were synced, and recovery believes them.
        var indexesCertainBelow: Int64
        var epochs: LeaderEpochs?
        /// The greatest leader epoch of the segments before; -1 if there is none.
        var epochBefore: Int32

        var hasBytesAfter: Bool { offsetsEnd < .max }
    }

    let path: String
    private let baseOffset: Int64
    private let sizeBytes: Int
    private let context: Context
    private let disk: any Disk
    private let directory: String

    private(set) var findings: [VerificationFinding] = []
    private(set) var batchCount = 0
    private(set) var recordCount = 0

    private var offsetEntries: ArraySlice<SparseIndex.Entry> = []
    private var timeEntries: ArraySlice<SparseIndex.Entry> = []
    private var lastTimeEntry: SparseIndex.Entry?
    private var maxTimestampMS: Int64 = -1
    /// The greatest leader epoch up to here.
    private(set) var lastEpoch: Int32
    /// A kind of finding that would come for every batch is reported once a log.
    private(set) var hasEpochFinding = false
    /// Bytes were stepped over: what the indexes say of them cannot be checked.
    private var isIncomplete = false

    init(directory: String, baseOffset: Int64, sizeBytes: Int, context: Context, disk: any Disk) {
        self.directory = directory
        self.baseOffset = baseOffset
        self.sizeBytes = sizeBytes
        self.context = context
        lastEpoch = context.epochBefore
        self.disk = disk
        path = directory + "/" + Segment.fileName(baseOffset, "log")
    }

    /// Returns the offset after the last sound batch. `progress` gets the bytes done, about every megabyte.
    mutating func run(_ progress: (Int) -> Void) throws(DiskError) -> Int64 {
        let file = try disk.open(path, creating: false)
        try loadIndexes()
        var stream = BatchStream(
            file: file, path: path, to: sizeBytes, offsets: baseOffset..<max(baseOffset, context.offsetsEnd))
        var reported = 0
        reading: while stream.position < sizeBytes {
            let start = stream.position
            do throws(LogError) {
                _ = try stream.next { (header, batch) throws(LogError) in check(header, batch, at: start) }
            } catch {
                switch error {
                case .disk(let error) where error.code == SegmentVerification.inputOutputError:
                    noteUnreadable(error, at: start)
                    break reading
                case .disk(let error):
                    throw error
                case .damaged(_, let reason):
                    // The finding names the place itself.
                    let place = "\(path) at byte \(start): "
                    let rest = reason.hasPrefix(place) ? String(reason.dropFirst(place.count)) : reason
                    guard try step(over: &stream, file, rest) else { break reading }
                default:
                    guard try step(over: &stream, file, "\(error)") else { break reading }
                }
            }
            if stream.position - reported >= 1 << 20 {
                reported = stream.position
                progress(reported)
            }
        }
        checkIndexEnds()
        return stream.offsets.lowerBound
    }

    private static let inputOutputError: CInt = 5

    private mutating func noteUnreadable(_ error: DiskError, at position: Int) {
        isIncomplete = true
        note(
            .damage, "the device cannot read the bytes from here on: \(error.operation), errno \(error.code)",
            remedy: "check the device, restore the file from a copy", at: position)
    }

    private mutating func note(
        _ severity: VerificationFinding.Severity, _ reason: String, remedy: String, at position: Int? = nil,
        path: String? = nil
    ) {
        guard findings.count < SegmentVerification.findingCountMax else { return }
        let isLast = findings.count == SegmentVerification.findingCountMax - 1
        findings.append(
            .init(
                severity: severity, path: path ?? self.path, position: position,
                reason: isLast ? "\(reason) (what more there is in this segment is not listed)" : reason,
                remedy: remedy))
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
                note(
                    .damage, "a batch of \(header.recordCount) records has \(header.sizeBytes) bytes",
                    remedy: "let consumers go on from offset \(header.nextOffset)", at: position)
            }
        } catch {
            note(
                .damage, "the batch at offset \(header.baseOffset) has a right CRC, but wrong records: \(error)",
                remedy: "let consumers go on from offset \(header.nextOffset)", at: position)
        }
        if header.leaderEpoch < lastEpoch {
            note(
                .damage, "leader epoch \(header.leaderEpoch) follows \(lastEpoch)",
                remedy: "restore the file from a copy", at: position)
        }
        lastEpoch = max(lastEpoch, header.leaderEpoch)
        checkEpoch(header)
        maxTimestampMS = max(maxTimestampMS, header.maxTimestamp)
        tickOff(header, at: position)
    }

    private mutating func checkEpoch(_ header: RecordBatchHeader) {
        // The file may lag behind the newest epoch, and behind all that the next start reads.
        guard let epochs = context.epochs, let latest = epochs.latest, header.leaderEpoch <= latest, !hasEpochFinding,
            header.lastOffset < context.recoveryPoint, let stored = epochs.epoch(at: header.baseOffset),
            stored != header.leaderEpoch
        else { return }
        hasEpochFinding = true
        note(
            .derived, "says epoch \(stored) at offset \(header.baseOffset), where a batch has \(header.leaderEpoch)",
            remedy: "delete the file: the next start learns the epochs from the batches",
            path: directory + "/" + LeaderEpochs.fileName)
    }

    /// Steps over bytes that are no batch. False if nothing valid follows.
    private mutating func step(
        over stream: inout BatchStream, _ file: any DiskFile, _ reason: String
    ) throws(DiskError) -> Bool {
        isIncomplete = true
        let start = stream.position
        var reader = BatchReader(file: file, path: path, endPosition: sizeBytes)
        let next: Int?
        do throws(LogError) {
            next = try reader.nextValidBatch(after: start, atLeast: stream.offsets.lowerBound)
        } catch {
            if case .disk(let error) = error, error.code != SegmentVerification.inputOutputError { throw error }
            next = nil
        }
        let bytes = "\((next ?? sizeBytes) - start) bytes are no batch: \(reason)"
        if stream.offsets.lowerBound < context.recoveryPoint {
            note(
                .damage, bytes, remedy: "restore the file from a copy; reads of these records fail", at: start)
        } else if next == nil, !context.hasBytesAfter {
            note(
                .notice, "\(sizeBytes - start) bytes of an unfinished write", remedy: "the next start cuts them off",
                at: start)
        } else {
            note(
                .damage, "\(bytes); batches follow",
                remedy: "restore the file from a copy, or start: the bytes from here on are taken out of the log and "
                    + "kept in .quarantine files", at: start)
        }
        guard let next else { return false }
        stream.seek(to: next)
        offsetEntries = offsetEntries.drop { Int($0.value) < next }
        return true
    }

    // MARK: Indexes

    private mutating func loadIndexes() throws(DiskError) {
        for kind in [SparseIndex.Kind.offset, .time] {
            let path = indexPath(kind)
            guard let index = try SparseIndex(opening: path, kind: kind, disk: disk) else {
                if !context.isScannedByRecovery {
                    note(.notice, "missing", remedy: "it is made when it is needed", path: path)
                }
                continue
            }
            guard try index.isSound(valueMax: kind == .offset ? sizeBytes : Int(Int32.max)) else {
                note(
                    context.isScannedByRecovery ? .notice : .derived,
                    "its entries do not rise, or the last one is cut off", remedy: SegmentVerification.indexRemedy,
                    path: path)
                continue
            }
            let entries = try index.entries()
            // Zeros that a crash has left in the place of the first entry: they point at the segment's beginning, which is
            // never wrong, so that recovery keeps them.
            let isZero = entries.first == SparseIndex.Entry(key: 0, value: 0)
            if kind == .offset {
                offsetEntries = entries.dropFirst(isZero ? 1 : 0)
            } else {
                timeEntries = entries.dropFirst(isZero ? 1 : 0)
                lastTimeEntry = entries.last
            }
        }
    }

    private func indexPath(_ kind: SparseIndex.Kind) -> String {
        directory + "/" + Segment.fileName(baseOffset, kind.fileKind)
    }

    private static let indexRemedy = "delete the file: it is made anew"

    private mutating func noteIndex(_ kind: SparseIndex.Kind, offset: Int64, _ reason: String) {
        // Of an entry that was not written whole, neither time nor offset says how far into the file it stands.
        let isUncertain = context.isScannedByRecovery && (offset >= context.indexesCertainBelow || kind == .time)
        note(isUncertain ? .notice : .derived, reason, remedy: SegmentVerification.indexRemedy, path: indexPath(kind))
    }

    private mutating func tickOff(_ header: RecordBatchHeader, at position: Int) {
        while let entry = offsetEntries.first, Int(entry.value) <= position {
            offsetEntries.removeFirst()
            let offset = baseOffset + entry.key
            guard Int(entry.value) != position || offset != header.lastOffset else { continue }
            noteIndex(
                .offset, offset: offset,
                "entry of offset \(offset) points to byte \(entry.value), but the batch at byte \(position) ends with "
                    + "offset \(header.lastOffset)")
        }
        while let entry = timeEntries.first, baseOffset + Int64(entry.value) <= header.lastOffset {
            timeEntries.removeFirst()
            let offset = baseOffset + Int64(entry.value)
            if isIncomplete, offset < header.baseOffset {
                maxTimestampMS = max(maxTimestampMS, entry.key)
                continue
            }
            guard entry.key != maxTimestampMS else { continue }
            noteIndex(
                .time, offset: offset,
                "entry of offset \(offset) has the time \(entry.key), but the greatest so far is \(maxTimestampMS)")
        }
    }

    /// Entries behind the last batch, and the last time of a closed segment.
    private mutating func checkIndexEnds() {
        guard !isIncomplete else { return }
        if let entry = offsetEntries.first {
            let offset = baseOffset + entry.key
            noteIndex(.offset, offset: offset, "entry of offset \(offset) lies beyond the last batch")
        }
        if let entry = timeEntries.first {
            let offset = baseOffset + Int64(entry.value)
            noteIndex(.time, offset: offset, "entry of offset \(offset) lies beyond the last batch")
        }
        if !context.isScannedByRecovery, maxTimestampMS >= 0, let last = lastTimeEntry, last.key != maxTimestampMS {
            noteIndex(
                .time, offset: baseOffset + Int64(last.value),
                "ends with time \(last.key), but the greatest is \(maxTimestampMS)")
        }
    }
}
