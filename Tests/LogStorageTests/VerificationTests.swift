import TestSupport
import Testing

@testable import LogStorage

/// The offline check finds every kind of damage, names its place and what to do, and finds nothing in a sound directory.
@Suite struct VerificationTests {
    private static let log = "/srv/data/logs/orders-0/"
    private let name = LogName(topic: "orders", partition: 0)

    /// A directory with one log of 100 records in 100 batches, over several segments and two epochs, cleanly left; what
    /// the checkpoint says of it may be less.
    private func makeDirectory(recoveryPoint: Int64 = 100) throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: 1)
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
            try directory.store([
                name: LogCheckpoint(recoveryPoint: min(log.endOffset, recoveryPoint), logStartOffset: 0)
            ])
        }
        return disk
    }

    private func verify(_ disk: SimulatedDisk) throws -> VerificationReport {
        var verifier = try LogVerifier(path: "/srv/data", disk: disk)
        return try verifier.run()
    }

    private func segments(_ disk: SimulatedDisk) throws -> [String] {
        try disk.list(VerificationTests.log).filter { $0.hasSuffix(".log") }.sorted().map { VerificationTests.log + $0 }
    }

    /// Positions of the batches of a segment.
    private func positions(_ bytes: [UInt8]) -> [Int] {
        var positions: [Int] = []
        var position = 0
        while position + RecordBatchLayout.records <= bytes.count {
            positions.append(position)
            position += bytes.withUnsafeBytes {
                RecordBatchHeader(UnsafeRawBufferPointer(rebasing: $0[position...])).sizeBytes
            }
        }
        return positions
    }

    // MARK: Sound

    @Test func aSoundDirectoryHasNoFindings() throws {
        let disk = try makeDirectory()
        let before = disk.counters
        let report = try verify(disk)
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.isSound && report.logCount == 1 && report.batchCount == 100 && report.recordCount == 100)
        #expect(report.segmentCount == (try segments(disk).count) && report.segmentCount > 2)
        #expect(report.endOffsets == [name: 100])
        let after = disk.counters
        #expect(after.writes == before.writes && after.syncs == before.syncs, "it changes nothing")
    }

    @Test func progressReachesTheEnd() throws {
        let disk = SimulatedDisk(seed: 1)
        let directory = try LogDirectory(path: "/srv/data", disk: disk, makeClusterID: { "id" }, processID: 1)
        let log = try directory.openLog(name, configuration: LogConfiguration(), isNew: true, nowMS: 1000)
        let value = String(repeating: "v", count: 500_000)
        for _ in 0..<10 { try log.append(clientBatch([record(value)])) }
        try log.flush()
        var steps: [VerificationProgress] = []
        var verifier = try LogVerifier(path: "/srv/data", disk: disk) { steps.append($0) }
        let report = try verifier.run()
        #expect(steps.count >= 3 && steps.allSatisfy { $0.bytesTotal == report.byteCount })
        #expect(steps.map(\.bytesDone) == steps.map(\.bytesDone).sorted())
        #expect((steps.last?.bytesDone ?? 0) > report.byteCount - (2 << 20))
    }

    // MARK: Batches

    @Test func everyFlippedBitIsFound() throws {
        let disk = try makeDirectory()
        let segment = try segments(disk)[1]
        let bytes = try #require(disk.contents(of: segment))
        let starts = positions(bytes)
        #expect(starts.count > 5)
        for position in stride(from: 0, to: bytes.count, by: 3) {
            disk.edit(segment) {
                $0 = bytes
                $0[position] ^= 1 << UInt8(position % 8)
            }
            let report = try verify(disk)
            #expect(!report.isSound, "byte \(position)")
            let start = starts.last { $0 <= position } ?? 0
            // Offset and epoch lie outside the CRC: what follows shows them to be wrong.
            guard position - start >= 16 else { continue }
            let finding = try #require(report.findings.first { $0.severity == .damage }, "byte \(position)")
            #expect(finding.path == segment && finding.position == start, "byte \(position): \(finding)")
            #expect(finding.remedy.contains("copy") && report.batchCount == 99, "byte \(position): \(finding)")
        }
        disk.edit(segment) { $0 = bytes }
        #expect(try verify(disk).findings.isEmpty)
    }

    @Test func severalBadPlacesAreListedEach() throws {
        let disk = try makeDirectory()
        let segment = try segments(disk)[0]
        let starts = positions(try #require(disk.contents(of: segment)))
        disk.edit(segment) { for index in [2, 5, 8] { $0[starts[index] + 70] ^= 1 } }
        let report = try verify(disk)
        let places = report.findings.map { $0.position }
        #expect(places == [starts[2], starts[5], starts[8]], "\(report.findings)")
    }

    @Test func aTornTailIsANoticeAndALostTailIsDamage() throws {
        let disk = try makeDirectory()
        let last = try #require(try segments(disk).last)
        let size = try #require(disk.contents(of: last)).count
        disk.edit(last) { $0 += [1, 2, 3] }
        var report = try verify(disk)
        #expect(report.isSound && report.findings.map(\.severity) == [.notice])
        #expect(report.findings.first?.position == size && report.findings.first?.path == last)
        disk.edit(last) { $0.removeLast(10) }
        report = try verify(disk)
        #expect(!report.isSound && report.endOffsets == [name: 99])
        #expect(report.findings.contains { $0.reason.contains("durable up to 100") })
    }

    /// Above the recovery point nobody can tell rot from an unfinished write: it says what the next start will do.
    @Test func aBadPlaceAboveTheRecoveryPointIsWhatRecoveryQuarantines() throws {
        let disk = try makeDirectory(recoveryPoint: 60)
        #expect(try verify(disk).findings.isEmpty)
        let last = try #require(try segments(disk).last)
        let base = try #require(Segment.baseOffset(ofName: String(last.split(separator: "/").last ?? ""), kind: "log"))
        #expect(base > 60)
        disk.edit(last) { $0[RecordBatchLayout.records + 5] ^= 4 }
        let finding = try #require(try verify(disk).findings.first { $0.severity == .damage })
        #expect(finding.path == last && finding.position == 0 && finding.remedy.contains(".quarantine"))

        let directory = try LogDirectory(path: "/srv/data", disk: disk, makeClusterID: { "id" }, processID: 1)
        let log = try directory.openLog(name, configuration: LogConfiguration(), isNew: false, nowMS: 1000)
        #expect(log.damages.contains { if case .quarantined = $0.kind { true } else { false } })
        let report = try verify(disk)
        #expect(report.isSound, "the gap is accounted for by the file that was kept: \(report.findings)")
        #expect(report.findings.contains { $0.path.hasSuffix(".quarantine") })
    }

    @Test func aMissingSegmentIsAGap() throws {
        let disk = try makeDirectory()
        let names = try segments(disk)
        let bytes = try #require(disk.contents(of: names[1]))
        try disk.removeFile(names[1])
        var report = try verify(disk)
        #expect(!report.isSound)
        let finding = try #require(report.findings.first { $0.reason.contains("are missing") })
        #expect(finding.path == names[2] && finding.severity == .damage)

        _ = try disk.open(names[1], creating: true)
        disk.edit(names[1]) { $0 = bytes }
        #expect(try verify(disk).findings.isEmpty)
        try disk.removeFile(names[0])
        report = try verify(disk)
        #expect(report.findings.contains { $0.path == names[1] && $0.reason.hasPrefix("offsets 0 to") })
    }

    /// Offsets that a crash took before they were durable stay unused if a later segment had begun: nothing is lost.
    @Test func aGapThatARecoveryLeftIsNoDamage() throws {
        let disk = try makeDirectory()
        let names = try segments(disk)
        try disk.removeFile(names[1])
        #expect(try verify(disk).isSound == false)
        let base = try #require(
            Segment.baseOffset(ofName: String(names[2].split(separator: "/").last ?? ""), kind: "log"))
        // A start has an epoch of its own, and here it began with this segment.
        disk.edit(VerificationTests.log + "leader-epoch-checkpoint") { $0 = Array("0\n2\n0 0\n1 \(base)\n".utf8) }
        let finding = try #require(try verify(disk).findings.first { $0.reason.contains("are missing") })
        #expect(finding.path == names[2] && finding.severity == .notice)
    }

    @Test func recordsThatDoNotFitTheirBatchAreDamage() throws {
        let disk = try makeDirectory()
        let segment = try segments(disk)[1]
        let starts = positions(try #require(disk.contents(of: segment)))
        // One record more than there are, under a CRC that is right.
        disk.edit(segment) {
            $0[starts[3] + RecordBatchLayout.records - 1] += 1
            let crc = $0[starts[3]..<starts[4]].withUnsafeBytes { CRC32C.ofBatch($0) }
            for index in 0..<4 {
                $0[starts[3] + RecordBatchLayout.crc + index] = UInt8(
                    truncatingIfNeeded: crc >> (24 - 8 * UInt32(index)))
            }
        }
        let report = try verify(disk)
        #expect(report.findings.map(\.position) == [starts[3]] && !report.isSound, "\(report.findings)")
    }

    @Test func bytesThatTheDeviceCannotReadAreFoundToo() throws {
        let disk = try makeDirectory()
        var number = 0
        var findings = 0
        while true {
            number += 1
            disk.failCall(number, of: .read)
            do {
                let report = try verify(disk)
                if disk.hasPlannedFaults { break }
                #expect(!report.isSound, "read \(number)")
                #expect(report.findings.contains { $0.reason.contains("cannot read") }, "read \(number)")
                findings += 1
            } catch LogDirectoryError.disk(let error) {
                #expect(error.code == 5, "read \(number)")
            }
        }
        #expect(findings >= (try segments(disk).count), "each segment is read at least once")
    }

    // MARK: Other files

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
                // One that is gone is made when it is needed; one that is wrong may lead readers astray.
                let expected: VerificationFinding.Severity = damage == 0 ? .notice : .derived
                #expect(report.findings.allSatisfy { $0.path == segment + kind }, "\(report.findings)")
                #expect(report.findings.first?.severity == expected, "\(kind), damage \(damage): \(report.findings)")
                #expect(report.isSound == (damage == 0))
                _ = try disk.open(segment + kind, creating: true)
                disk.edit(segment + kind) { $0 = bytes }
            }
        }
        #expect(try verify(disk).findings.isEmpty)
    }

    @Test func anIndexEntryThatPointsIntoABatchIsFound() throws {
        let disk = try makeDirectory()
        let segment = try segments(disk)[1]
        let index = segment.dropLast(3) + "index"
        let starts = Set(positions(try #require(disk.contents(of: segment))))
        disk.edit(String(index)) { $0[15] &+= 1 }
        let report = try verify(disk)
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1 && finding.path == index && !report.isSound, "\(report.findings)")
        let entry = try #require(disk.contents(of: String(index)))[12..<16].reduce(0) { $0 << 8 | Int($1) }
        #expect(!starts.contains(entry) && finding.reason.contains("points to byte \(entry)"))
        #expect(finding.remedy.contains("delete the file"))
    }

    @Test func aBadSnapshotAndBadEpochsAreDerivedFindings() throws {
        let disk = try makeDirectory()
        let snapshot = try #require(
            try disk.list(VerificationTests.log).filter { $0.hasSuffix(".snapshot") }.sorted().first)
        disk.edit(VerificationTests.log + snapshot) { $0[5] ^= 1 }
        disk.edit(VerificationTests.log + "leader-epoch-checkpoint") { $0 = Array("0\n1\n1 0\n".utf8) }
        let report = try verify(disk)
        #expect(!report.isSound && report.findings.allSatisfy { $0.severity == .derived }, "\(report.findings)")
        #expect(
            report.findings.map { $0.path.split(separator: "/").last ?? "" }.sorted()
                == [Substring(snapshot), "leader-epoch-checkpoint"].sorted())
    }

    @Test(arguments: [
        ("recovery-point-offset-checkpoint", VerificationFinding.Severity.damage),
        ("log-start-offset-checkpoint", .damage), ("cleaner-offset-checkpoint", .derived),
    ])
    func aBadCheckpointIsFound(_ file: String, _ severity: VerificationFinding.Severity) throws {
        let disk = try makeDirectory()
        let path = "/srv/data/logs/" + file
        _ = try disk.open(path, creating: true)
        for text in ["what\n", "0\n2\norders 0 7\n", "0\n1\norders zero 7\n"] {
            disk.edit(path) { $0 = Array(text.utf8) }
            let report = try verify(disk)
            #expect(report.findings.map(\.path) == [path] && report.findings.first?.severity == severity, "\(text)")
            #expect(!report.isSound)
        }
    }

    @Test func theStartsEpochIsChecked() throws {
        let disk = try makeDirectory()
        disk.edit("/srv/data/leader-epoch") { $0 = Array("x".utf8) }
        #expect(try verify(disk).findings.map(\.path) == ["/srv/data/leader-epoch"])
        try disk.removeFile("/srv/data/leader-epoch")
        #expect(try verify(disk).isSound == false)
    }

    @Test func whatIsLeftOfUnfinishedWorkIsANotice() throws {
        let disk = try makeDirectory()
        let names = ["00000000000000000000.log.cleaned", "00000000000000000000.log.7.quarantine", "notes.txt"]
        for name in names { _ = try disk.open(VerificationTests.log + name, creating: true) }
        try disk.createDirectory("/srv/data/logs/gone-0.deleted")
        let report = try verify(disk)
        #expect(report.isSound && report.findings.count == names.count + 1)
        for part in names + ["gone-0.deleted"] {
            #expect(report.findings.contains { $0.path.hasSuffix(part) && $0.severity == .notice }, "\(part)")
        }
    }

    @Test func aLogWithoutItsDirectoryIsNamed() throws {
        let disk = try makeDirectory()
        try disk.removeTree(String(VerificationTests.log.dropLast()))
        let report = try verify(disk)
        #expect(report.logCount == 0 && report.logsWithoutDirectory == [name])
    }

    // MARK: Refusals

    @Test func whatIsNoDataDirectoryIsRefused() throws {
        let disk = SimulatedDisk(seed: 1)
        #expect(throws: LogDirectoryError.self, "nothing is there") { try verify(disk) }
        try disk.createDirectory("/srv/data")
        #expect(throws: LogDirectoryError.self, "no meta.properties") { try verify(disk) }
        _ = try disk.open("/srv/data/meta.properties", creating: true)
        disk.edit("/srv/data/meta.properties") { $0 = Array("format=9\ncluster.id=x\n".utf8) }
        let error = #expect(throws: LogDirectoryError.self, "another format") { try verify(disk) }
        #expect(error.map { "\($0)" }?.contains("format 9") == true)
        #expect(try disk.list("/srv/data") == ["meta.properties"])
    }

    @Test func aDirectoryInUseIsRefusedAndOneBeingCheckedIsNotStarted() throws {
        try withTemporaryDirectory { root in
            let path = root + "/data"
            do {
                let directory = try LogDirectory(
                    path: path, disk: POSIXDisk(), makeClusterID: { "id" }, processID: 4711)
                #expect(throws: LogDirectoryError.locked(path: path, pid: "4711")) {
                    try LogVerifier(path: path, disk: POSIXDisk())
                }
                withExtendedLifetime(directory) {}
            }
            var verifier = try LogVerifier(path: path, disk: POSIXDisk())
            #expect(try verifier.run().isSound)
            #expect(throws: LogDirectoryError.self) {
                try LogDirectory(path: path, disk: POSIXDisk(), makeClusterID: { "id" }, processID: 2)
            }
            withExtendedLifetime(verifier) {}
        }
    }
}
