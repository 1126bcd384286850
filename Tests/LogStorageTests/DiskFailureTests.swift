import Glibc
import TestSupport
import Testing

@testable import LogStorage

/// Every disk call fails once in turn, with every error: nothing acknowledged is lost, nothing crashes, and the error
/// names the call.
@Suite struct DiskFailureTests {
    /// A life of a log: open, append over several segments, flush, store, delete, compact its start. Returns the
    /// number of records that were acknowledged, and the error that ended it.
    private func live(_ disk: SimulatedDisk, _ acknowledged: inout Int, start: inout Int64) -> (any Error)? {
        do {
            let directory = try LogDirectory(path: "/data", disk: disk, makeClusterID: { "id" }, processID: 1)
            var configuration = LogConfiguration()
            configuration.segmentBytes = 2048
            configuration.indexIntervalBytes = 200
            let name = LogName(topic: "orders", partition: 0)
            let isNew = try !directory.names().contains(name) && acknowledged == 0
            let log = try directory.openLog(name, configuration: configuration, isNew: isNew, nowMS: 1000)
            for round in 0..<4 {
                for _ in 0..<8 {
                    let number = log.endOffset
                    do {
                        try log.append(
                            clientBatch(
                                [record("\(number)", key: String(repeating: "k", count: 80))], producerID: 1,
                                sequence: Int32(number)))
                    } catch let error as LogError {
                        // A failed append leaves the log as it was: the client tries again.
                        guard case .disk = error, log.endOffset == number else { throw error }
                        try log.append(
                            clientBatch(
                                [record("\(number)", key: String(repeating: "k", count: 80))], producerID: 1,
                                sequence: Int32(number)))
                    }
                }
                try log.flush()
                acknowledged = Int(log.endOffset)
                try log.storeDerived(isLast: round % 2 == 1)
                if round == 2 {
                    let removed = try log.deleteRecords(before: log.endOffset - 12, limit: log.endOffset)
                    try directory.store(
                        [name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: log.logStartOffset)])
                    start = log.logStartOffset
                    try removed.discard()
                } else {
                    try directory.store(
                        [name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: log.logStartOffset)])
                }
            }
            return nil
        } catch {
            return error
        }
    }

    private func diskError(_ error: any Error) -> DiskError? {
        if case .disk(let inner)? = error as? LogError { return inner }
        if case .disk(let inner)? = error as? LogDirectoryError { return inner }
        return error as? DiskError
    }

    @Test(arguments: [EIO, ENOSPC, EMFILE])
    func everyCallMayFail(code: CInt) throws {
        var calls = 1
        while true {
            let disk = SimulatedDisk(seed: UInt64(calls))
            var acknowledged = 0
            var start: Int64 = 0
            disk.failCall(calls, code: code)
            let error = live(disk, &acknowledged, start: &start)
            let hasStruck = disk.counters.calls >= calls
            if let error {
                #expect(diskError(error)?.code == code, "call \(calls): \(error)")
            }
            try check(disk.crash(), acknowledged: acknowledged, start: start, "call \(calls), code \(code)")
            if !hasStruck { break }
            calls += 1
        }
        #expect(calls > 150, "the life has \(calls) calls")
    }

    @Test func everyCallOfARecoveryMayFail() throws {
        for seed in UInt64(0)..<4 {
            var calls = 1
            while true {
                let disk = SimulatedDisk(seed: seed)
                var acknowledged = 0
                var start: Int64 = 0
                disk.failCall(150 + 40 * Int(seed), persistently: true)
                _ = live(disk, &acknowledged, start: &start)
                let crashed = disk.crash()
                let before = crashed.counters.calls
                crashed.failCall(calls, persistently: true)
                _ = live(crashed, &acknowledged, start: &start)
                let hasStruck = crashed.counters.calls - before >= calls
                try check(crashed.crash(), acknowledged: acknowledged, start: start, "seed \(seed), call \(calls)")
                if !hasStruck || calls > 120 { break }
                calls += 1
            }
            #expect(calls > 30)
        }
    }

    private func check(_ disk: SimulatedDisk, acknowledged: Int, start: Int64, _ place: String) throws {
        let directory = try LogDirectory(path: "/data", disk: disk, makeClusterID: { "id" }, processID: 1)
        let name = LogName(topic: "orders", partition: 0)
        let log = try directory.openLog(
            name, configuration: LogConfiguration(), isNew: !directory.names().contains(name), nowMS: 1000)
        #expect(!log.damages.contains { $0.kind == .rot }, "\(place): \(log.damages)")
        #expect(log.logStartOffset >= start, "\(place)")
        #expect(log.endOffset >= Int64(acknowledged), "\(place)")
        let records = try log.readAll(from: log.logStartOffset)
        let texts = records.compactMap(\.text)
        #expect(texts == numbers(Int(log.logStartOffset)..<Int(log.logStartOffset) + texts.count), "\(place)")
        #expect(log.logStartOffset + Int64(texts.count) >= Int64(acknowledged), "\(place)")
    }

    @Test func aFullDiskRefusesAndRecovers() throws {
        let fixture = try LogFixture { $0.segmentBytes = 2048 }
        fixture.disk.setSpaceLeft(bytes: 3000)
        for _ in 0..<5 {
            let error = #expect(throws: LogError.self) { try fixture.fill(1000) }
            if case .disk(let error)? = error { #expect(error.isOutOfSpace) } else { Issue.record("\(error as Any)") }
        }
        let count = Int(fixture.log.endOffset)
        #expect(count > 10)
        fixture.disk.setSpaceLeft(bytes: nil)
        try fixture.fill(3)
        #expect(try fixture.values() == numbers(0..<count + 3))
        try fixture.log.flush()
        try fixture.reopen(crashing: true)
        #expect(try fixture.values() == numbers(0..<count + 3))
    }

    @Test func aWriteThatCannotBeUndoneTakesTheLogOffline() throws {
        let fixture = try LogFixture()
        try fixture.fill(3)
        fixture.disk.failCall(1, of: .write)
        fixture.disk.failCall(1, of: .truncate)
        for _ in 0..<2 {
            let error = #expect(throws: LogError.self) { try fixture.fill(1) }
            if case .offline? = error {} else { Issue.record("\(error as Any)") }
        }
        #expect(try fixture.values() == numbers(0..<3))
    }
}
