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
        _ disk: SimulatedDisk = SimulatedDisk(seed: 1),
        _ change: (inout LogConfiguration) -> Void = { _ in },
        onFlushWanted: @escaping @Sendable (ReplicatedLog) -> Void = { _ in }
    ) throws -> ReplicatedLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 2000
        change(&configuration)
        let log = try SegmentedLog.open(directory: "/logs/t-0", disk: disk, configuration: configuration, nowMS: 0)
        try log.flush()
        return ReplicatedLog(
            name: LogName(topic: "t", partition: 0), log: log, leaderEpoch: 3, scheduleFlush: onFlushWanted)
    }

    @discardableResult
    private func append(_ log: ReplicatedLog, _ value: String, key: String = "k") throws -> AppendOutcome {
        var batch = try clientBatch([record(value, key: key)])
        return try batch.withUnsafeMutableBytes { bytes in
            try log.append(BatchValidator.validate(bytes, configuration: LogConfiguration(), nowMS: 0), nowMS: 0)
        }
    }

    private func flush(_ log: ReplicatedLog) throws {
        let ticket = try #require(log.beginFlush())
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
        let ticket = try #require(log.beginFlush())
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

    @Test func appendsThatWaitForTheDiskAskForAFlush() throws {
        let asked = Observer()
        let log = try makeLog(onFlushWanted: { _ in asked.committedOffsetMoved() })
        for number in 1...3 {
            try append(log, "\(number)")
            #expect(asked.count.load(ordering: .relaxed) == number)
        }
        var lazy = LogConfiguration()
        lazy.flush = .os
        log.configure(lazy)
        try append(log, "4")
        #expect(asked.count.load(ordering: .relaxed) == 3, "acknowledged without")
        log.scheduleFlushIfBehind()
        #expect(asked.count.load(ordering: .relaxed) == 4)
        try flush(log)
        log.scheduleFlushIfBehind()
        #expect(asked.count.load(ordering: .relaxed) == 4, "nothing is behind")
    }

    @Test func aFailedSyncCommitsNothing() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try makeLog(disk)
        try append(log, "a")
        try flush(log)
        let outcome = try append(log, "b")
        let waiter = Waiter()
        let observer = Observer()
        log.addObserver(observer)
        #expect(!log.whenCommitted(outcome.endOffset, waiter))
        disk.failCall(1, of: .sync)
        let ticket = try #require(log.beginFlush())
        #expect(throws: DiskError.self) { try ticket.sync() }
        #expect(!waiter.isReleased && observer.count.load(ordering: .relaxed) == 0)
        #expect(log.extent == .init(logStartOffset: 0, committedOffset: 1, endOffset: 2))
        #expect(try log.read(from: 1, bytesMax: 1000, firstBatchBytesMax: .max).0 == nil)
        #expect(try log.checkpoint().recoveryPoint == 1)
    }

    @Test func waitersAreReleasedEachAtItsOffset() throws {
        let log = try makeLog()
        let waiters = [Waiter(), Waiter(), Waiter()]
        for (index, waiter) in waiters.enumerated() {
            let outcome = try append(log, "\(index)")
            #expect(!log.whenCommitted(outcome.endOffset, waiter))
            if index == 1 {
                let ticket = try #require(log.beginFlush())
                try ticket.sync()
                log.endFlush(ticket)
            }
        }
        #expect(waiters.map(\.isReleased) == [true, true, false])
        try flush(log)
        try flush(log)
        #expect(waiters.map { $0.count.load(ordering: .relaxed) } == [1, 1, 1], "each is told once")
    }

    @Test func observersAreToldUntilTheyAreRemoved() throws {
        let log = try makeLog()
        let (staying, leaving) = (Observer(), Observer())
        log.addObserver(staying)
        log.addObserver(staying)
        log.addObserver(leaving)
        try append(log, "a")
        try flush(log)
        log.removeObserver(leaving)
        _ = try log.deleteRecords(before: 1)
        #expect(staying.count.load(ordering: .relaxed) == 2, "of the commit and of the start that moved")
        #expect(leaving.count.load(ordering: .relaxed) == 1)
    }

    @Test func readsKeepToTheirLimits() throws {
        let log = try makeLog { $0.segmentBytes = 1 << 20 }
        for number in 0..<10 { try append(log, "\(number)") }
        try flush(log)
        let all = try #require(try log.read(from: 0, bytesMax: 1 << 20, firstBatchBytesMax: .max).0)
        let size = all.count / 10
        #expect(all.count == size * 10, "batches of one size")
        func values(_ bytesMax: Int, from offset: Int64 = 0) throws -> [String?] {
            let slice = try #require(try log.read(from: offset, bytesMax: bytesMax, firstBatchBytesMax: .max).0)
            return try decodeBatches(try slice.bytes()).flatMap { $0.records }.map(\.text)
        }
        #expect(try values(1) == ["0"], "the first batch comes whole")
        #expect(try values(size * 3) == ["0", "1", "2"])
        #expect(try values(size * 3, from: 4) == ["4", "5", "6"])
        #expect(try values(1 << 20, from: 8) == ["8", "9"])
        let cut = try log.read(from: 0, bytesMax: 1, firstBatchBytesMax: size - 1).0
        #expect((cut?.count ?? 0) < size, "a first batch above its limit does not come whole")
        #expect(try log.read(from: 10, bytesMax: 100, firstBatchBytesMax: .max).0 == nil, "at the end there is nothing")
        for offset: Int64 in [-1, 11] {
            #expect(throws: LogError.offsetOutOfRange(offset: offset, start: 0, end: 10)) {
                try log.read(from: offset, bytesMax: 100, firstBatchBytesMax: .max)
            }
        }
    }

    @Test func batchesCarryTheLeaderEpochAndItEndsAtTheEnd() throws {
        let log = try makeLog()
        try append(log, "a")
        try append(log, "b")
        try flush(log)
        let slice = try #require(try log.read(from: 0, bytesMax: 1000, firstBatchBytesMax: .max).0)
        #expect(try decodeBatches(try slice.bytes()).map(\.header.leaderEpoch) == [3, 3])
        #expect(log.epoch(at: 1) == 3)
        #expect(try #require(log.epochEnd(of: 3)) == (3, 2))
        #expect(log.epochEnd(of: 2) == nil, "no batch is of an epoch at or below it")
    }

    @Test func truncationTakesTheCommittedOffsetDown() throws {
        let log = try makeLog()
        for value in ["a", "b", "c"] { try append(log, value) }
        try flush(log)
        try log.truncate(to: 1, nowMS: 0)
        #expect(log.extent == .init(logStartOffset: 0, committedOffset: 1, endOffset: 1))
        #expect(try log.checkpoint().recoveryPoint == 1)
        let outcome = try append(log, "x")
        #expect(outcome.baseOffset == 1)
        #expect(!log.whenCommitted(outcome.endOffset, Waiter()), "what takes the place is not durable yet")
        try flush(log)
        let slice = try #require(try log.read(from: 0, bytesMax: 1000, firstBatchBytesMax: .max).0)
        #expect(try decodeBatches(try slice.bytes()).flatMap { $0.records }.map(\.text) == ["a", "x"])
    }

    @Test func aTicketFromBeforeACutSaysNothing() throws {
        let log = try makeLog()
        for value in ["a", "b", "c"] { try append(log, value) }
        let ticket = try #require(log.beginFlush())
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

    /// What a log of the same name, made since, would suffer from.
    @Test func aDeletedLogTouchesNoFileAnyMore() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try makeLog(disk)
        for value in ["a", "b"] { try append(log, value) }
        try flush(log)
        let (_, removed) = try log.deleteRecords(before: 1)
        try append(log, "c")
        log.close()
        let before = disk.counters
        #expect(log.beginFlush() == nil)
        try log.discard(removed)
        #expect(try log.compact(nowMS: 0) == nil)
        #expect(throws: LogError.self) { try log.deleteRecords(before: 2) }
        #expect(throws: LogError.self) { try log.applyRetention(nowMS: .max) }
        #expect(throws: LogError.self) { try log.truncate(to: 1, nowMS: 0) }
        #expect(throws: LogError.self) { try log.read(from: 1, bytesMax: 1, firstBatchBytesMax: .max) }
        #expect(throws: LogError.self) { try log.search(fromTimeMS: 0) }
        #expect(disk.counters == before)
    }

    @Test func closingWaitsForWorkOnTheFiles() throws {
        let log = try makeLog()
        try append(log, "a")
        let ticket = try #require(log.beginFlush())
        let isClosed = Atomic<Bool>(false)
        let begun = ThreadSignal()
        let thread = WorkerThread(name: "closer") {
            begun.signal()
            log.close()
            isClosed.store(true, ordering: .releasing)
        }
        begun.wait()
        while log.beginFlush().map({ log.endFlush($0) }) != nil {}
        let isEarly = isClosed.load(ordering: .acquiring)
        #expect(!isEarly, "a flush is under way")
        try ticket.sync()
        log.endFlush(ticket)
        thread.join()
    }

    @Test func deletingUpToTheEndKeepsTheLogReadable() throws {
        let log = try makeLog()
        for number in 0..<30 { try append(log, "\(number)") }
        #expect(throws: LogError.self, "nothing is committed") { try log.deleteRecords(before: 10) }
        try flush(log)
        let (start, removed) = try log.deleteRecords(before: -1)
        #expect(start == 30)
        try log.discard(removed)
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

    /// A recovery point must not pass a batch whose epoch is not stored.
    @Test func epochsThatCouldNotBeStoredAreStoredWithTheNextCheckpoint() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try makeLog(disk)
        try append(log, "a")
        try flush(log)
        disk.failCall(1, of: .rename)
        #expect(throws: LogError.self) { try log.checkpoint() }
        #expect(disk.contents(of: "/logs/t-0/leader-epoch-checkpoint") == nil)
        #expect(try log.checkpoint().recoveryPoint == 1)
        #expect(disk.contents(of: "/logs/t-0/leader-epoch-checkpoint") == Array("0\n1\n3 0\n".utf8))
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
