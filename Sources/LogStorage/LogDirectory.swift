import CPlatform

// A data directory:
//
//     .lock                      held (flock) by the process that uses it; holds its pid
//     meta.properties            format version and identity
//     leader-epoch               epoch of the last start, decimal; raised and synced before any log is opened
//     metadata.sqlite            the catalog's tables (target Metadata)
//     logs/
//       recovery-point-offset-checkpoint   log-start-offset-checkpoint   cleaner-offset-checkpoint   (TextCheckpoint)
//       orders-0/                          one log: segments, indexes, snapshots, leader-epoch-checkpoint
//
// See docs/formats/log.md.

/// Why a data directory cannot be used.
public enum LogDirectoryError: Error, Equatable, CustomStringConvertible {
    case locked(path: String, pid: String)
    case foreignFormat(path: String, reason: String)
    case disk(DiskError)

    public var description: String {
        switch self {
        case .locked(let path, let pid):
            "data directory \(path) is in use by process \(pid): stop it or choose another with --data-dir"
        case .foreignFormat(let path, let reason):
            "\(path) is not a data directory of this program: \(reason); choose another with --data-dir"
        case .disk(let error): "\(error)"
        }
    }
}

/// Name of one log: a topic's partition. Its directory is `<topic>-<partition>`.
public struct LogName: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)-\(partition)" }

    /// The name a directory stands for; nil if it is none. A topic may itself hold hyphens and digits.
    public init?(directoryName: String) {
        guard let hyphen = directoryName.lastIndex(of: "-"), hyphen > directoryName.startIndex,
            let partition = Int32(directoryName[directoryName.index(after: hyphen)...]), partition >= 0
        else { return nil }
        self.init(topic: String(directoryName[..<hyphen]), partition: partition)
    }
}

/// What a checkpoint says of one log.
public struct LogCheckpoint: Equatable, Sendable {
    /// Offset below which everything is durable.
    public var recoveryPoint: Int64
    public var logStartOffset: Int64
    /// Offset below which compaction has been.
    public var firstDirtyOffset: Int64

    public init(recoveryPoint: Int64, logStartOffset: Int64, firstDirtyOffset: Int64 = 0) {
        self.recoveryPoint = recoveryPoint
        self.logStartOffset = logStartOffset
        self.firstDirtyOffset = firstDirtyOffset
    }
}

/// A locked data directory and its checkpoint files. Not for concurrent use: start, one maintenance thread, stop.
public final class LogDirectory {
    public let path: String
    public let disk: any Disk
    /// Epoch of this start, above those of all earlier ones.
    public let leaderEpoch: Int32
    /// Random, made with the directory; the Kafka cluster id.
    public let clusterID: String
    /// What was wrong with the directory's own files; for the log.
    public let warnings: [String]
    private let lockFile: any DiskFile
    private var removalCount = 0
    private var stored: [LogName: LogCheckpoint]

    static let formatVersion = "1"

    /// Creates the directory if needed, locks it, checks its format and raises the leader epoch.
    /// `makeClusterID` is asked only for a directory that is new.
    public init(path: String, disk: any Disk, makeClusterID: () -> String, processID: Int32) throws(LogDirectoryError) {
        self.path = path
        self.disk = disk
        do {
            if disk.exists(path), !disk.exists(path + "/meta.properties") {
                let names = try disk.list(path).filter { !LogDirectory.namesOfANewDirectory.contains($0) }
                guard names.isEmpty else {
                    throw LogDirectoryError.foreignFormat(
                        path: path, reason: "it holds \(names.sorted()[0]) but no meta.properties")
                }
            }
            try disk.createDirectoryDurably(path)
            lockFile = try disk.open(path + "/.lock", creating: true)
            try LogDirectory.lock(lockFile, path: path, processID: processID)
            if let meta = try LogDirectory.readMeta(path: path, disk: disk) {
                guard meta["format"] == LogDirectory.formatVersion, let id = meta["cluster.id"] else {
                    throw LogDirectoryError.foreignFormat(
                        path: path,
                        reason:
                            "format \(meta["format"] ?? "unknown"), this program reads \(LogDirectory.formatVersion)")
                }
                clusterID = id
            } else {
                // Durable before anything else is created, so that a crash never leaves a directory that looks foreign.
                clusterID = makeClusterID()
                let text = "format=\(LogDirectory.formatVersion)\ncluster.id=\(clusterID)\n"
                try disk.replace(path + "/meta.properties", with: Array(text.utf8))
            }
            try disk.createDirectoryDurably(path + "/logs")
            try disk.syncDirectory(path + "/logs")
            leaderEpoch = try LogDirectory.raiseEpoch(path: path, disk: disk)
            let (checkpoints, flaws) = try LogDirectory.readCheckpoints(path: path, disk: disk)
            stored = checkpoints
            warnings = flaws.map { "\($0.path): \($0.reason)" }
            for name in try disk.list(path + "/logs") where name.hasSuffix(".deleted") {
                try disk.removeTree(path + "/logs/" + name)
            }
        } catch let error as LogDirectoryError {
            throw error
        } catch let error as DiskError {
            throw .disk(error)
        } catch {
            throw .foreignFormat(path: path, reason: "\(error)")
        }
    }

    /// What a directory may hold before it has its `meta.properties`: of a start that was cut short, or of a device.
    private static let namesOfANewDirectory: Set<String> = [".lock", "meta.properties.tmp", "lost+found"]

    private static func lock(_ file: any DiskFile, path: String, processID: Int32?) throws {
        guard let descriptor = file.descriptor else { return }
        guard cplatform_flock_exclusive_nonblocking(descriptor) == 0 else {
            let pid = String(decoding: try file.bytes(at: 0, count: 16), as: UTF8.self)
            throw LogDirectoryError.locked(path: path, pid: pid.isEmpty ? "unknown" : pid)
        }
        guard let processID else { return }
        try file.truncate(to: 0)
        try file.write(Array("\(processID)".utf8), at: 0)
    }

    /// Locks a directory that is there, for a check; nil if no process has ever used it. Held as long as the file lives.
    static func lockForReading(path: String, disk: any Disk) throws -> (any DiskFile)? {
        guard disk.exists(path + "/.lock") else { return nil }
        let file = try disk.open(path + "/.lock", creating: false)
        try lock(file, path: path, processID: nil)
        return file
    }

    static func readMeta(path: String, disk: any Disk) throws -> [String: String]? {
        guard disk.exists(path + "/meta.properties") else { return nil }
        var fields: [String: String] = [:]
        for line in String(decoding: try disk.readWhole(path + "/meta.properties"), as: UTF8.self).split(
            separator: "\n")
        {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }

    private static func raiseEpoch(path: String, disk: any Disk) throws -> Int32 {
        let file = path + "/leader-epoch"
        var epoch: Int32 = 0
        if disk.exists(file) {
            let text = String(decoding: try disk.readWhole(file), as: UTF8.self)
            guard let last = Int32(text.prefix { $0.isNumber }), last < Int32.max else {
                throw LogDirectoryError.foreignFormat(path: path, reason: "leader-epoch holds no epoch")
            }
            epoch = last + 1
        }
        try disk.replace(file, with: Array("\(epoch)\n".utf8))
        return epoch
    }

    // MARK: Logs

    public func directory(of name: LogName) -> String { "\(path)/logs/\(name)" }

    /// The logs that have a directory.
    public func names() throws(DiskError) -> [LogName] {
        try disk.list(path + "/logs").compactMap(LogName.init(directoryName:))
    }

    /// Opens or creates a log; all it holds is durable when this returns. One that `isNew` takes over nothing that an
    /// earlier log of the same name left behind.
    public func openLog(_ name: LogName, configuration: LogConfiguration, isNew: Bool, nowMS: Int64) throws(LogError)
        -> sending SegmentedLog
    {
        do {
            if isNew { try removeLog(name) }
            let directory = directory(of: name)
            if !disk.exists(directory) {
                try disk.createDirectory(directory)
                try disk.syncDirectory(path + "/logs")
            }
            let checkpoint = stored[name] ?? LogCheckpoint(recoveryPoint: 0, logStartOffset: 0)
            let log = try SegmentedLog.open(
                directory: directory, disk: disk, configuration: configuration,
                recoveryPoint: checkpoint.recoveryPoint, logStartOffset: checkpoint.logStartOffset,
                firstDirtyOffset: checkpoint.firstDirtyOffset, nowMS: nowMS)
            // What a killed process left in the page cache is read from now on: it must not vanish with the power.
            try log.beginFlush().sync()
            // The next checkpoint covers all of it, also if nothing is appended: the epochs learnt must not be behind.
            if log.epochs.isDirty { try log.storeDerived() }
            if log.needsCheckpoint {
                var checkpoints = stored
                checkpoints[name] = LogCheckpoint(
                    recoveryPoint: log.endOffset, logStartOffset: log.logStartOffset,
                    firstDirtyOffset: log.firstDirtyOffset)
                try store(checkpoints)
                log.needsCheckpoint = false
            }
            return log
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            throw error
        } catch {
            throw .offline(reason: "\(error)")
        }
    }

    /// Removes a log's directory with all it holds; a crash in between leaves nothing under its name.
    public func removeLog(_ name: LogName) throws(DiskError) {
        let directory = directory(of: name)
        // Not the log's name with a suffix: that may be as long as a file's name can be.
        let deleted = "\(path)/logs/\(removalCount).deleted"
        removalCount += 1
        if disk.exists(directory) {
            try disk.rename(directory, to: deleted)
            try disk.syncDirectory(path + "/logs")
        }
        if stored[name] != nil {
            var rest = stored
            rest[name] = nil
            try write(rest)
            stored = rest
        }
        try disk.removeTree(deleted)
    }

    // MARK: Checkpoints

    /// The stored checkpoint of a log; nil if it has none.
    public func checkpoint(of name: LogName) -> LogCheckpoint? { stored[name] }

    /// Replaces the checkpoints durably if they differ from the stored ones.
    public func store(_ checkpoints: [LogName: LogCheckpoint]) throws(DiskError) {
        guard checkpoints != stored else { return }
        try write(checkpoints)
        stored = checkpoints
    }

    private static let recoveryPoints = "recovery-point-offset-checkpoint"
    static let startOffsets = "log-start-offset-checkpoint"
    static let cleanerOffsets = "cleaner-offset-checkpoint"

    private func write(_ checkpoints: [LogName: LogCheckpoint]) throws(DiskError) {
        // Starts first: a recovery point without its start offset would bring deleted records back.
        for (file, field) in [
            (LogDirectory.startOffsets, \LogCheckpoint.logStartOffset), (LogDirectory.recoveryPoints, \.recoveryPoint),
            (LogDirectory.cleanerOffsets, \.firstDirtyOffset),
        ] {
            let isSame =
                checkpoints.count == stored.count
                && checkpoints.allSatisfy { stored[$0.key]?[keyPath: field] == $0.value[keyPath: field] }
            if isSame, disk.exists("\(path)/logs/\(file)") { continue }
            let lines = checkpoints.filter { $0.value[keyPath: field] > 0 }
                .map { "\($0.key.topic) \($0.key.partition) \($0.value[keyPath: field])" }
            try TextCheckpoint.write(lines.sorted(), to: "\(path)/logs/\(file)", disk: disk)
        }
    }

    static func readCheckpoints(path: String, disk: any Disk) throws
        -> (checkpoints: [LogName: LogCheckpoint], flaws: [(path: String, reason: String)])
    {
        var checkpoints: [LogName: LogCheckpoint] = [:]
        var flaws: [(path: String, reason: String)] = []
        for (file, field) in [
            (recoveryPoints, \LogCheckpoint.recoveryPoint), (startOffsets, \.logStartOffset),
            (cleanerOffsets, \.firstDirtyOffset),
        ] {
            let path = "\(path)/logs/\(file)"
            guard let lines = try TextCheckpoint.read(path, disk: disk) else {
                if disk.exists(path) {
                    flaws.append((path, "not a checkpoint file; going on without it: all logs are checked in full"))
                }
                continue
            }
            for fields in lines {
                guard fields.count == 3, let partition = Int32(fields[1]), let offset = Int64(fields[2]), offset >= 0
                else {
                    flaws.append(
                        (path, "line \"\(fields.joined(separator: " "))\" is no checkpoint of a log; ignored"))
                    continue
                }
                let name = LogName(topic: String(fields[0]), partition: partition)
                checkpoints[name, default: LogCheckpoint(recoveryPoint: 0, logStartOffset: 0)][keyPath: field] = offset
            }
        }
        return (checkpoints, flaws)
    }
}
