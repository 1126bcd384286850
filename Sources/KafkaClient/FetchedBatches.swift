public import LogStorage
import NIOCore

/// What one fetch brought of one partition: whole batches, the last of which may be cut off.
public struct FetchedBatches: Sendable {
    public let partition: TopicPartition
    /// The first offset that was asked for: the first batch may begin before it.
    public let position: Int64
    /// Behind the last record that consumers may see.
    public let highWatermark: Int64
    let bytes: ByteBuffer
    /// Behind the last whole batch.
    public let nextOffset: Int64
    /// Records of whole batches from `position` on, gaps of compaction included.
    public var sizeBytes: Int { bytes.readableBytes }

    init(partition: TopicPartition, position: Int64, highWatermark: Int64, bytes: ByteBuffer) {
        self.partition = partition
        self.position = position
        self.highWatermark = highWatermark
        self.bytes = bytes
        nextOffset = bytes.withUnsafeReadableBytes { all in
            var next = position
            FetchedBatches.forEachBatch(of: all) { header, _ in
                next = max(next, header.nextOffset)
                return true
            }
            return next
        }
    }

    /// Calls `body` with each record from `position` on, in order, until it returns false. Control batches are passed
    /// over. Throws if a batch is not what its checksum says, or cannot be decompressed.
    public func forEach(
        _ body: (_ offset: Int64, _ timestampMS: Int64, _ record: RecordView) throws -> Bool
    ) throws {
        try bytes.withUnsafeReadableBytes { all in
            try FetchedBatches.forEachBatch(of: all) { header, batch in
                guard header.lastOffset >= position, !header.isControl else { return true }
                guard header.magic == 2, CRC32C.ofBatch(batch) == header.crc else {
                    throw KafkaClientError(
                        .malformedAnswer,
                        "\(partition): the batch at offset \(header.baseOffset) does not fit its checksum")
                }
                return try visit(header, batch, body)
            }
        }
    }

    private func visit(
        _ header: RecordBatchHeader, _ batch: UnsafeRawBufferPointer,
        _ body: (Int64, Int64, RecordView) throws -> Bool
    ) throws -> Bool {
        var failure: (any Error)?
        var goesOn = true
        do throws(RecordError) {
            try RecordIterator.withRecords(
                ofBatch: batch, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
            ) { (records) throws(RecordError) in
                while goesOn, failure == nil, let record = try records.next() {
                    let offset = header.baseOffset &+ Int64(record.offsetDelta)
                    guard offset >= position else { continue }
                    let timestampMS =
                        header.isLogAppendTime
                        ? header.maxTimestamp : header.baseTimestamp &+ record.timestampDelta
                    do { goesOn = try body(offset, timestampMS, record) } catch { failure = error }
                }
            }
        } catch {
            throw KafkaClientError(
                .malformedAnswer, "\(partition): the batch at offset \(header.baseOffset) cannot be read: \(error)")
        }
        if let failure { throw failure }
        return goesOn
    }

    /// Walks whole batches until `body` returns false.
    private static func forEachBatch(
        of all: UnsafeRawBufferPointer,
        _ body: (RecordBatchHeader, UnsafeRawBufferPointer) throws -> Bool
    ) rethrows {
        var position = 0
        while position + RecordBatchLayout.records <= all.count {
            let rest = UnsafeRawBufferPointer(rebasing: all[position...])
            let header = RecordBatchHeader(rest)
            guard header.sizeBytes >= RecordBatchLayout.records, header.sizeBytes <= rest.count else { return }
            guard try body(header, UnsafeRawBufferPointer(rebasing: rest[..<header.sizeBytes])) else { return }
            position += header.sizeBytes
        }
    }
}
