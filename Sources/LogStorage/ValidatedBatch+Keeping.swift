extension ValidatedBatch {
    /// The batch's records, copied out.
    public func records() throws(LogError) -> [Record] {
        do throws(RecordError) {
            return try RecordIterator.withRecords(
                ofBatch: UnsafeRawBufferPointer(bytes), decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
            ) { (views) throws(RecordError) in
                var records: [Record] = []
                while let view = try views.next() {
                    var record = Record(copying: view, baseTimestampMS: header.baseTimestamp)
                    if header.isLogAppendTime { record.timestampMS = header.maxTimestamp }
                    records.append(record)
                }
                return records
            }
        } catch {
            throw .invalidRecord(reason: "\(error)")
        }
    }

    /// The batch without some of its records, as compaction leaves one: extent, producer and sequence numbers stay, so
    /// that offsets have gaps and the producer goes on. `headers` are added to a record, by its index.
    public func bytes(keeping isKept: (Int) -> Bool, addingHeaders headers: [Int: Record.Header]) throws(LogError)
        -> [UInt8]
    {
        guard var builder = RecordBatchBuilder(retaining: header) else {
            throw .unsupportedCodec(number: header.codecNumber)
        }
        for (index, record) in try records().enumerated() where isKept(index) {
            var record = record
            if let added = headers[index] { record.headers.append(added) }
            builder.append(record, offset: Int64(index))
        }
        do { return try builder.build() } catch { throw .corruptBatch(reason: "\(error)") }
    }

    /// Rewritten bytes of a batch that was validated. The bytes stay the caller's.
    public init(rewritten bytes: UnsafeMutableRawBufferPointer) {
        self.init(header: RecordBatchHeader(UnsafeRawBufferPointer(bytes)), bytes: bytes)
    }
}
