// Opening a log after any end of the process.
//
// The recovery point is the offset below which a checkpoint says that bytes were fsynced. What lies below it was
// durable: bytes there that fail their check are rot, reported and never cut. What lies above may be torn: a bad end
// with nothing valid after it is cut, for no acknowledgement covered it. A bad place above the recovery point that has
// valid batches after it may be either: it is cut, after the bytes were copied to a `.quarantine` file, and reported.
//
// Below the recovery point only headers are read, and only from the last index entry or producer snapshot on, so that
// opening costs the same for 10 MB and for 10 GB.

extension SegmentedLog {
    /// Opens a log, or creates it. `recoveryPoint` and `logStartOffset` come from checkpoints, 0 without one.
    public static func open(
        directory: String, disk: any Disk, configuration: LogConfiguration, recoveryPoint: Int64 = 0,
        logStartOffset: Int64 = 0, nowMS: Int64
    ) throws(LogError) -> sending SegmentedLog {
        do {
            var recovery = Recovery(
                directory: directory, disk: disk, configuration: configuration, recoveryPoint: recoveryPoint,
                logStartOffset: logStartOffset)
            return try recovery.run(nowMS: nowMS)
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
    /// The offset that the next batch found must have at least.
    var expectedOffset: Int64 = 0

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
        try disk.createDirectory(directory)
        try CompactionSwap.finish(directory: directory, disk: disk)
        let names = try disk.list(directory)
        for name in names where name.hasSuffix(".deleted") || name.hasSuffix(".cleaned") || name.hasSuffix(".tmp") {
            try disk.removeFile(directory + "/" + name)
        }
        epochs = try LeaderEpochs.load(directory: directory, disk: disk)
        let bases = names.compactMap { Segment.baseOffset(ofName: $0, kind: "log") }.sorted()
        var segments: [Segment] = []
        for base in bases { segments.append(try Segment(directory: directory, baseOffset: base, disk: disk)) }
        let existed = !segments.isEmpty

        let first = segments.lastIndex { $0.baseOffset <= recoveryPoint } ?? 0
        expectedOffset = segments.first?.baseOffset ?? 0
        for index in segments.indices where index >= first {
            let scanned = try scan(segments[index])
            if case .end = scanned { continue }
            try setAside(segments[(index + 1)...])
            segments.removeSubrange((index + 1)...)
            break
        }

        var endOffset = max(expectedOffset, logStartOffset)
        if endOffset < recoveryPoint, existed || recoveryPoint > logStartOffset {
            // Durable offsets are missing: say so, and never hand them out again.
            if damages.isEmpty, let last = segments.last {
                let size = try last.file.size()
                damages.append(.init(kind: .rot, path: last.path, range: size..<size))
            }
            endOffset = recoveryPoint
        }
        var createdSegment = false
        if segments.isEmpty || endOffset > expectedOffset {
            for segment in segments.suffix(1) { try segment.persistIndexes() }
            let segment = try Segment(directory: directory, baseOffset: endOffset, disk: disk)
            try segment.cut(to: 0)
            segments.append(segment)
            createdSegment = true
        }
        for (index, segment) in segments.enumerated() {
            if index == segments.count - 1 {
                try segment.openIndexes(existing: !createdSegment)
            } else {
                try segment.persistIndexes()
                segment.closeIndexes()
            }
        }
        epochs.truncate(to: endOffset)
        let log = SegmentedLog(
            directory: directory, disk: disk, configuration: configuration, segments: segments,
            logStartOffset: min(max(logStartOffset, segments[0].baseOffset), endOffset), endOffset: endOffset,
            producers: ProducerStates(), epochs: epochs)
        log.directoryIsDirty = createdSegment
        log.damages = damages
        try log.rebuildProducers(names: names, nowMS: nowMS)
        return log
    }

    private enum Scanned {
        /// The segment is sound to its end, or its bad places are rot that stays.
        case end
        /// The segment was cut; segments after it do not follow from it any more.
        case cut
    }

    /// Finds the end of a segment's valid batches from the last index entry that is certain.
    private mutating func scan(_ segment: Segment) throws -> Scanned {
        let fileBytes = try segment.file.size()
        let certainEnd = max(recoveryPoint, segment.baseOffset)
        var position = try segment.truncateIndexes(from: fileBytes, endOffset: certainEnd)
        segment.rewind(to: position)
        expectedOffset = max(expectedOffset, segment.baseOffset)
        var reader = BatchReader(file: segment.file, path: segment.path, endPosition: fileBytes)
        while position < fileBytes {
            if let header = try reader.validHeader(at: position, atLeast: expectedOffset, checkFrom: recoveryPoint) {
                take(header, into: segment)
                position += header.sizeBytes
                continue
            }
            let next = try reader.nextValidBatch(after: position, atLeast: expectedOffset)
            if expectedOffset < recoveryPoint {
                damages.append(.init(kind: .rot, path: segment.path, range: position..<(next ?? fileBytes)))
                guard let next else { return .end }
                segment.rewind(to: next)
                position = next
            } else if next == nil {
                damages.append(.init(kind: .tornTail, path: segment.path, range: position..<fileBytes))
                try segment.cut(to: position)
                return .cut
            } else {
                let copy = "\(segment.path).\(position).quarantine"
                try self.copy(segment.file, from: position, to: fileBytes, path: copy)
                damages.append(.init(kind: .quarantined(copy: copy), path: segment.path, range: position..<fileBytes))
                try segment.cut(to: position)
                return .cut
            }
        }
        return .end
    }

    private mutating func take(_ header: RecordBatchHeader, into segment: Segment) {
        if segment.firstTimestampMS == nil { segment.firstTimestampMS = header.maxTimestamp }
        segment.note(
            sizeBytes: header.sizeBytes, lastOffset: header.lastOffset, maxTimestampMS: header.maxTimestamp,
            offsetOfMaxTimestamp: header.lastOffset, indexIntervalBytes: configuration.indexIntervalBytes)
        epochs.note(epoch: header.leaderEpoch, startOffset: header.baseOffset)
        expectedOffset = header.nextOffset
        if header.lastOffset >= recoveryPoint { segment.hasUnsyncedBytes = true }
    }

    /// Takes segments out of the log that no longer follow from what is before them.
    private mutating func setAside(_ segments: ArraySlice<Segment>) throws {
        for segment in segments {
            let size = try segment.file.size()
            let copy = segment.path + ".quarantine"
            if size > 0 {
                damages.append(.init(kind: .quarantined(copy: copy), path: segment.path, range: 0..<size))
                try disk.rename(segment.path, to: copy)
            } else {
                try disk.removeFile(segment.path)
            }
            for kind in [SparseIndex.Kind.offset, .time] { try disk.removeFile(segment.indexPath(kind)) }
        }
    }

    private func copy(_ file: any DiskFile, from start: Int, to end: Int, path: String) throws {
        let target = try disk.open(path, creating: true)
        try target.truncate(to: 0)
        var position = start
        while position < end {
            let slice = LogSlice(file: file, position: position, count: min(1 << 20, end - position), baseOffset: 0)
            let bytes = try slice.bytes()
            guard !bytes.isEmpty else { break }
            let written: Result<Void, DiskError> = bytes.withUnsafeBytes { buffer in
                do throws(DiskError) { return .success(try target.write(buffer, at: position - start)) } catch {
                    return .failure(error)
                }
            }
            try written.get()
            position += bytes.count
        }
        try target.sync()
    }
}

/// Reads batches where any byte may be wrong.
struct BatchReader {
    let file: any DiskFile
    let path: String
    let endPosition: Int
    private var window = BatchWalker.Window()

    init(file: any DiskFile, path: String, endPosition: Int) {
        self.file = file
        self.path = path
        self.endPosition = endPosition
    }

    /// The header of the batch at a position, if one is there that goes on from `atLeast`; its CRC is checked if it
    /// reaches `checkFrom`.
    mutating func validHeader(at position: Int, atLeast: Int64, checkFrom: Int64) throws(LogError) -> RecordBatchHeader? {
        let walker = BatchWalker(file: file, path: path, endPosition: endPosition, windowBytes: 64 << 10)
        let header: RecordBatchHeader
        do {
            header = try walker.header(at: position, window: &window)
        } catch {
            if case .damaged = error { return nil }
            throw error
        }
        guard header.baseOffset >= atLeast else { return nil }
        guard header.lastOffset >= checkFrom else { return header }
        return try crcMatches(header, at: position) ? header : nil
    }

    private func crcMatches(_ header: RecordBatchHeader, at position: Int) throws(LogError) -> Bool {
        let slice = LogSlice(file: file, position: position, count: header.sizeBytes, baseOffset: 0)
        let bytes: [UInt8]
        do { bytes = try slice.bytes() } catch { throw .disk(error) }
        guard bytes.count == header.sizeBytes else { return false }
        return bytes.withUnsafeBytes { CRC32C.ofBatch($0) } == header.crc
    }

    /// Position of the first whole batch with a matching CRC after a bad place, found by trying every byte.
    mutating func nextValidBatch(after position: Int, atLeast: Int64) throws(LogError) -> Int? {
        let headerBytes = RecordBatchLayout.records
        let chunkBytes = 1 << 20
        var start = position + 1
        while start + headerBytes <= endPosition {
            let slice = LogSlice(
                file: file, position: start, count: min(chunkBytes + headerBytes, endPosition - start), baseOffset: 0)
            let bytes: [UInt8]
            do { bytes = try slice.bytes() } catch { throw .disk(error) }
            guard bytes.count >= headerBytes else { return nil }
            let candidates = bytes.withUnsafeBytes { buffer in
                (0...(buffer.count - headerBytes)).filter { at in
                    guard buffer[at + RecordBatchLayout.magic] == 2 else { return false }
                    let header = RecordBatchHeader(UnsafeRawBufferPointer(rebasing: buffer[at..<at + headerBytes]))
                    return header.baseOffset >= atLeast && header.baseOffset - atLeast <= Int64(Int32.max)
                        && header.sizeBytes >= headerBytes && start + at + header.sizeBytes <= endPosition
                        && header.lastOffsetDelta >= 0
                }
            }
            for at in candidates
            where try validHeader(at: start + at, atLeast: atLeast, checkFrom: .min) != nil {
                return start + at
            }
            start += bytes.count - headerBytes + 1
        }
        return nil
    }
}

extension SegmentedLog {
    /// Loads the newest sound producer snapshot and brings it up to the end from the batches' headers.
    func rebuildProducers(names: [String], nowMS: Int64) throws(LogError) {
        let offsets = names.compactMap { Segment.baseOffset(ofName: $0, kind: "snapshot") }.sorted(by: >)
        producers.reset(nextOffset: logStartOffset)
        do {
            for offset in offsets {
                let path = directory + "/" + Segment.fileName(offset, "snapshot")
                guard offset <= endOffset,
                    let states = ProducerStates.decodeSnapshot(try disk.readWhole(path), nextOffset: offset)
                else {
                    try disk.removeFile(path)
                    continue
                }
                producers = states
                snapshotOffset = offset
                break
            }
            var from = max(producers.nextOffset, logStartOffset)
            for segment in segments[segmentIndex(of: from)...] {
                var position = from > segment.baseOffset ? try segment.positionFloor(of: from) : 0
                let walker = BatchWalker(file: segment.file, path: segment.path, endPosition: segment.sizeBytes)
                var window = BatchWalker.Window()
                while position < segment.sizeBytes {
                    let header = try walker.header(at: position, window: &window)
                    if header.baseOffset >= from {
                        producers.note(header, nowMS: nowMS)
                        bytesSinceSnapshot += header.sizeBytes
                    }
                    position += header.sizeBytes
                }
                from = max(from, segment.baseOffset)
                if segment !== active { segment.closeIndexes() }
            }
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            // Rot between two batches: it is reported already where recovery met it, and by the reads that meet it.
            guard case .damaged = error else { throw error }
        } catch {
            throw .offline(reason: "\(error)")
        }
        producers.nextOffset = endOffset
    }
}
