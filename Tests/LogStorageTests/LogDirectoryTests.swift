import Glibc
import TestSupport
import Testing

@testable import LogStorage

/// The data directory: one process, one format, one epoch a start, and checkpoints that belong to their log.
@Suite struct LogDirectoryTests {
    private let name = LogName(topic: "orders", partition: 0)

    private func open(_ disk: any Disk, _ path: String = "/srv/data", id: String = "id") throws -> LogDirectory {
        try LogDirectory(path: path, disk: disk, makeClusterID: { id }, processID: 42)
    }

    private func openLog(_ directory: LogDirectory, isNew: Bool = false) throws -> SegmentedLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 4096
        return try directory.openLog(name, configuration: configuration, isNew: isNew, nowMS: 1000)
    }

    @Test func identityStaysAndTheEpochRises() throws {
        let disk = SimulatedDisk(seed: 1)
        for epoch in Int32(0)..<4 {
            let directory = try open(disk, id: "id-\(epoch)")
            #expect(directory.leaderEpoch == epoch && directory.clusterID == "id-0")
            #expect(directory.warnings.isEmpty)
        }
    }

    @Test func aRealDirectoryIsLockedAgainstASecondProcess() throws {
        let path = "/tmp/log-directory-tests-\(getpid())"
        let disk = POSIXDisk()
        defer { try? disk.removeTree(path) }
        do {
            let first = try open(disk, path + "/deep/data")
            #expect(throws: LogDirectoryError.locked(path: path + "/deep/data", pid: "42")) {
                _ = try open(disk, path + "/deep/data")
            }
            #expect(first.leaderEpoch == 0)
        }
        #expect(try open(disk, path + "/deep/data").leaderEpoch == 1, "the lock goes with its holder")
    }

    @Test func foreignDirectoriesAreRefusedUntouched() throws {
        let disk = SimulatedDisk(seed: 1)
        try disk.createDirectory("/srv/data")
        _ = try disk.open("/srv/data/precious.txt", creating: true)
        let error = #expect(throws: LogDirectoryError.self) { _ = try open(disk) }
        #expect(error?.description.contains("precious.txt") == true)
        #expect(try disk.list("/srv/data") == ["precious.txt"])

        try disk.removeFile("/srv/data/precious.txt")
        try disk.createDirectory("/srv/data/lost+found")
        _ = try open(disk)
        disk.edit("/srv/data/meta.properties") { $0 = Array("format=99\ncluster.id=x\n".utf8) }
        let newer = #expect(throws: LogDirectoryError.self) { _ = try open(disk) }
        #expect(newer?.description.contains("format 99") == true)
        disk.edit("/srv/data/meta.properties") { $0 = [0, 1, 2] }
        #expect(throws: LogDirectoryError.self) { _ = try open(disk) }
    }

    @Test func aFirstStartMayBeCutShortAnywhere() throws {
        for call in 1..<40 {
            for seed in UInt64(0)..<8 {
                let disk = SimulatedDisk(seed: seed)
                disk.failCall(call, code: EIO, persistently: true)
                let hasStarted = (try? open(disk)) != nil
                let next = disk.crash()
                let directory = try open(next, id: "second")
                #expect(!hasStarted || directory.leaderEpoch == 1, "call \(call), seed \(seed)")
            }
        }
    }

    @Test func acknowledgedRecordsOfANewDirectorySurviveTheFirstCrash() throws {
        for seed in UInt64(0)..<60 {
            let disk = SimulatedDisk(seed: seed)
            let log = try openLog(try open(disk, "/a/b/c/data"), isNew: true)
            try log.append(clientBatch([record("x")]))
            try log.flush()
            let again = try openLog(try open(disk.crash(), "/a/b/c/data"))
            #expect(try again.readAll().compactMap(\.text) == ["x"], "seed \(seed)")
        }
    }

    /// A process that is killed before its first checkpoint leaves batches of an epoch that no file knows.
    @Test func epochsLearntByRecoveryAreStoredBeforeACheckpointCanPassThem() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try openLog(try open(disk), isNew: true)
        try log.append(clientBatch([record("x")]), leaderEpoch: 7)
        let path = "/srv/data/logs/orders-0/leader-epoch-checkpoint"
        #expect(disk.contents(of: path) == nil)
        _ = try openLog(try open(disk))
        #expect(disk.contents(of: path) == Array("0\n1\n7 0\n".utf8))
        #expect(!disk.hasUnsyncedChanges(path))
    }

    @Test func checkpointsAreReadBack() throws {
        let disk = SimulatedDisk(seed: 1)
        let directory = try open(disk)
        let log = try openLog(directory, isNew: true)
        for number in 0..<50 {
            try log.append(clientBatch([record("\(number)", key: String(repeating: "k", count: 100))]))
        }
        try log.flush()
        let removed = try log.deleteRecords(before: 30, limit: 50)
        try directory.store([name: LogCheckpoint(recoveryPoint: 50, logStartOffset: 30, firstDirtyOffset: 40)])
        try removed.discard()
        #expect(
            disk.contents(of: "/srv/data/logs/recovery-point-offset-checkpoint") == Array("0\n1\norders 0 50\n".utf8))
        #expect(disk.contents(of: "/srv/data/logs/log-start-offset-checkpoint") == Array("0\n1\norders 0 30\n".utf8))
        #expect(disk.contents(of: "/srv/data/logs/cleaner-offset-checkpoint") == Array("0\n1\norders 0 40\n".utf8))
        let again = try openLog(try open(disk.crash()))
        #expect(again.logStartOffset == 30 && again.endOffset == 50 && again.firstDirtyOffset == 40)
        #expect(again.damages.isEmpty)
    }

    @Test func aTopicCreatedAgainTakesNothingFromTheOldOne() throws {
        for seed in UInt64(0)..<30 {
            let disk = SimulatedDisk(seed: seed)
            let directory = try open(disk)
            let log = try openLog(directory, isNew: true)
            for _ in 0..<20 {
                try log.append(clientBatch([record("old")], producerID: 1, sequence: Int32(log.endOffset)))
            }
            try log.flush()
            try log.storeDerived(isLast: true)
            try directory.store([name: LogCheckpoint(recoveryPoint: 20, logStartOffset: 5)])
            try directory.removeLog(name)
            var current = disk
            if seed % 2 == 0 { current = disk.crash() }
            let second = seed % 2 == 0 ? try open(current) : directory
            #expect(try second.names().isEmpty)
            let again = try openLog(second, isNew: true)
            #expect(again.logStartOffset == 0 && again.endOffset == 0 && again.producerCount == 0)
            #expect(again.damages.isEmpty)
            try again.append(clientBatch([record("new")]))
            try again.flush()
            let third = try openLog(try open(current.crash()))
            #expect(try third.readAll().compactMap(\.text) == ["new"], "seed \(seed)")
        }
    }

    @Test func aDeletionCutShortIsFinishedAtTheNextStart() throws {
        for seed in UInt64(0)..<30 {
            for call in 1..<12 {
                let disk = SimulatedDisk(seed: seed)
                let directory = try open(disk)
                let log = try openLog(directory, isNew: true)
                try log.append(clientBatch([record("old")]))
                try log.flush()
                disk.failCall(call, persistently: true)
                try? directory.removeLog(name)
                let next = try open(disk.crash())
                #expect(try next.disk.list("/srv/data/logs").allSatisfy { !$0.hasSuffix(".deleted") })
                if try next.names() == [name] {
                    let values = try openLog(next).readAll().compactMap(\.text)
                    #expect(values == ["old"], "all or nothing: seed \(seed), call \(call)")
                }
            }
        }
    }

    @Test func aGarbageCheckpointIsReportedAndTheLogCheckedInFull() throws {
        for garbage in [
            "", "0\n5\norders 0 1\n", "7\n1\norders 0 1\n", "\u{0}\u{0}\u{0}", "0\n1\norders zero 1\n",
            "0\n1\norders 0 -4\n",
        ] {
            let disk = SimulatedDisk(seed: 1)
            let directory = try open(disk)
            let log = try openLog(directory, isNew: true)
            for _ in 0..<20 { try log.append(clientBatch([record("x")])) }
            try log.flush()
            try directory.store([name: LogCheckpoint(recoveryPoint: 20, logStartOffset: 0)])
            for file in [
                "recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "cleaner-offset-checkpoint",
            ] {
                disk.edit("/srv/data/logs/" + file) { $0 = Array(garbage.utf8) }
            }
            let next = try open(disk)
            #expect(next.warnings.count == 3, "\(garbage.debugDescription)")
            let again = try openLog(next)
            #expect(again.endOffset == 20 && again.damages.isEmpty)
        }
    }

    @Test func logNamesComeFromDirectoryNames() {
        #expect(LogName(directoryName: "a-b-12") == LogName(topic: "a-b", partition: 12))
        for other in ["orders", "-1", "orders-", "orders-x", "orders-0.deleted", "orders--1x", ""] {
            #expect(LogName(directoryName: other) == nil, "\(other)")
        }
    }
}
