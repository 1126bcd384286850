/// A record found by time.
public struct TimestampedOffset: Equatable, Sendable {
    public var offset: Int64
    public var timestampMS: Int64
    public var leaderEpoch: Int32
}

/// A part of a log that may hold the record wanted, read without the log's lock. Blocks: not for an event loop.
public struct TimestampSearch: Sendable {
    struct Part: Sendable {
        var file: any DiskFile
        var path: String
        /// A batch that holds `startOffset` stands there, or 0.
        var startPosition: Int
        var startOffset: Int64
        var endPosition: Int
    }

    var parts: [Part]
    let startOffset: Int64

    /// The first record, by offset, whose timestamp is at least `timestampMS`; nil if there is none.
    public func first(atOrAfter timestampMS: Int64) throws(LogError) -> TimestampedOffset? {
        for part in parts {
            let walker = BatchWalker(file: part.file, path: part.path, endPosition: part.endPosition)
            var window = BatchWalker.Window()
            var position = try walker.start(at: part.startPosition, holding: part.startOffset, window: &window)
            while position < part.endPosition {
                let header = try walker.header(at: position, window: &window)
                if header.maxTimestamp >= timestampMS, header.lastOffset >= startOffset, !header.isControl,
                    let found = try firstRecord(in: header, of: part, at: position, atOrAfter: timestampMS)
                {
                    return found
                }
                position += header.sizeBytes
            }
        }
        return nil
    }

    /// The record with the largest timestamp, the first of equals; nil if the log is empty.
    public func newest() throws(LogError) -> TimestampedOffset? {
        var newestMS: Int64 = .min
        for part in parts {
            let walker = BatchWalker(file: part.file, path: part.path, endPosition: part.endPosition)
            var window = BatchWalker.Window()
            var position = try walker.start(at: part.startPosition, holding: part.startOffset, window: &window)
            while position < part.endPosition {
                let header = try walker.header(at: position, window: &window)
                if !header.isControl, header.lastOffset >= startOffset { newestMS = max(newestMS, header.maxTimestamp) }
                position += header.sizeBytes
            }
        }
        return newestMS == .min ? nil : try first(atOrAfter: newestMS)
    }

    private func firstRecord(
        in header: RecordBatchHeader, of part: Part, at position: Int, atOrAfter timestampMS: Int64
    ) throws(LogError) -> TimestampedOffset? {
        if header.isLogAppendTime {
            return TimestampedOffset(
                offset: max(header.baseOffset, startOffset), timestampMS: header.maxTimestamp,
                leaderEpoch: header.leaderEpoch)
        }
        let slice = LogSlice(
            file: part.file, position: position, count: header.sizeBytes, baseOffset: header.baseOffset)
        do {
            let batch = try slice.bytes()
            return try batch.withUnsafeBytes { buffer throws(RecordError) in
                try RecordIterator.withRecords(
                    ofBatch: buffer, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
                ) { records throws(RecordError) in
                    while let record = try records.next() {
                        let recordMS = header.baseTimestamp &+ record.timestampDelta
                        let offset = header.baseOffset &+ Int64(record.offsetDelta)
                        guard recordMS >= timestampMS, offset >= startOffset else { continue }
                        return TimestampedOffset(offset: offset, timestampMS: recordMS, leaderEpoch: header.leaderEpoch)
                    }
                    return nil
                }
            }
        } catch let error as DiskError {
            throw .disk(error)
        } catch {
            throw .damaged(offset: header.baseOffset, reason: "\(part.path) at \(position): \(error)")
        }
    }
}

extension SegmentedLog {
    /// Where records at or after a time may stand, up to `limit`. With `Int64.min` everything.
    public func search(fromTimeMS timestampMS: Int64, upTo limit: LogPosition) throws(LogError) -> TimestampSearch {
        var search = TimestampSearch(parts: [], startOffset: logStartOffset)
        do {
            for segment in segments where segment.baseOffset <= limit.segmentBase {
                try segment.loadMaxTimestamp()
                let isClosed = segment !== active
                defer { if isClosed { segment.closeIndexes() } }
                if isClosed, segment.maxTimestampMS >= 0, segment.maxTimestampMS < timestampMS { continue }
                let start = try segment.floor(ofTimeMS: timestampMS)
                let end = segment.baseOffset == limit.segmentBase ? limit.position : segment.sizeBytes
                search.parts.append(
                    .init(
                        file: segment.file, path: segment.path, startPosition: start.position,
                        startOffset: start.offset, endPosition: end))
            }
        } catch {
            throw .disk(error)
        }
        return search
    }
}
