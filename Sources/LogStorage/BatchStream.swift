/// Reads the whole batches of a file one after the other, checking each one's form, CRC and place in the order: offsets
/// lie outside the CRC.
struct BatchStream {
    let file: any DiskFile
    let path: String
    let endPosition: Int
    /// Where the next batch begins.
    private(set) var position: Int
    /// Offsets that the batches to come may have.
    private(set) var offsets: Range<Int64>
    private var buffer: [UInt8] = []
    private var bufferPosition = 0

    init(file: any DiskFile, path: String, to endPosition: Int, offsets: Range<Int64>) {
        self.file = file
        self.path = path
        position = 0
        self.offsets = offsets
        self.endPosition = endPosition
    }

    /// Calls `body` with the next batch and steps over it; nil at the end. Throws `.damaged` and stays where it is if
    /// the bytes are no batch.
    mutating func next<Result>(
        _ body: (RecordBatchHeader, UnsafeRawBufferPointer) throws(LogError) -> Result
    ) throws(LogError) -> Result? {
        guard position < endPosition else { return nil }
        try fill(RecordBatchLayout.records)
        let start = position - bufferPosition
        let header = buffer.withUnsafeBytes {
            RecordBatchHeader(UnsafeRawBufferPointer(rebasing: $0[start..<start + RecordBatchLayout.records]))
        }
        guard header.magic == 2, header.sizeBytes >= RecordBatchLayout.records, header.lastOffsetDelta >= 0,
            header.sizeBytes <= endPosition - position
        else { throw damaged(header.baseOffset, "the bytes are no batch header") }
        guard header.baseOffset >= offsets.lowerBound, header.baseOffset < offsets.upperBound,
            header.lastOffset >= header.baseOffset, header.lastOffset < offsets.upperBound
        else {
            throw damaged(
                header.baseOffset, "offsets \(header.baseOffset) to \(header.lastOffset) where \(offsets) are due")
        }
        try fill(header.sizeBytes)
        let from = position - bufferPosition
        let result: Swift.Result<Result, LogError> = buffer.withUnsafeBytes { all in
            let batch = UnsafeRawBufferPointer(rebasing: all[from..<from + header.sizeBytes])
            let crc = CRC32C.ofBatch(batch)
            guard crc == header.crc else {
                return .failure(damaged(header.baseOffset, "CRC-32C \(header.crc) in the header, \(crc) of the bytes"))
            }
            do throws(LogError) { return .success(try body(header, batch)) } catch { return .failure(error) }
        }
        let value = try result.get()
        position += header.sizeBytes
        offsets = header.nextOffset..<offsets.upperBound
        return value
    }

    /// Goes on at another place.
    mutating func seek(to position: Int) { self.position = position }

    private func damaged(_ offset: Int64, _ reason: String) -> LogError {
        .damaged(offset: offset, reason: "\(path) at byte \(position): \(reason)")
    }

    /// Has so many bytes from the position on in the buffer.
    private mutating func fill(_ count: Int) throws(LogError) {
        guard position < bufferPosition || position + count > bufferPosition + buffer.count else { return }
        do {
            buffer = try file.bytes(
                at: position, count: min(max(count, BatchStream.chunkBytes), endPosition - position))
        } catch {
            throw .disk(error)
        }
        bufferPosition = position
        guard buffer.count >= count else { throw damaged(-1, "\(buffer.count) bytes are less than a batch") }
    }

    private static let chunkBytes = 1 << 20
}

/// Calls `body` with each record of a stored batch, if the batch holds what its header says: records with rising
/// offsets within the batch's extent. Of a batch that does not, `body` may have seen some.
func forEachStoredRecord(
    of header: RecordBatchHeader, in batch: UnsafeRawBufferPointer,
    _ body: (RecordView) throws(RecordError) -> Void
) throws(RecordError) {
    try RecordIterator.withRecords(
        ofBatch: batch, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
    ) { records throws(RecordError) in
        var previous: Int32 = -1
        while let record = try records.next() {
            guard record.offsetDelta > previous, record.offsetDelta <= header.lastOffsetDelta else {
                throw .offsetDeltaOutOfOrder(got: Int(record.offsetDelta), expected: Int(previous) + 1)
            }
            previous = record.offsetDelta
            try body(record)
        }
    }
}
