extension SegmentedLog {
    /// What to compact now; nil if it is not due. Nothing at or above `limit` is touched: what is not known to be durable.
    public func planCompaction(nowMS: Int64, limit: LogPosition) throws(LogError) -> CompactionPlan? {
        // A segment under its swap name is what a failed swap has left: the next start finishes it.
        guard configuration.isCompacted, offlineReason == nil, segments.count > 1,
            segments.allSatisfy({ $0.suffix.isEmpty })
        else { return nil }
        do {
            let end = try cleanableCount(nowMS: nowMS, limit: limit)
            let dirty = (0..<end).filter { segments[$0 + 1].baseOffset > firstDirtyOffset }
            guard let firstDirty = dirty.first else { return nil }
            let dirtyBytes = dirty.reduce(0) { $0 + segments[$1].sizeBytes }
            let bytes = (0..<end).reduce(0) { $0 + segments[$1].sizeBytes }
            try segments[firstDirty].loadFirstTimestamp()
            let isOverdue = isOverdue(segments[firstDirty], nowMS: nowMS)
            guard isOverdue || Double(dirtyBytes) > configuration.cleanableDirtyRatioMin * Double(bytes) else {
                return nil
            }
            var parts: [ClosedSegment] = []
            for index in 0..<end {
                let segment = segments[index]
                try segment.openIndexes()
                parts.append(
                    ClosedSegment(
                        baseOffset: segment.baseOffset, endOffset: segments[index + 1].baseOffset, path: segment.path,
                        file: segment.file, sizeBytes: segment.sizeBytes, indexBytes: segment.indexBytes))
                segment.closeIndexes()
            }
            return CompactionPlan(
                directory: directory, disk: disk, configuration: configuration, segments: parts,
                firstDirtyOffset: max(firstDirtyOffset, logStartOffset), windowOffsets: producers.windowOffsets,
                truncationCount: truncationCount, nowMS: nowMS)
        } catch {
            throw .disk(error)
        }
    }

    /// How many of the oldest segments may be compacted.
    private func cleanableCount(nowMS: Int64, limit: LogPosition) throws(DiskError) -> Int {
        for index in 0..<segments.count - 1 {
            let segment = segments[index]
            guard segments[index + 1].baseOffset <= limit.offset, segment.baseOffset < limit.segmentBase else {
                return index
            }
            guard configuration.compactionLagMSMin > 0, segments[index + 1].baseOffset > firstDirtyOffset else {
                continue
            }
            try segment.loadMaxTimestamp()
            segment.closeIndexes()
            if segment.maxTimestampMS > nowMS - configuration.compactionLagMSMin { return index }
        }
        return segments.count - 1
    }

    private func isOverdue(_ segment: Segment, nowMS: Int64) -> Bool {
        guard let firstMS = segment.firstTimestampMS, firstMS >= 0 else { return false }
        return nowMS - firstMS > configuration.compactionLagMSMax
    }

    /// Puts a cleaned segment into the log in the place of its sources, whose files get the names they are removed by.
    /// Returns those names, or nil if the log has changed so that the cleaned segment does not fit any more.
    public func swapIn(_ cleaned: CleanedSegment) throws(LogError) -> [String]? {
        guard cleaned.truncationCount == truncationCount, offlineReason == nil,
            let start = segments.firstIndex(where: { $0.baseOffset == cleaned.baseOffset }),
            segments[start...].prefix(cleaned.sources.count).map(\.baseOffset) == cleaned.sources,
            start + cleaned.sources.count < segments.count
        else { return nil }
        var removed: [String] = []
        do {
            let segment = try Segment(
                directory: directory, baseOffset: cleaned.baseOffset, disk: disk,
                indexIntervalBytes: configuration.indexIntervalBytes, suffix: ".swap")
            let range = start..<start + cleaned.sources.count
            let sources = segments[range]
            segments.replaceSubrange(range, with: [segment])
            for source in sources {
                for path in [source.path, source.indexPath(.offset), source.indexPath(.time)] where disk.exists(path) {
                    try disk.rename(path, to: path + ".deleted")
                    removed.append(path + ".deleted")
                }
            }
            return removed
        } catch {
            throw .disk(error)
        }
    }

    /// Gives a swapped-in segment its plain name. Requires: the removal of its sources' names is durable.
    public func finishSwap(_ cleaned: CleanedSegment) throws(LogError) {
        guard let segment = segments.first(where: { $0.baseOffset == cleaned.baseOffset && $0.suffix == ".swap" })
        else {
            return
        }
        do {
            for kind in CompactionSwap.kinds {
                let path = directory + "/" + Segment.fileName(cleaned.baseOffset, kind)
                try disk.rename(path + ".swap", to: path)
            }
        } catch {
            // Some files have the one name, some the other: only the next start can tell.
            offlineReason = "\(error)"
            throw .disk(error)
        }
        segment.suffix = ""
        directoryIsDirty = true
    }

    /// Takes note of how far a compaction has come.
    public func noteCompaction(_ outcome: CompactionOutcome, truncationCount: Int) {
        guard truncationCount == self.truncationCount else { return }
        firstDirtyOffset = min(max(firstDirtyOffset, outcome.firstDirtyOffset), endOffset)
    }
}

extension CompactionPlan {
    /// Does the whole compaction. `locked` calls its argument with the log, which nobody else uses meanwhile; it is
    /// called for moments only. Once `isAbandoned` is true the work ends within a batch, throwing. Blocks on the disk.
    public func run(
        isAbandoned: @escaping () -> Bool = { false },
        locked: ((SegmentedLog) throws(LogError) -> Void) throws(LogError) -> Void
    ) throws(LogError) -> CompactionOutcome {
        var compaction = Compaction(self, isAbandoned: isAbandoned)
        try compaction.mapKeys()
        while let cleaned = try compaction.cleanNext() {
            var removed: [String]?
            try locked { (log) throws(LogError) in removed = try log.swapIn(cleaned) }
            do throws(DiskError) {
                guard let removed else {
                    try discardSwap(cleaned)
                    continue
                }
                try disk.syncDirectory(directory)
                do throws(LogError) {
                    try locked { (log) throws(LogError) in try log.finishSwap(cleaned) }
                } catch {
                    if case .disk(let error) = error { throw error }
                    return compaction.outcome
                }
                try disk.syncDirectory(directory)
                for path in removed { try disk.removeFile(path) }
            } catch {
                throw .disk(error)
            }
        }
        let outcome = compaction.outcome
        try locked { (log) throws(LogError) in log.noteCompaction(outcome, truncationCount: truncationCount) }
        return outcome
    }

    private func discardSwap(_ cleaned: CleanedSegment) throws(DiskError) {
        // The log's own name first: without it the others are leftovers.
        for kind in CompactionSwap.kinds.reversed() {
            try disk.removeFile(directory + "/" + Segment.fileName(cleaned.baseOffset, kind) + ".swap")
        }
    }
}
