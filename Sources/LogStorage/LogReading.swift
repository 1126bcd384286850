import CPlatform
import Glibc

/// Where to look for a batch: made under the log's lock, used without it. Holds the file open, also if the segment
/// is deleted meanwhile.
public struct LogReadPlan: Sendable {
    /// Offset wanted.
    public let offset: Int64
    public let segmentBase: Int64
    /// Offsets of what may be read of the segment lie below this.
    let offsetsEnd: Int64
    let file: any DiskFile
    let path: String
    /// A batch boundary at or before the batch that holds `offset`.
    let startPosition: Int
    /// End of what may be read; a batch boundary.
    let endPosition: Int
}

/// Bytes of consecutive batches in a file; the last one may be cut off by the size wanted.
public struct LogSlice: Sendable {
    public let file: any DiskFile
    public let position: Int
    public let count: Int
    /// Base offset of the first batch.
    public let baseOffset: Int64

    public init(file: any DiskFile, position: Int, count: Int, baseOffset: Int64) {
        self.file = file
        self.position = position
        self.count = count
        self.baseOffset = baseOffset
    }

    /// Copies the slice's bytes out; blocks if they are not cached.
    public func bytes() throws(DiskError) -> [UInt8] { try file.bytes(at: position, count: count) }
}

extension SegmentedLog {
    /// Where the batch with `offset` is, or the first batch after it if compaction left a gap there; nil if that is
    /// at or above `limit`. `after` skips a segment in which `LogReadPlan.resolve` has found nothing.
    public func locate(_ offset: Int64, upTo limit: LogPosition, after skipped: Int64? = nil) throws(LogError)
        -> LogReadPlan?
    {
        guard offset >= logStartOffset, offset <= endOffset else {
            throw .offsetOutOfRange(offset: offset, start: logStartOffset, end: endOffset)
        }
        guard offset < limit.offset else { return nil }
        var index = segmentIndex(of: offset)
        if let skipped {
            while index < segments.count, segments[index].baseOffset <= skipped { index += 1 }
        }
        guard index < segments.count, segments[index].baseOffset <= limit.segmentBase else { return nil }
        let segment = segments[index]
        let isLast = segment.baseOffset == limit.segmentBase
        let end = isLast ? limit.position : segment.sizeBytes
        let offsetsEnd = isLast || index + 1 == segments.count ? limit.offset : segments[index + 1].baseOffset
        do {
            let start = offset > segment.baseOffset ? try segment.positionFloor(of: offset) : 0
            return LogReadPlan(
                offset: offset, segmentBase: segment.baseOffset, offsetsEnd: offsetsEnd, file: segment.file,
                path: segment.path, startPosition: start, endPosition: end)
        } catch {
            throw .disk(error)
        }
    }

    /// Whether an offset lies in the segment being written, or outside the log.
    public func isAtTail(_ offset: Int64) -> Bool {
        offset >= segments[segments.count - 1].baseOffset || offset < logStartOffset
    }

    /// Index of the segment whose range holds an offset at or above the first base offset.
    func segmentIndex(of offset: Int64) -> Int {
        var low = 0
        var high = segments.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if segments[middle].baseOffset <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The position of an offset that is a batch boundary at or below the end, for a limit other than the end.
    public func position(of offset: Int64) throws(LogError) -> LogPosition {
        if offset >= endOffset { return endPosition }
        var skipped: Int64?
        while let plan = try locate(max(offset, logStartOffset), upTo: endPosition, after: skipped) {
            if let slice = try plan.resolve(bytesMax: 0, firstBatchBytesMax: 0) {
                return LogPosition(offset: offset, segmentBase: plan.segmentBase, position: slice.position)
            }
            skipped = plan.segmentBase
        }
        return endPosition
    }
}

extension LogReadPlan {
    /// Finds the batch: from it on, up to `bytesMax` bytes, but the first batch whole up to `firstBatchBytesMax`.
    /// Nil if the segment has no batch at or after the offset before the end: try the next segment.
    /// Throws `.damaged` if the way there leads over bytes that are no batch.
    public func resolve(bytesMax: Int, firstBatchBytesMax: Int) throws(LogError) -> LogSlice? {
        let walker = BatchWalker(file: file, path: path, endPosition: endPosition)
        var window = BatchWalker.Window()
        do throws(LogError) {
            var position = try walker.start(at: startPosition, holding: offset, window: &window)
            while position < endPosition {
                let batch = try walker.batch(at: position, window: &window)
                // No checksum covers a batch's offset: a reader that believed a wrong one would skip what follows.
                guard batch.baseOffset >= segmentBase, batch.lastOffset < offsetsEnd else {
                    throw .damaged(
                        offset: offset,
                        reason: "\(path): the batch at \(position) has offsets \(batch.baseOffset) to "
                            + "\(batch.lastOffset); those here are \(segmentBase) to \(offsetsEnd - 1)")
                }
                guard batch.lastOffset < offset else {
                    let count = try walker.wholeBatchBytes(
                        from: position, first: batch, bytesMax: bytesMax, firstBatchBytesMax: firstBatchBytesMax,
                        window: &window)
                    return LogSlice(file: file, position: position, count: count, baseOffset: batch.baseOffset)
                }
                position += batch.sizeBytes
            }
            return nil
        } catch {
            guard case .damaged(_, let reason) = error else { throw error }
            throw .damaged(offset: offset, reason: reason)
        }
    }
}

/// Steps from batch to batch of a file by their headers, reading ahead in small windows.
struct BatchWalker {
    /// Where a batch is and what it spans, without its contents.
    struct Step {
        var baseOffset: Int64
        var lastOffset: Int64
        var sizeBytes: Int
    }

    /// Bytes read ahead of the step; reused from step to step.
    struct Window {
        var position = 0
        var bytes: [UInt8] = []
    }

    let file: any DiskFile
    let path: String
    let endPosition: Int
    /// A page: about the distance of two index entries.
    var windowBytes = 4096

    /// The header at a position; throws `.damaged` if it is none, `nil` never: the caller stays below `endPosition`.
    func header(at position: Int, window: inout Window) throws(LogError) -> RecordBatchHeader {
        let headerBytes = RecordBatchLayout.records
        if position < window.position || position + headerBytes > window.position + window.bytes.count {
            try fill(&window, from: position)
        }
        guard position + headerBytes <= window.position + window.bytes.count else {
            throw .damaged(offset: -1, reason: "\(path): \(endPosition - position) bytes at \(position) are no batch")
        }
        let start = position - window.position
        let header = window.bytes.withUnsafeBytes {
            RecordBatchHeader(UnsafeRawBufferPointer(rebasing: $0[start..<start + headerBytes]))
        }
        guard header.magic == 2, header.sizeBytes >= headerBytes, position + header.sizeBytes <= endPosition,
            header.lastOffsetDelta >= 0
        else {
            throw .damaged(offset: header.baseOffset, reason: "\(path): the bytes at \(position) are no batch header")
        }
        return header
    }

    /// Bytes to give from a batch on: none of the first if it is above both limits; else as much as `bytesMax` allows.
    /// Large batches are never cut, as a reader throws a cut one away; many small ones are not walked for it.
    func wholeBatchBytes(
        from position: Int, first: Step, bytesMax: Int, firstBatchBytesMax: Int, window: inout Window
    ) throws(LogError) -> Int {
        guard first.sizeBytes <= max(bytesMax, firstBatchBytesMax) else { return 0 }
        let available = endPosition - position
        guard available > bytesMax else { return available }
        guard first.sizeBytes >= BatchWalker.uncutBatchBytesMin else { return max(first.sizeBytes, bytesMax) }
        var count = first.sizeBytes
        while count < bytesMax {
            let next = try batch(at: position + count, window: &window)
            guard count + next.sizeBytes <= bytesMax else { break }
            count += next.sizeBytes
        }
        return count
    }

    /// From this size on a cut batch wastes more than finding the boundary costs.
    private static let uncutBatchBytesMin = 8 << 10

    func batch(at position: Int, window: inout Window) throws(LogError) -> Step {
        let header = try header(at: position, window: &window)
        return Step(baseOffset: header.baseOffset, lastOffset: header.lastOffset, sizeBytes: header.sizeBytes)
    }

    /// A position that an index gave for an offset, or 0 if no batch stands there or one after the offset: an index is
    /// derived, and a wrong entry must cost time, not records.
    func start(at position: Int, holding offset: Int64, window: inout Window) throws(LogError) -> Int {
        guard position > 0, position < endPosition else { return 0 }
        do {
            return try batch(at: position, window: &window).baseOffset <= offset ? position : 0
        } catch {
            guard case .damaged = error else { throw error }
            return 0
        }
    }

    private func fill(_ window: inout Window, from position: Int) throws(LogError) {
        let wanted = min(windowBytes, endPosition - position)
        if window.bytes.count != wanted { window.bytes = [UInt8](repeating: 0, count: wanted) }
        window.position = position
        let got: Result<Int, DiskError> = window.bytes.withUnsafeMutableBytes { buffer in
            do throws(DiskError) { return .success(try file.read(into: buffer, at: position)) } catch {
                return .failure(error)
            }
        }
        do { window.bytes.removeLast(wanted - (try got.get())) } catch { throw .disk(error) }
    }
}

extension LogSlice {
    /// Whether all of the slice can be read without waiting for the device, as far as the kernel can tell cheaply;
    /// true where it cannot, as most reads are of what was just written.
    public var isCached: Bool {
        guard count > 0, let descriptor = file.descriptor else { return true }
        var pages: UInt64 = 0
        guard cplatform_cachestat(descriptor, UInt64(position), UInt64(count), &pages) == 0 else {
            return lastByteIsCached(descriptor)
        }
        let first = position / LogSlice.pageBytes
        let last = (position + count - 1) / LogSlice.pageBytes
        return pages >= UInt64(last - first + 1)
    }

    /// For kernels before 6.5: the last byte stands for the rest, which read-ahead brings in with it.
    private func lastByteIsCached(_ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        return cplatform_preadv2_nowait(descriptor, &byte, 1, position + count - 1) != -CInt(EAGAIN)
    }

    private static let pageBytes = 4096

    /// Brings the slice into the page cache; blocks. A failure shows when the bytes are sent.
    public func readAhead() {
        var at = position
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
            while at < position + count {
                let wanted = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<min(buffer.count, position + count - at)])
                guard let got = try? file.read(into: wanted, at: at), got > 0 else { return }
                at += got
            }
        }
    }
}
