public import LogStorage
public import Replication

/// Committed records of one log from an offset on, copied out, and where to go on.
public struct RecordPage: Sendable {
    /// What ends a page.
    public struct Limit: Sendable {
        public var recordCountMax: Int
        /// Keys, values and headers together; the first record may exceed it.
        public var bytesMax: Int
        /// The same of one record, which the first may not exceed.
        public var recordBytesMax: Int

        public init(recordCountMax: Int, bytesMax: Int, recordBytesMax: Int = .max) {
            self.recordCountMax = recordCountMax
            self.bytesMax = bytesMax
            self.recordBytesMax = recordBytesMax
        }
    }

    public struct Entry: Sendable {
        public var offset: Int64
        public var record: Record
    }

    public private(set) var records: [Entry] = []
    public private(set) var nextOffset: Int64
    public private(set) var extent: ReplicatedLog.Extent
    private var sizeBytes = 0
    /// Size of the record at `nextOffset` if that is above the limit for one, and ended the page.
    public private(set) var oversizedRecordBytes: Int?

    /// Batches read from the file at a time.
    private static let sliceBytesMax = 1 << 20
    /// Batches looked through for one page: stretches that compaction has emptied must not keep a thread for long.
    private static let scannedBytesMax = 64 << 20

    /// Reads and decompresses; blocks. Throws `LogError` for offsets outside the log and damage, `RecordError` for
    /// batches that inflate beyond `RecordBatchLimits.decompressedBytesMax`.
    public static func read(_ log: ReplicatedLog, from offset: Int64, limit: Limit) throws -> RecordPage {
        var page = RecordPage(nextOffset: offset, extent: log.extent)
        var scannedBytes = 0
        while scannedBytes < scannedBytesMax {
            let start = page.nextOffset
            let (slice, extent) = try log.read(from: start, bytesMax: sliceBytesMax, firstBatchBytesMax: .max)
            page.extent = extent
            guard let slice else { break }
            let bytes = try slice.bytes()
            let isFull = try bytes.withUnsafeBytes { try page.take($0, limit: limit) }
            if isFull { break }
            guard page.nextOffset > start else {
                throw LogError.damaged(offset: start, reason: "\(log.name): no batch where one should be")
            }
            scannedBytes += bytes.count
        }
        return page
    }

    /// Takes what is wanted of consecutive batches, the last of which may be cut off. True if the page is full.
    private mutating func take(_ batches: UnsafeRawBufferPointer, limit: Limit) throws -> Bool {
        var position = 0
        while position + RecordBatchLayout.records <= batches.count {
            let rest = UnsafeRawBufferPointer(rebasing: batches[position...])
            let header = RecordBatchHeader(rest)
            guard header.magic == 2, header.sizeBytes >= RecordBatchLayout.records else {
                throw LogError.damaged(offset: header.baseOffset, reason: "no batch header")
            }
            guard header.sizeBytes <= rest.count else { return false }
            let batch = UnsafeRawBufferPointer(rebasing: rest[..<header.sizeBytes])
            guard CRC32C.ofBatch(batch) == header.crc else {
                throw LogError.damaged(offset: header.baseOffset, reason: "the CRC does not fit the bytes")
            }
            // Control batches are marks of the broker's own.
            if header.lastOffset >= nextOffset, !header.isControl, try take(batch, header, limit: limit) { return true }
            nextOffset = max(nextOffset, header.nextOffset)
            if records.count == limit.recordCountMax { return true }
            position += header.sizeBytes
        }
        return false
    }

    private mutating func take(
        _ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader, limit: Limit
    ) throws(RecordError) -> Bool {
        try RecordIterator.withRecords(
            ofBatch: batch, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
        ) { (views) throws(RecordError) in
            while let view = try views.next() {
                let offset = header.baseOffset &+ Int64(view.offsetDelta)
                guard offset >= nextOffset else { continue }
                guard records.count < limit.recordCountMax,
                    records.isEmpty || sizeBytes + view.bytes.count <= limit.bytesMax
                else { return true }
                guard view.bytes.count <= limit.recordBytesMax else {
                    oversizedRecordBytes = view.bytes.count
                    return true
                }
                var record = Record(copying: view, baseTimestampMS: header.baseTimestamp)
                if header.isLogAppendTime { record.timestampMS = header.maxTimestamp }
                records.append(Entry(offset: offset, record: record))
                sizeBytes += view.bytes.count
                nextOffset = offset + 1
            }
            return false
        }
    }
}
