/// Builds a whole record batch of magic 2: header, records, CRC.
///
/// Records come in rising order of offsets, with gaps where wanted. `RecordBatchLayout` has the header's form.
public struct RecordBatchBuilder: Sendable {
    public var codec: CompressionCodec
    public var leaderEpoch: Int32 = 0
    /// -1: none.
    public var producerID: Int64 = -1
    public var producerEpoch: Int16 = -1
    /// Sequence number of the first record; -1: none.
    public var baseSequence: Int32 = -1
    public var isTransactional = false
    public var isControl = false
    /// The batch's timestamps are the broker's; `maxTimestampMS` is that of all its records.
    public var isLogAppendTime = false
    /// The base timestamp is the time from which tombstones and markers of this batch may be dropped.
    public var hasDeleteHorizon = false
    /// Compaction keeps a batch's extent when its last records go. Nil: the last record's.
    public var lastOffsetDelta: Int32?
    /// Nil: the greatest of the records, or -1 if there are none.
    public var maxTimestampMS: Int64?

    public let baseOffset: Int64
    /// Timestamps are stored as distances to this. Nil until the first record gives it.
    public private(set) var baseTimestampMS: Int64?
    public private(set) var recordCount = 0
    /// The offset that a record gets by default: one behind the last.
    public private(set) var nextOffset: Int64
    private var greatestTimestampMS: Int64 = -1
    /// The header's place, then the records as they stand without compression.
    private var bytes = [UInt8](repeating: 0, count: RecordBatchLayout.records)

    /// An empty batch. A base timestamp (ms) is needed only if records are to be copied from a batch that has it.
    public init(baseOffset: Int64 = 0, codec: CompressionCodec = .none, baseTimestampMS: Int64? = nil) {
        self.baseOffset = baseOffset
        self.codec = codec
        self.baseTimestampMS = baseTimestampMS
        nextOffset = baseOffset
    }

    /// An empty batch of the same extent, producer and kind as another: compaction copies into it what it retains.
    /// Nil if the codec number is not known. A delete horizon (ms) is that of the tombstones copied, if they had none.
    public init?(retaining header: RecordBatchHeader, deleteHorizonMS: Int64? = nil) {
        guard let codec = CompressionCodec(rawValue: header.codecNumber) else { return nil }
        self.init(
            baseOffset: header.baseOffset, codec: codec, baseTimestampMS: deleteHorizonMS ?? header.baseTimestamp)
        leaderEpoch = header.leaderEpoch
        producerID = header.producerID
        producerEpoch = header.producerEpoch
        baseSequence = header.baseSequence
        isTransactional = header.isTransactional
        isControl = header.isControl
        isLogAppendTime = header.isLogAppendTime
        hasDeleteHorizon = header.hasDeleteHorizon || deleteHorizonMS != nil
        lastOffsetDelta = header.lastOffsetDelta
        if header.isLogAppendTime { maxTimestampMS = header.maxTimestamp }
    }

    /// Bytes the batch would have without compression.
    public var sizeBytes: Int { bytes.count }

    /// Appends a record at an offset, by default the next. Requires: the offset is not below `nextOffset` and at most
    /// 2^31-1 above `baseOffset`.
    public mutating func append(_ record: Record, offset: Int64? = nil) {
        record.key.withOptionalBytes { key in
            record.value.withOptionalBytes { value in
                append(
                    key: key, value: value, headers: record.headers, timestampMS: record.timestampMS, offset: offset)
            }
        }
    }

    /// Appends a record whose key and value are copied from elsewhere; otherwise as `append(_:offset:)`.
    public mutating func append(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Record.Header] = [],
        timestampMS: Int64, offset: Int64? = nil
    ) {
        let base = baseTimestampMS ?? timestampMS
        baseTimestampMS = base
        let timestampDelta = timestampMS &- base
        let offsetDelta = Int64(note(offset: offset ?? nextOffset, timestampMS: timestampMS))

        var size = 1 + Varint.sizeBytes(of: timestampDelta) + Varint.sizeBytes(of: offsetDelta)
        size += sizeBytes(ofNullable: key?.count) + sizeBytes(ofNullable: value?.count)
        size += Varint.sizeBytes(of: Int64(headers.count))
        for header in headers {
            size += sizeBytes(ofNullable: header.key.utf8.count) + sizeBytes(ofNullable: header.value?.count)
        }

        Varint.append(Int64(size), to: &bytes)
        bytes.append(0)
        Varint.append(timestampDelta, to: &bytes)
        Varint.append(offsetDelta, to: &bytes)
        appendNullable(key)
        appendNullable(value)
        Varint.append(Int64(headers.count), to: &bytes)
        for header in headers {
            Varint.append(Int64(header.key.utf8.count), to: &bytes)
            bytes.append(contentsOf: header.key.utf8)
            header.value.withOptionalBytes { appendNullable($0) }
        }
    }

    /// Appends a record of another batch as it stands. Requires: both batches have the same base offset and base
    /// timestamp. Throws `offsetDeltaOutOfOrder` if the record's offset is not above the last one's: stored batches
    /// may hold whatever a client compressed into them.
    public mutating func append(copying view: RecordView) throws(RecordError) {
        guard baseOffset + Int64(view.offsetDelta) >= nextOffset else {
            throw .offsetDeltaOutOfOrder(got: Int(view.offsetDelta), expected: Int(nextOffset - baseOffset))
        }
        let timestampMS = (baseTimestampMS ?? 0) &+ view.timestampDelta
        _ = note(offset: baseOffset + Int64(view.offsetDelta), timestampMS: timestampMS)
        bytes.append(contentsOf: view.bytes)
    }

    /// The same from a batch of another base timestamp (ms): the record's own distance to it is written anew, all else is
    /// copied.
    mutating func append(copying view: RecordView, baseTimestampMS sourceMS: Int64) throws(RecordError) {
        guard let base = baseTimestampMS, base != sourceMS else { return try append(copying: view) }
        guard baseOffset + Int64(view.offsetDelta) >= nextOffset else {
            throw .offsetDeltaOutOfOrder(got: Int(view.offsetDelta), expected: Int(nextOffset - baseOffset))
        }
        guard let start = view.bytes.baseAddress else { return }
        var cursor = RecordCursor(start, from: 0, to: view.bytes.count)
        _ = try cursor.varint()
        let attributes = try cursor.byte()
        _ = try cursor.varlong()
        let rest = view.bytes[cursor.position...]
        let timestampMS = sourceMS &+ view.timestampDelta
        let timestampDelta = timestampMS &- base
        _ = note(offset: baseOffset + Int64(view.offsetDelta), timestampMS: timestampMS)
        Varint.append(Int64(1 + Varint.sizeBytes(of: timestampDelta) + rest.count), to: &bytes)
        bytes.append(attributes)
        Varint.append(timestampDelta, to: &bytes)
        bytes.append(contentsOf: rest)
    }

    /// The finished batch. The builder may be appended to and built again.
    /// Requires: the batch is shorter than 2^31 bytes.
    public mutating func build() throws(CompressionError) -> [UInt8] {
        // Like Kafka, a batch without records is not compressed: its records section is empty.
        guard codec != .none, recordCount > 0 else {
            fillHeader(of: &bytes, codec: .none)
            return bytes
        }
        let compressed = try bytes.withUnsafeBufferPointer { (all) throws(CompressionError) in
            try codec.compress(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[RecordBatchLayout.records...])))
        }
        var batch = [UInt8]()
        batch.reserveCapacity(RecordBatchLayout.records + compressed.count)
        batch.append(contentsOf: repeatElement(0, count: RecordBatchLayout.records))
        batch.append(contentsOf: compressed)
        fillHeader(of: &batch, codec: codec)
        return batch
    }

    private mutating func note(offset: Int64, timestampMS: Int64) -> Int32 {
        precondition(offset >= nextOffset, "offset \(offset) is below \(nextOffset), the next of this batch")
        guard let delta = Int32(exactly: offset - baseOffset) else {
            preconditionFailure("offset \(offset) is more than 2^31-1 above the batch's base \(baseOffset)")
        }
        nextOffset = offset + 1
        recordCount += 1
        greatestTimestampMS = max(greatestTimestampMS, timestampMS)
        return delta
    }

    private func sizeBytes(ofNullable count: Int?) -> Int {
        Varint.sizeBytes(of: Int64(count ?? -1)) + (count ?? 0)
    }

    private mutating func appendNullable(_ field: UnsafeRawBufferPointer?) {
        guard let field else { return Varint.append(-1, to: &bytes) }
        Varint.append(Int64(field.count), to: &bytes)
        bytes.append(contentsOf: field)
    }

    private func fillHeader(of batch: inout [UInt8], codec: CompressionCodec) {
        precondition(batch.count <= Int(Int32.max), "a batch of \(batch.count) bytes cannot be stored")
        var attributes = Int16(codec.rawValue)
        if isLogAppendTime { attributes |= 1 << 3 }
        if isTransactional { attributes |= 1 << 4 }
        if isControl { attributes |= 1 << 5 }
        if hasDeleteHorizon { attributes |= 1 << 6 }
        // -1 when there is neither a record nor an extent to keep, as in Kafka's empty builder.
        let lastDelta = lastOffsetDelta ?? Int32(truncatingIfNeeded: nextOffset - baseOffset - 1)
        batch.withUnsafeMutableBytes { header in
            header.storeBigEndian(baseOffset, at: RecordBatchLayout.baseOffset)
            header.storeBigEndian(
                Int32(header.count - RecordBatchLayout.lengthOverhead), at: RecordBatchLayout.batchLength)
            header.storeBigEndian(leaderEpoch, at: RecordBatchLayout.leaderEpoch)
            header.storeBigEndian(Int8(2), at: RecordBatchLayout.magic)
            header.storeBigEndian(attributes, at: RecordBatchLayout.attributes)
            header.storeBigEndian(lastDelta, at: RecordBatchLayout.lastOffsetDelta)
            header.storeBigEndian(baseTimestampMS ?? -1, at: RecordBatchLayout.baseTimestamp)
            header.storeBigEndian(maxTimestampMS ?? greatestTimestampMS, at: RecordBatchLayout.maxTimestamp)
            header.storeBigEndian(producerID, at: RecordBatchLayout.producerID)
            header.storeBigEndian(producerEpoch, at: RecordBatchLayout.producerEpoch)
            header.storeBigEndian(baseSequence, at: RecordBatchLayout.baseSequence)
            header.storeBigEndian(Int32(recordCount), at: RecordBatchLayout.recordCount)
            header.storeBigEndian(CRC32C.ofBatch(UnsafeRawBufferPointer(header)), at: RecordBatchLayout.crc)
        }
    }
}

extension [UInt8]? {
    /// Calls `body` with the array's bytes, or with nil.
    fileprivate func withOptionalBytes(_ body: (UnsafeRawBufferPointer?) -> Void) {
        guard let self else { return body(nil) }
        self.withUnsafeBytes { body($0) }
    }
}
