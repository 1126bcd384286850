import TestSupport

@testable import LogStorage

/// The files of a data directory.
enum StorageTargets {
    static let all = [indexes, snapshots, epochs, directories, logs]

    private static func disk(holding bytes: [UInt8], at path: String) throws -> SimulatedDisk {
        let disk = SimulatedDisk(seed: 1)
        try disk.open(path, creating: true).write(bytes, at: 0)
        return disk
    }

    // MARK: Indexes

    /// Kind, the largest value allowed, entries.
    static let indexes = FuzzTarget(
        name: "indexes", about: "offset and time indexes of segments",
        makeInput: { random in
            let isTime = random.bool()
            var bytes: [UInt8] = []
            var (key, value) = (0, 0)
            for _ in 0..<random.number(below: 40) {
                key += 1 + random.number(below: 50)
                value += 1 + random.number(below: 50)
                bytes += isTime ? bigEndian(Int64(key)) : bigEndian(Int32(key))
                bytes += bigEndian(Int32(value))
            }
            return [isTime ? 1 : 0, UInt8(random.pick([20, 255, 255]))] + random.mutated(bytes, splicing: bytes)
        },
        check: { input in
            var input = InputReader(input)
            let kind: SparseIndex.Kind = input.byte() & 1 == 0 ? .offset : .time
            let valueMax = input.byte() * 10
            let bytes = input.remainder()
            let disk = try disk(holding: bytes, at: "/0.index")
            guard var index = try SparseIndex(opening: "/0.index", kind: kind, disk: disk) else {
                throw Violation(description: "a file that is there is not opened")
            }
            let entries = try index.entries()
            try require(entries.count == bytes.count / kind.entryBytes && index.last == entries.last, "entries lost")
            let isSound = try index.isSound(valueMax: valueMax)
            for key in entries.prefix(5).flatMap({ [$0.key, $0.key &+ 1] }) + [.min, -1, 0, .max] {
                let found = try index.floor(key)
                guard isSound else { continue }
                try require(found == entries.last { $0.key <= key }, "floor of \(key) is \(String(describing: found))")
            }
            try index.keepValid { $0.key >= 0 && $0.value >= 0 && Int($0.value) <= valueMax }
            try require(try index.isSound(valueMax: valueMax), "unsound after the unsound entries were cut off")
            try require(!isSound || index.count == entries.count, "sound entries were cut off")
            return isSound ? .accepted : .refused
        })

    // MARK: Snapshots

    static let snapshots = FuzzTarget(
        name: "snapshots", about: "producer snapshots, under a CRC that fits",
        makeInput: { random in
            var states = ProducerStates()
            for _ in 0..<random.number(below: 12) {
                var header = header(
                    producerID: Int64(random.number(below: 3)), epoch: 0, sequence: Int32(random.number(below: 100)),
                    baseOffset: Int64(random.number(below: 1000)))
                header.lastOffsetDelta = Int32(random.number(below: 5))
                states.note(header, nowMS: Int64(random.number(below: 1000)))
            }
            let whole = states.encodeSnapshot()
            var bytes = whole[..<6] + random.mutated(Array(whole[6...]), splicing: whole)
            guard !random.chance(oneIn: 8), bytes.count >= 10 else { return Array(bytes) }
            // Whole entries, and a count of them, most of the time.
            if random.bool() {
                bytes = bytes.dropLast((bytes.count - 10) % 46)
                bytes.replaceSubrange(6..<10, with: bigEndian(Int32((bytes.count - 10) / 46)))
            }
            let crc = Array(bytes[6...]).withUnsafeBytes { CRC32C.checksum($0) }
            bytes.replaceSubrange(2..<6, with: bigEndian(crc))
            return Array(bytes)
        },
        check: { input in
            guard var states = ProducerStates.decodeSnapshot(input, nextOffset: 7) else { return .refused }
            let once = states.encodeSnapshot()
            let again = ProducerStates.decodeSnapshot(once, nextOffset: 7)
            try require(again?.encodeSnapshot() == once, "producers read otherwise after they were written")
            for (producerID, state) in states.producers {
                try require(
                    state.batches.count <= ProducerState.batchCountMax, "\(state.batches.count) batches are kept")
                for batch in state.batches { _ = batch.firstOffset }
                let next = state.lastSequence.map { $0 == .max ? 0 : $0 + 1 } ?? 0
                let batch = header(producerID: producerID, epoch: state.epoch, sequence: next, baseOffset: 5000)
                _ = try? states.check(batch)
                states.note(batch, nowMS: 1)
            }
            return .accepted
        })

    private static func header(
        producerID: Int64, epoch: Int16, sequence: Int32, baseOffset: Int64
    ) -> RecordBatchHeader {
        var builder = RecordBatchBuilder(baseOffset: baseOffset)
        builder.producerID = producerID
        builder.producerEpoch = epoch
        builder.baseSequence = sequence
        builder.append(Record(value: [], timestampMS: 5))
        return ((try? builder.build()) ?? []).withUnsafeBytes { RecordBatchHeader($0) }
    }

    // MARK: Text files

    private static let tokens = [
        "0", "1", "-1", "\n", " ", "9223372036854775807", "2147483648", "\r\n", "+1", "é", "=", "-",
    ]

    static let epochs = FuzzTarget(
        name: "epochs", about: "leader epoch checkpoints",
        makeInput: { random in
            var lines = ""
            let count = random.number(below: 6)
            for index in 0..<count { lines += "\(index * 2 + random.number(below: 2)) \(index * 100)\n" }
            return random.mutated(text: Array("0\n\(count)\n\(lines)".utf8), tokens: tokens)
        },
        check: { input in
            let disk = try disk(holding: input, at: "/\(LeaderEpochs.fileName)")
            guard var epochs = try LeaderEpochs.load(directory: "", disk: disk) else { return .refused }
            try TextCheckpoint.write(epochs.lines, to: "/\(LeaderEpochs.fileName)", disk: disk)
            try require(try LeaderEpochs.load(directory: "", disk: disk) == epochs, "epochs change when written")
            for pair in zip(epochs.entries, epochs.entries.dropFirst()) {
                try require(
                    pair.0.epoch < pair.1.epoch && pair.0.startOffset <= pair.1.startOffset, "epochs do not rise")
            }
            _ = epochs.end(of: 3, endOffset: 1000)
            epochs.advanceStart(to: 150)
            epochs.truncate(to: 300)
            return .accepted
        })

    // MARK: Data directory

    private static let path = "/data"
    private static let name = LogName(topic: "orders", partition: 0)

    private static let smallSegments: LogConfiguration = {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 2000
        configuration.indexIntervalBytes = 200
        configuration.isCompacted = true
        return configuration
    }()

    /// A directory that was used in two epochs and left cleanly, with all its files.
    private struct Template: Sendable {
        let disk: SimulatedDisk
        /// By rising path: the directory's own files, then those of its log.
        let own: [String]
        let log: [String]

        init() throws {
            disk = SimulatedDisk(seed: 1)
            for start in 0..<2 {
                let directory = try LogDirectory(path: path, disk: disk, makeClusterID: { "id" }, processID: 1)
                let log = try directory.openLog(name, configuration: smallSegments, isNew: start == 0, nowMS: 1000)
                for number in 0..<20 {
                    try log.append(
                        clientBatch(
                            [record("\(start) \(number)", key: String(repeating: "k", count: 80 + number % 3))],
                            codec: CompressionCodec.allCases[number % 5], producerID: 1,
                            sequence: Int32(start * 20 + number)),
                        leaderEpoch: directory.leaderEpoch)
                }
                try log.flush()
                try log.storeDerived(isLast: true)
                try directory.store([name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: 0)])
            }
            try disk.volume(of: path).sync()
            own =
                try ["/meta.properties", "/leader-epoch"].map { path + $0 }
                + disk.list(path + "/logs").filter { $0.hasSuffix("-checkpoint") }.sorted().map { "\(path)/logs/\($0)" }
            log = try disk.list("\(path)/logs/\(name)").sorted().map { "\(path)/logs/\(name)/\($0)" }
        }

        /// The directory, one of its files with other bytes.
        func copy(with bytes: [UInt8], at path: String) -> SimulatedDisk {
            let disk = disk.crashedCopy(seed: 1)
            _ = disk.edit(path) { $0 = bytes }
            return disk
        }
    }

    private static let template = Result { try Template() }

    /// Which file, its bytes.
    static let directories = FuzzTarget(
        name: "directories", about: "the data directory's own files: format, epoch, checkpoints",
        makeInput: { random in
            let template = try template.get()
            let index = random.number(below: template.own.count)
            let text = template.disk.contents(of: template.own[index]) ?? []
            return [UInt8(index)] + random.mutated(text: text, tokens: tokens + ["format", "orders", "cluster.id"])
        },
        check: { input in
            var input = InputReader(input)
            let template = try template.get()
            let file = template.own[input.byte() % template.own.count]
            let disk = template.copy(with: input.remainder(), at: file)
            _ = try? verified(disk)
            let first: LogDirectory
            do throws(LogDirectoryError) {
                first = try LogDirectory(path: path, disk: disk, makeClusterID: { "other" }, processID: 1)
            } catch {
                if case .disk(let error) = error { throw error }
                return .refused
            }
            let log = try first.openLog(name, configuration: smallSegments, isNew: false, nowMS: 1000)
            try first.store([name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: log.logStartOffset)])
            let second = try LogDirectory(path: path, disk: disk, makeClusterID: { "other" }, processID: 1)
            try require(second.leaderEpoch == first.leaderEpoch + 1, "epoch \(second.leaderEpoch) follows")
            try require(second.clusterID == first.clusterID, "the cluster's id changes")
            return .accepted
        })

    private static func verified(_ disk: SimulatedDisk) throws(LogDirectoryError) -> VerificationReport {
        var verifier = try LogVerifier(path: path, disk: disk)
        return try verifier.run()
    }

    /// Which file of the log, its bytes. Damage to batches and indexes meets recovery, reads, the check and compaction.
    static let logs = FuzzTarget(
        name: "logs", about: "a log with a damaged file: check, recovery, reads, appends, compaction",
        makeInput: { random in
            let template = try template.get()
            let index = random.number(below: template.log.count)
            let bytes = template.disk.contents(of: template.log[index]) ?? []
            let other = template.disk.contents(of: random.pick(template.log)) ?? []
            // Which checkpoint there is decides what counts as torn.
            return [UInt8(index), UInt8(random.number(below: 50))] + random.mutated(bytes, splicing: other)
        },
        check: { input in
            var input = InputReader(input)
            let template = try template.get()
            let file = template.log[input.byte() % template.log.count]
            let recoveryPoint = min(40, input.byte())
            let disk = template.copy(with: input.remainder(), at: file)
            _ = disk.edit("\(path)/logs/recovery-point-offset-checkpoint") {
                $0 = Array("0\n1\norders 0 \(recoveryPoint)\n".utf8)
            }
            _ = try verified(disk)
            let directory = try LogDirectory(path: path, disk: disk, makeClusterID: { "id" }, processID: 1)
            let log: SegmentedLog
            do throws(LogError) {
                log = try directory.openLog(name, configuration: smallSegments, isNew: false, nowMS: 1000)
            } catch { return try refusal(error) }
            try require(log.endOffset >= recoveryPoint, "offsets below \(recoveryPoint) may be given out again")
            do {
                _ = try log.readAll()
                _ = try log.search(fromTimeMS: 500, upTo: log.endPosition).first(atOrAfter: 500)
                try log.compact(nowMS: 2000)
            } catch let error as LogError {
                _ = try refusal(error)
            } catch is InvalidBatches {
                // What a reader would see by the CRC.
            }
            let end = log.endOffset
            try log.append(clientBatch([record("new", key: "k")]), leaderEpoch: directory.leaderEpoch)
            try log.flush()
            try require(log.endOffset == end + 1, "the append went to \(log.endOffset)")
            try directory.store([name: LogCheckpoint(recoveryPoint: log.endOffset, logStartOffset: log.logStartOffset)])
            let again = try LogDirectory(path: path, disk: disk, makeClusterID: { "id" }, processID: 1)
                .openLog(name, configuration: smallSegments, isNew: false, nowMS: 1000)
            try require(again.endOffset == end + 1, "ends at \(again.endOffset), not \(end + 1), when opened again")
            return .accepted
        })

    private static func refusal(_ error: LogError) throws -> FuzzTarget.Outcome {
        switch error {
        // A base offset is not under the CRC; where recovery does not go, a reader is led astray by it.
        case .damaged, .offsetOutOfRange: return .refused
        default: throw error
        }
    }
}
