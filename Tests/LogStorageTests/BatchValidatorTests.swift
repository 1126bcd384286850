import TestSupport
import Testing

@testable import LogStorage

/// What a client may not send, down to numbers chosen to overflow.
@Suite struct BatchValidatorTests {
    /// Builds a sound batch, changes bytes, repairs the CRC if asked to, and validates.
    private func validate(
        _ records: [Record] = [record("a"), record("b")], codec: CompressionCodec = .none, repairsCRC: Bool = true,
        configuration: LogConfiguration = LogConfiguration(), nowMS: Int64 = 1_000_000,
        _ change: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
    ) throws -> RecordBatchHeader {
        var batch = try clientBatch(records, codec: codec)
        return try batch.withUnsafeMutableBytes { bytes in
            change(bytes)
            if repairsCRC {
                bytes.storeBigEndian(CRC32C.ofBatch(UnsafeRawBufferPointer(bytes)), at: RecordBatchLayout.crc)
            }
            return try BatchValidator.validate(bytes, configuration: configuration, nowMS: nowMS).header
        }
    }

    private func isCorrupt(_ error: (any Error)?) -> Bool {
        if case .corruptBatch? = error as? LogError { true } else { false }
    }

    private func isInvalid(_ error: (any Error)?) -> Bool {
        if case .invalidRecord? = error as? LogError { true } else { false }
    }

    private func refusal(_ body: () throws -> Void) -> (any Error)? {
        do { try body() } catch { return error }
        return nil
    }

    @Test func soundBatchesPass() throws {
        for codec in CompressionCodec.allCases { #expect(try validate(codec: codec).recordCount == 2) }
    }

    @Test func anyFlippedBitIsNoticed() throws {
        let batch = try clientBatch([record("a"), record("b")])
        for position in batch.indices where !(0..<8).contains(position) && !(12..<16).contains(position) {
            let error = refusal {
                _ = try validate(repairsCRC: false) { $0[position] ^= 0x10 }
            }
            #expect(error != nil, "byte \(position)")
        }
    }

    @Test func shortBytesAndWrongLengthsAreRefused() throws {
        let batch = try clientBatch([record("a")])
        for count in 0..<batch.count {
            var cut = Array(batch[..<count])
            #expect(
                refusal {
                    try cut.withUnsafeMutableBytes {
                        _ = try BatchValidator.validate($0, configuration: LogConfiguration(), nowMS: 0)
                    }
                } != nil, "\(count) bytes")
        }
        for length in [Int32.min, -1, 0, 48, Int32.max, Int32.max - 11, Int32.max - 12] {
            #expect(
                isCorrupt(refusal { _ = try validate { $0.storeBigEndian(length, at: RecordBatchLayout.batchLength) } })
            )
        }
        var two = batch + batch
        #expect(
            isInvalid(
                refusal {
                    try two.withUnsafeMutableBytes {
                        _ = try BatchValidator.validate($0, configuration: LogConfiguration(), nowMS: 0)
                    }
                }))
    }

    @Test func countsAndDeltasMustAgree() {
        for (delta, count) in [
            (Int32.max, Int32.max), (Int32.max, Int32.min), (-1, 0), (-1, -1), (Int32.min, 2), (0, 2), (2, 2),
            (1, Int32.max),
            (Int32.max - 1, Int32.max),
        ] {
            for codec in [CompressionCodec.none, .lz4] {
                let error = refusal {
                    _ = try validate(codec: codec) {
                        $0.storeBigEndian(delta, at: RecordBatchLayout.lastOffsetDelta)
                        $0.storeBigEndian(count, at: RecordBatchLayout.recordCount)
                    }
                }
                #expect(isInvalid(error), "delta \(delta), count \(count)")
            }
        }
    }

    /// What is stored, consumers must be able to read: right CRC or not.
    @Test(arguments: CompressionCodec.allCases.filter { $0 != .none })
    func recordsThatDoNotInflateAreRefused(codec: CompressionCodec) throws {
        let error = refusal {
            _ = try validate(codec: codec) { bytes in
                for index in RecordBatchLayout.records..<bytes.count { bytes[index] = UInt8(index % 7) + 0x61 }
            }
        }
        #expect(isInvalid(error), "\(String(describing: error))")
        let count = refusal {
            _ = try validate(codec: codec) {
                $0.storeBigEndian(Int32.max - 1, at: RecordBatchLayout.lastOffsetDelta)
                $0.storeBigEndian(Int32.max, at: RecordBatchLayout.recordCount)
            }
        }
        #expect(isInvalid(count), "\(String(describing: count))")
    }

    /// One budget for all batches of a request: those that come when it is spent are refused, as is one alone too large.
    @Test(arguments: CompressionCodec.allCases.filter { $0 != .none })
    func aRequestInflatesOnlySoFar(codec: CompressionCodec) throws {
        let value = String(repeating: "a", count: 10_000)
        var inflation = InflationBudget(bytesMax: 25_000)
        var refused: [any Error] = []
        for _ in 0..<4 {
            var batch = try clientBatch([record(value)], codec: codec)
            do {
                _ = try batch.withUnsafeMutableBytes {
                    try BatchValidator.validate(
                        $0, configuration: LogConfiguration(), nowMS: 0, inflation: &inflation)
                }
            } catch { refused.append(error) }
        }
        #expect(refused.count == 2)
        for error in refused {
            guard case LogError.inflatesTooFar = error else {
                Issue.record("\(error)")
                continue
            }
        }
        #expect(inflation.bytesLeft == 0)
    }

    @Test func timesBelowMinusOneAndBeyond64BitsAreRefused() throws {
        for time in [Int64.min, Int64.min + 1, -2] {
            #expect(throws: LogError.self, "\(time)") { try validate([record("a", timestampMS: time)]) }
            #expect(throws: LogError.self, "\(time)") { try validate([record("a", timestampMS: time)], codec: .gzip) }
        }
        #expect(try validate([record("a", timestampMS: -1)]).maxTimestamp == -1)
        #expect(try validate([record("a", timestampMS: .max)]).maxTimestamp == .max)
        // Deltas that wrap around from a base near the end.
        let error = refusal {
            _ = try validate([record("a", timestampMS: 5), record("b", timestampMS: 500)]) {
                $0.storeBigEndian(Int64.max - 1, at: RecordBatchLayout.baseTimestamp)
            }
        }
        #expect(isInvalid(error))
    }

    @Test func timesMustLieWithinTheAllowedDistance() throws {
        var configuration = LogConfiguration()
        configuration.timestampBeforeMSMax = 100
        configuration.timestampAfterMSMax = 50
        for (time, isAllowed) in [
            (Int64(1_000_000), true), (999_900, true), (999_899, false), (1_000_050, true), (1_000_051, false),
            (.max, false),
            (0, false), (-1, true),
        ] {
            let error = refusal {
                _ = try validate([record("a", timestampMS: time)], configuration: configuration)
            }
            #expect((error == nil) == isAllowed, "\(time)")
        }
        // The oldest counts for the one bound, the newest for the other.
        #expect(
            refusal {
                _ = try validate(
                    [record("a", timestampMS: 1_000_000), record("b", timestampMS: 999_000)],
                    configuration: configuration)
            } != nil)
    }

    /// The bit for log-append time is not the client's to set: it is cleared, so the records' own times count.
    @Test func aClientsLogAppendTimeDoesNotHideItsTimes() throws {
        let asLogAppendTime: (UnsafeMutableRawBufferPointer) -> Void = {
            $0[RecordBatchLayout.attributes + 1] |= 1 << 3
            $0.storeBigEndian(Int64(1_000_000), at: RecordBatchLayout.maxTimestamp)
        }
        let header = try validate([record("a", timestampMS: 10), record("b", timestampMS: 90)], asLogAppendTime)
        #expect(header.maxTimestamp == 90 && !header.isLogAppendTime)

        var configuration = LogConfiguration()
        configuration.timestampAfterMSMax = 50
        let error = refusal {
            _ = try validate([record("a", timestampMS: 2_000_000)], configuration: configuration, asLogAppendTime)
        }
        #expect(error as? LogError == .timestampOutOfRange(timestampMS: 2_000_000, nowMS: 1_000_000))
    }

    @Test func anUnderstatedNewestTimeIsCorrected() throws {
        let header = try validate([record("a", timestampMS: 10), record("b", timestampMS: 90)]) {
            $0.storeBigEndian(Int64(3), at: RecordBatchLayout.maxTimestamp)
        }
        #expect(header.maxTimestamp == 90)
    }

    @Test func whatOnlyBrokersWriteIsRefused() {
        #expect(throws: LogError.transactionsUnsupported) {
            try validate { $0[RecordBatchLayout.attributes + 1] |= 1 << 4 }
        }
        #expect(isInvalid(refusal { _ = try validate { $0[RecordBatchLayout.attributes + 1] |= 1 << 5 } }))
        #expect(isInvalid(refusal { _ = try validate { $0[RecordBatchLayout.attributes + 1] |= 1 << 6 } }))
        #expect(
            isInvalid(refusal { _ = try validate { $0.storeBigEndian(Int64(1), at: RecordBatchLayout.baseOffset) } }))
        #expect(isInvalid(refusal { _ = try validate { $0[RecordBatchLayout.magic] = 1 } }))
        #expect(throws: LogError.unsupportedCodec(number: 7)) {
            try validate { $0[RecordBatchLayout.attributes + 1] |= 7 }
        }
    }

    @Test func producersNeedASequenceAndAnEpoch() {
        for (sequence, epoch) in [(Int32(-1), Int16(0)), (.min, 0), (0, -1), (0, .min)] {
            let error = refusal {
                _ = try validate {
                    $0.storeBigEndian(Int64(5), at: RecordBatchLayout.producerID)
                    $0.storeBigEndian(epoch, at: RecordBatchLayout.producerEpoch)
                    $0.storeBigEndian(sequence, at: RecordBatchLayout.baseSequence)
                }
            }
            #expect(isInvalid(error))
        }
    }

    @Test func compactedTopicsNeedKeys() throws {
        var configuration = LogConfiguration()
        configuration.isCompacted = true
        for codec in CompressionCodec.allCases {
            #expect(throws: LogError.recordsWithoutKey(indexes: [1])) {
                try validate([record("v", key: "k"), record("w")], codec: codec, configuration: configuration)
            }
            #expect(try validate([record("v", key: "k")], codec: codec, configuration: configuration).recordCount == 1)
        }
    }

    @Test func sequencesWrapWithoutTrapping() throws {
        let fixture = try LogFixture()
        let outcome = try fixture.log.append(
            clientBatch([record("a"), record("b"), record("c")], producerID: 1, sequence: Int32.max - 1))
        #expect(outcome.endOffset == 3)
        #expect(
            try fixture.log.append(clientBatch([record("d")], producerID: 1, sequence: 1)).baseOffset == 3,
            "max-1, max, 0 are taken")
    }
}
