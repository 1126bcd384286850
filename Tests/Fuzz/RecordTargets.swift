import TestSupport

@testable import LogStorage

/// Record batches and their codecs.
enum RecordTargets {
    static let all = [batches, codecs]

    /// Where a broker looks inside, this is what a batch may inflate to here.
    private static let inflatedBytesMax = 1 << 20

    /// A zstd frame may ask for a window of 128 MiB, and encoders at their highest levels do; it is reserved before the
    /// first byte comes out, touched as bytes come out, and given back at the end.
    private static let windowBytesMax = 160 << 20

    // MARK: Batches

    /// A byte of settings, then a batch.
    static let batches = FuzzTarget(
        name: "batches", about: "batch header, validator, records in all codecs",
        makeInput: { random in [random.integer()] + (try randomBatch(&random)) },
        check: { input in
            var input = InputReader(input)
            let settings = input.byte()
            var configuration = LogConfiguration()
            configuration.isCompacted = settings & 1 != 0
            configuration.usesLogAppendTime = settings & 2 != 0
            if settings & 4 != 0 { configuration.timestampAfterMSMax = 1000 }
            var batch = input.remainder()
            let records = try checkRecords(of: batch)
            do throws(LogError) {
                try validate(&batch, configuration)
            } catch {
                try require(error.isRefusal, "the validator throws \(error)")
                return .refused
            }
            let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
            try require(batch.withUnsafeBytes { CRC32C.ofBatch($0) } == header.crc, "the CRC is wrong after validation")
            try require(header.sizeBytes == batch.count && header.baseOffset == 0, "header accepted as \(header)")
            if header.codecNumber == 0 {
                try require(
                    records == Int(header.recordCount), "\(header.recordCount) records passed, read \(records ?? -1)")
            }
            let once = batch
            do throws(LogError) { try validate(&batch, configuration) } catch {
                throw Violation(description: "what has passed is refused the second time: \(error)")
            }
            try require(batch == once, "validation changes what has passed")
            return .accepted
        }, growthBytesMax: windowBytesMax)

    private static func validate(_ batch: inout [UInt8], _ configuration: LogConfiguration) throws(LogError) {
        let result: Result<Void, LogError> = batch.withUnsafeMutableBytes { bytes in
            do throws(LogError) {
                _ = try BatchValidator.validate(bytes, configuration: configuration, nowMS: 1_000_000)
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Reads all records, expecting what is read to lie within the bytes; their count, nil if the batch is unsound.
    private static func checkRecords(of batch: [UInt8]) throws -> Int? {
        guard batch.count >= RecordBatchLayout.records else { return nil }
        return try batch.withUnsafeBytes { bytes in
            let header = RecordBatchHeader(bytes)
            _ = (header.lastOffset, header.nextOffset, header.lastSequence, header.sizeBytes)
            var violation: Violation?
            let count: Int
            do throws(RecordError) {
                count = try RecordIterator.withRecords(ofBatch: bytes, decompressedBytesMax: inflatedBytesMax) {
                    (records) throws(RecordError) in
                    var count = 0
                    var sizeBytes = 0
                    while let view = try records.next() {
                        let record = Record(copying: view, baseTimestampMS: header.baseTimestamp)
                        let fieldBytes = record.headers.reduce((record.key?.count ?? 0) + (record.value?.count ?? 0)) {
                            $0 + ($1.value?.count ?? 0)
                        }
                        if fieldBytes > view.bytes.count || record.headers.count != view.headers.count {
                            violation = Violation(
                                description: "record \(count) holds more than its \(view.bytes.count) bytes")
                        }
                        sizeBytes += view.bytes.count
                        count += 1
                    }
                    if sizeBytes > inflatedBytesMax {
                        violation = Violation(description: "\(sizeBytes) bytes of records")
                    }
                    return count
                }
            } catch { return nil }
            if let violation { throw violation }
            return count
        }
    }

    /// A sound batch, or one that is damaged: as it stands, under a CRC that fits, or inside its compression.
    static func randomBatch(_ random: inout RandomValues) throws -> [UInt8] {
        let codec = random.pick(CompressionCodec.allCases)
        var builder = RecordBatchBuilder(codec: random.chance(oneIn: 3) ? codec : .none)
        if random.chance(oneIn: 3) {
            builder.producerID = random.integer()
            builder.producerEpoch = random.integer()
            builder.baseSequence = random.integer()
        }
        builder.leaderEpoch = random.pick([0, 1, -1])
        for _ in 0..<random.number(below: 6) { builder.append(randomRecord(&random)) }
        var batch = try builder.build()
        guard builder.codec == .none, codec != .none else {
            if random.chance(oneIn: 4) { return batch }
            batch = random.mutated(batch, splicing: batch)
            if !random.chance(oneIn: 4) { seal(&batch) }
            return batch
        }
        // The records damaged first and compressed then, so that damage gets through the codec.
        let records = random.mutated(Array(batch[RecordBatchLayout.records...]), splicing: batch)
        batch = batch[..<RecordBatchLayout.records] + (try records.withUnsafeBytes { try codec.compress($0) })
        batch[RecordBatchLayout.attributes + 1] = codec.rawValue
        seal(&batch)
        return batch
    }

    private static func randomRecord(_ random: inout RandomValues) -> Record {
        Record(
            key: random.bool() ? Array(random.string().utf8) : nil,
            value: random.chance(oneIn: 4) ? nil : random.blob(),
            headers: (0..<random.count()).map { _ in
                Record.Header(random.string(), random.bool() ? random.blob() : nil)
            },
            timestampMS: random.chance(oneIn: 8) ? random.integer() : Int64(random.number(below: 2_000_000)))
    }

    /// Makes length and CRC fit, so that the damage gets past them.
    private static func seal(_ batch: inout [UInt8]) {
        guard batch.count >= RecordBatchLayout.records else { return }
        batch.withUnsafeMutableBytes { bytes in
            bytes.storeBigEndian(
                Int32(truncatingIfNeeded: bytes.count - RecordBatchLayout.lengthOverhead),
                at: RecordBatchLayout.batchLength)
            bytes.storeBigEndian(CRC32C.ofBatch(UnsafeRawBufferPointer(bytes)), at: RecordBatchLayout.crc)
        }
    }

    // MARK: Codecs

    private static let bombs: [[UInt8]] = CompressionCodec.allCases.map { codec in
        [UInt8](repeating: 0, count: 4 << 20).withUnsafeBytes { (try? codec.compress($0)) ?? [] }
    }

    /// Codec, compressed bytes.
    static let codecs = FuzzTarget(
        name: "codecs", about: "gzip, snappy, lz4 and zstd, with bombs",
        makeInput: { random in
            let codec = random.pick([CompressionCodec.gzip, .snappy, .lz4, .zstd])
            if random.chance(oneIn: 100) { return [codec.rawValue] + random.mutated(bombs[Int(codec.rawValue)]) }
            var plain: [UInt8] = []
            for _ in 0..<random.number(below: 8) {
                let bytes = random.blob()
                plain += random.bool() ? bytes : Array(repeatElement(bytes, count: random.number(below: 300)).joined())
            }
            let compressed = try plain.withUnsafeBytes { try codec.compress($0) }
            // Streams on end are allowed; so are raw snappy blocks.
            let bytes = random.chance(oneIn: 4) ? compressed + compressed : compressed
            return [codec.rawValue] + random.mutated(bytes, splicing: compressed)
        },
        check: { input in
            guard let number = input.first, let codec = CompressionCodec(rawValue: number % 5) else { return .refused }
            let inflated: [UInt8]
            do throws(CompressionError) {
                inflated = try Array(input.dropFirst()).inflated(by: codec, sizeBytesMax: inflatedBytesMax)
            } catch {
                if case .failed = error { throw Violation(description: "\(error)") }
                return .refused
            }
            try require(inflated.count <= inflatedBytesMax, "\(inflated.count) bytes come out")
            let again = try inflated.withUnsafeBytes { try codec.compress($0) }
            try require(
                try again.inflated(by: codec, sizeBytesMax: inflated.count) == inflated, "changed on the way back")
            return .accepted
        }, growthBytesMax: windowBytesMax)
}

extension LogError {
    /// Whether the batch is to blame.
    fileprivate var isRefusal: Bool {
        switch self {
        case .corruptBatch, .invalidRecord, .recordsWithoutKey, .unsupportedCodec, .batchTooLarge,
            .batchLargerThanSegment, .inflatesTooFar, .timestampOutOfRange, .transactionsUnsupported:
            true
        case .producerFenced, .sequenceOutOfOrder, .offsetOutOfRange, .damaged, .disk, .offline, .deleted,
            .duplicateRecords, .gateClosed:
            false
        }
    }
}

extension [UInt8] {
    fileprivate func inflated(by codec: CompressionCodec, sizeBytesMax: Int) throws(CompressionError) -> [UInt8] {
        let result: Result<[UInt8], CompressionError> = withUnsafeBytes { bytes in
            do throws(CompressionError) {
                return .success(try codec.decompress(bytes, sizeBytesMax: sizeBytesMax))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}
