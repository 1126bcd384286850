import LogStorage
import Replication
import TestSupport

typealias ReplicatedExtent = ReplicatedLog.Extent

/// One life of a data directory with three logs: seeded clients, flushes, maintenance, faults and crashes.
///
/// Everything runs on one thread and follows from the seed.
struct LogSimulation {
    struct Statistics: CustomStringConvertible {
        var steps = 0
        var batches = 0
        var duplicates = 0
        var crashes = 0
        var faults = 0
        var compactions = 0
        var recordsRead = 0

        mutating func add(_ other: Statistics) {
            steps += other.steps
            batches += other.batches
            duplicates += other.duplicates
            crashes += other.crashes
            faults += other.faults
            compactions += other.compactions
            recordsRead += other.recordsRead
        }

        var description: String {
            "\(steps) steps: \(batches) batches (\(duplicates) duplicates), \(recordsRead) records read, "
                + "\(crashes) crashes, \(faults) failed calls, \(compactions) compactions"
        }
    }

    /// The process is to end: a failed sync, or a log that went offline.
    private struct ProcessEnd: Error {
        var reason: String
        /// The device forgot names, so that only a fresh start of the machine tells what is there.
        var needsPowerLoss: Bool
    }

    /// One log with its clients and what they know of it.
    private struct Tenant {
        var model: LogModel
        var configuration: LogConfiguration
        var producers: [SimulatedProducer]
        var log: ReplicatedLog?
    }

    private var random: SeededGenerator
    private let isTracing: Bool
    private var disk: SimulatedDisk
    private var directory: LogDirectory?
    private var tenants: [Tenant] = []
    private var nowMS: Int64 = 1_000_000
    /// A sync under way: begun, not ended.
    private var ticket: (tenant: Int, ticket: FlushTicket)?
    private(set) var step = 0
    private(set) var statistics = Statistics()

    init(seed: UInt64, isTracing: Bool) {
        random = SeededGenerator(seed: seed)
        self.isTracing = isTracing
        disk = SimulatedDisk(seed: random.next())
    }

    // MARK: Living

    mutating func run(steps: Int) throws {
        setUp()
        try start()
        for _ in 0..<steps {
            step += 1
            statistics.steps += 1
            do {
                try takeStep()
            } catch let end as ProcessEnd {
                try restart(isPowerLoss: end.needsPowerLoss || random.chance(1, in: 2), because: end.reason)
            }
        }
        disk.forgetPlannedFaults()
        disk.setSpaceLeft(bytes: nil)
        try restart(isPowerLoss: true, because: "end")
    }

    private mutating func setUp() {
        for (number, topic) in ["events", "state", "both"].enumerated() {
            var configuration = LogConfiguration()
            configuration.segmentBytes = random.int(in: 1200...6000)
            configuration.batchBytesMax = 1200
            configuration.indexIntervalBytes = random.int(in: 0...400)
            configuration.isCompacted = number > 0
            configuration.deletesOldSegments = number != 1
            configuration.retentionMS = Int64(random.int(in: 2000...20_000))
            configuration.retentionBytes = random.chance(1, in: 2) ? -1 : Int64(random.int(in: 5000...20_000))
            configuration.segmentMS = Int64(random.int(in: 500...30_000))
            configuration.deleteRetentionMS = Int64(random.int(in: 0...4000))
            configuration.cleanableDirtyRatioMin = 0.2
            configuration.compactionMapBytesMax = random.chance(1, in: 4) ? 64 * 24 : 1 << 20
            var producers = (0..<random.int(in: 1...3)).map { id in
                SimulatedProducer(id: Int64(id), firstSequence: random.chance(1, in: 4) ? .max - 5 : 0)
            }
            producers.append(SimulatedProducer(id: -1, firstSequence: -1))
            let name = LogName(topic: topic, partition: 0)
            tenants.append(
                Tenant(
                    model: LogModel(
                        name: name, isCompacted: configuration.isCompacted,
                        deleteRetentionMS: configuration.deleteRetentionMS),
                    configuration: configuration, producers: producers, log: nil))
        }
    }

    /// Opens everything, through crashes and failures of the opening itself.
    private mutating func start() throws {
        for attempt in 0... {
            if attempt < 3, random.chance(1, in: 6) {
                disk.failCall(random.int(in: 1...60), persistently: true)
            }
            do {
                try open()
                break
            } catch is LogDirectoryError {
                statistics.faults += 1
            } catch is LogError {
                statistics.faults += 1
            }
            trace("start failed")
            disk = disk.crash()
        }
        disk.forgetPlannedFaults()
        for index in tenants.indices { try check(index) }
    }

    private mutating func open() throws {
        let directory = try LogDirectory(path: "/srv/data", disk: disk, makeClusterID: { "sim" }, processID: 1)
        guard directory.warnings.isEmpty else { throw Violation(description: "\(directory.warnings)") }
        let names: Set<LogName>
        do throws(DiskError) { names = Set(try directory.names()) } catch { throw LogDirectoryError.disk(error) }
        for index in tenants.indices {
            let model = tenants[index].model
            let name = model.name
            let log = try directory.openLog(
                name, configuration: tenants[index].configuration,
                isNew: !names.contains(name) && model.acknowledgedEnd == 0, nowMS: nowMS)
            if let rot = log.damages.first(where: { $0.kind == .rot }) { throw model.fail("\(rot)") }
            for damage in log.damages { trace("\(damage)") }
            tenants[index].log = ReplicatedLog(
                name: name, log: log, leaderEpoch: directory.leaderEpoch, scheduleFlush: { _ in })
        }
        self.directory = directory
    }

    private mutating func restart(isPowerLoss: Bool, because reason: String) throws {
        trace("\(isPowerLoss ? "power loss" : "kill"): \(reason)")
        statistics.crashes += 1
        ticket = nil
        directory = nil
        for index in tenants.indices {
            tenants[index].log = nil
            for producer in tenants[index].producers.indices { tenants[index].producers[producer].reconnect() }
        }
        disk.setSpaceLeft(bytes: nil)
        disk.forgetPlannedFaults()
        if isPowerLoss { disk = disk.crash() }
        try verifyOffline()
        try start()
    }

    /// The offline check of what the end has left. Nothing rots on this disk: all that it may call damage is what the
    /// next start will quarantine, which was never acknowledged.
    private func verifyOffline() throws {
        guard disk.exists("/srv/data/meta.properties") else { return }
        var verifier = try LogVerifier(path: "/srv/data", disk: disk)
        let report = try verifier.run()
        for finding in report.findings where finding.severity != .notice {
            // A snapshot that a segment begins with is not synced; nothing but its CRC tells a torn one from a rotten one.
            guard finding.remedy.contains(".quarantine") || finding.path.hasSuffix(".snapshot") else {
                throw Violation(description: "verify: \(finding)")
            }
        }
        for tenant in tenants where tenant.model.acknowledgedEnd > report.endOffsets[tenant.model.name] ?? 0 {
            throw tenant.model.fail("verify: ends at \(report.endOffsets), below what was acknowledged")
        }
    }

    // MARK: Steps

    private mutating func takeStep() throws {
        let tenant = random.int(in: 0..<tenants.count)
        switch random.int(in: 0..<100) {
        case 0..<50: try send(tenant)
        case 50..<60: try beginFlush(tenant)
        case 60..<70: try endFlush()
        case 70..<75: try checkpoint()
        case 75..<78: try deleteRecords(tenant)
        case 78..<81: try applyRetention(tenant)
        case 81..<85: try compact(tenant)
        case 85..<89: try check(tenant)
        case 89..<93: nowMS += Int64(random.int(in: 0...3000))
        case 93..<95: planFault()
        case 95..<96: disk.setSpaceLeft(bytes: random.chance(1, in: 2) ? nil : random.int(in: 0...4000))
        case 96..<97: disk.failCall(random.int(in: 1...40), persistently: true)
        default: try restart(isPowerLoss: random.chance(3, in: 4), because: "chance")
        }
    }

    private mutating func planFault() {
        let operations = SimulatedDisk.Operation.allCases
        let operation = random.chance(1, in: 2) ? operations[random.int(in: 0..<operations.count)] : nil
        disk.failCall(random.int(in: 1...12), of: operation, code: random.chance(1, in: 2) ? 5 : 28)
    }

    /// Performs what may fail, and decides whether the process survives the failure.
    private mutating func attempt<Result>(_ what: String, _ body: () throws -> Result) throws -> Result? {
        do {
            return try body()
        } catch LogError.disk(let error) {
            return try survive(error, what)
        } catch LogError.offline(let reason) {
            throw ProcessEnd(reason: "\(what): \(reason)", needsPowerLoss: false)
        } catch let error as DiskError {
            return try survive(error, what)
        }
    }

    private mutating func survive<Result>(_ error: DiskError, _ what: String) throws -> Result? {
        statistics.faults += 1
        trace("\(what): \(error)")
        switch error.operation {
        case "fdatasync": throw ProcessEnd(reason: "\(error)", needsPowerLoss: false)
        case "fsync", "syncfs": throw ProcessEnd(reason: "\(error)", needsPowerLoss: true)
        default: return nil
        }
    }

    private mutating func send(_ tenant: Int) throws {
        guard let log = tenants[tenant].log else { return }
        let producer = random.int(in: 0..<tenants[tenant].producers.count)
        let configuration = tenants[tenant].configuration
        guard
            let index = try tenants[tenant].producers[producer].prepare(
                isCompacted: configuration.isCompacted, nowMS: nowMS, &random)
        else { return }
        let batch = tenants[tenant].producers[producer].inFlight[index]
        var bytes = batch.bytes
        let nowMS = nowMS
        tenants[tenant].model.attempted(batch.records, at: log.extent.endOffset)
        let appended: AppendOutcome?
        do {
            appended = try attempt("append") {
                try bytes.withUnsafeMutableBytes { buffer in
                    let validated = try BatchValidator.validate(buffer, configuration: configuration, nowMS: nowMS)
                    return try log.append(validated, nowMS: nowMS)
                }
            }
        } catch LogError.sequenceOutOfOrder
            where batch.placedAt.map({ $0 < tenants[tenant].model.storedStart }) ?? false
        {
            // It was stored, and deleted since; what was known of its producer went with a snapshot that a crash took.
            return tenants[tenant].producers[producer].drop(index)
        }
        guard let outcome = appended else { return }
        trace("append \(log.name) \(tenants[tenant].producers[producer].id)/\(batch.sequence) at \(outcome)")
        statistics.batches += 1
        if outcome.isDuplicate { statistics.duplicates += 1 }
        // One's own earlier answer is the answer.
        if let earlier = batch.outcome, earlier.baseOffset != outcome.baseOffset {
            throw tenants[tenant].model.fail(
                "a batch at \(earlier.baseOffset) sent again went to \(outcome.baseOffset)")
        }
        try tenants[tenant].model.appended(batch.records, at: outcome)
        tenants[tenant].producers[producer].sent(index, outcome)
    }

    private mutating func beginFlush(_ tenant: Int) throws {
        guard ticket == nil, let log = tenants[tenant].log, let begun = log.beginFlush() else { return try endFlush() }
        let names = begun.directory == nil ? "" : " and names"
        trace("flush \(log.name) to \(begun.end.offset) begins: \(begun.files.count) files\(names)")
        ticket = (tenant, begun)
    }

    private mutating func endFlush() throws {
        guard let (tenant, ticket) = ticket, let log = tenants[tenant].log else { return }
        let isVolumeSync = random.chance(1, in: 4)
        self.ticket = nil
        guard try attempt("flush", { try isVolumeSync ? ticket.volume.sync() : ticket.sync() }) != nil else {
            // The directory could not even be opened: no less fatal than a failed sync.
            throw ProcessEnd(reason: "flush", needsPowerLoss: false)
        }
        log.endFlush(ticket)
        trace("flush \(log.name) to \(ticket.end.offset) ends")
        guard log.extent.committedOffset <= ticket.end.offset else {
            throw tenants[tenant].model.fail("committed \(log.extent) beyond the flush to \(ticket.end)")
        }
        acknowledge(tenant)
    }

    private mutating func acknowledge(_ tenant: Int) {
        guard let log = tenants[tenant].log else { return }
        let committed = log.extent.committedOffset
        for index in tenants[tenant].producers.indices {
            for batch in tenants[tenant].producers[index].acknowledge(below: committed) {
                if let outcome = batch.outcome {
                    tenants[tenant].model.acknowledged(batch.records, at: outcome)
                }
            }
        }
    }

    // MARK: Maintenance

    /// Stores what the logs say of themselves. Returns false if that failed.
    @discardableResult
    private mutating func checkpoint() throws -> Bool {
        guard let directory else { return false }
        var checkpoints: [LogName: LogCheckpoint] = [:]
        let isLast = random.chance(1, in: 3)
        for tenant in tenants {
            guard let log = tenant.log else { continue }
            guard let checkpoint = try attempt("checkpoint", { try log.checkpoint(isLast: isLast) }) else {
                return false
            }
            checkpoints[log.name] = checkpoint
        }
        guard try attempt("store", { try directory.store(checkpoints) }) != nil else { return false }
        for index in tenants.indices {
            let start = checkpoints[tenants[index].model.name]?.logStartOffset ?? 0
            tenants[index].model.storedStart = max(tenants[index].model.storedStart, start)
        }
        return true
    }

    private mutating func deleteRecords(_ tenant: Int) throws {
        guard let log = tenants[tenant].log else { return }
        let extent = log.extent
        let offset =
            random.chance(1, in: 6)
            ? -1 : Int64(random.int(in: Int(extent.logStartOffset)...Int(extent.committedOffset)))
        guard let (start, removed) = try attempt("delete records", { try log.deleteRecords(before: offset) }) else {
            return
        }
        trace("deleted \(log.name) below \(start)")
        if try checkpoint() { _ = try attempt("discard") { try removed.discard() } }
    }

    private mutating func applyRetention(_ tenant: Int) throws {
        guard let log = tenants[tenant].log else { return }
        let nowMS = nowMS
        guard let removed = try attempt("retention", { try log.applyRetention(nowMS: nowMS) }) else { return }
        if !removed.isEmpty { trace("retention \(log.name): starts at \(log.extent.logStartOffset)") }
        if try checkpoint() { _ = try attempt("discard") { try removed.discard() } }
    }

    private mutating func compact(_ tenant: Int) throws {
        guard let log = tenants[tenant].log else { return }
        let nowMS = nowMS
        guard let outcome = try attempt("compact", { try log.compact(nowMS: nowMS) }) ?? nil else { return }
        trace("compacted \(log.name): \(outcome)")
        statistics.compactions += 1
        guard outcome.damages.isEmpty else { throw tenants[tenant].model.fail("\(outcome.damages)") }
    }

    // MARK: Checking

    private mutating func check(_ tenant: Int) throws {
        guard let log = tenants[tenant].log else { return }
        let hasFaults = disk.hasPlannedFaults
        do {
            let (records, extent) = try readAll(log)
            statistics.recordsRead += records.count
            try tenants[tenant].model.check(records, extent: extent, nowMS: nowMS)
            try checkOffsets(log, records, extent)
            try checkTimes(log, records)
        } catch LogError.disk(let error) where hasFaults {
            let _: Void? = try survive(error, "read")
        } catch let error as DiskError where hasFaults {
            let _: Void? = try survive(error, "read")
        }
    }

    private mutating func readAll(_ log: ReplicatedLog) throws -> ([StoredRecord], ReplicatedExtent) {
        var extent = log.extent
        var next = extent.logStartOffset
        var records: [StoredRecord] = []
        while true {
            let bytesMax = random.int(in: 1...3000)
            let (slice, now) = try log.read(from: next, bytesMax: bytesMax, firstBatchBytesMax: .max)
            extent = now
            guard let slice else { return (records, extent) }
            let batches = try decodeBatches(try slice.bytes())
            guard let last = batches.last else {
                throw Violation(description: "\(log.name): no whole batch at \(next) in \(slice.count) bytes")
            }
            records += batches.flatMap { $0.records }.filter { $0.offset >= next }
            next = last.header.nextOffset
        }
    }

    /// A read from any offset begins with the first record at or after it.
    private mutating func checkOffsets(_ log: ReplicatedLog, _ records: [StoredRecord], _ extent: ReplicatedExtent)
        throws
    {
        guard extent.logStartOffset < extent.committedOffset else { return }
        for _ in 0..<6 {
            let offset = Int64(random.int(in: Int(extent.logStartOffset)..<Int(extent.committedOffset)))
            let expected = records.first { $0.offset >= offset }
            var next = offset
            var found: StoredRecord?
            while found == nil, let slice = try log.read(from: next, bytesMax: 1, firstBatchBytesMax: .max).0 {
                guard let batch = try decodeBatches(try slice.bytes()).first else { break }
                found = batch.records.first { $0.offset >= offset }
                next = batch.header.nextOffset
            }
            guard found == expected else {
                throw Violation(
                    description:
                        "\(log.name): from \(offset) came \(String(describing: found)), not \(String(describing: expected))"
                )
            }
        }
    }

    /// A search by time finds what a scan finds.
    private mutating func checkTimes(_ log: ReplicatedLog, _ records: [StoredRecord]) throws {
        for _ in 0..<4 {
            let timeMS = nowMS - Int64(random.int(in: -600...20_000))
            let found = try log.search(fromTimeMS: timeMS).first(atOrAfter: timeMS)
            let expected = records.first { $0.timestampMS >= timeMS }
            guard found?.offset == expected?.offset, found?.timestampMS == expected?.timestampMS else {
                throw Violation(
                    description:
                        "\(log.name): time \(timeMS) found \(String(describing: found)), not \(String(describing: expected))"
                )
            }
        }
    }

    private func trace(_ text: @autoclosure () -> String) {
        if isTracing { print("\(step): \(text())") }
    }
}
