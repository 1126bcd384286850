import TestSupport
import Testing

@testable import LogStorage

/// Opening a log after a crash or after damage: what was acknowledged is there, or its loss is reported.
@Suite struct RecoveryTests {
    private func log(_ base: Int) -> String { LogFixture.directory + "/" + Segment.fileName(Int64(base), "log") }

    private func isRot(_ damage: LogDamage) -> Bool { damage.kind == .rot }

    private func isQuarantined(_ damage: LogDamage) -> Bool {
        if case .quarantined = damage.kind { true } else { false }
    }

    // MARK: Torn tails

    @Test func aTornTailIsCutAtEveryByte() throws {
        let fixture = try LogFixture()
        try fixture.fill(5)
        let whole = fixture.log.endPosition.position
        try fixture.fill(1)
        let bytes = try #require(fixture.disk.contents(of: log(0)))
        for size in whole..<bytes.count {
            fixture.disk.edit(log(0)) { $0 = Array(bytes[..<size]) }
            try fixture.reopen(recoveryPoint: 5)
            #expect(try fixture.values() == numbers(0..<5), "\(size) of \(bytes.count) bytes")
            #expect(fixture.log.damages.map(\.kind) == (size == whole ? [] : [.tornTail]))
            #expect(fixture.disk.contents(of: log(0))?.count == whole)
        }
    }

    @Test func aTailOfZerosOrGarbageIsCut() throws {
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let fixture = try LogFixture(seed: seed)
            try fixture.fill(7)
            let tail = seed % 2 == 0 ? [UInt8](repeating: 0, count: 300) : random.bytes(300)
            fixture.disk.edit(log(0)) { $0 += tail }
            try fixture.reopen(recoveryPoint: 7)
            #expect(try fixture.values() == numbers(0..<7))
            #expect(fixture.log.damages.map(\.kind) == [.tornTail])
            try fixture.fill(3)
            #expect(try fixture.values() == numbers(0..<10), "seed \(seed)")
        }
    }

    @Test func whatWasFlushedSurvivesEveryCrash() throws {
        for seed in UInt64(0)..<200 {
            let fixture = try LogFixture(seed: seed)
            var random = SeededGenerator(seed: seed)
            try fixture.fill(random.int(in: 0..<60))
            try fixture.log.flush()
            let acknowledged = Int(fixture.log.endOffset)
            let recoveryPoint = random.chance(1, in: 2) ? Int64(acknowledged) : 0
            if random.chance(1, in: 2) { try fixture.log.storeDerived(isLast: random.chance(1, in: 2)) }
            try fixture.fill(random.int(in: 0..<40))
            try fixture.reopen(crashing: true, recoveryPoint: recoveryPoint)
            let values = try fixture.values()
            #expect(values.count >= acknowledged && values == numbers(0..<values.count), "seed \(seed)")
            #expect(!fixture.log.damages.contains(where: isRot), "seed \(seed)")
            try fixture.fill(5)
            try fixture.log.flush()
            let end = fixture.log.endOffset
            try fixture.reopen(crashing: true, recoveryPoint: fixture.log.endOffset)
            #expect(fixture.log.endOffset == end && fixture.log.damages.isEmpty, "seed \(seed)")
            #expect(try fixture.values() == values + numbers(Int(end) - 5..<Int(end)), "seed \(seed)")
        }
    }

    // MARK: Rot

    @Test func rotBelowTheRecoveryPointIsReportedAndNeverCut() throws {
        let fixture = try LogFixture { $0.segmentBytes = 1 << 20 }
        try fixture.fill(30)
        let plan = try #require(try fixture.log.locate(10, upTo: fixture.log.endPosition))
        let slice = try #require(try plan.resolve(bytesMax: 0, firstBatchBytesMax: .max))
        let before = try #require(fixture.disk.contents(of: log(0)))
        fixture.disk.edit(log(0)) { $0[slice.position + RecordBatchLayout.magic] = 0x7f }
        try fixture.reopen(recoveryPoint: 30)
        #expect(fixture.log.damages.count == 1 && isRot(fixture.log.damages[0]))
        #expect(fixture.log.damages[0].range == slice.position..<slice.position + slice.count)
        #expect(fixture.disk.contents(of: log(0))?.count == before.count)
        #expect(fixture.log.endOffset == 30)
        #expect(try fixture.log.readAll(from: 11).compactMap(\.text) == numbers(11..<30), "what follows can be read")
        let error = #expect(throws: LogError.self) { try fixture.log.readAll(from: 10) }
        if case .damaged(let offset, _)? = error { #expect(offset == 10) } else { Issue.record("\(error as Any)") }
        try fixture.fill(1)
        #expect(fixture.log.endOffset == 31)
    }

    @Test func offsetsOfARottenEndAreNeverUsedAgain() throws {
        for segmentBytes in [4096, 1 << 20] {
            let fixture = try LogFixture { $0.segmentBytes = segmentBytes }
            try fixture.fill(30)
            let last = log(segmentBytes == 4096 ? 23 : 0)
            let size = try #require(fixture.disk.contents(of: last)?.count)
            fixture.disk.edit(last) { bytes in
                for position in (size - 500)..<size { bytes[position] = 0 }
            }
            try fixture.reopen(recoveryPoint: 30)
            #expect(fixture.log.damages.contains(where: isRot))
            #expect(fixture.disk.contents(of: last)?.count == size)
            #expect(fixture.log.endOffset == 30)
            #expect(try fixture.log.append(clientBatch([record("30")])).baseOffset == 30)
            #expect(try fixture.log.readAll(from: 30).compactMap(\.text) == ["30"])
            #expect(throws: LogError.self, "a reader is told, not led past") { try fixture.log.readAll(from: 29) }
            try fixture.log.flush()
            try fixture.reopen(crashing: true, recoveryPoint: 31)
            #expect(fixture.log.endOffset == 31)
            #expect(try fixture.log.readAll(from: 30).compactMap(\.text) == ["30"])
        }
    }

    @Test func aMissingEndIsReportedAndItsOffsetsAreNotUsedAgain() throws {
        let fixture = try LogFixture()
        try fixture.fill(15)
        fixture.disk.edit(log(0)) { $0.removeLast(400) }
        try fixture.reopen(recoveryPoint: 15)
        #expect(fixture.log.damages.contains(where: isRot))
        #expect(fixture.log.endOffset == 15)
        try fixture.reopen(recoveryPoint: 15)
        for name in try fixture.names() { try fixture.disk.removeFile(fixture.path(name)) }
        try fixture.reopen(recoveryPoint: 15)
        #expect(fixture.log.damages.contains(where: isRot), "all files gone")
        #expect(fixture.log.endOffset == 15)
    }

    @Test func aBatchWithinARecordIsNotTakenForOneOfTheLog() throws {
        let fixture = try LogFixture { $0.segmentBytes = 1 << 20 }
        try fixture.fill(3)
        var inner = RecordBatchBuilder(baseOffset: 100)
        inner.append(record("forged"))
        let forged = try inner.build()
        let position = fixture.log.endPosition.position
        try fixture.log.append(clientBatch([Record(key: nil, value: forged, timestampMS: 1)]))
        try fixture.fill(3)
        for byte in [RecordBatchLayout.magic, RecordBatchLayout.batchLength + 2] {
            let bytes = try #require(fixture.disk.contents(of: log(0)))
            fixture.disk.edit(log(0)) { $0[position + byte] ^= 0x20 }
            try fixture.reopen(recoveryPoint: 7)
            #expect(fixture.log.endOffset == 7)
            #expect(try fixture.log.readAll(from: 4).compactMap(\.text) == numbers(4..<7))
            fixture.disk.edit(log(0)) { $0 = bytes }
        }
    }

    // MARK: Ambiguous damage

    @Test func badBytesWithBatchesAfterThemAreKeptInQuarantine() throws {
        let fixture = try LogFixture()
        try fixture.fill(55)
        try fixture.log.flush()
        let bytes = try #require(fixture.disk.contents(of: log(23)))
        let damaged = 500
        fixture.disk.edit(log(23)) { $0[damaged] ^= 1 }
        try fixture.reopen(recoveryPoint: 10)
        let kept = try fixture.values()
        #expect(kept == numbers(0..<kept.count) && kept.count >= 23 && kept.count < 46)
        #expect(fixture.log.damages.filter(isQuarantined).count == 2, "the rest of a segment and the next one")
        #expect(fixture.log.endOffset == 55, "some of the offsets may have been acknowledged")
        let copies = try fixture.names().filter { $0.hasSuffix(".quarantine") }
        #expect(copies.count == 2)
        let copy = try #require(copies.first { $0.contains(".log.") && $0.hasPrefix("00000000000000000023") })
        var copied = try #require(fixture.disk.contents(of: fixture.path(copy)))
        copied[damaged - (bytes.count - copied.count)] ^= 1
        #expect(copied == Array(bytes.suffix(copied.count)))
        try fixture.fill(3)
        try fixture.log.flush()
        try fixture.reopen(crashing: true, recoveryPoint: 58)
        #expect(try fixture.values() == kept + numbers(55..<58))
        #expect(fixture.log.damages.isEmpty)
    }

    // MARK: Derived files

    @Test func indexesAreRebuiltWhenMissingCutOrGarbage() throws {
        let fixture = try LogFixture()
        try fixture.fill(100)
        try fixture.log.flush()
        try fixture.log.storeDerived(isLast: true)
        let sound = try Dictionary(
            uniqueKeysWithValues: fixture.names().filter { $0.hasSuffix("index") }.map {
                ($0, try #require(fixture.disk.contents(of: fixture.path($0))))
            })
        #expect(sound.count == 10)
        var random = SeededGenerator(seed: 1)
        for damage in 0..<5 {
            for (name, bytes) in sound.sorted(by: { $0.key < $1.key }) {
                switch damage {
                case 0: try fixture.disk.removeFile(fixture.path(name))
                case 1: fixture.disk.edit(fixture.path(name)) { $0 = Array(bytes.dropLast(3)) }
                case 2:
                    let garbage = random.bytes(bytes.count)
                    fixture.disk.edit(fixture.path(name)) { $0 = garbage }
                case 3: fixture.disk.edit(fixture.path(name)) { $0 = bytes + bytes }
                default: fixture.disk.edit(fixture.path(name)) { $0 = [UInt8](repeating: 0, count: bytes.count) }
                }
            }
            try fixture.reopen(recoveryPoint: 100)
            #expect(try fixture.values() == numbers(0..<100))
            for time in stride(from: Int64(990), to: 2000, by: 7) {
                let found = try fixture.log.search(fromTimeMS: time, upTo: fixture.log.endPosition).first(
                    atOrAfter: time)
                #expect(
                    found?.offset == (time > 1990 ? nil : max(0, (time - 1000 + 9) / 10)),
                    "damage \(damage), time \(time)")
            }
            try fixture.log.storeDerived(isLast: true)
            for (name, bytes) in sound where !name.hasPrefix("00000000000000000092") {
                #expect(fixture.disk.contents(of: fixture.path(name)) == bytes, "damage \(damage), \(name)")
            }
        }
    }

    @Test func anIndexEntryThatLiesCostsNoRecord() throws {
        let fixture = try LogFixture()
        try fixture.fill(45)
        try fixture.log.flush()
        let name = fixture.path(Segment.fileName(0, "index"))
        let bytes = try #require(fixture.disk.contents(of: name))
        for position in bytes.indices {
            fixture.disk.edit(name) {
                $0 = bytes
                $0[position] ^= 0x04
            }
            try fixture.reopen(recoveryPoint: 45)
            for offset in Int64(0)..<20 {
                #expect(try fixture.log.readAll(from: offset).first?.offset == offset, "byte \(position)")
            }
        }
    }

    @Test func aSnapshotThatIsGarbageIsIgnored() throws {
        let fixture = try LogFixture()
        for sequence in Int32(0)..<50 {
            try fixture.log.append(clientBatch([record("x")], producerID: 4, sequence: sequence))
        }
        try fixture.log.flush()
        try fixture.log.storeDerived(isLast: true)
        for name in try fixture.names() where name.hasSuffix(".snapshot") {
            fixture.disk.edit(fixture.path(name)) { $0[$0.count / 2] ^= 1 }
        }
        try fixture.reopen(recoveryPoint: 50)
        let outcome = try fixture.log.append(clientBatch([record("x")], producerID: 4, sequence: 48))
        #expect(outcome.isDuplicate && outcome.baseOffset == 48)
        #expect(try fixture.names().allSatisfy { !$0.hasSuffix(".snapshot") })
    }

    @Test func snapshotsDoNotPileUp() throws {
        let fixture = try LogFixture { $0.segmentBytes = 1 << 20 }
        for _ in 0..<10 {
            try fixture.fill(3)
            try fixture.log.storeDerived(isLast: true)
        }
        #expect(try fixture.names().filter { $0.hasSuffix(".snapshot") }.count <= 3)
    }

    @Test func epochsAreLearntFromTheBatchesIfTheirFileIsLost() throws {
        let fixture = try LogFixture()
        for epoch in Int32(1)..<5 { try fixture.fill(20, leaderEpoch: epoch) }
        try fixture.log.flush()
        try fixture.log.storeDerived(isLast: true)
        let path = fixture.path("leader-epoch-checkpoint")
        #expect(fixture.disk.contents(of: path) == Array("0\n4\n1 0\n2 20\n3 40\n4 60\n".utf8))
        for garbage in [nil, "0\n4\n1 0\n", "0\n2\n4 60\n3 20\n", "0\n1\nx y\n", ""] as [String?] {
            if let garbage {
                fixture.disk.edit(path) { $0 = Array(garbage.utf8) }
            } else {
                try fixture.disk.removeFile(path)
            }
            try fixture.reopen(recoveryPoint: 80)
            #expect(try #require(fixture.log.epochEnd(of: 2)) == (2, 40))
            #expect(fixture.log.epoch(at: 5) == 1 && fixture.log.latestEpoch == 4)
            try fixture.log.storeDerived()
        }
    }

    @Test func leftoversOfUnfinishedWorkAreRemoved() throws {
        let fixture = try LogFixture()
        try fixture.fill(30)
        try fixture.log.flush()
        for name in [
            "00000000000000000000.log.cleaned", "00000000000000000000.index.cleaned",
            "00000000000000000005.log.deleted",
            "00000000000000000000.index.swap", "leader-epoch-checkpoint.tmp", "00000000000000000777.index",
            "00000000000000000777.timeindex",
        ] { _ = try fixture.disk.open(fixture.path(name), creating: true) }
        _ = try fixture.disk.open(fixture.path("notes.txt"), creating: true)
        try fixture.reopen(recoveryPoint: 30)
        #expect(try fixture.values() == numbers(0..<30))
        let names = try fixture.names()
        #expect(
            names.allSatisfy { name in
                ![".cleaned", ".deleted", ".swap", ".tmp"].contains { name.hasSuffix($0) } && !name.contains("777")
            })
        #expect(names.contains("notes.txt"))
    }

    @Test func openingCostsTheSameWhateverTheSize() throws {
        func reads(_ count: Int) throws -> Int {
            let fixture = try LogFixture { $0.segmentBytes = 64 << 10 }
            try fixture.fill(count)
            try fixture.log.flush()
            try fixture.log.storeDerived(isLast: true)
            let before = fixture.disk.counters.reads
            try fixture.reopen(recoveryPoint: Int64(count))
            return fixture.disk.counters.reads - before
        }
        let small = try reads(400)
        let large = try reads(4000)
        #expect(large <= small + 20, "\(small) reads for 72 KB, \(large) for 720 KB")
    }
}
