import TestSupport
import Testing

@testable import LogStorage

/// What leaves a log: by time, by bytes, by request, and by truncation.
@Suite struct RetentionTests {
    /// Segment files on disk, as base offsets.
    private func bases(_ fixture: LogFixture) throws -> [Int64] {
        try fixture.names().compactMap { Segment.baseOffset(ofName: $0, kind: "log") }
    }

    @Test func oldSegmentsGoByTime() throws {
        let fixture = try LogFixture { $0.retentionMS = 500 }
        try fixture.fill(100)
        let bases = try bases(fixture)
        // Records are from 1000 to 1990; at 2000 those before 1500 are too old, whole segments only.
        let removed = try fixture.log.applyRetention(nowMS: 2000, limit: 100)
        #expect(fixture.log.logStartOffset == 46)
        #expect(try self.bases(fixture) == bases, "files go when they are discarded")
        try removed.discard()
        #expect(try self.bases(fixture) == bases.filter { $0 >= 46 })
        #expect(try fixture.names().allSatisfy { !$0.hasSuffix(".index") || $0 >= "00000000000000000046" })
        #expect(try fixture.values() == numbers(46..<100))
        #expect(try fixture.log.applyRetention(nowMS: 2000, limit: 100).isEmpty)
    }

    @Test func anExpiredLogKeepsAnEmptySegmentAndItsOffsets() throws {
        let fixture = try LogFixture { $0.retentionMS = 500 }
        try fixture.fill(30)
        try fixture.log.applyRetention(nowMS: 10_000, limit: 30).discard()
        #expect(fixture.log.logStartOffset == 30 && fixture.log.endOffset == 30)
        try fixture.log.flush()
        try fixture.reopen(crashing: true, recoveryPoint: 30, logStartOffset: 30)
        try fixture.fill(1)
        #expect(try fixture.values() == ["30"])
    }

    @Test func nothingAboveTheLimitExpires() throws {
        let fixture = try LogFixture { $0.retentionMS = 0 }
        try fixture.fill(100)
        _ = try fixture.log.applyRetention(nowMS: .max, limit: 47)
        #expect(fixture.log.logStartOffset == 46)
    }

    @Test func theOldestSegmentsGoByBytes() throws {
        let fixture = try LogFixture { $0.retentionBytes = 8000 }
        try fixture.fill(100)
        _ = try fixture.log.applyRetention(nowMS: 0, limit: 100)
        #expect(fixture.log.sizeBytes >= 8000 && fixture.log.sizeBytes < 8000 + 4096)
        #expect(fixture.log.endOffset == 100)
    }

    @Test func aCompactedLogExpiresNothing() throws {
        let fixture = try LogFixture {
            $0.deletesOldSegments = false
            $0.retentionMS = 0
        }
        try fixture.fill(50)
        #expect(try fixture.log.applyRetention(nowMS: .max, limit: 50).isEmpty)
    }

    @Test func recordsAreDeletedUpToAnyOffset() throws {
        let fixture = try LogFixture()
        try fixture.fill(100)
        try fixture.log.deleteRecords(before: 33, limit: 100).discard()
        #expect(fixture.log.logStartOffset == 33)
        #expect(try bases(fixture).first == 23)
        #expect(try fixture.values() == numbers(33..<100))
        #expect(throws: LogError.offsetOutOfRange(offset: 32, start: 33, end: 100)) {
            try fixture.log.locate(32, upTo: fixture.log.endPosition)
        }
        #expect(throws: LogError.offsetOutOfRange(offset: 91, start: 33, end: 90)) {
            try fixture.log.deleteRecords(before: 91, limit: 90)
        }
        _ = try fixture.log.deleteRecords(before: 10, limit: 100)
        #expect(fixture.log.logStartOffset == 33, "the start never goes back")
        try fixture.log.deleteRecords(before: 100, limit: 100).discard()
        #expect(try fixture.values().isEmpty && fixture.log.segmentCount == 1)
        try fixture.fill(1)
        #expect(try fixture.values() == ["100"])
    }

    @Test func aReadUnderWayOutlivesTheDeletion() throws {
        let fixture = try LogFixture()
        try fixture.fill(60)
        let plan = try #require(try fixture.log.locate(5, upTo: fixture.log.endPosition))
        try fixture.log.deleteRecords(before: 60, limit: 60).discard()
        let slice = try #require(try plan.resolve(bytesMax: 100, firstBatchBytesMax: .max))
        #expect(try decodeBatches(try slice.bytes()).first?.records.first?.text == "5")
    }

    @Test func segmentsNotDiscardedBeforeACrashGoAtTheNextStart() throws {
        let fixture = try LogFixture()
        try fixture.fill(100)
        try fixture.log.flush()
        _ = try fixture.log.deleteRecords(before: 50, limit: 100)
        try fixture.reopen(crashing: true, recoveryPoint: 100, logStartOffset: 50)
        #expect(try bases(fixture).first == 46)
        #expect(try fixture.values() == numbers(50..<100))
        // A start beyond what is known to be durable is not trusted with removals.
        try fixture.reopen(recoveryPoint: 80, logStartOffset: 90)
        #expect(try bases(fixture).first == 46)
    }

    // MARK: Truncation

    @Test func truncationGoesBackToAnyBatch() throws {
        for end in [Int64(0), 1, 22, 23, 24, 50, 99, 100] {
            let fixture = try LogFixture()
            try fixture.fill(100, leaderEpoch: 3)
            try fixture.log.storeDerived(isLast: true)
            try fixture.log.truncate(to: end, nowMS: 1000)
            #expect(fixture.log.endOffset == end)
            #expect(try fixture.values() == numbers(0..<Int(end)))
            try fixture.fill(30, leaderEpoch: 4)
            #expect(try fixture.values() == numbers(0..<Int(end) + 30))
            #expect(try #require(fixture.log.epochEnd(of: 4)) == (4, end + 30))
            try fixture.log.flush()
            try fixture.reopen(crashing: true, recoveryPoint: end)
            #expect(try fixture.values() == numbers(0..<Int(end) + 30))
            #expect(fixture.log.damages.isEmpty)
        }
    }

    @Test func truncationForgetsTheProducersItCut() throws {
        let fixture = try LogFixture()
        for sequence in Int32(0)..<60 {
            try fixture.log.append(
                clientBatch([record("x", key: String(repeating: "k", count: 100))], producerID: 1, sequence: sequence))
        }
        try fixture.log.truncate(to: 30, nowMS: 1000)
        let again = try fixture.log.append(clientBatch([record("y")], producerID: 1, sequence: 30))
        #expect(again.baseOffset == 30 && !again.isDuplicate)
    }

    // MARK: Epochs

    @Test func epochsAreForgottenFromBothEnds() {
        var epochs = LeaderEpochs()
        for (epoch, start) in [(Int32(1), Int64(0)), (3, 10), (5, 20)] { epochs.note(epoch: epoch, startOffset: start) }
        epochs.note(epoch: 4, startOffset: 25)
        #expect(epochs.entries.map(\.epoch) == [1, 3, 5], "a lower epoch changes nothing")
        #expect(epochs.epoch(at: 9) == 1 && epochs.epoch(at: 10) == 3 && epochs.epoch(at: 99) == 5)
        epochs.advanceStart(to: 12)
        #expect(epochs.entries == [.init(epoch: 3, startOffset: 12), .init(epoch: 5, startOffset: 20)])
        epochs.truncate(to: 20)
        #expect(epochs.entries == [.init(epoch: 3, startOffset: 12)])
        epochs.truncate(to: 0)
        #expect(epochs.latest == nil && epochs.end(of: 9, endOffset: 0) == nil)
    }
}
