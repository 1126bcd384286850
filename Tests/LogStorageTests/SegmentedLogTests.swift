import TestSupport
import Testing

@testable import LogStorage

/// Appending and reading where nothing fails.
@Suite struct SegmentedLogTests {
    @Test func recordsComeBackInOrderWithTheirOffsets() throws {
        let fixture = try LogFixture()
        let first = try fixture.log.append(clientBatch([record("a"), record("b")]))
        let second = try fixture.log.append(clientBatch([record("c", key: "k", timestampMS: 7)], codec: .zstd))
        #expect(first == AppendOutcome(baseOffset: 0, endOffset: 2, appendTimeMS: -1, isDuplicate: false))
        #expect(second == AppendOutcome(baseOffset: 2, endOffset: 3, appendTimeMS: -1, isDuplicate: false))
        let records = try fixture.log.readAll()
        #expect(records.map(\.description) == ["0@1000 -=a", "1@1000 -=b", "2@7 k=c"])
    }

    @Test func theBatchCarriesTheBrokersEpochAndOffset() throws {
        let fixture = try LogFixture()
        try fixture.fill(3)
        try fixture.log.append(clientBatch([record("x")]), leaderEpoch: 9)
        let plan = try #require(try fixture.log.locate(3, upTo: fixture.log.endPosition))
        let slice = try #require(try plan.resolve(bytesMax: 1 << 20, firstBatchBytesMax: .max))
        let header = try #require(try decodeBatches(try slice.bytes()).first?.header)
        #expect(header.baseOffset == 3 && header.leaderEpoch == 9)
        #expect(slice.baseOffset == 3)
    }

    @Test func anOffsetWithinABatchGetsTheWholeBatch() throws {
        let fixture = try LogFixture()
        try fixture.log.append(clientBatch([record("a"), record("b"), record("c")]))
        try fixture.fill(1)
        for offset in Int64(0)...2 {
            let plan = try #require(try fixture.log.locate(offset, upTo: fixture.log.endPosition))
            let slice = try #require(try plan.resolve(bytesMax: 1, firstBatchBytesMax: .max))
            #expect(slice.baseOffset == 0 && slice.position == 0)
            #expect(try decodeBatches(try slice.bytes()).first?.records.count == 3)
        }
    }

    @Test func theFirstBatchComesWholeOnlyIfAskedFor() throws {
        let fixture = try LogFixture()
        try fixture.fill(4)
        let plan = try #require(try fixture.log.locate(1, upTo: fixture.log.endPosition))
        let whole = try #require(try plan.resolve(bytesMax: 10, firstBatchBytesMax: .max))
        #expect(try decodeBatches(try whole.bytes()).map(\.header.baseOffset) == [1])
        let none = try #require(try plan.resolve(bytesMax: 10, firstBatchBytesMax: 0))
        #expect(none.count == 0)
        let all = try #require(try plan.resolve(bytesMax: 1 << 20, firstBatchBytesMax: 0))
        #expect(try decodeBatches(try all.bytes()).map(\.header.baseOffset) == [1, 2, 3])
    }

    @Test func nothingAtOrAboveTheLimitIsRead() throws {
        let fixture = try LogFixture()
        try fixture.fill(10)
        let limit = fixture.log.endPosition
        try fixture.fill(60)
        #expect(fixture.log.segmentCount > 1, "the limit lies in a segment that was closed since")
        #expect(try fixture.log.readAll(upTo: limit).compactMap(\.text) == numbers(0..<10))
        #expect(try fixture.log.locate(10, upTo: limit) == nil)
        #expect(try fixture.log.locate(70, upTo: fixture.log.endPosition) == nil)
        #expect(throws: LogError.offsetOutOfRange(offset: 71, start: 0, end: 70)) {
            try fixture.log.locate(71, upTo: fixture.log.endPosition)
        }
        #expect(throws: LogError.offsetOutOfRange(offset: -1, start: 0, end: 70)) {
            try fixture.log.locate(-1, upTo: fixture.log.endPosition)
        }
    }

    @Test func segmentsRollByBytesAndEveryOffsetIsFound() throws {
        let fixture = try LogFixture()
        try fixture.fill(200)
        #expect(fixture.log.segmentCount == 9, "23 batches of some 175 bytes to 4 KiB")
        for offset in Int64(0)..<200 {
            let plan = try #require(try fixture.log.locate(offset, upTo: fixture.log.endPosition))
            let slice = try #require(try plan.resolve(bytesMax: 1, firstBatchBytesMax: .max))
            #expect(slice.baseOffset == offset)
        }
        #expect(try fixture.values() == numbers(0..<200))
    }

    @Test func aReadNeedsOnlyAFewSteps() throws {
        let fixture = try LogFixture { $0.segmentBytes = 1 << 20 }
        try fixture.fill(2000, padding: 30)
        let before = fixture.disk.counters.reads
        let plan = try #require(try fixture.log.locate(1990, upTo: fixture.log.endPosition))
        _ = try plan.resolve(bytesMax: 1, firstBatchBytesMax: .max)
        #expect(fixture.disk.counters.reads - before <= 2, "the index leads to within a page of the batch")
    }

    @Test func segmentsRollByTheAgeOfTheirRecords() throws {
        let fixture = try LogFixture { $0.segmentMS = 1000 }
        let old: Int64 = 5_000
        for (time, segments) in [
            (old, 1), (old + 1000, 1), (old + 1001, 2), (old + 900, 2), (old + 2001, 2), (old + 2002, 3),
        ] {
            try fixture.log.append(clientBatch([record("x", timestampMS: time)]), nowMS: 100_000_000)
            #expect(fixture.log.segmentCount == segments, "time \(time): old records loaded late stay together")
        }
    }

    @Test func withoutTimestampsSegmentsRollByTheClock() throws {
        let fixture = try LogFixture { $0.segmentMS = 1000 }
        for (now, segments) in [(Int64(5000), 1), (6000, 1), (6001, 2)] {
            try fixture.log.append(clientBatch([record("x", timestampMS: -1)]), nowMS: now)
            #expect(fixture.log.segmentCount == segments)
        }
    }

    @Test func segmentsRollWhenTheirIndexIsFull() throws {
        let fixture = try LogFixture {
            $0.segmentBytes = 1 << 20
            $0.indexBytesMax = 40
        }
        try fixture.fill(100)
        #expect(fixture.log.segmentCount > 5)
        #expect(try fixture.names().contains("00000000000000000000.timeindex"))
        #expect(try fixture.values() == numbers(0..<100))
    }

    @Test func aBatchLargerThanASegmentIsRefused() throws {
        let fixture = try LogFixture { $0.batchBytesMax = 1 << 20 }
        let batch = try clientBatch([record(String(repeating: "x", count: 5000))])
        #expect(throws: LogError.batchLargerThanSegment(sizeBytes: batch.count, limitBytes: 4096)) {
            try fixture.log.append(batch)
        }
        fixture.log.configuration.batchBytesMax = 100
        #expect(throws: LogError.batchTooLarge(sizeBytes: batch.count, limitBytes: 100)) {
            try fixture.log.append(batch)
        }
        #expect(fixture.log.endOffset == 0)
    }

    // MARK: Time

    @Test func aSearchByTimeAgreesWithALinearScan() throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let fixture = try LogFixture(seed: seed)
            for _ in 0..<120 {
                let records = (0...random.int(in: 0..<4)).map { _ in
                    record(
                        "x", key: String(repeating: "k", count: random.int(in: 0..<150)),
                        timestampMS: Int64(random.int(in: 0..<300)))
                }
                let codec = CompressionCodec.allCases[random.int(in: 0..<5)]
                try fixture.log.append(clientBatch(records, codec: codec))
                if random.chance(1, in: 40) { try fixture.log.storeDerived() }
            }
            if random.chance(1, in: 2) { try fixture.reopen(recoveryPoint: Int64(random.int(in: 0..<100))) }
            let all = try fixture.log.readAll()
            for time in Int64(-1)..<302 {
                let found = try fixture.log.search(fromTimeMS: time, upTo: fixture.log.endPosition).first(
                    atOrAfter: time)
                let expected = all.first { $0.timestampMS >= time }
                #expect(found?.offset == expected?.offset, "seed \(seed), time \(time)")
                #expect(found?.timestampMS == expected?.timestampMS, "seed \(seed), time \(time)")
            }
            let newest = try fixture.log.search(fromTimeMS: .min, upTo: fixture.log.endPosition).newest()
            let greatest = all.map(\.timestampMS).max()
            #expect(
                newest?.timestampMS == greatest && newest?.offset == all.first { $0.timestampMS == greatest }?.offset)
        }
    }

    @Test func aSearchSeesNeitherDeletedNorUncommittedRecords() throws {
        let fixture = try LogFixture()
        try fixture.fill(50)
        let limit = fixture.log.endPosition
        try fixture.fill(10)
        _ = try fixture.log.deleteRecords(before: 20, limit: 50)
        #expect(try fixture.log.search(fromTimeMS: 0, upTo: limit).first(atOrAfter: 0)?.offset == 20)
        #expect(try fixture.log.search(fromTimeMS: 1500, upTo: limit).first(atOrAfter: 1500) == nil)
        #expect(try fixture.log.search(fromTimeMS: 1490, upTo: limit).first(atOrAfter: 1490)?.offset == 49)
    }

    @Test func logAppendTimeIsTheBrokersForEveryRecord() throws {
        let fixture = try LogFixture { $0.usesLogAppendTime = true }
        let outcome = try fixture.log.append(
            clientBatch([record("a", timestampMS: 5), record("b", timestampMS: .max)]), nowMS: 7777)
        #expect(outcome.appendTimeMS == 7777)
        #expect(try fixture.log.readAll().map(\.timestampMS) == [7777, 7777])
        let found = try fixture.log.search(fromTimeMS: 100, upTo: fixture.log.endPosition).first(atOrAfter: 100)
        #expect(found?.offset == 0 && found?.timestampMS == 7777)
    }

    /// A batch's base offset is not under its checksum; a reader that believed a wrong one would skip what follows.
    @Test(arguments: [1, 6]) func anOffsetOutsideItsSegmentIsDamage(byte: Int) throws {
        let fixture = try LogFixture()
        try fixture.fill(55)
        fixture.disk.edit(fixture.path("00000000000000000023.log")) { $0[byte] ^= 1 }
        let log = fixture.log
        let plan = try #require(try log.locate(23, upTo: log.endPosition))
        let error = #expect(throws: LogError.self) {
            _ = try plan.resolve(bytesMax: 1000, firstBatchBytesMax: 1000)
        }
        if case .damaged(offset: 23, _)? = error {} else { Issue.record("\(String(describing: error))") }
        #expect(try log.locate(0, upTo: log.endPosition)?.resolve(bytesMax: 1, firstBatchBytesMax: 1000) != nil)
    }

    // MARK: Epochs

    @Test func epochsTellWhereTheyEnd() throws {
        let fixture = try LogFixture()
        try fixture.fill(5, leaderEpoch: 2)
        try fixture.fill(3, leaderEpoch: 4)
        let log = fixture.log
        #expect(log.epochEnd(of: 1) == nil)
        #expect(try #require(log.epochEnd(of: 2)) == (2, 5))
        #expect(try #require(log.epochEnd(of: 3)) == (2, 5))
        #expect(try #require(log.epochEnd(of: 4)) == (4, 8))
        #expect(log.epoch(at: 0) == 2 && log.epoch(at: 4) == 2 && log.epoch(at: 5) == 4)
        #expect(log.latestEpoch == 4)
    }
}
