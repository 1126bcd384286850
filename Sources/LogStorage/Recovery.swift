// Opening a log after any end of the process.
//
// The recovery point is the offset below which a checkpoint says that bytes were fsynced. What lies below it was
// durable: bytes there that fail their check are rot, reported and never cut. What lies above may be torn: a bad end
// with nothing valid after it is cut, for no acknowledgement covered it. A bad place above the recovery point that has
// valid batches after it may be either: it is cut, after the bytes were copied to a `.quarantine` file, and reported;
// the offsets of what was valid in it are not given out again.
//
// Below the recovery point only headers are read, and only from the offset on up to which the index checkpoint says that
// a segment's indexes were synced: what they say of the bytes before it can be believed. Segments that end
// below the recovery point had their indexes synced with what follows them and are not read at all.

extension SegmentedLog {
    /// Opens a log, or creates it. The offsets come from checkpoints, 0 without one.
    public static func open(
        directory: String, disk: any Disk, configuration: LogConfiguration, recoveryPoint: Int64 = 0,
        logStartOffset: Int64 = 0, firstDirtyOffset: Int64 = 0, nowMS: Int64
    ) throws(LogError) -> SegmentedLog {
        do {
            var recovery = Recovery(
                directory: directory, disk: disk, configuration: configuration, recoveryPoint: recoveryPoint,
                logStartOffset: logStartOffset)
            let log = try recovery.run(nowMS: nowMS)
            log.firstDirtyOffset = min(max(firstDirtyOffset, log.logStartOffset), log.endOffset)
            return log
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            throw error
        } catch {
            throw .offline(reason: "\(error)")
        }
    }
}

/// The work of one opening.
private struct Recovery {
    let directory: String
    let disk: any Disk
    let configuration: LogConfiguration
    let recoveryPoint: Int64
    let logStartOffset: Int64
    var damages: [LogDamage] = []
    var epochs = LeaderEpochs()
    /// Base offsets of producer snapshots that can be read, rising.
    var snapshots: [Int64] = []
    /// Up to where which segment's indexes were synced.
    var indexCheckpoint: (segmentBase: Int64, offset: Int64)?
    /// The offset that the next batch found must have at least.
    var expectedOffset: Int64 = 0
    /// Offset after the last batch found.
    var foundEnd: Int64 = 0
    /// Offset after the last batch that was cut off though it was valid.
    var quarantinedEnd: Int64 = 0

    init(
        directory: String, disk: any Disk, configuration: LogConfiguration, recoveryPoint: Int64, logStartOffset: Int64
    ) {
        self.directory = directory
        self.disk = disk
        self.configuration = configuration
        self.recoveryPoint = recoveryPoint
        self.logStartOffset = logStartOffset
    }

    mutating func run(nowMS: Int64) throws -> SegmentedLog {
        if !disk.exists(directory) { try disk.createDirectoryDurably(directory) }
        try CompactionSwap.finish(directory: directory, disk: disk)
        let names = try removeLeftovers(try disk.list(directory))
        var segments = try openSegments(names)
        snapshots = try readableSnapshots(names)
        indexCheckpoint = try loadIndexCheckpoint()
        let storedEpochs = try LeaderEpochs.load(directory: directory, disk: disk)
        epochs = storedEpochs ?? LeaderEpochs()
        let existed = !segments.isEmpty

        // The segment before one that begins at the recovery point may have been closed after it was stored.
        let first = segments.lastIndex { $0.baseOffset < recoveryPoint } ?? 0
        expectedOffset = segments.first?.baseOffset ?? 0
        foundEnd = first < segments.count ? segments[first].baseOffset : 0
        var overtaken: Set<Int64> = []
        for index in segments.indices where index >= first {
            // What a roll that failed half way has left.
            if index > first, segments[index].baseOffset < expectedOffset, try segments[index].file.size() == 0 {
                overtaken.insert(segments[index].baseOffset)
                continue
            }
            if index > first, segments[index].baseOffset > expectedOffset,
                try !isGapAllowed(before: index, in: segments)
            {
                try setAside(segments[index...])
                segments.removeSubrange(index...)
                break
            }
            let scanned = try scan(segments[index])
            if case .end = scanned { continue }
            try setAside(segments[(index + 1)...])
            segments.removeSubrange((index + 1)...)
            break
        }

        for segment in segments where overtaken.contains(segment.baseOffset) { try disk.removeFile(segment.path) }
        segments.removeAll { overtaken.contains($0.baseOffset) }
        var endOffset = max(expectedOffset, logStartOffset, quarantinedEnd)
        if endOffset < recoveryPoint, existed || recoveryPoint > logStartOffset {
            // Durable offsets are missing: say so, and never hand them out again.
            if !damages.contains(where: { $0.kind == .rot }) {
                // Nothing is left of them to point at.
                let path = segments.last?.path ?? directory
                let size = try segments.last?.file.size() ?? 0
                damages.append(.init(kind: .rot, path: path, range: size..<size))
            }
            endOffset = recoveryPoint
        }
        if segments.isEmpty || endOffset > expectedOffset {
            segments.append(
                try Segment(
                    directory: directory, baseOffset: endOffset, disk: disk,
                    indexIntervalBytes: configuration.indexIntervalBytes, isNew: true))
        }
        let unsynced = try settle(segments, from: first)
        // What is told of offsets that were lost before they were durable is not true.
        let trueEnd = max(foundEnd, recoveryPoint)
        epochs.truncate(to: trueEnd)
        let log = SegmentedLog(
            directory: directory, disk: disk, configuration: configuration, segments: segments,
            logStartOffset: min(max(logStartOffset, segments[0].baseOffset), endOffset), endOffset: endOffset,
            producers: ProducerStates(), epochs: epochs, volume: try disk.volume(of: directory))
        log.unsyncedFiles = unsynced
        // Also names that a killed process has left in the directory are only now made durable.
        log.directoryIsDirty = true
        log.damages = damages
        log.needsCheckpoint = endOffset > trueEnd
        log.snapshotOffsets = snapshots
        try log.dropSnapshots(after: trueEnd)
        try log.rebuildProducers(nowMS: nowMS)
        if storedEpochs == nil, existed { try log.rebuildEpochs() }
        return log
    }

    // MARK: Files

    /// Removes what unfinished work has left, and indexes without their segment. Returns the other names.
    private func removeLeftovers(_ names: [String]) throws(DiskError) -> Set<String> {
        var rest = Set(names)
        for name in names {
            let isLeftover = [".deleted", ".cleaned", ".swap", ".tmp"].contains { name.hasSuffix($0) }
            let isOrphan = ["index", "timeindex"].contains { kind in
                Segment.baseOffset(ofName: name, kind: kind).map { !rest.contains(Segment.fileName($0, "log")) }
                    ?? false
            }
            guard isLeftover || isOrphan else { continue }
            try disk.removeFile(directory + "/" + name)
            rest.remove(name)
        }
        return rest
    }

    /// Opens the segments but those wholly below the log's start, which a crash has kept from being removed.
    private func openSegments(_ names: Set<String>) throws(DiskError) -> [Segment] {
        let bases = names.compactMap { Segment.baseOffset(ofName: $0, kind: "log") }.sorted()
        // A start above what is known to be durable is not trusted with removals.
        let keep = logStartOffset <= recoveryPoint ? bases.lastIndex { $0 <= logStartOffset } ?? 0 : 0
        for base in bases[..<keep] {
            try CompactionSwap.removeSegmentFiles(directory: directory, base: base, disk: disk)
        }
        var segments: [Segment] = []
        for base in bases[keep...] {
            segments.append(
                try Segment(
                    directory: directory, baseOffset: base, disk: disk,
                    indexIntervalBytes: configuration.indexIntervalBytes))
        }
        return segments
    }

    /// Removes snapshots whose bytes are not sound.
    private func readableSnapshots(_ names: Set<String>) throws(DiskError) -> [Int64] {
        var readable: [Int64] = []
        for offset in names.compactMap({ Segment.baseOffset(ofName: $0, kind: "snapshot") }).sorted() {
            let path = directory + "/" + Segment.fileName(offset, "snapshot")
            if ProducerStates.decodeSnapshot(try disk.readWhole(path), nextOffset: offset) != nil {
                readable.append(offset)
            } else {
                try disk.removeFile(path)
            }
        }
        return readable
    }

    /// Seals the scanned segments but the last. Returns what is to be synced before the log may be used.
    private func settle(_ segments: [Segment], from first: Int) throws(DiskError) -> [any DiskFile] {
        var unsynced: [any DiskFile] = []
        for (index, segment) in segments.enumerated() where index >= first {
            try segment.rewriteDoubtful()
            if index == segments.count - 1 {
                try segment.loadFirstTimestamp()
            } else {
                unsynced += try segment.seal()
                segment.closeIndexes()
                if segment.hasUnsyncedBytes { unsynced.append(segment.file) }
                segment.hasUnsyncedBytes = false
            }
        }
        return unsynced
    }

    // MARK: Scanning

    private enum Scanned {
        /// The segment is sound to its end, or its bad places are rot that stays.
        case end
        /// The segment was cut; segments after it do not follow from it any more.
        case cut
    }

    /// Finds the end of a segment's valid batches, from the last index entry on that is certain.
    private mutating func scan(_ segment: Segment) throws -> Scanned {
        let fileBytes = try segment.file.size()
        let certainEnd = try limitIndexCheckpoint(of: segment)
        var position = try segment.truncateIndexes(from: fileBytes, endOffset: certainEnd)
        var reader = BatchReader(file: segment.file, path: segment.path, endPosition: fileBytes)
        if position > 0, try reader.validHeader(at: position, atLeast: segment.baseOffset, checkFrom: .max) == nil {
            // What was synced is not right.
            try disk.removeFile(directory + "/" + SegmentedLog.indexCheckpointName)
            try disk.syncDirectory(directory)
            position = try segment.truncateIndexes(from: 0, endOffset: segment.baseOffset)
        }
        segment.rewind(to: position)
        expectedOffset = max(expectedOffset, segment.baseOffset)
        while position < fileBytes {
            if let header = try reader.validHeader(at: position, atLeast: expectedOffset, checkFrom: recoveryPoint) {
                take(header, into: segment)
                position += header.sizeBytes
                continue
            }
            let next = try reader.nextValidBatch(after: position, atLeast: expectedOffset)
            if expectedOffset < recoveryPoint {
                damages.append(.init(kind: .rot, path: segment.path, range: position..<(next ?? fileBytes)))
                guard let next else {
                    // The bytes stay part of the segment, so that reads of them fail instead of skipping them.
                    segment.rewind(to: fileBytes)
                    return .end
                }
                segment.resume(at: next)
                position = next
            } else if let next {
                let copy = "\(segment.path).\(position).quarantine"
                try self.copy(segment.file, from: position, to: fileBytes, path: copy)
                damages.append(.init(kind: .quarantined(copy: copy), path: segment.path, range: position..<fileBytes))
                try noteQuarantined(in: &reader, from: next)
                try segment.cut(to: position)
                return .cut
            } else {
                damages.append(.init(kind: .tornTail, path: segment.path, range: position..<fileBytes))
                try segment.cut(to: position)
                return .cut
            }
        }
        return .end
    }

    private func loadIndexCheckpoint() throws(DiskError) -> (segmentBase: Int64, offset: Int64)? {
        let path = directory + "/" + SegmentedLog.indexCheckpointName
        guard let fields = try TextCheckpoint.read(path, disk: disk)?.first, fields.count == 2,
            let base = Int64(fields[0]), let offset = Int64(fields[1])
        else { return nil }
        return (base, offset)
    }

    /// The offset up to which a segment's indexes are certain. What lies above the recovery point is about to be written
    /// anew, and not synced: the checkpoint must not go on speaking for it.
    private func limitIndexCheckpoint(of segment: Segment) throws(DiskError) -> Int64 {
        guard let checkpoint = indexCheckpoint, checkpoint.segmentBase == segment.baseOffset else {
            return segment.baseOffset
        }
        guard checkpoint.offset > recoveryPoint else { return checkpoint.offset }
        try TextCheckpoint.write(
            ["\(segment.baseOffset) \(recoveryPoint)"], to: directory + "/" + SegmentedLog.indexCheckpointName,
            disk: disk)
        return recoveryPoint
    }

    private mutating func take(_ header: RecordBatchHeader, into segment: Segment) {
        if header.lastOffset >= recoveryPoint, segment.doubtfulFrom == nil { segment.doubtfulFrom = segment.sizeBytes }
        segment.note(header)
        epochs.note(epoch: header.leaderEpoch, startOffset: header.baseOffset)
        expectedOffset = header.nextOffset
        foundEnd = header.nextOffset
    }

    /// Whether a segment that begins above the end of the one before it stays in the log. Above the recovery point a
    /// crash has lost a segment's name between the two, and nothing after it was acknowledged; unless there is nothing
    /// after it: an earlier recovery began there. Below, bytes that were durable are missing.
    private mutating func isGapAllowed(before index: Int, in segments: [Segment]) throws -> Bool {
        // A segment that begins at the recovery point may do so because an earlier recovery has left a gap before it.
        if segments[index].baseOffset == recoveryPoint { return true }
        if expectedOffset < recoveryPoint {
            let end = segments[index - 1].sizeBytes
            damages.append(.init(kind: .rot, path: segments[index - 1].path, range: end..<end))
            return true
        }
        return try segments[index...].allSatisfy { try $0.file.size() == 0 }
    }

    // MARK: Setting aside

    /// Takes segments out of the log that no longer follow from what is before them.
    private mutating func setAside(_ segments: ArraySlice<Segment>) throws {
        for segment in segments {
            let size = try segment.file.size()
            let copy = segment.path + ".quarantine"
            if size > 0 {
                var reader = BatchReader(file: segment.file, path: segment.path, endPosition: size)
                try noteQuarantined(in: &reader, from: 0)
                damages.append(.init(kind: .quarantined(copy: copy), path: segment.path, range: 0..<size))
                try disk.rename(segment.path, to: copy)
            } else {
                try disk.removeFile(segment.path)
            }
            for kind in [SparseIndex.Kind.offset, .time] { try disk.removeFile(segment.indexPath(kind)) }
        }
    }

    /// Finds the last offset of valid batches in bytes that are cut off: some of them may have been acknowledged.
    private mutating func noteQuarantined(in reader: inout BatchReader, from start: Int) throws(LogError) {
        var position = start
        while position < reader.endPosition {
            if let header = try reader.validHeader(at: position, atLeast: expectedOffset, checkFrom: .min) {
                quarantinedEnd = max(quarantinedEnd, header.nextOffset)
                position += header.sizeBytes
            } else if let next = try reader.nextValidBatch(after: position, atLeast: expectedOffset) {
                position = next
            } else {
                return
            }
        }
    }

    private func copy(_ file: any DiskFile, from start: Int, to end: Int, path: String) throws(DiskError) {
        let target = try disk.open(path, creating: true)
        try target.truncate(to: 0)
        var position = start
        while position < end {
            let bytes = try file.bytes(at: position, count: min(1 << 20, end - position))
            guard !bytes.isEmpty else { break }
            try target.write(bytes, at: position - start)
            position += bytes.count
        }
        try target.sync()
        // The copy must be there before the original is cut.
        try disk.syncDirectory(directory)
    }
}

extension SegmentedLog {
    /// Loads the newest producer snapshot and brings it up to the end from the batches' headers.
    func rebuildProducers(nowMS: Int64) throws(LogError) {
        // Not from the log's start: of the batches between its segment's base and there, the producers are to be known.
        let base = segments[0].baseOffset
        producers.reset(nextOffset: base)
        bytesSinceSnapshot = 0
        // A snapshot from before the first batch does not know of those that were deleted since: a producer is better
        // not known than known wrongly.
        if let offset = snapshotOffsets.last, offset >= base {
            do {
                let bytes = try disk.readWhole(snapshotPath(offset))
                producers = ProducerStates.decodeSnapshot(bytes, nextOffset: offset) ?? producers
            } catch {
                throw .disk(error)
            }
        }
        try forEachHeader(from: producers.nextOffset) { header in
            producers.note(header, nowMS: nowMS)
            bytesSinceSnapshot += header.sizeBytes
        }
        producers.nextOffset = endOffset
    }

    /// Learns the epochs from the batches: the file that holds them is missing or not readable.
    func rebuildEpochs() throws(LogError) {
        var found = LeaderEpochs()
        try forEachHeader(from: logStartOffset) { found.note(epoch: $0.leaderEpoch, startOffset: $0.baseOffset) }
        epochs = found
        epochs.isDirty = true
    }

    /// Calls `body` for each batch that ends at or after an offset; steps over rot, which recovery has reported.
    private func forEachHeader(from offset: Int64, _ body: (RecordBatchHeader) -> Void) throws(LogError) {
        guard offset < endOffset else { return }
        for segment in segments[segmentIndex(of: offset)...] {
            var position = 0
            do {
                if offset > segment.baseOffset { position = try segment.positionFloor(of: offset) }
            } catch {
                throw .disk(error)
            }
            if segment !== active { segment.closeIndexes() }
            var reader = BatchReader(file: segment.file, path: segment.path, endPosition: segment.sizeBytes)
            if position > 0,
                try reader.validHeader(at: position, atLeast: .min, checkFrom: .max)?.baseOffset ?? .max > offset
            {
                position = 0
            }
            var expectedOffset = segment.baseOffset
            while position < segment.sizeBytes {
                if let header = try reader.validHeader(at: position, atLeast: expectedOffset, checkFrom: .max) {
                    if header.lastOffset >= offset { body(header) }
                    expectedOffset = header.nextOffset
                    position += header.sizeBytes
                } else if let next = try reader.nextValidBatch(after: position, atLeast: expectedOffset) {
                    position = next
                } else {
                    break
                }
            }
        }
    }
}
