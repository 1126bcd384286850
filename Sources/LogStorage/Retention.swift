/// Files taken out of a log that are still to be removed from the disk, which can take long and needs no lock.
///
/// Requires: the log's new start has been stored (`LogDirectory.store`) before `discard`, or a crash may bring back
/// some of them and with them an earlier start. If `discard` is never called, the next start removes them.
public struct RemovedSegments: Sendable {
    let paths: [String]
    /// Knows the producers of the batches that go; made durable before they do.
    var snapshot: String?
    let disk: any Disk
    public var isEmpty: Bool { paths.isEmpty }

    /// Removes the files, the oldest first. Slices and plans that hold them open stay readable.
    public func discard() throws(DiskError) {
        if let snapshot, disk.exists(snapshot) {
            try disk.open(snapshot, creating: false).sync()
            try disk.syncDirectory(disk.parentDirectory(of: snapshot))
        }
        for path in paths { try disk.removeFile(path) }
    }
}

extension SegmentedLog {
    /// Takes out the segments that retention by time or by bytes no longer keeps, but nothing at or above `limit`.
    public func applyRetention(nowMS: Int64, limit: Int64) throws(LogError) -> RemovedSegments {
        guard configuration.deletesOldSegments else { return RemovedSegments(paths: [], disk: disk) }
        var expired = 0
        var bytes = sizeBytes
        do {
            while expired < segments.count {
                let segment = segments[expired]
                let end = expired + 1 < segments.count ? segments[expired + 1].baseOffset : endOffset
                guard segment.sizeBytes > 0, end <= limit else { break }
                try segment.loadMaxTimestamp()
                let isOld =
                    configuration.retentionMS >= 0 && segment.maxTimestampMS >= 0
                    && nowMS - segment.maxTimestampMS > configuration.retentionMS
                let isBeyondBytes =
                    configuration.retentionBytes >= 0
                    && bytes - Int64(segment.sizeBytes) >= configuration.retentionBytes
                if segment !== active { segment.closeIndexes() }
                guard isOld || isBeyondBytes else { break }
                bytes -= Int64(segment.sizeBytes)
                expired += 1
            }
        } catch {
            throw .disk(error)
        }
        guard expired > 0 else { return RemovedSegments(paths: [], disk: disk) }
        if expired == segments.count { try roll() }
        logStartOffset = max(logStartOffset, segments[expired].baseOffset)
        return try removeSegments(before: expired)
    }

    /// Raises the start of the log to `offset`, which must not lie above `limit`; segments wholly below it are taken out.
    public func deleteRecords(before offset: Int64, limit: Int64) throws(LogError) -> RemovedSegments {
        guard offset <= limit, offset >= 0 else {
            throw .offsetOutOfRange(offset: offset, start: logStartOffset, end: limit)
        }
        guard offset > logStartOffset else { return RemovedSegments(paths: [], disk: disk) }
        if offset == endOffset, active.sizeBytes > 0 { try roll() }
        logStartOffset = offset
        let keep = segments.indices.dropLast().first { segments[$0 + 1].baseOffset > offset } ?? segments.count - 1
        return try removeSegments(before: keep)
    }

    private func removeSegments(before index: Int) throws(LogError) -> RemovedSegments {
        guard index > 0 else { return RemovedSegments(paths: [], disk: disk) }
        var paths: [String] = []
        for segment in segments[..<index] {
            paths += [segment.path, segment.indexPath(.offset), segment.indexPath(.time)]
        }
        let base = segments[index].baseOffset
        if !snapshotOffsets.contains(where: { $0 >= base }) {
            do { try storeProducerSnapshot() } catch { throw .disk(error) }
        }
        segments.removeFirst(index)
        for offset in snapshotOffsets where offset < base { paths.append(snapshotPath(offset)) }
        snapshotOffsets.removeAll { $0 < base }
        directoryIsDirty = true
        epochs.advanceStart(to: logStartOffset)
        firstDirtyOffset = max(firstDirtyOffset, logStartOffset)
        return RemovedSegments(paths: paths, snapshot: snapshotOffsets.first.map(snapshotPath), disk: disk)
    }

    /// Cuts the log so that it ends at `offset`, which must be a batch boundary: what lies above came from a leader
    /// whose epoch is over.
    public func truncate(to offset: Int64, nowMS: Int64) throws(LogError) {
        guard offset < endOffset else { return }
        guard offset >= logStartOffset else {
            throw .offsetOutOfRange(offset: offset, start: logStartOffset, end: endOffset)
        }
        let target = try position(of: offset)
        do {
            truncationCount += 1
            try disk.removeFile(indexCheckpointPath)
            try disk.syncDirectory(directory)
            while segments.count > 1, active.baseOffset > target.segmentBase {
                let last = segments.removeLast()
                try CompactionSwap.removeSegmentFiles(directory: directory, base: last.baseOffset, disk: disk)
            }
            let segment = active
            var position = try segment.truncateIndexes(from: target.position, endOffset: offset)
            segment.rewind(to: position)
            let walker = BatchWalker(file: segment.file, path: segment.path, endPosition: target.position)
            var window = BatchWalker.Window()
            while position < target.position {
                let header = try walker.header(at: position, window: &window)
                segment.note(header)
                position += header.sizeBytes
            }
            try segment.cut(to: target.position)
            try segment.loadFirstTimestamp()
            segment.hasUnsyncedBytes = true
            directoryIsDirty = true
            endOffset = offset
            firstDirtyOffset = min(firstDirtyOffset, offset)
            epochs.truncate(to: offset)
            try dropSnapshots(after: offset)
            try rebuildProducers(nowMS: nowMS)
        } catch let error as DiskError {
            offlineReason = "\(error)"
            throw .disk(error)
        } catch let error as LogError {
            offlineReason = "\(error)"
            throw error
        } catch {
            offlineReason = "\(error)"
            throw .offline(reason: "\(error)")
        }
    }
}
