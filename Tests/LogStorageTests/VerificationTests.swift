import TestSupport
import Testing

@testable import LogStorage

/// The offline check finds every kind of damage, names its place, and finds nothing in a sound directory.
@Suite struct VerificationTests {
    private static let log = "/srv/data/logs/orders-0/"
    private let name = LogName(topic: "orders", partition: 0)

    /// A directory with one log of 100 records over five segments and two epochs, cleanly left.
    private func makeDirectory(seed: UInt64 = 1) throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: seed)
        for start in 0..<2 {
            let directory = try LogDirectory(path: "/srv/data", disk: disk, makeClusterID: { "id" }, processID: 1)
            var configuration = LogConfiguration()
            configuration.segmentBytes = 4096
            configuration.indexIntervalBytes = 200
            let log = try directory.openLog(name, configuration: configuration, isNew: start == 0, nowMS: 1000)
            for _ in 0..<50 {
                let number = log.endOffset
                let codec = CompressionCodec.allCases[Int(number) % 5]
                try log.append(
                    clientBatch(
                        [record("\(number)", key: String(repeating: "k", count: 100), timestampMS: 1000 + number)],
                        codec: codec, producerID: 1, sequence: Int32(number)), leaderEpoch: directory.leaderEpoch)
            }
            try log.flush()
            try log.storeDerived(isLast: true)
            try directory.store([name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: 0)])
        }
        return disk
    }

    private func verify(_ disk: SimulatedDisk) throws -> VerificationReport {
        var verifier = LogVerifier(path: "/srv/data", disk: disk)
        return try verifier.run()
    }

    private func segments(_ disk: SimulatedDisk) throws -> [String] {
        try disk.list(VerificationTests.log).filter { $0.hasSuffix(".log") }.sorted().map { VerificationTests.log + $0 }
    }

    @Test func aSoundDirectoryHasNoFindings() throws {
        let disk = try makeDirectory()
        let before = disk.counters.writes
        let report = try verify(disk)
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.isSound && report.logCount == 1 && report.batchCount == 100 && report.recordCount == 100)
        #expect(report.segmentCount == (try segments(disk).count) && report.segmentCount > 2)
        #expect(disk.counters.writes == before, "it changes nothing")
    }

    @Test func everyFlippedBitOfARecordIsFound() throws {
        let disk = try makeDirectory()
        let segment = try segments(disk)[1]
        let bytes = try #require(disk.contents(of: segment))
        for position in stride(from: 0, to: bytes.count, by: 7) {
            disk.edit(segment) {
                $0 = bytes
                $0[position] ^= 0x10
            }
            let report = try verify(disk)
            // Neither the leader epoch nor a base offset that still rises is under the CRC; the indexes may tell.
            #expect(!report.findings.isEmpty || report.batchCount == 100, "byte \(position)")
            if report.isSound { #expect(report.batchCount == 100, "byte \(position)") }
        }
        disk.edit(segment) { $0 = bytes }
        #expect(try verify(disk).findings.isEmpty)
    }

    @Test func aTornTailIsANoticeAndALostTailIsDamage() throws {
        let disk = try makeDirectory()
        let last = try #require(try segments(disk).last)
        disk.edit(last) { $0 += [1, 2, 3] }
        var report = try verify(disk)
        #expect(report.isSound && report.findings.map(\.severity) == [.notice])
        disk.edit(last) { $0.removeLast(10) }
        report = try verify(disk)
        #expect(!report.isSound)
        #expect(report.findings.contains { $0.reason.contains("durable up to 100") })
    }

    @Test func wrongIndexesAreDerivedFindings() throws {
        let disk = try makeDirectory()
        let segment = String(try segments(disk)[1].dropLast(3))
        for kind in ["index", "timeindex"] {
            let bytes = try #require(disk.contents(of: segment + kind))
            for damage in 0..<3 {
                switch damage {
                case 0: try disk.removeFile(segment + kind)
                case 1: disk.edit(segment + kind) { $0.removeLast() }
                default: disk.edit(segment + kind) { $0[$0.count - 9] ^= 1 }
                }
                let report = try verify(disk)
                #expect(report.isSound && report.findings.contains { $0.severity == .derived }, "\(kind), damage \(damage)")
                #expect(report.findings.allSatisfy { $0.path.hasSuffix(kind) }, "\(report.findings)")
                _ = try disk.open(segment + kind, creating: true)
                disk.edit(segment + kind) { $0 = bytes }
            }
        }
        #expect(try verify(disk).findings.isEmpty)
    }

    @Test func otherFilesAreChecked() throws {
        let disk = try makeDirectory()
        let snapshot = try #require(
            try disk.list(VerificationTests.log).filter { $0.hasSuffix(".snapshot") }.sorted().last)
        disk.edit(VerificationTests.log + snapshot) { $0[5] ^= 1 }
        disk.edit(VerificationTests.log + "leader-epoch-checkpoint") { $0 = Array("0\n1\n1 0\n".utf8) }
        _ = try disk.open(VerificationTests.log + "00000000000000000000.log.cleaned", creating: true)
        _ = try disk.open(VerificationTests.log + "notes.txt", creating: true)
        disk.edit("/srv/data/logs/recovery-point-offset-checkpoint") { $0 = Array("what\n".utf8) }
        let report = try verify(disk)
        for part in [snapshot, "leader-epoch-checkpoint", "log.cleaned", "notes.txt"] {
            #expect(report.findings.contains { $0.path.hasSuffix(part) }, "\(part)")
        }
        #expect(report.findings.contains { $0.reason.contains("recovery-point-offset-checkpoint") })
        #expect(report.isSound)
    }

    @Test func whatIsNoDataDirectoryIsRefused() throws {
        let disk = SimulatedDisk(seed: 1)
        try disk.createDirectory("/srv/data")
        #expect(throws: LogDirectoryError.self) { try verify(disk) }
    }

    @Test func progressReachesTheEnd() throws {
        let disk = SimulatedDisk(seed: 1)
        let directory = try LogDirectory(path: "/srv/data", disk: disk, makeClusterID: { "id" }, processID: 1)
        let log = try directory.openLog(name, configuration: LogConfiguration(), isNew: true, nowMS: 1000)
        let value = String(repeating: "v", count: 500_000)
        for _ in 0..<10 { try log.append(clientBatch([record(value)])) }
        try log.flush()
        var steps: [VerificationProgress] = []
        var verifier = LogVerifier(path: "/srv/data", disk: disk) { steps.append($0) }
        let report = try verifier.run()
        #expect(steps.count >= 3 && steps.allSatisfy { $0.bytesTotal == report.byteCount })
        #expect(steps.map(\.bytesDone) == steps.map(\.bytesDone).sorted())
    }
}
