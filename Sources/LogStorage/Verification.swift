/// Checks a data directory that no process uses: every batch with its CRC, records and place in the order; that index
/// entries point at batches; snapshots, epochs and checkpoints. Changes nothing. Holds the directory's lock as long as
/// it lives, so that no server starts in between. Reads everything once and blocks for it; memory is bounded by the
/// largest batch, the largest index and the findings.
public struct LogVerifier {
    private let path: String
    private let disk: any Disk
    private let lockFile: (any DiskFile)?
    private let progress: (VerificationProgress) -> Void
    private var report = VerificationReport()
    private var bytesTotal = 0
    private var startsAreKnown = true

    /// Locks the directory. Throws if it is in use, is not a data directory of this format, or cannot be read.
    /// `progress` is called about every megabyte.
    public init(
        path: String, disk: any Disk, progress: @escaping (VerificationProgress) -> Void = { _ in }
    ) throws(LogDirectoryError) {
        self.path = path
        self.disk = disk
        self.progress = progress
        do {
            guard disk.exists(path) else {
                throw LogDirectoryError.foreignFormat(path: path, reason: "there is nothing of that name")
            }
            guard let meta = try LogDirectory.readMeta(path: path, disk: disk) else {
                throw LogDirectoryError.foreignFormat(path: path, reason: "it holds no meta.properties")
            }
            guard meta["format"] == LogDirectory.formatVersion else {
                throw LogDirectoryError.foreignFormat(
                    path: path,
                    reason: "format \(meta["format"] ?? "unknown"), this program reads \(LogDirectory.formatVersion)")
            }
            lockFile = try LogDirectory.lockForReading(path: path, disk: disk)
        } catch {
            throw LogVerifier.translate(error, path: path)
        }
    }

    private static func translate(_ error: any Error, path: String) -> LogDirectoryError {
        switch error {
        case let error as LogDirectoryError: error
        case let error as DiskError: .disk(error)
        default: .foreignFormat(path: path, reason: "\(error)")
        }
    }

    /// Checks everything. Throws if files cannot be opened; bytes that the device cannot read are findings.
    public mutating func run() throws(LogDirectoryError) -> VerificationReport {
        report = VerificationReport()
        do {
            defer { withExtendedLifetime(lockFile) {} }
            try checkEpoch()
            let checkpoints = try readCheckpoints()
            let names = try logNames()
            bytesTotal = try names.reduce(0) { try $0 + segmentSizes(of: $1).reduce(0) { $0 + $1.sizeBytes } }
            for name in names { try check(name, checkpoint: checkpoints[name]) }
            let known = Set(names)
            report.logsWithoutDirectory = checkpoints.filter { !known.contains($0.key) && $0.value.recoveryPoint > 0 }
                .map(\.key).sorted { "\($0)" < "\($1)" }
            return report
        } catch {
            throw LogVerifier.translate(error, path: path)
        }
    }

    private mutating func note(
        _ severity: VerificationFinding.Severity, _ path: String, _ reason: String, remedy: String
    ) {
        report.findings.append(.init(severity: severity, path: path, reason: reason, remedy: remedy))
    }

    // MARK: The directory's own files

    private mutating func checkEpoch() throws(DiskError) {
        let path = path + "/leader-epoch"
        let text = disk.exists(path) ? String(decoding: try disk.readWhole(path), as: UTF8.self) : ""
        guard Int32(text.prefix { $0.isNumber }) == nil else { return }
        note(
            .damage, path, text.isEmpty ? "missing or empty" : "holds no epoch",
            remedy: "write a number above every leader epoch in use into it: clients tell lost tails by it")
    }

    private mutating func readCheckpoints() throws -> [LogName: LogCheckpoint] {
        let (checkpoints, flaws) = try LogDirectory.readCheckpoints(path: path, disk: disk)
        for flaw in flaws {
            // Checkpoints are replaced whole and durably: no crash leaves one like this.
            if flaw.path.hasSuffix(LogDirectory.cleanerOffsets) {
                note(.derived, flaw.path, flaw.reason, remedy: "delete it: compaction goes through all again")
            } else {
                note(
                    .damage, flaw.path, flaw.reason,
                    remedy: "restore the file from a copy: without it deleted records come back, and the next start "
                        + "takes damage for an unfinished write")
                if flaw.path.hasSuffix(LogDirectory.startOffsets) { startsAreKnown = false }
            }
        }
        return checkpoints
    }

    private mutating func logNames() throws(DiskError) -> [LogName] {
        guard disk.exists(path + "/logs") else { return [] }
        var names: [LogName] = []
        for entry in try disk.list(path + "/logs").sorted() {
            if let name = LogName(directoryName: entry) {
                names.append(name)
            } else if entry.hasSuffix(".deleted") || entry.hasSuffix(".tmp") {
                note(.notice, "\(path)/logs/\(entry)", "left of unfinished work", remedy: "the next start removes it")
            } else if !entry.hasSuffix("-checkpoint") {
                note(.notice, "\(path)/logs/\(entry)", "not a file of this program", remedy: "it is left alone")
            }
        }
        return names
    }

    private func segmentSizes(of name: LogName) throws(DiskError) -> [(base: Int64, sizeBytes: Int)] {
        let directory = "\(path)/logs/\(name)"
        var sizes: [(base: Int64, sizeBytes: Int)] = []
        for entry in try disk.list(directory).sorted() {
            guard let base = Segment.baseOffset(ofName: entry, kind: "log") else { continue }
            sizes.append((base, try disk.open(directory + "/" + entry, creating: false).size()))
        }
        return sizes
    }

    // MARK: A log

    private mutating func check(_ name: LogName, checkpoint: LogCheckpoint?) throws(DiskError) {
        report.logCount += 1
        var log = LogVerification(
            directory: "\(path)/logs/\(name)", segments: try segmentSizes(of: name),
            checkpoint: checkpoint ?? LogCheckpoint(recoveryPoint: 0, logStartOffset: 0), isStartKnown: startsAreKnown,
            disk: disk)
        let done = report.byteCount
        let total = bytesTotal
        let progress = progress
        try log.run { path, bytes in progress(.init(path: path, bytesDone: done + bytes, bytesTotal: total)) }
        report.segmentCount += log.segments.count
        report.byteCount += log.byteCount
        report.batchCount += log.batchCount
        report.recordCount += log.recordCount
        report.findings += log.findings
        report.endOffsets[name] = log.endOffset
    }
}
