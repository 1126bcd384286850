import TestSupport
import Testing

@testable import LogStorage

/// Batches of idempotent producers are stored once and in order, also after a restart.
@Suite struct ProducerStatesTests {
    private func send(
        _ fixture: LogFixture, _ sequence: Int32, count: Int = 1, producer: Int64 = 7, epoch: Int16 = 0
    ) throws -> AppendOutcome {
        let records = (0..<count).map { record("\(sequence)+\($0)") }
        return try fixture.log.append(
            clientBatch(records, producerID: producer, producerEpoch: epoch, sequence: sequence))
    }

    @Test func theLastFiveBatchesAreRecognised() throws {
        let fixture = try LogFixture()
        for sequence in Int32(0)..<7 { _ = try send(fixture, sequence * 2, count: 2) }
        for sequence in Int32(2)..<7 {
            let outcome = try send(fixture, sequence * 2, count: 2)
            #expect(outcome.isDuplicate && outcome.baseOffset == Int64(sequence) * 2)
            #expect(outcome.endOffset == outcome.baseOffset + 2)
        }
        #expect(throws: LogError.sequenceOutOfOrder(producerID: 7, got: 2, expected: 14)) {
            try send(fixture, 2, count: 2)
        }
        #expect(fixture.log.endOffset == 14)
    }

    @Test func gapsAndOverlapsAreRefused() throws {
        let fixture = try LogFixture()
        _ = try send(fixture, 0, count: 3)
        for (sequence, count) in [(Int32(4), 1), (2, 1), (0, 2), (0, 4), (1, 2)] {
            #expect(throws: LogError.sequenceOutOfOrder(producerID: 7, got: sequence, expected: 3)) {
                try send(fixture, sequence, count: count)
            }
        }
        #expect(try send(fixture, 3).baseOffset == 3)
    }

    @Test func aProducerThatIsNotKnownMayBeginAnywhere() throws {
        let fixture = try LogFixture()
        #expect(try send(fixture, 1234).isDuplicate == false)
        #expect(try send(fixture, 1235).baseOffset == 1)
    }

    @Test func aNewEpochBeginsAtZeroAndFencesTheOld() throws {
        let fixture = try LogFixture()
        _ = try send(fixture, 0, count: 5)
        #expect(throws: LogError.sequenceOutOfOrder(producerID: 7, got: 5, expected: 0)) {
            try send(fixture, 5, epoch: 1)
        }
        #expect(try send(fixture, 0, epoch: 1).baseOffset == 5)
        #expect(throws: LogError.producerFenced(producerID: 7, epoch: 0, currentEpoch: 1)) { try send(fixture, 5) }
        #expect(try send(fixture, 0, epoch: 1).isDuplicate)
    }

    @Test func sequencesWrapToZero() throws {
        let fixture = try LogFixture()
        _ = try send(fixture, .max - 1, count: 2)
        #expect(throws: LogError.sequenceOutOfOrder(producerID: 7, got: 1, expected: 0)) { try send(fixture, 1) }
        #expect(try send(fixture, 0).baseOffset == 2)
        // One batch across the border.
        _ = try send(fixture, .max - 1, count: 4, producer: 8)
        #expect(try send(fixture, .max - 1, count: 4, producer: 8).isDuplicate)
        #expect(try send(fixture, 2, producer: 8).baseOffset == 7)
    }

    @Test(arguments: [false, true])
    func duplicatesAreKnownAfterARestart(isFromSnapshot: Bool) throws {
        let fixture = try LogFixture()
        for sequence in Int32(0)..<6 { _ = try send(fixture, sequence * 3, count: 3) }
        _ = try send(fixture, .max - 1, count: 4, producer: 8)
        try fixture.log.flush()
        if isFromSnapshot {
            try fixture.log.storeDerived(isLast: true)
            #expect(try fixture.names().contains("00000000000000000022.snapshot"))
        }
        try fixture.reopen(crashing: true, recoveryPoint: 22)
        #expect(fixture.log.producerCount == 2)
        for sequence in Int32(1)..<6 {
            let outcome = try send(fixture, sequence * 3, count: 3)
            #expect(outcome.isDuplicate && outcome.baseOffset == Int64(sequence) * 3)
        }
        #expect(try send(fixture, .max - 1, count: 4, producer: 8).isDuplicate)
        #expect(throws: LogError.self) { try send(fixture, 0, count: 3) }
        #expect(try send(fixture, 18).baseOffset == 22)
    }

    @Test func snapshotsRoundTripAndRefuseDamage() throws {
        var states = ProducerStates()
        var header = try clientBatch([record("a"), record("b")], producerID: 3, producerEpoch: 2, sequence: 9)
            .withUnsafeBytes { RecordBatchHeader($0) }
        for number in 0..<3 {
            header.baseOffset = Int64(number) * 2
            states.note(header, nowMS: 500)
            header.baseSequence += 2
        }
        let bytes = states.encodeSnapshot()
        let decoded = try #require(ProducerStates.decodeSnapshot(bytes, nextOffset: 6))
        #expect(decoded.producers[3]?.batches.map(\.firstSequence) == [9, 11, 13])
        #expect(decoded.producers[3]?.batches.map(\.firstOffset) == [0, 2, 4])
        #expect(decoded.producers[3]?.epoch == 2 && decoded.nextOffset == 6)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 4
            #expect(ProducerStates.decodeSnapshot(damaged, nextOffset: 6) == nil, "byte \(position)")
            #expect(ProducerStates.decodeSnapshot(Array(bytes[..<position]), nextOffset: 6) == nil)
        }
        #expect(ProducerStates.decodeSnapshot(bytes + [0], nextOffset: 6) == nil)
    }

    @Test func silentProducersAreForgotten() throws {
        let fixture = try LogFixture { $0.producerExpirationMS = 1000 }
        _ = try send(fixture, 0)
        fixture.log.expireProducers(nowMS: 2000)
        #expect(fixture.log.producerCount == 1)
        fixture.log.expireProducers(nowMS: 2001)
        #expect(fixture.log.producerCount == 0)
        #expect(try send(fixture, 17).baseOffset == 1)
    }
}
