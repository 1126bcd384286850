/// The check of one log's directory: its segments one after the other, and that they follow on each other.
///
/// What the next start will settle by itself is told from what was lost by the recovery point, as `Recovery` does.
struct LogVerification {
    private let directory: String
    /// By rising base offset.
    let segments: [(base: Int64, sizeBytes: Int)]
    private let checkpoint: LogCheckpoint
    /// False if the file of start offsets cannot be read.
    private let isStartKnown: Bool
    private let disk: any Disk

    private(set) var findings: [VerificationFinding] = []
    private(set) var byteCount = 0
    private(set) var batchCount = 0
    private(set) var recordCount = 0
    /// Offset after the last sound batch.
    private(set) var endOffset: Int64 = 0

    init(
        directory: String, segments: [(base: Int64, sizeBytes: Int)], checkpoint: LogCheckpoint, isStartKnown: Bool,
        disk: any Disk
    ) {
        self.directory = directory
        self.segments = segments
        self.checkpoint = checkpoint
        self.isStartKnown = isStartKnown
        self.disk = disk
    }

    private mutating func note(
        _ severity: VerificationFinding.Severity, _ name: String?, _ reason: String, remedy: String
    ) {
        findings.append(
            .init(
                severity: severity, path: name.map { directory + "/" + $0 } ?? directory, reason: reason, remedy: remedy
            ))
    }

    /// `progress` gets a file and the bytes done in the whole log, about every megabyte.
    mutating func run(_ progress: (String, Int) -> Void) throws(DiskError) {
        let names = try disk.list(directory).sorted()
        for name in names { checkName(name) }
        var epochs = try loadEpochs()
        let certain = try loadIndexCheckpoint()
        let isBeingSwapped = names.contains { $0.hasSuffix(".log.swap") }
        let hasQuarantine = names.contains { $0.hasSuffix(".quarantine") }

        let firstBase = segments.first?.base ?? checkpoint.logStartOffset
        endOffset = isStartKnown ? min(checkpoint.logStartOffset, firstBase) : firstBase
        let epochStarts = Set(epochs?.entries.map(\.startOffset) ?? [])
        var lastEpoch: Int32 = -1
        for (index, segment) in segments.enumerated() {
            let later = segments[(index + 1)...]
            // One that recoveries left empty: the next that holds bytes shows what is missing.
            if segment.sizeBytes == 0, later.contains(where: { $0.sizeBytes > 0 }) {
                if recoveryBegan(at: segment.base, epochStarts) { endOffset = max(endOffset, segment.base) }
                continue
            }
            // What lies below the start was deleted, and its files go in any order.
            if segment.base > endOffset, segment.base > checkpoint.logStartOffset {
                let isEmptyToTheEnd = segments[index...].allSatisfy { $0.sizeBytes == 0 }
                checkGap(
                    before: segment.base,
                    isSettled: isBeingSwapped || hasQuarantine || recoveryBegan(at: segment.base, epochStarts),
                    isUnfinished: isEmptyToTheEnd && endOffset >= checkpoint.recoveryPoint)
            }
            var verification = SegmentVerification(
                directory: directory, baseOffset: segment.base, sizeBytes: segment.sizeBytes,
                context: .init(
                    offsetsEnd: later.first { $0.sizeBytes > 0 }?.base ?? .max,
                    // The next start goes through the segments from the last that begins below the recovery point.
                    isScannedByRecovery: later.first.map { $0.base >= checkpoint.recoveryPoint } ?? true,
                    recoveryPoint: checkpoint.recoveryPoint,
                    indexesCertainBelow: certain.base == segment.base ? certain.offset : segment.base,
                    epochs: epochs, epochBefore: lastEpoch),
                disk: disk)
            let done = byteCount
            let path = verification.path
            endOffset = max(endOffset, try verification.run { bytes in progress(path, done + bytes) })
            lastEpoch = verification.lastEpoch
            if verification.hasEpochFinding { epochs = nil }
            byteCount += segment.sizeBytes
            batchCount += verification.batchCount
            recordCount += verification.recordCount
            findings += verification.findings
        }
        checkEnds()
        try checkSnapshots(names)
    }

    /// Whether a segment is one that a recovery began after offsets which were lost before they were durable. A start has
    /// its own epoch; until a batch of it is stored durably, the recovery point stands there.
    private func recoveryBegan(at base: Int64, _ epochStarts: Set<Int64>) -> Bool {
        base == checkpoint.recoveryPoint || epochStarts.contains(base)
    }

    private mutating func checkGap(before base: Int64, isSettled: Bool, isUnfinished: Bool) {
        let name = Segment.fileName(base, "log")
        let first = max(endOffset, checkpoint.logStartOffset)
        let reason = "offsets \(first) to \(base - 1) before this segment are missing"
        if isSettled {
            note(
                .notice, name, reason + ", left out by a recovery or a compaction",
                remedy: "look at the .quarantine files if there are any")
        } else if isUnfinished {
            note(.notice, name, reason + ", of an unfinished write", remedy: "the next start settles it")
        } else if endOffset >= checkpoint.recoveryPoint {
            note(
                .damage, name, reason + ": a segment file is gone",
                remedy:
                    "restore it from a copy, or start: the segments from here on are taken out of the log and kept in "
                    + ".quarantine files")
        } else {
            note(
                .damage, name, reason + ": a segment file is gone, or bytes are missing at the end of the one before",
                remedy: "restore the files from a copy")
        }
    }

    private mutating func checkEnds() {
        if endOffset < checkpoint.recoveryPoint {
            note(
                .damage, nil, "ends at offset \(endOffset), but was durable up to \(checkpoint.recoveryPoint)",
                remedy: "restore the last segment from a copy")
        }
        if checkpoint.logStartOffset > max(endOffset, checkpoint.recoveryPoint) {
            note(
                .damage, nil, "begins at offset \(checkpoint.logStartOffset), beyond its end \(endOffset)",
                remedy: "restore the log from a copy")
        }
    }

    // MARK: Other files

    private mutating func checkName(_ name: String) {
        if [".deleted", ".cleaned", ".swap", ".tmp"].contains(where: { name.hasSuffix($0) }) {
            return note(.notice, name, "left of unfinished work", remedy: "the next start settles it")
        }
        if name.hasSuffix(".quarantine") {
            return note(
                .notice, name, "bytes that a recovery took out of the log", remedy: "look at them, then delete the file"
            )
        }
        let isOurs =
            ["log", "index", "timeindex", "snapshot"].contains { Segment.baseOffset(ofName: name, kind: $0) != nil }
            || name == LeaderEpochs.fileName || name == SegmentedLog.indexCheckpointName
        if !isOurs { note(.notice, name, "not a file of this program", remedy: "it is left alone") }
    }

    private mutating func loadEpochs() throws(DiskError) -> LeaderEpochs? {
        let epochs = try LeaderEpochs.load(directory: directory, disk: disk)
        if epochs == nil, disk.exists(directory + "/" + LeaderEpochs.fileName) {
            note(
                .derived, LeaderEpochs.fileName, "not a list of epochs",
                remedy: "the next start learns them from the batches")
        }
        return epochs
    }

    /// The offset up to which the indexes of a segment are certain to have been synced.
    private mutating func loadIndexCheckpoint() throws(DiskError) -> (base: Int64, offset: Int64) {
        let path = directory + "/" + SegmentedLog.indexCheckpointName
        guard disk.exists(path) else { return (-1, 0) }
        guard let fields = try TextCheckpoint.read(path, disk: disk)?.first, fields.count == 2,
            let base = Int64(fields[0]), let offset = Int64(fields[1])
        else {
            note(
                .derived, SegmentedLog.indexCheckpointName, "not a checkpoint file",
                remedy: "delete it: the next start reads the last segment in full")
            return (-1, 0)
        }
        return (base, min(offset, checkpoint.recoveryPoint))
    }

    private mutating func checkSnapshots(_ names: [String]) throws(DiskError) {
        for name in names {
            guard let offset = Segment.baseOffset(ofName: name, kind: "snapshot") else { continue }
            let bytes = try disk.readWhole(directory + "/" + name)
            if ProducerStates.decodeSnapshot(bytes, nextOffset: offset) == nil {
                // One that a segment begins with is not synced when it is written.
                let isUnfinished = bytes.allSatisfy { $0 == 0 } || offset >= checkpoint.recoveryPoint
                note(
                    isUnfinished ? .notice : .derived, name,
                    isUnfinished ? "a snapshot that was not written whole" : "its bytes do not match their CRC-32C",
                    remedy: "the next start removes it and learns the producers from the batches")
            } else if offset > max(endOffset, checkpoint.recoveryPoint) {
                note(
                    .notice, name, "a producer snapshot from beyond the log's end \(endOffset)",
                    remedy: "the next start removes it")
            }
        }
    }
}
