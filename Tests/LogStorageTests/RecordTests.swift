import TestSupport
import Testing

@testable import LogStorage

/// Records and batches: built as other clients build them, walked without trusting a byte.
@Suite struct RecordTests {
    // MARK: Varints

    @Test func varintsHaveTheirPublishedForm() throws {
        let vectors: [(Int64, [UInt8])] = [
            (0, [0x00]), (-1, [0x01]), (1, [0x02]), (63, [0x7e]), (-64, [0x7f]), (64, [0x80, 0x01]),
            (-65, [0x81, 0x01]), (8191, [0xfe, 0x7f]), (8192, [0x80, 0x80, 0x01]),
            (Int64(Int32.max), [0xfe, 0xff, 0xff, 0xff, 0x0f]), (Int64(Int32.min), [0xff, 0xff, 0xff, 0xff, 0x0f]),
            (Int64.max, [0xfe] + Array(repeating: 0xff, count: 8) + [0x01]),
            (Int64.min, Array(repeating: 0xff, count: 9) + [0x01]),
        ]
        for (value, encoding) in vectors {
            var bytes: [UInt8] = []
            Varint.append(value, to: &bytes)
            #expect(bytes == encoding)
            #expect(Varint.sizeBytes(of: value) == encoding.count)
            #expect(try reading(encoding) { (cursor) throws(RecordError) in try cursor.varlong() } == value)
            if Int32(exactly: value) != nil {
                #expect(try reading(encoding) { (cursor) throws(RecordError) in try cursor.varint() } == Int(value))
            }
        }
    }

    @Test func varintsRoundTripAtEveryWidth() throws {
        var random = SeededGenerator(seed: 6)
        for bits in 0..<64 {
            for _ in 0..<50 {
                let value = Int64(bitPattern: random.next()) >> Int64(bits)
                var bytes: [UInt8] = []
                Varint.append(value, to: &bytes)
                #expect(bytes.count == Varint.sizeBytes(of: value))
                #expect(try reading(bytes) { (cursor) throws(RecordError) in try cursor.varlong() } == value)
            }
        }
    }

    @Test func varintsThatEndEarlyOrRunOnAreRefused() {
        let cutOff: [[UInt8]] = [[], [0x80], [0x80, 0x80], Array(repeating: 0xff, count: 4)]
        for bytes in cutOff {
            #expect(throws: RecordError.truncated(position: bytes.count)) {
                try reading(bytes) { (cursor) throws(RecordError) in try cursor.varint() }
            }
            #expect(throws: RecordError.truncated(position: bytes.count)) {
                try reading(bytes) { (cursor) throws(RecordError) in try cursor.varlong() }
            }
        }
        let above32: [[UInt8]] = [[0xff, 0xff, 0xff, 0xff, 0x1f], Array(repeating: 0x80, count: 5) + [0]]
        for bytes in above32 {
            #expect(throws: RecordError.varintTooLong(position: 0, bitsMax: 32)) {
                try reading(bytes) { (cursor) throws(RecordError) in try cursor.varint() }
            }
        }
        let above64: [[UInt8]] = [Array(repeating: 0xff, count: 9) + [0x02], Array(repeating: 0x80, count: 10) + [0]]
        for bytes in above64 {
            #expect(throws: RecordError.varintTooLong(position: 0, bitsMax: 64)) {
                try reading(bytes) { (cursor) throws(RecordError) in try cursor.varlong() }
            }
        }
    }

    // MARK: Batches of other clients

    static let goldenRecords = [
        Record(key: Array("k0".utf8), value: Array("v0".utf8), timestampMS: 1_700_000_000_000),
        Record(
            key: nil, value: Array(repeating: UInt8(ascii: "x"), count: 70),
            headers: [.init("trace", Array("abc".utf8)), .init("empty", []), .init("none", nil)],
            timestampMS: 1_700_000_000_250),
        Record(key: [], value: nil, timestampMS: 1_699_999_999_900),
    ]

    /// `goldenRecords` as aiokafka 0.14 writes them, transactional, producer 4242 of epoch 7 from sequence 100; one
    /// batch per codec number.
    static let goldenBatches = [
        """
        0000000000000000000000abffffffff0297db52c70010000000020000018bcfe568000000018bcfe568fa0000000000
        0010920007000000640000000314000000046b3004763000ca0100f40302018c01787878787878787878787878787878
        787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878
        78787878787878060a7472616365066162630a656d70747900086e6f6e65010e00c70104000100
        """,
        """
        00000000000000000000007cffffffff02d04b93ba0011000000020000018bcfe568000000018bcfe568fa0000000000
        001092000700000064000000031f8b0800d1c9036b02ff1361606060c9366029336038c5c8f0859989b187b1822a808d
        aba4283139952d3129992b35b7a0a49281232f3f2f95918fe138230b032303001981dc0b7a000000
        """,
        """
        000000000000000000000082ffffffff020fd8a22a0012000000020000018bcfe568000000018bcfe568fa0000000000
        0010920007000000640000000382534e415050590000000001000000010000003d7a5014000000046b3004763000ca01
        00f40302018c0178fe010005017c060a7472616365066162630a656d70747900086e6f6e65010e00c70104000100
        """,
        """
        000000000000000000000080ffffffff025f7dfae70013000000020000018bcfe568000000018bcfe568fa0000000000
        0010920007000000640000000304224d187040ad3c000000ff0614000000046b3004763000ca0100f40302018c017801
        0032f011060a7472616365066162630a656d70747900086e6f6e65010e00c701040001005ab650e200000000
        """,
        """
        000000000000000000000076ffffffff021d33e8aa0014000000020000018bcfe568000000018bcfe568fa0000000000
        0010920007000000640000000328b52ffd207ae50100540314000000046b3004763000ca0100f40302018c0178060a74
        72616365066162630a656d70747900086e6f6e65010e00c70104000100010005054c
        """,
    ]

    @Test(arguments: CompressionCodec.allCases)
    func aiokafkasBatchesAreRead(codec: CompressionCodec) throws {
        let batch = hexDecoded(RecordTests.goldenBatches[Int(codec.rawValue)])
        let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
        #expect(header.codecNumber == codec.rawValue)
        #expect(header.sizeBytes == batch.count)
        #expect(header.crc == batch.withUnsafeBytes { CRC32C.ofBatch($0) })
        #expect(try records(of: batch) == RecordTests.goldenRecords)
        let summary = try validated(batch)
        #expect(
            summary
                == RecordsSummary(
                    minTimestampDelta: -100, maxTimestampDelta: 250, offsetDeltaOfMaxTimestamp: 1, hasNullKey: true,
                    // Of any codec the same records: as many bytes as the uncompressed batch has after its header.
                    sizeBytes: hexDecoded(RecordTests.goldenBatches[0]).count - RecordBatchLayout.records))
    }

    /// Uncompressed, the form leaves no choice: the bytes must be equal.
    @Test func weWriteTheSameBytesAsAiokafka() throws {
        var builder = goldenBuilder(.none)
        #expect(try builder.build() == hexDecoded(RecordTests.goldenBatches[0]))
    }

    @Test(arguments: CompressionCodec.allCases)
    func builtBatchesAreReadBack(codec: CompressionCodec) throws {
        var builder = goldenBuilder(codec)
        let batch = try builder.build()
        let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
        #expect(header.crc == batch.withUnsafeBytes { CRC32C.ofBatch($0) })
        #expect(header.sizeBytes == batch.count)
        #expect(header.codecNumber == codec.rawValue)
        #expect(header.producerID == 4242 && header.producerEpoch == 7 && header.baseSequence == 100)
        #expect(header.isTransactional && !header.isControl && !header.isLogAppendTime)
        #expect(header.maxTimestamp == 1_700_000_000_250)
        #expect(try records(of: batch) == RecordTests.goldenRecords)
        #expect(try builder.build() == batch, "building twice gives the same")
    }

    // MARK: Building

    @Test func manyRecordsOfEverySizeRoundTrip() throws {
        for seed in UInt64(0)..<30 {
            var random = SeededGenerator(seed: seed)
            let codec = CompressionCodec.allCases[random.int(in: 0..<5)]
            var builder = RecordBatchBuilder(baseOffset: Int64(random.int(in: 0...1 << 40)), codec: codec)
            let written = (0..<random.int(in: 1...200)).map { _ in record(&random) }
            for record in written { builder.append(record) }
            let batch = try builder.build()
            #expect(try records(of: batch) == written, "seed \(seed)")
            let summary = try validated(batch)
            #expect(summary.hasNullKey == written.contains { $0.key == nil }, "seed \(seed)")
            let base = written[0].timestampMS
            #expect(summary.maxTimestampDelta == written.map { $0.timestampMS - base }.max(), "seed \(seed)")
            #expect(summary.minTimestampDelta == written.map { $0.timestampMS - base }.min(), "seed \(seed)")
        }
    }

    @Test func offsetsMayHaveGaps() throws {
        var builder = RecordBatchBuilder(baseOffset: 1000)
        builder.append(Record(value: [1], timestampMS: 5), offset: 1003)
        builder.append(Record(value: [2], timestampMS: 6))
        builder.append(Record(value: [3], timestampMS: 4), offset: 1_000_000)
        let batch = try builder.build()
        let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
        #expect(header.baseOffset == 1000 && header.lastOffset == 1_000_000 && header.recordCount == 3)
        #expect(header.baseTimestamp == 5 && header.maxTimestamp == 6)
        #expect(try offsetDeltas(of: batch) == [3, 4, 999_000])
        #expect(throws: RecordError.offsetDeltaOutOfOrder(got: 3, expected: 0)) { try validated(batch) }
    }

    /// Compaction: the extent, the producer and the records that stay are as they were, byte for byte.
    @Test(arguments: CompressionCodec.allCases)
    func retainedBatchesKeepTheirExtent(codec: CompressionCodec) throws {
        let source = hexDecoded(RecordTests.goldenBatches[Int(codec.rawValue)])
        let sourceHeader = source.withUnsafeBytes { RecordBatchHeader($0) }
        var builder = try #require(RecordBatchBuilder(retaining: sourceHeader))
        try walk(source) { (view) throws(RecordError) in
            if view.offsetDelta == 1 { try builder.append(copying: view) }
        }
        let batch = try builder.build()
        let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
        #expect(header.crc == batch.withUnsafeBytes { CRC32C.ofBatch($0) })
        #expect(try records(of: batch) == [RecordTests.goldenRecords[1]])
        #expect(try offsetDeltas(of: batch) == [1])
        #expect(header.recordCount == 1 && header.codecNumber == codec.rawValue)
        #expect(header.lastOffsetDelta == 2 && header.baseSequence == 100 && header.lastSequence == 102)
        #expect(header.baseTimestamp == sourceHeader.baseTimestamp && header.leaderEpoch == sourceHeader.leaderEpoch)
        #expect(header.attributes == sourceHeader.attributes && header.producerEpoch == 7)
    }

    @Test func copiesOutOfOrderAreRefused() throws {
        let source = hexDecoded(RecordTests.goldenBatches[0])
        var builder = try #require(RecordBatchBuilder(retaining: source.withUnsafeBytes { RecordBatchHeader($0) }))
        #expect(throws: RecordError.offsetDeltaOutOfOrder(got: 0, expected: 1)) {
            try walk(source) { (view) throws(RecordError) in
                guard view.offsetDelta == 0 else { return }
                try builder.append(copying: view)
                try builder.append(copying: view)
            }
        }
    }

    @Test func emptiedBatchesAreValid() throws {
        let source = hexDecoded(RecordTests.goldenBatches[4])
        var builder = try #require(RecordBatchBuilder(retaining: source.withUnsafeBytes { RecordBatchHeader($0) }))
        let batch = try builder.build()
        let header = batch.withUnsafeBytes { RecordBatchHeader($0) }
        #expect(batch.count == RecordBatchLayout.records)
        #expect(header.crc == batch.withUnsafeBytes { CRC32C.ofBatch($0) })
        #expect(header.recordCount == 0 && header.lastOffsetDelta == 2 && header.producerID == 4242)
        #expect(header.codecNumber == 0)
        #expect(try records(of: batch).isEmpty)
        #expect(throws: RecordError.countMismatch(declared: 0, found: 0)) { try validated(batch) }
    }

    @Test func headersAreFoundByName() throws {
        let batch = hexDecoded(RecordTests.goldenBatches[0])
        var found: [String] = []
        try walk(batch) { (view) throws(RecordError) in
            guard view.headers.count > 0 else { return }
            found.append(view.headers.first(named: "trace")?.map { String(decoding: $0, as: UTF8.self) } ?? "absent")
            found.append(view.headers.first(named: "none").map { $0 == nil ? "null" : "value" } ?? "absent")
            found.append(view.headers.first(named: "tra").map { _ in "value" } ?? "absent")
        }
        #expect(found == ["abc", "null", "absent"])
    }

    // MARK: Malformed records

    /// One good record, which each case spoils.
    static let goodRecord: [UInt8] = [0x14, 0, 0, 0, 4, 0x6b, 0x30, 4, 0x76, 0x30, 0]

    @Test func malformedRecordsAreNamed() throws {
        #expect(try validated(RecordTests.goodRecord, count: 1).hasNullKey == false)
        let cases: [([UInt8], Int, RecordError)] = [
            ([], 1, .countMismatch(declared: 1, found: 0)),
            (RecordTests.goodRecord, 2, .countMismatch(declared: 2, found: 1)),
            (RecordTests.goodRecord, 0, .countMismatch(declared: 0, found: 0)),
            (RecordTests.goodRecord, -1, .countMismatch(declared: -1, found: 0)),
            (RecordTests.goodRecord + [0], 1, .trailingBytes(count: 1)),
            (Array(RecordTests.goodRecord.dropLast()), 1, .truncated(position: 10)),
            (spoiled(at: 0, to: 0x13), 1, .negativeLength(position: 0, length: -10)),
            (spoiled(at: 0, to: 0x12), 1, .truncated(position: 10)),
            (spoiled(at: 3, to: 2), 1, .offsetDeltaOutOfOrder(got: 1, expected: 0)),
            (spoiled(at: 4, to: 3), 1, .negativeLength(position: 4, length: -2)),
            (spoiled(at: 4, to: 20), 1, .truncated(position: 11)),
            (spoiled(at: 0, to: 0x16) + [0], 1, .lengthMismatch(position: 0, declaredBytes: 11, foundBytes: 10)),
            (spoiled(at: 10, to: 2), 1, .truncated(position: 11)),
            (spoiled(at: 10, to: 1), 1, .negativeLength(position: 10, length: -1)),
            // A header whose key is null.
            ([0x14, 0, 0, 0, 1, 1, 2, 1, 1, 0, 0], 1, .negativeLength(position: 7, length: -1)),
        ]
        for (bytes, count, expected) in cases {
            #expect(throws: expected) { try validated(bytes, count: count) }
        }
    }

    @Test func unknownCodecsAndBadCompressionAreNamed() throws {
        var batch = hexDecoded(RecordTests.goldenBatches[4])
        batch[22] = 7
        #expect(throws: RecordError.unknownCodec(number: 7)) { try validated(batch) }
        let bomb = hexDecoded(RecordTests.goldenBatches[1])
        #expect(throws: RecordError.compression(.tooLarge(codec: .gzip, limitBytes: 121))) {
            try validated(bomb, limit: 121)
        }
    }

    /// Whatever the bytes, no view reaches outside them.
    @Test func damagedRecordsStayInTheirBuffer() throws {
        var random = SeededGenerator(seed: 8)
        var builder = RecordBatchBuilder()
        for _ in 0..<8 { builder.append(record(&random)) }
        let section = Array(try builder.build()[RecordBatchLayout.records...])
        var refusals = 0
        for round in 0..<5_000 {
            var damaged = section
            for _ in 0...random.int(in: 0...2) {
                damaged[random.int(in: 0..<damaged.count)] = UInt8(random.int(in: 0...255))
            }
            damaged.removeLast(random.int(in: 0...3))
            damaged.withUnsafeBytes { buffer in
                var iterator = RecordIterator(buffer, count: 8)
                do {
                    while let view = try iterator.next() {
                        var fields = [view.bytes, view.key, view.value]
                        for (key, value) in view.headers { fields += [key, value] }
                        for field in fields { #expect(isInside(field, buffer), "seed 8, round \(round)") }
                    }
                } catch { refusals += 1 }
            }
        }
        #expect(refusals > 1_000)
    }

    // MARK: Helpers

    private func goldenBuilder(_ codec: CompressionCodec) -> RecordBatchBuilder {
        var builder = RecordBatchBuilder(codec: codec)
        builder.leaderEpoch = -1
        builder.producerID = 4242
        builder.producerEpoch = 7
        builder.baseSequence = 100
        builder.isTransactional = true
        for record in RecordTests.goldenRecords { builder.append(record) }
        return builder
    }

    private func record(_ random: inout SeededGenerator) -> Record {
        func field(_ random: inout SeededGenerator) -> [UInt8]? {
            switch random.int(in: 0..<6) {
            case 0: nil
            case 1: []
            case 2: random.text(random.int(in: 0...20_000))
            default: random.bytes(random.int(in: 1...100))
            }
        }
        let headers = (0..<max(0, random.int(in: -3...3))).map { index in
            Record.Header("h\(index)", field(&random))
        }
        return Record(
            key: field(&random), value: field(&random), headers: headers,
            timestampMS: 1_700_000_000_000 + Int64(random.int(in: -100_000...100_000)))
    }

    private func spoiled(at position: Int, to byte: UInt8) -> [UInt8] {
        var bytes = RecordTests.goodRecord
        bytes[position] = byte
        return bytes
    }

    private func isInside(_ field: UnsafeRawBufferPointer?, _ buffer: UnsafeRawBufferPointer) -> Bool {
        guard let field, let start = field.baseAddress, let base = buffer.baseAddress else { return true }
        return start >= base && start + field.count <= base + buffer.count
    }

    private func reading<Value>(
        _ bytes: [UInt8], _ read: (inout RecordCursor) throws(RecordError) -> Value
    ) throws(RecordError) -> Value {
        // One byte more, so that an empty array has an address too.
        try (bytes + [0]).withUnsafeBufferPointer { (buffer) throws(RecordError) in
            guard let base = buffer.baseAddress else { throw .truncated(position: 0) }
            var cursor = RecordCursor(UnsafeRawPointer(base), from: 0, to: bytes.count)
            return try read(&cursor)
        }
    }

    private func walk(
        _ batch: [UInt8], _ body: (RecordView) throws(RecordError) -> Void
    ) throws(RecordError) {
        try batch.withUnsafeBufferPointer { (buffer) throws(RecordError) in
            try RecordIterator.withRecords(ofBatch: UnsafeRawBufferPointer(buffer), decompressedBytesMax: 1 << 24) {
                (iterator) throws(RecordError) in
                while let view = try iterator.next() { try body(view) }
            }
        }
    }

    private func records(of batch: [UInt8]) throws(RecordError) -> [Record] {
        let base = batch.withUnsafeBytes { RecordBatchHeader($0).baseTimestamp }
        var result: [Record] = []
        try walk(batch) { (view) throws(RecordError) in
            result.append(Record(copying: view, baseTimestampMS: base))
        }
        return result
    }

    private func offsetDeltas(of batch: [UInt8]) throws(RecordError) -> [Int32] {
        var result: [Int32] = []
        try walk(batch) { (view) throws(RecordError) in result.append(view.offsetDelta) }
        return result
    }

    private func validated(_ batch: [UInt8], limit: Int = 1 << 24) throws(RecordError) -> RecordsSummary {
        try batch.withUnsafeBufferPointer { (buffer) throws(RecordError) in
            try validateRecords(ofBatch: UnsafeRawBufferPointer(buffer), decompressedBytesMax: limit)
        }
    }

    private func validated(_ section: [UInt8], count: Int) throws(RecordError) -> RecordsSummary {
        try section.withUnsafeBufferPointer { (buffer) throws(RecordError) in
            try validateRecords(UnsafeRawBufferPointer(buffer), expectedCount: count)
        }
    }

    private func hexDecoded(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
