/// Something a check of a data directory has found.
public struct VerificationFinding: Equatable, Sendable, CustomStringConvertible {
    /// How bad it is. Stable names: the command line prints them.
    public enum Severity: String, Sendable, CaseIterable {
        /// Records are lost or cannot be read.
        case damage
        /// A file that is made from the records is wrong: it is rebuilt, at the latest once it is deleted.
        case derived
        /// What a crash leaves and the next start settles.
        case notice
    }

    public var severity: Severity
    public var path: String
    /// Byte within the file, if it is about one.
    public var position: Int?
    public var reason: String

    public var description: String {
        "\(severity.rawValue): \(path)\(position.map { " at byte \($0)" } ?? ""): \(reason)"
    }
}

/// What a check of a data directory has come to.
public struct VerificationReport: Equatable, Sendable {
    public var findings: [VerificationFinding] = []
    public var logCount = 0
    public var segmentCount = 0
    public var batchCount = 0
    public var recordCount = 0
    /// In segment files.
    public var byteCount = 0

    /// No records are lost or unreadable.
    public var isSound: Bool { !findings.contains { $0.severity == .damage } }
}

/// How far a check has come.
public struct VerificationProgress: Equatable, Sendable {
    /// The file being read.
    public var path: String
    public var bytesDone: Int
    public var bytesTotal: Int
}

/// Checks a data directory that no process uses: every batch with its CRC, records and place in the order; that index
/// entries point at batches; snapshots, epochs and checkpoints. Changes nothing. Blocks for as long as reading all
/// takes; memory is bounded by the largest batch and index.
public struct LogVerifier {
    private let path: String
    private let disk: any Disk
    private let progress: (VerificationProgress) -> Void
    private var report = VerificationReport()
    private var bytesTotal = 0

    /// `progress` is called about every megabyte.
    public init(path: String, disk: any Disk, progress: @escaping (VerificationProgress) -> Void = { _ in }) {
        self.path = path
        self.disk = disk
        self.progress = progress
    }

    /// Checks everything. Throws if the directory is in use, is not a data directory, or cannot be read at all.
    public mutating func run() throws(LogDirectoryError) -> VerificationReport {
        do {
            guard disk.exists(path + "/meta.properties") else {
                throw LogDirectoryError.foreignFormat(path: path, reason: "it holds no meta.properties")
            }
            let lockFile = try LogDirectory.lockForReading(path: path, disk: disk)
            defer { withExtendedLifetime(lockFile) {} }
            try checkIdentity()
            let checkpoints = try readCheckpoints()
            let names = try logNames()
            bytesTotal = try names.reduce(0) { try $0 + sizeBytes(of: $1) }
            for name in names { try check(name, checkpoint: checkpoints[name]) }
            for (name, checkpoint) in checkpoints where !names.contains(name) && checkpoint.recoveryPoint > 0 {
                note(.notice, path + "/logs", "a checkpoint names \(name), of which there is no directory")
            }
            return report
        } catch let error as LogDirectoryError {
            throw error
        } catch let error as DiskError {
            throw .disk(error)
        } catch {
            throw .foreignFormat(path: path, reason: "\(error)")
        }
    }

    private mutating func note(
        _ severity: VerificationFinding.Severity, _ path: String, _ reason: String, at position: Int? = nil
    ) {
        report.findings.append(.init(severity: severity, path: path, position: position, reason: reason))
    }

    // MARK: The directory's own files

    private mutating func checkIdentity() throws(DiskError) {
        let meta = String(decoding: try disk.readWhole(path + "/meta.properties"), as: UTF8.self)
        if !meta.contains("format=\(LogDirectory.formatVersion)\n") {
            note(.damage, path + "/meta.properties", "no format=\(LogDirectory.formatVersion)")
        }
        let epochPath = path + "/leader-epoch"
        guard disk.exists(epochPath) else { return note(.damage, epochPath, "missing: leader epochs would begin anew") }
        let text = String(decoding: try disk.readWhole(epochPath), as: UTF8.self)
        if Int32(text.prefix { $0.isNumber }) == nil { note(.damage, epochPath, "holds no epoch") }
    }

    private mutating func readCheckpoints() throws -> [LogName: LogCheckpoint] {
        let (checkpoints, warnings) = try LogDirectory.readCheckpoints(path: path, disk: disk)
        for warning in warnings { note(.derived, path + "/logs", warning) }
        return checkpoints
    }

    private mutating func logNames() throws(DiskError) -> [LogName] {
        var names: [LogName] = []
        for entry in try disk.list(path + "/logs").sorted() {
            if let name = LogName(directoryName: entry) {
                names.append(name)
            } else if entry.hasSuffix(".deleted") || entry.hasSuffix(".tmp") {
                note(.notice, "\(path)/logs/\(entry)", "left of unfinished work; the next start removes it")
            } else if !entry.hasSuffix("-checkpoint") {
                note(.notice, "\(path)/logs/\(entry)", "not a file of this program; left alone")
            }
        }
        return names
    }

    private func sizeBytes(of name: LogName) throws(DiskError) -> Int {
        var bytes = 0
        let directory = "\(path)/logs/\(name)"
        for entry in try disk.list(directory) where entry.hasSuffix(".log") {
            bytes += try disk.open(directory + "/" + entry, creating: false).size()
        }
        return bytes
    }

    // MARK: A log

    private mutating func check(_ name: LogName, checkpoint: LogCheckpoint?) throws(DiskError) {
        report.logCount += 1
        let directory = "\(path)/logs/\(name)"
        let entries = try disk.list(directory).sorted()
        for entry in entries { checkName(entry, directory) }
        let bases = entries.compactMap { Segment.baseOffset(ofName: $0, kind: "log") }
        let recoveryPoint = checkpoint?.recoveryPoint ?? 0
        let epochs = try loadEpochs(directory)
        var end = bases.first ?? 0
        for (index, base) in bases.enumerated() {
            if base > end {
                note(
                    .notice, directory + "/" + Segment.fileName(base, "log"),
                    "offsets \(end) to \(base - 1) before it are missing: a recovery has left them out, or a file is gone")
            }
            var segment = SegmentVerification(
                directory: directory, baseOffset: base, nextBase: index + 1 < bases.count ? bases[index + 1] : nil,
                recoveryPoint: recoveryPoint, epochs: epochs, disk: disk)
            let done = report.byteCount
            let total = bytesTotal
            let progress = progress
            end = try segment.run { bytes in
                progress(.init(path: segment.path, bytesDone: done + bytes, bytesTotal: total))
            }
            report.segmentCount += 1
            report.byteCount += segment.sizeBytes
            report.batchCount += segment.batchCount
            report.recordCount += segment.recordCount
            report.findings += segment.findings
        }
        if end < recoveryPoint {
            note(.damage, directory, "ends at offset \(end), but was durable up to \(recoveryPoint)")
        }
        if let checkpoint, checkpoint.logStartOffset > max(end, recoveryPoint) {
            note(.damage, directory, "starts at offset \(checkpoint.logStartOffset), beyond its end \(end)")
        }
        try checkSnapshots(entries, directory, end: end)
    }

    private mutating func checkName(_ entry: String, _ directory: String) {
        let path = directory + "/" + entry
        if [".deleted", ".cleaned", ".swap", ".tmp"].contains(where: { entry.hasSuffix($0) }) {
            return note(.notice, path, "left of unfinished work; the next start settles it")
        }
        if entry.hasSuffix(".quarantine") {
            return note(.notice, path, "bytes that a recovery took out of the log, for you to look at")
        }
        let isOurs =
            ["log", "index", "timeindex", "snapshot"].contains { Segment.baseOffset(ofName: entry, kind: $0) != nil }
            || entry == LeaderEpochs.fileName || entry == SegmentedLog.indexCheckpointName
        if !isOurs { note(.notice, path, "not a file of this program; left alone") }
    }

    private mutating func loadEpochs(_ directory: String) throws(DiskError) -> LeaderEpochs? {
        let path = directory + "/" + LeaderEpochs.fileName
        let epochs = try LeaderEpochs.load(directory: directory, disk: disk)
        if epochs == nil, disk.exists(path) { note(.derived, path, "not a list of epochs; learnt from the batches instead") }
        return epochs
    }

    private mutating func checkSnapshots(_ entries: [String], _ directory: String, end: Int64) throws(DiskError) {
        for entry in entries {
            guard let offset = Segment.baseOffset(ofName: entry, kind: "snapshot") else { continue }
            let path = directory + "/" + entry
            if ProducerStates.decodeSnapshot(try disk.readWhole(path), nextOffset: offset) == nil {
                note(.derived, path, "not a producer snapshot; the producers are learnt from the batches instead")
            } else if offset > end {
                note(.notice, path, "a producer snapshot from beyond the log's end \(end); the next start removes it")
            }
        }
    }
}
