import TestSupport
import Testing

@testable import LogStorage

/// Of each key the newest record stays, at its offset; deletions stay long enough to be seen.
@Suite struct CompactionTests {
    private func makeFixture(seed: UInt64 = 1, _ change: (inout LogConfiguration) -> Void = { _ in }) throws
        -> LogFixture
    {
        try LogFixture(seed: seed) {
            $0.segmentBytes = 1500
            $0.isCompacted = true
            $0.deletesOldSegments = false
            $0.cleanableDirtyRatioMin = 0
            $0.deleteRetentionMS = 1000
            change(&$0)
        }
    }

    private func put(_ fixture: LogFixture, _ key: String, _ value: String?, timestampMS: Int64 = 5000) throws {
        try fixture.log.append(
            clientBatch([Record(key: Array(key.utf8), value: value.map { Array($0.utf8) }, timestampMS: timestampMS)]))
    }

    /// Fills the active segment so that what is before it can be compacted.
    private func roll(_ fixture: LogFixture) throws {
        let count = fixture.log.segmentCount
        while fixture.log.segmentCount == count { try put(fixture, "filler", String(repeating: "f", count: 300)) }
        try fixture.log.flush()
    }

    /// Newest value of each key, as a reader from the start sees it.
    private func view(_ fixture: LogFixture) throws -> [String: String] {
        var view: [String: String] = [:]
        for record in try fixture.log.readAll() {
            view[String(decoding: record.key ?? [], as: UTF8.self)] = record.text
        }
        return view
    }

    @Test func theNewestRecordOfEachKeyStaysAtItsOffset() throws {
        let fixture = try makeFixture()
        for number in 0..<100 { try put(fixture, "k\(number % 7)", "v\(number)") }
        try roll(fixture)
        let before = try view(fixture)
        let all = try fixture.log.readAll()
        let outcome = try #require(try fixture.log.compact(nowMS: 10_000))
        #expect(outcome.bytesAfter < outcome.bytesBefore / 3 && outcome.damages.isEmpty)
        #expect(outcome.firstDirtyOffset == fixture.log.firstDirtyOffset)
        #expect(try view(fixture) == before)
        let kept = try fixture.log.readAll()
        #expect(kept.allSatisfy { all.contains($0) }, "nothing moved, nothing changed")
        let closed = kept.filter { $0.offset < fixture.log.firstDirtyOffset }
        #expect(closed.count == outcome.keyCount && (7...8).contains(closed.count))
        for offset in fixture.log.logStartOffset..<fixture.log.endOffset {
            let first = try fixture.log.readAll(from: offset).first
            #expect(first == kept.first { $0.offset >= offset }, "offset \(offset)")
        }
        #expect(try fixture.log.compact(nowMS: 10_000) == nil, "nothing is dirty any more")
    }

    @Test func theResultIsTheSameAfterARestart() throws {
        let fixture = try makeFixture()
        for number in 0..<100 { try put(fixture, "k\(number % 7)", "v\(number)") }
        try roll(fixture)
        try fixture.log.compact(nowMS: 10_000)
        let kept = try fixture.log.readAll()
        let end = fixture.log.endOffset
        try fixture.reopen(crashing: true, recoveryPoint: end)
        #expect(try fixture.log.readAll() == kept)
        // Also when the checkpoint is from before the compaction, or there is none.
        for recoveryPoint in [Int64(0), 1, 50] {
            try fixture.reopen(crashing: true, recoveryPoint: recoveryPoint)
            #expect(try fixture.log.readAll() == kept, "recovery point \(recoveryPoint)")
            #expect(fixture.log.damages.isEmpty && fixture.log.endOffset == end)
        }
    }

    @Test func tombstonesStayUntilTheirHorizon() throws {
        let fixture = try makeFixture()
        try put(fixture, "a", "1")
        try fixture.log.append(
            clientBatch(
                [
                    record("2", key: "b", timestampMS: 4000),
                    Record(
                        key: Array("a".utf8), value: nil, headers: [.init("h", [0xff, 0xfe])], timestampMS: 4500),
                ], codec: .lz4))
        try roll(fixture)
        try fixture.log.compact(nowMS: 10_000)
        let records = try fixture.log.readAll().filter { $0.offset < 3 }
        #expect(records.map(\.description) == ["1@4000 b=2", "2@4500 a=null"], "times are as before")
        let plan = try #require(try fixture.log.locate(1, upTo: fixture.log.endPosition))
        let slice = try #require(try plan.resolve(bytesMax: 1, firstBatchBytesMax: .max))
        let header = try #require(try decodeBatches(try slice.bytes()).first?.header)
        #expect(header.hasDeleteHorizon && header.baseTimestamp == 11_000, "time of the first cleaning + retention")
        #expect(header.codecNumber == CompressionCodec.lz4.rawValue && header.lastOffsetDelta == 1)

        try roll(fixture)
        try fixture.log.compact(nowMS: 10_999)
        #expect(try fixture.log.readAll().contains { $0.key == Array("a".utf8) })
        try roll(fixture)
        try fixture.log.compact(nowMS: 11_000)
        #expect(try !fixture.log.readAll().contains { $0.key == Array("a".utf8) })
        #expect(try view(fixture)["b"] == "2")
    }

    @Test func neitherTheActiveSegmentNorWhatIsNotDurableIsTouched() throws {
        let fixture = try makeFixture()
        for number in 0..<30 { try put(fixture, "k", "v\(number)") }
        let limit = fixture.log.endPosition
        for number in 30..<90 { try put(fixture, "k", "v\(number)") }
        let all = try fixture.log.readAll()
        let outcome = try #require(try fixture.log.compact(nowMS: 10_000, limit: limit))
        #expect(outcome.firstDirtyOffset <= 30 && outcome.firstDirtyOffset > 0)
        let kept = try fixture.log.readAll()
        #expect(
            kept.suffix(where: { $0.offset >= outcome.firstDirtyOffset })
                == all.suffix(where: { $0.offset >= outcome.firstDirtyOffset }))
        #expect(kept.first?.offset == outcome.firstDirtyOffset - 1)
    }

    @Test func ratioAndLagDecideWhenItIsDue() throws {
        let fixture = try makeFixture { $0.cleanableDirtyRatioMin = 0.5 }
        for number in 0..<60 { try put(fixture, "key-\(number)", "v", timestampMS: 5000) }
        try roll(fixture)
        #expect(try fixture.log.compact(nowMS: 6000) != nil, "all is dirty")
        for number in 0..<10 { try put(fixture, "key-\(number)", "w", timestampMS: 7000) }
        try roll(fixture)
        #expect(try fixture.log.compact(nowMS: 8000) == nil, "less than half is dirty")
        fixture.log.configuration.compactionLagMSMax = 2000
        #expect(try fixture.log.compact(nowMS: 7000) == nil)
        #expect(try fixture.log.compact(nowMS: 7001) != nil, "its oldest record is from 5000")

        fixture.log.configuration.cleanableDirtyRatioMin = 0
        fixture.log.configuration.compactionLagMSMax = .max
        fixture.log.configuration.compactionLagMSMin = 1000
        for number in 0..<30 { try put(fixture, "key-\(number)", "x", timestampMS: 30_000) }
        try roll(fixture)
        #expect(try fixture.log.compact(nowMS: 30_500) == nil, "too young")
        #expect(try fixture.log.compact(nowMS: 31_001) != nil)
        fixture.log.configuration.isCompacted = false
        try roll(fixture)
        #expect(try fixture.log.compact(nowMS: 90_000) == nil)
    }

    @Test func theLastBatchOfAProducerStaysEvenIfEmpty() throws {
        let fixture = try makeFixture()
        for sequence in Int32(0)..<3 {
            try fixture.log.append(
                clientBatch([record("v\(sequence)", key: "k")], producerID: 9, producerEpoch: 1, sequence: sequence))
        }
        for number in 0..<20 { try put(fixture, "k", "later \(number)") }
        try roll(fixture)
        try fixture.log.compact(nowMS: 10_000)
        for name in try fixture.names() where name.hasSuffix(".snapshot") {
            try fixture.disk.removeFile(fixture.path(name))
        }
        try fixture.log.flush()
        try fixture.reopen(crashing: true, recoveryPoint: fixture.log.endOffset)
        let repeated = try fixture.log.append(
            clientBatch([record("v2", key: "k")], producerID: 9, producerEpoch: 1, sequence: 2))
        #expect(repeated.isDuplicate && repeated.baseOffset == 2)
        #expect(
            try fixture.log.append(
                clientBatch([record("v3", key: "k")], producerID: 9, producerEpoch: 1, sequence: 3)
            ).isDuplicate == false)
    }

    @Test func smallSegmentsBecomeOne() throws {
        let fixture = try makeFixture()
        for number in 0..<100 { try put(fixture, "k\(number % 3)", "v\(number)") }
        try roll(fixture)
        let before = fixture.log.segmentCount
        try fixture.log.compact(nowMS: 10_000)
        for _ in 0..<3 {
            try roll(fixture)
            try fixture.log.compact(nowMS: 10_000)
        }
        #expect(fixture.log.segmentCount <= before / 2, "\(before) segments before, \(fixture.log.segmentCount) after")
        #expect(try fixture.names().filter { $0.hasSuffix(".log") }.count == fixture.log.segmentCount)
        #expect(try fixture.names().allSatisfy { !$0.hasSuffix(".deleted") && !$0.hasSuffix(".swap") })
        #expect(try fixture.log.search(fromTimeMS: 5000, upTo: fixture.log.endPosition).first(atOrAfter: 5000) != nil)
    }

    @Test func whatDoesNotFitIntoMemoryWaits() throws {
        let fixture = try makeFixture { $0.compactionMapBytesMax = 64 * 24 }
        for number in 0..<200 { try put(fixture, "k\(number % 100)", "v\(number)") }
        try roll(fixture)
        let before = try view(fixture)
        var rounds = 0
        while try fixture.log.compact(nowMS: 10_000) != nil {
            rounds += 1
            #expect(try view(fixture) == before)
            if rounds > 50 { break }
        }
        #expect(rounds > 2 && rounds < 20)
        #expect(try fixture.log.readAll().count < 130)
    }

    @Test func damagedSegmentsAreLeftAsTheyAre() throws {
        let fixture = try makeFixture()
        for number in 0..<100 { try put(fixture, "k\(number % 7)", "v\(number)") }
        try roll(fixture)
        let victim = try #require(try fixture.names().filter { $0.hasSuffix(".log") }.dropFirst(2).first)
        fixture.disk.edit(fixture.path(victim)) { $0[$0.count / 2] ^= 1 }
        let bytes = fixture.disk.contents(of: fixture.path(victim))
        let outcome = try #require(try fixture.log.compact(nowMS: 10_000))
        #expect(outcome.damages.count == 1 && outcome.damages[0].path.hasSuffix(victim))
        #expect(fixture.disk.contents(of: fixture.path(victim)) == bytes)
        #expect(outcome.bytesAfter < outcome.bytesBefore)
    }

    /// A log may hold what the validator lets nobody append any more: written by another program, or by another codec.
    @Test func batchesThatDoNotInflateAreKept() throws {
        let fixture = try makeFixture()
        var broken = try clientBatch([record("x", key: "k")], codec: .gzip)
        broken.withUnsafeMutableBytes { bytes in
            bytes[72] ^= 0xff
            bytes[76] ^= 0xff
            bytes.storeBigEndian(CRC32C.ofBatch(UnsafeRawBufferPointer(bytes)), at: RecordBatchLayout.crc)
        }
        _ = try broken.withUnsafeMutableBytes { bytes in
            let unchecked = ValidatedBatch(header: RecordBatchHeader(UnsafeRawBufferPointer(bytes)), bytes: bytes)
            return try fixture.log.append(unchecked, leaderEpoch: 0, nowMS: 1000)
        }
        for number in 0..<20 { try put(fixture, "k", "v\(number)") }
        try roll(fixture)
        let outcome = try #require(try fixture.log.compact(nowMS: 10_000))
        #expect(outcome.damages.count == 1)
        let plan = try #require(try fixture.log.locate(0, upTo: fixture.log.endPosition))
        #expect(try plan.resolve(bytesMax: 1, firstBatchBytesMax: .max)?.baseOffset == 0)
    }

    @Test func randomHistoriesKeepTheirView() throws {
        for seed in UInt64(0)..<25 {
            var random = SeededGenerator(seed: seed)
            let fixture = try makeFixture(seed: seed)
            var model: [String: String] = [:]
            var nowMS: Int64 = 10_000
            for _ in 0..<12 {
                for _ in 0..<random.int(in: 5..<40) {
                    let records = (0...random.int(in: 0..<3)).map { _ -> Record in
                        let key = "k\(random.int(in: 0..<15))"
                        let value: String? = random.chance(1, in: 5) ? nil : "\(random.int(in: 0..<100_000))"
                        model[key] = value
                        return Record(key: Array(key.utf8), value: value.map { Array($0.utf8) }, timestampMS: nowMS)
                    }
                    let codec = CompressionCodec.allCases[random.int(in: 0..<5)]
                    try fixture.log.append(clientBatch(records, codec: codec))
                }
                try fixture.log.flush()
                nowMS += Int64(random.int(in: 0..<800))
                try fixture.log.compact(nowMS: nowMS)
                if random.chance(1, in: 4) {
                    let removed = try fixture.log.deleteRecords(before: 0, limit: 0)
                    try removed.discard()
                    try fixture.reopen(
                        crashing: true, recoveryPoint: Int64(random.int(in: 0...Int(fixture.log.endOffset))))
                    #expect(fixture.log.damages.isEmpty, "seed \(seed): \(fixture.log.damages)")
                }
                #expect(try view(fixture) == model, "seed \(seed)")
            }
        }
    }

    @Test func aCrashAtAnyDiskCallLeavesTheOldOrTheNew() throws {
        var call = 1
        while true {
            let fixture = try makeFixture(seed: UInt64(call))
            for number in 0..<80 { try put(fixture, "k\(number % 5)", number % 9 == 0 ? nil : "v\(number)") }
            try roll(fixture)
            let before = try view(fixture)
            let end = fixture.log.endOffset
            let calls = fixture.disk.counters.calls
            fixture.disk.failCall(call, persistently: true)
            let hasFailed = (try? fixture.log.compact(nowMS: 10_000)) == nil
            let hasStruck = fixture.disk.counters.calls - calls >= call
            try fixture.reopen(crashing: true, recoveryPoint: call % 2 == 0 ? end : 0)
            #expect(try view(fixture) == before, "call \(call)")
            #expect(fixture.log.damages.isEmpty && fixture.log.endOffset == end, "call \(call): \(fixture.log.damages)")
            #expect(try fixture.names().allSatisfy { !$0.hasSuffix(".swap") && !$0.hasSuffix(".cleaned") })
            for offset in Int64(0)..<end { _ = try fixture.log.readAll(from: offset).first }
            try fixture.log.compact(nowMS: 10_000)
            #expect(try view(fixture) == before, "call \(call)")
            #expect(hasFailed || !hasStruck || call > 20)
            if !hasStruck { break }
            call += 1
        }
        #expect(call > 30)
    }
}

extension Array {
    /// The elements from the first that fits on.
    fileprivate func suffix(where isFirst: (Element) -> Bool) -> [Element] {
        Array(self[(firstIndex(where: isFirst) ?? endIndex)...])
    }
}
