public import LogStorage

/// A batch as a client would send it: base offset 0, no leader epoch.
public func clientBatch(
    _ records: [Record], codec: CompressionCodec = .none, producerID: Int64 = -1, producerEpoch: Int16 = 0,
    sequence: Int32 = -1
) throws -> [UInt8] {
    var builder = RecordBatchBuilder(codec: codec)
    if producerID >= 0 {
        builder.producerID = producerID
        builder.producerEpoch = producerEpoch
        builder.baseSequence = sequence
    }
    for record in records { builder.append(record) }
    return try builder.build()
}

/// One record with text as its value.
public func record(_ value: String, key: String? = nil, timestampMS: Int64 = 1000) -> Record {
    Record(key: key.map { Array($0.utf8) }, value: Array(value.utf8), timestampMS: timestampMS)
}

/// A record as it was read back.
public struct StoredRecord: Equatable, Sendable, CustomStringConvertible {
    public var offset: Int64
    public var timestampMS: Int64
    public var key: [UInt8]?
    public var value: [UInt8]?

    public init(offset: Int64, timestampMS: Int64, key: [UInt8]?, value: [UInt8]?) {
        self.offset = offset
        self.timestampMS = timestampMS
        self.key = key
        self.value = value
    }

    public var description: String {
        "\(offset)@\(timestampMS) \(key.map { String(decoding: $0, as: UTF8.self) } ?? "-")="
            + "\(value.map { String(decoding: $0, as: UTF8.self) } ?? "null")"
    }

    /// The value as text; nil if it is null.
    public var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}

/// What is wrong with bytes that a log gave out as batches.
public struct InvalidBatches: Error, CustomStringConvertible {
    public var description: String
}

/// Decodes whole batches, one after the other, checking each one's CRC and that offsets rise; a batch that is cut off at
/// the end is left out, as clients do.
public func decodeBatches(_ bytes: [UInt8]) throws -> [(header: RecordBatchHeader, records: [StoredRecord])] {
    var batches: [(header: RecordBatchHeader, records: [StoredRecord])] = []
    try bytes.withUnsafeBytes { buffer in
        var position = 0
        while position + RecordBatchLayout.records <= buffer.count {
            let header = RecordBatchHeader(UnsafeRawBufferPointer(rebasing: buffer[position...]))
            guard header.sizeBytes >= RecordBatchLayout.records, header.magic == 2 else {
                throw InvalidBatches(description: "no batch at byte \(position) of \(buffer.count)")
            }
            guard position + header.sizeBytes <= buffer.count else { break }
            let batch = UnsafeRawBufferPointer(rebasing: buffer[position..<position + header.sizeBytes])
            guard CRC32C.ofBatch(batch) == header.crc else {
                throw InvalidBatches(description: "batch at offset \(header.baseOffset): CRC does not match")
            }
            if let last = batches.last?.header, header.baseOffset <= last.lastOffset {
                throw InvalidBatches(description: "offset \(header.baseOffset) follows \(last.lastOffset)")
            }
            batches.append((header, try decodeRecords(batch, header)))
            position += header.sizeBytes
        }
    }
    return batches
}

private func decodeRecords(_ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader) throws -> [StoredRecord] {
    try RecordIterator.withRecords(ofBatch: batch, decompressedBytesMax: 64 << 20) { records throws(RecordError) in
        var found: [StoredRecord] = []
        while let view = try records.next() {
            found.append(
                StoredRecord(
                    offset: header.baseOffset + Int64(view.offsetDelta),
                    timestampMS: header.isLogAppendTime
                        ? header.maxTimestamp : header.baseTimestamp &+ view.timestampDelta,
                    key: view.key.map { [UInt8]($0) }, value: view.value.map { [UInt8]($0) }))
        }
        return found
    }
}

extension SegmentedLog {
    /// Validates and appends a client's batch.
    @discardableResult
    public func append(_ batch: [UInt8], leaderEpoch: Int32 = 0, nowMS: Int64 = 1000) throws -> AppendOutcome {
        var batch = batch
        return try batch.withUnsafeMutableBytes { bytes in
            let validated = try BatchValidator.validate(bytes, configuration: configuration, nowMS: nowMS)
            return try append(validated, leaderEpoch: leaderEpoch, nowMS: nowMS)
        }
    }

    /// Everything from an offset to a limit, by default the end, as a client reads it: a fetch at a time.
    public func readAll(from offset: Int64? = nil, upTo limit: LogPosition? = nil, bytesMax: Int = 700) throws
        -> [StoredRecord]
    {
        var next = offset ?? logStartOffset
        var found: [StoredRecord] = []
        var skipped: Int64?
        while let plan = try locate(next, upTo: limit ?? endPosition, after: skipped) {
            guard let slice = try plan.resolve(bytesMax: bytesMax, firstBatchBytesMax: .max) else {
                skipped = plan.segmentBase
                continue
            }
            skipped = nil
            let batches = try decodeBatches(try slice.bytes())
            guard let last = batches.last else {
                throw InvalidBatches(description: "nothing whole in \(slice.count) bytes from offset \(next)")
            }
            found += batches.flatMap { $0.records }.filter { $0.offset >= next }
            next = last.header.nextOffset
        }
        return found
    }

    /// Makes all that was written durable.
    public func flush() throws(DiskError) { try beginFlush().sync() }
}

extension SegmentedLog {
    /// Compacts what is durable, if that is due.
    @discardableResult
    public func compact(nowMS: Int64, limit: LogPosition? = nil) throws(LogError) -> CompactionOutcome? {
        try planCompaction(nowMS: nowMS, limit: limit ?? endPosition)?.run { (body) throws(LogError) in try body(self) }
    }
}
