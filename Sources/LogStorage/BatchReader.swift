/// Reads batches where any byte may be wrong.
struct BatchReader {
    let file: any DiskFile
    let path: String
    let endPosition: Int
    private let walker: BatchWalker
    private var window = BatchWalker.Window()

    init(file: any DiskFile, path: String, endPosition: Int) {
        self.file = file
        self.path = path
        self.endPosition = endPosition
        walker = BatchWalker(file: file, path: path, endPosition: endPosition, windowBytes: 64 << 10)
    }

    /// The header of the batch at a position, if one is there that goes on from `atLeast`; its CRC is checked if it
    /// reaches `checkFrom`.
    mutating func validHeader(at position: Int, atLeast: Int64, checkFrom: Int64) throws(LogError) -> RecordBatchHeader?
    {
        guard let header = try header(at: position, atLeast: atLeast) else { return nil }
        guard header.lastOffset >= checkFrom else { return header }
        return try crcMatches(header, at: position) ? header : nil
    }

    /// The header at a position as far as it can be right without looking at the records.
    private mutating func header(at position: Int, atLeast: Int64) throws(LogError) -> RecordBatchHeader? {
        do {
            let header = try walker.header(at: position, window: &window)
            return header.baseOffset >= atLeast && header.nextOffset > header.baseOffset ? header : nil
        } catch {
            if case .damaged = error { return nil }
            throw error
        }
    }

    private func crcMatches(_ header: RecordBatchHeader, at position: Int) throws(LogError) -> Bool {
        let bytes: [UInt8]
        do { bytes = try file.bytes(at: position, count: header.sizeBytes) } catch { throw .disk(error) }
        guard bytes.count == header.sizeBytes else { return false }
        return bytes.withUnsafeBytes { CRC32C.ofBatch($0) } == header.crc
    }

    /// Position of the first whole batch with a matching CRC after a bad place.
    ///
    /// A client's record may itself hold the bytes of a batch. So a length in the bad place that leads to a batch is
    /// believed first; then batches that another follows, or the end; and only then one that stands alone.
    mutating func nextValidBatch(after position: Int, atLeast: Int64) throws(LogError) -> Int? {
        if let bad = try header(at: position, atLeast: atLeast) {
            let next = position + bad.sizeBytes
            if next == endPosition { return nil }
            if try validHeader(at: next, atLeast: atLeast, checkFrom: .min) != nil { return next }
        }
        var alone: Int?
        var start = position + 1
        while start + RecordBatchLayout.records <= endPosition {
            let bytes: [UInt8]
            do {
                bytes = try file.bytes(
                    at: start, count: min(BatchReader.chunkBytes + RecordBatchLayout.records, endPosition - start))
            } catch {
                throw .disk(error)
            }
            guard bytes.count >= RecordBatchLayout.records else { break }
            for at in candidates(in: bytes, at: start, atLeast: atLeast) {
                guard let header = try validHeader(at: start + at, atLeast: atLeast, checkFrom: .min) else { continue }
                let end = start + at + header.sizeBytes
                if end == endPosition { return start + at }
                if try self.header(at: end, atLeast: header.nextOffset) != nil { return start + at }
                alone = alone ?? start + at
            }
            start += bytes.count - RecordBatchLayout.records + 1
        }
        return alone
    }

    private static let chunkBytes = 1 << 20

    private func candidates(in bytes: [UInt8], at start: Int, atLeast: Int64) -> [Int] {
        bytes.withUnsafeBytes { buffer in
            (0...(buffer.count - RecordBatchLayout.records)).filter { at in
                guard buffer[at + RecordBatchLayout.magic] == 2 else { return false }
                let header = RecordBatchHeader(
                    UnsafeRawBufferPointer(rebasing: buffer[at..<at + RecordBatchLayout.records]))
                return header.baseOffset >= atLeast && header.baseOffset - atLeast <= Int64(Int32.max)
                    && header.sizeBytes >= RecordBatchLayout.records && start + at + header.sizeBytes <= endPosition
                    && header.lastOffsetDelta >= 0
            }
        }
    }
}
