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

    /// A snapshot of producer 7 with a CRC that fits: an epoch and a last offset an entry, whose number is its sequence
    /// number and its time.
    private func snapshot(_ entries: [(epoch: Int16, lastOffset: Int64, delta: Int32)]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 10 + entries.count * 46)
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBigEndian(Int16(1), at: 0)
            buffer.storeBigEndian(Int32(entries.count), at: 6)
            for (number, entry) in entries.enumerated() {
                let at = 10 + number * 46
                buffer.storeBigEndian(Int64(7), at: at)
                buffer.storeBigEndian(entry.epoch, at: at + 8)
                buffer.storeBigEndian(Int32(number), at: at + 10)
                buffer.storeBigEndian(entry.lastOffset, at: at + 14)
                buffer.storeBigEndian(entry.delta, at: at + 22)
                buffer.storeBigEndian(Int64(number), at: at + 26)
            }
            let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: buffer[6...]))
            buffer.storeBigEndian(crc, at: 2)
        }
        return bytes
    }

    /// A snapshot that is sound by its CRC may still name more batches of a producer than are kept, or several epochs.
    @Test func aSnapshotGivesNoMoreThanIsKept() throws {
        let bytes = snapshot((0..<8).map { (epoch: $0 == 0 ? 0 : 1, lastOffset: $0, delta: 0) })
        let state = try #require(ProducerStates.decodeSnapshot(bytes, nextOffset: 8)?.producers[7])
        #expect(state.epoch == 1 && state.lastTimestampMS == 7)
        #expect(state.batches.map(\.lastSequence) == [3, 4, 5, 6, 7])
    }

    /// Offsets that no log has would overflow where they are counted with.
    @Test(
        arguments: [(.min, 1), (.max, 0), (-2, 0), (5, -1), (5, .min)] as [(Int64, Int32)])
    func aSnapshotWithImpossibleOffsetsIsNone(lastOffset: Int64, delta: Int32) {
        #expect(ProducerStates.decodeSnapshot(snapshot([(1, lastOffset, delta)]), nextOffset: 8) == nil)
        #expect(ProducerStates.decodeSnapshot(snapshot([(1, 5, 2)]), nextOffset: 8) != nil)
    }
}
