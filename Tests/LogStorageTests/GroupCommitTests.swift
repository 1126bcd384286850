import Synchronization
import TestSupport
import Testing

@testable import LogStorage

/// One sync for many appends, whoever waits for them.
@Suite struct GroupCommitTests {
    /// A log behind a lock, as `ReplicatedLog` is; counts what was reported as durable.
    private final class Target: FlushTarget {
        let log: Mutex<SegmentedLog>
        let durableOffset = Atomic<Int64>(0)
        let flushCount = Atomic<Int>(0)

        init(_ log: sending SegmentedLog) { self.log = Mutex(log) }

        func beginFlush() -> FlushTicket? { log.withLock { $0.beginFlush() } }

        func endFlush(_ ticket: FlushTicket) {
            durableOffset.store(ticket.end.offset, ordering: .releasing)
            flushCount.add(1, ordering: .relaxed)
        }

        func append() throws { try log.withLock { log in _ = try log.append(clientBatch([record("x")])) } }
    }

    private func makeTargets(_ count: Int, on disk: SimulatedDisk) throws -> [Target] {
        try (0..<count).map { number in
            let log = try SegmentedLog.open(
                directory: "/logs/t-\(number)", disk: disk, configuration: LogConfiguration(), nowMS: 0)
            try log.flush()
            return Target(log)
        }
    }

    @Test(arguments: [1, 3, 40])
    func allThatWasScheduledIsDurableWhenTheThreadEnds(count: Int) throws {
        let disk = SimulatedDisk(seed: 1)
        let targets = try makeTargets(count, on: disk)
        let before = disk.counters.syncs
        let groupCommit = GroupCommit(disk: disk) { error in Issue.record("\(error)") }
        for target in targets {
            for _ in 0..<10 {
                try target.append()
                groupCommit.schedule(target)
            }
        }
        groupCommit.start()
        groupCommit.stop()
        for target in targets { #expect(target.durableOffset.load(ordering: .acquiring) == 10) }
        #expect(disk.counters.syncs - before == (count < 8 ? count : 1), "one sync for all, whatever their number")
        let crashed = disk.crash()
        for number in 0..<count {
            let log = try SegmentedLog.open(
                directory: "/logs/t-\(number)", disk: crashed, configuration: LogConfiguration(), nowMS: 0)
            #expect(log.endOffset == 10)
        }
    }

    @Test(arguments: [SimulatedDisk.Operation.sync, .syncVolume])
    func afterAFailedSyncNothingIsReportedAsDurable(operation: SimulatedDisk.Operation) throws {
        let disk = SimulatedDisk(seed: 1)
        let targets = try makeTargets(operation == .sync ? 1 : 20, on: disk)
        let failures = Mutex<[DiskError]>([])
        let groupCommit = GroupCommit(disk: disk) { error in failures.withLock { $0.append(error) } }
        disk.failCall(1, of: operation)
        for target in targets {
            try target.append()
            groupCommit.schedule(target)
        }
        groupCommit.start()
        groupCommit.stop()
        #expect(failures.withLock { $0.map(\.operation) } == [operation.rawValue])
        for target in targets { #expect(target.flushCount.load(ordering: .relaxed) == 0) }
    }
}
