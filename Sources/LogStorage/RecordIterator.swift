/// Walks the records section of a batch (after decompression) without allocating.
///
/// Every field of a record is checked before the record is handed out. The end is checked too: `next` returns nil only
/// if the promised number of records filled the section exactly.
///
/// Requires: the buffer outlives the iterator and the views it hands out.
public struct RecordIterator {
    private let base: UnsafeRawPointer?
    private let end: Int
    private var position = 0
    private var index = 0
    /// The header's record count.
    public let count: Int

    /// `bytes` are the batch's bytes from 61 on, decompressed; `count` is the header's record count.
    public init(_ bytes: UnsafeRawBufferPointer, count: Int) {
        base = bytes.baseAddress
        end = bytes.count
        self.count = count
    }

    /// The next record, or nil after the last.
    @inline(__always)
    public mutating func next() throws(RecordError) -> RecordView? {
        guard let base, index < count, position < end else {
            guard index == max(count, 0) else { throw .countMismatch(declared: count, found: index) }
            guard position == end else { throw .trailingBytes(count: end - position) }
            return nil
        }
        let start = position
        var prefix = RecordCursor(base, from: start, to: end)
        let size = try prefix.varint()
        guard size >= 0 else { throw .negativeLength(position: start, length: size) }
        guard size <= prefix.remaining else { throw .truncated(position: end) }

        var body = RecordCursor(base, from: prefix.position, to: prefix.position &+ size)
        let attributes = try body.byte()
        let timestampDelta = try body.varlong()
        let offsetDelta = try body.varint()
        let key = try body.nullableBytes()
        let value = try body.nullableBytes()
        let headersPosition = body.position
        let headerCount = try body.varint()
        let headersStart = body.position
        if headerCount != 0 { try RecordIterator.skip(headerCount, at: headersPosition, in: &body) }
        guard body.remaining == 0 else {
            throw .lengthMismatch(
                position: start, declaredBytes: size, foundBytes: size - body.remaining)
        }

        // Equal to `body.position`, but known as soon as the length is: the processor can go ahead to the next record
        // while it still checks this one's fields.
        position = body.end
        index &+= 1
        return RecordView(
            bytes: UnsafeRawBufferPointer(start: base + start, count: position - start), attributes: attributes,
            timestampDelta: timestampDelta, offsetDelta: Int32(truncatingIfNeeded: offsetDelta), key: key, value: value,
            headers: RecordHeaders(
                count: headerCount,
                encoded: UnsafeRawBufferPointer(start: base + headersStart, count: position - headersStart)))
    }

    /// Checks the form of a record's headers and leaves the cursor behind them.
    private static func skip(
        _ headerCount: Int, at position: Int, in body: inout RecordCursor
    ) throws(RecordError) {
        guard headerCount >= 0 else { throw .negativeLength(position: position, length: headerCount) }
        for _ in 0..<headerCount {
            let keyPosition = body.position
            let keySize = try body.varint()
            guard keySize >= 0 else { throw .negativeLength(position: keyPosition, length: keySize) }
            _ = try body.bytes(keySize)
            _ = try body.nullableBytes()
        }
    }

    /// Calls `body` with an iterator over a whole batch's records, decompressed if need be to at most
    /// `decompressedBytesMax`. The batch must have at least its 61-byte header and be cut to its size.
    public static func withRecords<Result>(
        ofBatch batch: UnsafeRawBufferPointer, decompressedBytesMax: Int,
        _ body: (inout RecordIterator) throws(RecordError) -> Result
    ) throws(RecordError) -> Result {
        let header = RecordBatchHeader(batch)
        return try withRecordBytes(ofBatch: batch, decompressedBytesMax: decompressedBytesMax) {
            (bytes) throws(RecordError) in
            var iterator = RecordIterator(bytes, count: Int(header.recordCount))
            return try body(&iterator)
        }
    }
}

/// Calls `body` with a batch's records section, decompressed if need be.
private func withRecordBytes<Result>(
    ofBatch batch: UnsafeRawBufferPointer, decompressedBytesMax: Int,
    _ body: (UnsafeRawBufferPointer) throws(RecordError) -> Result
) throws(RecordError) -> Result {
    let header = RecordBatchHeader(batch)
    let section = UnsafeRawBufferPointer(rebasing: batch[RecordBatchLayout.records...])
    guard let codec = CompressionCodec(rawValue: header.codecNumber) else {
        throw .unknownCodec(number: header.codecNumber)
    }
    // A batch that compaction emptied keeps its codec bits but has nothing to decompress.
    guard codec != .none, !(section.isEmpty && header.recordCount == 0) else { return try body(section) }
    let output: DecompressionOutput
    do { output = try codec.decompressed(section, sizeBytesMax: decompressedBytesMax) } catch {
        throw .compression(error)
    }
    return try output.withBytes(body)
}

/// What `validateRecords` learned on its way through a batch.
public struct RecordsSummary: Equatable, Sendable {
    /// Least and greatest distance to the base timestamp, ms.
    public var minTimestampDelta: Int64
    public var maxTimestampDelta: Int64
    /// Offset delta of the first record that has the greatest timestamp.
    public var offsetDeltaOfMaxTimestamp: Int32
    /// Compacted topics refuse such a batch.
    public var hasNullKey: Bool
    /// Of the records section, inflated.
    public var sizeBytes: Int
}

/// Checks the (decompressed) records of a client's batch: each well-formed, exactly `expectedCount` of them, at least
/// one, with offset deltas 0, 1, 2 …
public func validateRecords(
    _ bytes: UnsafeRawBufferPointer, expectedCount: Int
) throws(RecordError) -> RecordsSummary {
    guard expectedCount > 0 else { throw .countMismatch(declared: expectedCount, found: 0) }
    var summary = RecordsSummary(
        minTimestampDelta: .max, maxTimestampDelta: .min, offsetDeltaOfMaxTimestamp: 0, hasNullKey: false,
        sizeBytes: bytes.count)
    var iterator = RecordIterator(bytes, count: expectedCount)
    var expectedDelta: Int32 = 0
    while let record = try iterator.next() {
        guard record.offsetDelta == expectedDelta else {
            throw .offsetDeltaOutOfOrder(got: Int(record.offsetDelta), expected: Int(expectedDelta))
        }
        if record.timestampDelta > summary.maxTimestampDelta {
            summary.maxTimestampDelta = record.timestampDelta
            summary.offsetDeltaOfMaxTimestamp = expectedDelta
        }
        summary.minTimestampDelta = min(summary.minTimestampDelta, record.timestampDelta)
        if record.key == nil { summary.hasNullKey = true }
        expectedDelta &+= 1
    }
    return summary
}

/// The same for a whole batch, whose records are decompressed if need be to at most `decompressedBytesMax`.
/// The batch must have at least its 61-byte header and be cut to its size.
public func validateRecords(
    ofBatch batch: UnsafeRawBufferPointer, decompressedBytesMax: Int
) throws(RecordError) -> RecordsSummary {
    let count = Int(RecordBatchHeader(batch).recordCount)
    return try withRecordBytes(ofBatch: batch, decompressedBytesMax: decompressedBytesMax) {
        (bytes) throws(RecordError) in
        try validateRecords(bytes, expectedCount: count)
    }
}
