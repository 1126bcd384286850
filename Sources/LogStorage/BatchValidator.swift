/// A batch that may be appended; its bytes stay the caller's and are written to by the append.
public struct ValidatedBatch: @unchecked Sendable {
    // Safe to hand on: whoever made it keeps the bytes alive and untouched until the append has returned.
    public let header: RecordBatchHeader
    let bytes: UnsafeMutableRawBufferPointer
}

/// How far the compressed batches of one request may inflate, so that a small request is bounded work.
public struct InflationBudget: Sendable {
    /// Bytes left.
    public private(set) var bytesLeft: Int

    public init(bytesMax: Int = RecordBatchLimits.requestInflatedBytesMax) { bytesLeft = bytesMax }

    /// Most bytes the next batch may inflate to.
    var batchBytesMax: Int { min(bytesLeft, RecordBatchLimits.decompressedBytesMax) }

    mutating func spend(_ bytes: Int) { bytesLeft -= bytes }
}

/// Checks one batch from a client before it takes a log's lock: whole, CRC, count, size, timestamps, keys.
public enum BatchValidator {
    /// Validates exactly one batch. For a log with log-append time, or if the header understates the newest create
    /// time, the header's time fields and the CRC are rewritten in place; nothing else is, and never the records.
    /// Compressed records are inflated to be looked at, which takes time: not on an event loop.
    public static func validate(
        _ bytes: UnsafeMutableRawBufferPointer, configuration: LogConfiguration, nowMS: Int64,
        inflation: inout InflationBudget
    ) throws(LogError) -> ValidatedBatch {
        guard bytes.count >= RecordBatchLayout.sizePrefix else {
            throw .corruptBatch(reason: "\(bytes.count) bytes are less than a batch's \(RecordBatchLayout.records)")
        }
        let magic = bytes[RecordBatchLayout.magic]
        guard magic == 2 else {
            throw .invalidRecord(reason: "message format \(magic) is not 2, the only one this broker stores")
        }
        guard bytes.count >= RecordBatchLayout.records else {
            throw .corruptBatch(reason: "\(bytes.count) bytes are less than a batch's \(RecordBatchLayout.records)")
        }
        var header = RecordBatchHeader(UnsafeRawBufferPointer(bytes))
        guard header.batchLength >= Int32(RecordBatchLayout.records - RecordBatchLayout.lengthOverhead),
            header.sizeBytes <= bytes.count
        else { throw .corruptBatch(reason: "batch length \(header.batchLength) in \(bytes.count) bytes") }
        guard header.sizeBytes == bytes.count else {
            throw .invalidRecord(
                reason: "more than one batch for a partition: \(bytes.count - header.sizeBytes) bytes extra")
        }
        guard header.sizeBytes <= configuration.batchBytesMax else {
            throw .batchTooLarge(sizeBytes: header.sizeBytes, limitBytes: configuration.batchBytesMax)
        }
        guard header.sizeBytes <= configuration.segmentBytes else {
            throw .batchLargerThanSegment(sizeBytes: header.sizeBytes, limitBytes: configuration.segmentBytes)
        }
        let crc = CRC32C.ofBatch(UnsafeRawBufferPointer(bytes))
        guard crc == header.crc else {
            throw .corruptBatch(reason: "CRC-32C \(header.crc) in the header, \(crc) of the bytes")
        }
        try checkFields(header)
        let times = try checkRecords(
            header, bytes: UnsafeRawBufferPointer(bytes), configuration: configuration, inflation: &inflation)
        if configuration.usesLogAppendTime {
            header.attributes |= 1 << 3
            header.maxTimestamp = nowMS
            rewriteTimes(&header, in: bytes)
        } else {
            try checkTimes(times, configuration: configuration, nowMS: nowMS)
            if header.isLogAppendTime || header.maxTimestamp != times.upperBound {
                header.attributes &= ~(1 << 3)
                header.maxTimestamp = times.upperBound
                rewriteTimes(&header, in: bytes)
            }
        }
        return ValidatedBatch(header: header, bytes: bytes)
    }

    /// The same for a batch that comes by itself.
    public static func validate(
        _ bytes: UnsafeMutableRawBufferPointer, configuration: LogConfiguration, nowMS: Int64
    ) throws(LogError) -> ValidatedBatch {
        var inflation = InflationBudget()
        return try validate(bytes, configuration: configuration, nowMS: nowMS, inflation: &inflation)
    }

    private static func checkFields(_ header: RecordBatchHeader) throws(LogError) {
        guard header.codecNumber <= 4 else { throw .unsupportedCodec(number: header.codecNumber) }
        guard !header.isControl else {
            throw .invalidRecord(reason: "a control batch, which only brokers write")
        }
        guard !header.isTransactional else { throw .transactionsUnsupported }
        guard header.baseOffset == 0 else {
            throw .invalidRecord(reason: "base offset \(header.baseOffset) from a client, must be 0")
        }
        guard !header.hasDeleteHorizon else {
            throw .invalidRecord(reason: "a delete horizon (attribute bit 6), which only compaction sets")
        }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
            throw .invalidRecord(
                reason: "last offset delta \(header.lastOffsetDelta) does not fit \(header.recordCount) records")
        }
        guard header.producerID < 0 || header.baseSequence >= 0, header.producerID < 0 || header.producerEpoch >= 0
        else {
            throw .invalidRecord(
                reason:
                    "producer \(header.producerID) with sequence \(header.baseSequence), epoch \(header.producerEpoch)")
        }
    }

    /// Create times lie within the topic's distance from now; -1 is "no time", below that nothing is valid.
    private static func checkTimes(
        _ times: ClosedRange<Int64>, configuration: LogConfiguration, nowMS: Int64
    ) throws(LogError) {
        guard times.lowerBound >= -1 else { throw .timestampOutOfRange(timestampMS: times.lowerBound, nowMS: nowMS) }
        // Neither difference overflows: both terms are at least -1.
        let now = max(0, nowMS)
        if times.lowerBound >= 0, now - times.lowerBound > configuration.timestampBeforeMSMax {
            throw .timestampOutOfRange(timestampMS: times.lowerBound, nowMS: nowMS)
        }
        if times.upperBound - now > configuration.timestampAfterMSMax {
            throw .timestampOutOfRange(timestampMS: times.upperBound, nowMS: nowMS)
        }
    }

    /// Walks the records: each well-formed, as many as the header says. What is stored, consumers must be able to read.
    /// Returns the range of create times.
    private static func checkRecords(
        _ header: RecordBatchHeader, bytes: UnsafeRawBufferPointer, configuration: LogConfiguration,
        inflation: inout InflationBudget
    ) throws(LogError) -> ClosedRange<Int64> {
        let limitBytes = inflation.batchBytesMax
        let summary: RecordsSummary
        do throws(RecordError) {
            summary = try validateRecords(ofBatch: bytes, decompressedBytesMax: limitBytes)
        } catch {
            // How far it got is not known.
            if header.codecNumber != 0 { inflation.spend(limitBytes) }
            if case .compression(.tooLarge) = error { throw .inflatesTooFar(limitBytes: limitBytes) }
            throw .invalidRecord(reason: "\(error)")
        }
        if header.codecNumber != 0 { inflation.spend(summary.sizeBytes) }
        guard !configuration.isCompacted || !summary.hasNullKey else {
            throw .recordsWithoutKey(indexes: indexesWithoutKey(bytes))
        }
        let (oldest, oldestOverflows) = header.baseTimestamp.addingReportingOverflow(summary.minTimestampDelta)
        let (newest, newestOverflows) = header.baseTimestamp.addingReportingOverflow(summary.maxTimestampDelta)
        guard !oldestOverflows, !newestOverflows else {
            throw .invalidRecord(
                reason:
                    "timestamps \(header.baseTimestamp) + \(summary.minTimestampDelta)...\(summary.maxTimestampDelta)"
                    + " exceed 64 bits")
        }
        return oldest...newest
    }

    /// Which records of a batch that was walked before have no key.
    private static func indexesWithoutKey(_ batch: UnsafeRawBufferPointer) -> [Int32] {
        let found = try? RecordIterator.withRecords(
            ofBatch: batch, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
        ) { (records) throws(RecordError) -> [Int32] in
            var indexes: [Int32] = []
            while let record = try records.next() {
                if record.key == nil { indexes.append(record.offsetDelta) }
            }
            return indexes
        }
        return found ?? []
    }

    private static func rewriteTimes(_ header: inout RecordBatchHeader, in bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBigEndian(header.attributes, at: RecordBatchLayout.attributes)
        bytes.storeBigEndian(header.maxTimestamp, at: RecordBatchLayout.maxTimestamp)
        header.crc = CRC32C.ofBatch(UnsafeRawBufferPointer(bytes))
        bytes.storeBigEndian(header.crc, at: RecordBatchLayout.crc)
    }
}

/// Limits on what a batch may inflate to.
public enum RecordBatchLimits {
    /// A batch that inflates beyond this is taken for a bomb and refused.
    public static let decompressedBytesMax = 64 << 20
    /// The same for all batches of a produce request together: what an honest producer sends in one request is a hundredth
    /// of it, and inflating it takes about a second.
    public static let requestInflatedBytesMax = 512 << 20
}
