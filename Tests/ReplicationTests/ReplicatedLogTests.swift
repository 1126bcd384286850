import LogStorage
import Synchronization
import TestSupport
import Testing

@testable import Replication

/// The one-node rule: acknowledged and readable is what this node's disk has.
@Suite struct ReplicatedLogTests {
    private final class Waiter: CommitWaiter {
        let count = Atomic<Int>(0)
        func committed() { count.add(1, ordering: .relaxed) }
        var isReleased: Bool { count.load(ordering: .relaxed) > 0 }
    }

    private final class Observer: CommitObserver {
        let count = Atomic<Int>(0)
        func committedOffsetMoved() { count.add(1, ordering: .relaxed) }
    }

    private func makeLog(
        _ disk: SimulatedDisk = SimulatedDisk(seed: 1), _ change: (inout LogConfiguration) -> Void = { _ in }
    ) throws -> ReplicatedLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 2000
        change(&configuration)
        let log = try SegmentedLog.open(directory: "/logs/t-0", disk: disk, configuration: configuration, nowMS: 0)
        try log.flush()
        return ReplicatedLog(
            name: LogName(topic: "t", partition: 0), log: log, leaderEpoch: 3, scheduleFlush: { _ in })
    }

    @discardableResult
    private func append(_ log: ReplicatedLog, _ value: String, key: String = "k") throws -> AppendOutcome {
        var batch = try clientBatch([record(value, key: key)])
        return try batch.withUnsafeMutableBytes { bytes in
            try log.append(BatchValidator.validate(bytes, configuration: LogConfiguration(), nowMS: 0), nowMS: 0)
        }
    }

    private func flush(_ log: ReplicatedLog) throws {
        let ticket = log.beginFlush()
        try ticket.sync()
        log.endFlush(ticket)
    }

    @Test func nothingIsReadOrAcknowledgedBeforeItIsDurable() throws {
        let log = try makeLog()
        let outcome = try append(log, "a")
        let waiter = Waiter()
        let observer = Observer()
        log.addObserver(observer)
        #expect(!log.whenCommitted(outcome.endOffset, waiter))
        #expect(try log.read(from: 0, bytesMax: 1000, firstBatchBytesMax: .max).0 == nil)
        let ticket = log.beginFlush()
        try append(log, "b")
        try ticket.sync()
        #expect(!waiter.isReleased)
        log.endFlush(ticket)
        #expect(waiter.isReleased && observer.count.load(ordering: .relaxed) == 1)
        let slice = try #require(try log.read(from: 0, bytesMax: 1000, firstBatchBytesMax: .max).0)
        #expect(try decodeBatches(try slice.bytes()).flatMap { $0.records }.map(\.text) == ["a"])
        #expect(log.extent == .init(logStartOffset: 0, committedOffset: 1, endOffset: 2))
        #expect(log.whenCommitted(1, waiter), "committed already")
    }

    @Test func otherPoliciesAcknowledgeAtOnceAndFlushLater() throws {
        let log = try makeLog { $0.flush = .os }
        let outcome = try append(log, "a")
        #expect(log.whenCommitted(outcome.endOffset, Waiter()))
        #expect(try log.checkpoint().recoveryPoint == 0)
        try flush(log)
        #expect(try log.checkpoint().recoveryPoint == 1)
    }

    @Test func aTicketFromBeforeACutSaysNothing() throws {
        let log = try makeLog()
        for value in ["a", "b", "c"] { try append(log, value) }
        let ticket = log.beginFlush()
        try ticket.sync()
        try log.truncate(to: 1, nowMS: 0)
        for value in ["x", "y", "z"] { try append(log, value) }
        log.endFlush(ticket)
        #expect(log.extent.committedOffset == 0, "x, y and z are not synced")
        try flush(log)
        #expect(log.extent.committedOffset == 4)
    }

    @Test func aDeletedLogLetsItsWaitersGo() throws {
        let log = try makeLog()
        let outcome = try append(log, "a")
        let waiter = Waiter()
        #expect(!log.whenCommitted(outcome.endOffset, waiter))
        log.close()
        #expect(waiter.isReleased)
        #expect(log.whenCommitted(outcome.endOffset, Waiter()), "nobody would ever release it")
        #expect(throws: LogError.self) { try append(log, "b") }
    }

    @Test func deletingUpToTheEndKeepsTheLogReadable() throws {
        let log = try makeLog()
        for number in 0..<30 { try append(log, "\(number)") }
        #expect(throws: LogError.self, "nothing is committed") { try log.deleteRecords(before: 10) }
        try flush(log)
        let (start, removed) = try log.deleteRecords(before: -1)
        #expect(start == 30)
        try removed.discard()
        #expect(try log.read(from: 30, bytesMax: 1, firstBatchBytesMax: .max).0 == nil)
        try append(log, "30")
        try flush(log)
        #expect(try log.read(from: 30, bytesMax: 1, firstBatchBytesMax: .max).0?.baseOffset == 30)
    }

    @Test func compactionLeavesWhatIsNotDurable() throws {
        let log = try makeLog {
            $0.isCompacted = true
            $0.cleanableDirtyRatioMin = 0
        }
        for number in 0..<60 { try append(log, "\(number)") }
        #expect(try log.compact(nowMS: 10_000) == nil)
        try flush(log)
        let outcome = try #require(try log.compact(nowMS: 10_000))
        #expect(outcome.keyCount == 1 && outcome.bytesAfter < outcome.bytesBefore / 3)
        #expect(try log.checkpoint().firstDirtyOffset == outcome.firstDirtyOffset)
        #expect(try log.read(from: 0, bytesMax: 1, firstBatchBytesMax: .max).0 != nil)
    }

    @Test func anOrderlyEndLeavesNothingToScan() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try makeLog(disk) { $0.segmentBytes = 1 << 20 }
        for number in 0..<500 { try append(log, "\(number)") }
        try flush(log)
        let checkpoint = try log.checkpoint(isLast: true)
        log.close()
        let before = disk.counters.reads
        let again = try SegmentedLog.open(
            directory: "/logs/t-0", disk: disk, configuration: LogConfiguration(),
            recoveryPoint: checkpoint.recoveryPoint, nowMS: 0)
        #expect(again.endOffset == 500 && disk.counters.reads - before < 20)
    }
}
