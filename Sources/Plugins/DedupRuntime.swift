import BrokerEngine
import Foundation
import LogStorage
import Logging
import LuaLibraries
import LuaRuntime
import Replication
import Synchronization

/// A topic's `dedup`: asks the plugin for each record's key, knows which it has had, and tells the broker.
///
/// The window is in memory; rows on disk follow a moment later, and what they lack after a crash is read back from the log,
/// with the same plugin. So a key is known exactly as long as its record is.
final class DedupRuntime: PluginRuntime {
    /// What it works with.
    struct Surroundings: Sendable {
        var broker: Broker
        /// Where `_dedup.sqlite` is; no plugin's name begins so.
        var directory: String
        var logger: Logger
        var nowNS: @Sendable () -> Int64
        var wallMS: @Sendable () -> Int64
    }

    let binding: Binding
    private let surroundings: Surroundings
    private let state: Mutex<State>
    /// Held while records are judged and stored: two of one key must not pass side by side. Never with `state` inside out:
    /// this one is taken first.
    private let gate: Mutex<Gate>
    private let store = Mutex<StoreBox?>(nil)

    private struct State {
        var active: BoundVersion?
        var absence: String
        var trial: (candidate: BoundVersion, outcome: TrialOutcome)?
        var figures = CallFigures()
        var breaker = Breaker()
        var taps: [Tap] = []
    }

    private struct Gate {
        var window: DedupWindow
        /// Partitions whose logs have been read back.
        var restored: Set<TopicPosition> = []
        var hasLoadedRows = false
        /// As the rows have it.
        var storedReach: [TopicPosition: Int64] = [:]
        var unwritten: [(DedupKey, DedupWindow.Entry)] = []
        var reach: [TopicPosition: Int64] = [:]
    }

    private struct StoreBox: @unchecked Sendable {
        // Used under the mutex alone.
        var store: DedupStore
    }

    /// Keys known at once.
    static let keyCountMax = 1_000_000
    private static let pageBytesMax = 4 << 20
    private static let pageRecordCountMax = 10_000

    init(_ binding: Binding, active: BoundVersion?, absence: String, _ surroundings: Surroundings) {
        self.binding = binding
        self.surroundings = surroundings
        state = Mutex(State(active: active, absence: absence))
        gate = Mutex(Gate(window: DedupWindow(countMax: DedupRuntime.keyCountMax)))
    }

    // MARK: Versions

    func activate(_ version: BoundVersion) {
        state.withLock { state in
            state.active = version
            state.trial = nil
            state.figures = CallFigures()
            state.breaker = Breaker()
        }
    }

    func deactivate(because reason: String) {
        state.withLock { state in
            state.active = nil
            state.trial = nil
            state.absence = reason
        }
    }

    func tryBeside(_ candidate: BoundVersion, nowMS: Int64) {
        state.withLock { $0.trial = (candidate, TrialOutcome(startMS: nowMS)) }
    }

    func endTrial() { state.withLock { $0.trial = nil } }
    var trialOutcome: TrialOutcome? { state.withLock { $0.trial?.outcome } }
    var figures: CallFigures { state.withLock { $0.figures } }
    func add(_ tap: Tap) { state.withLock { $0.taps.append(tap) } }

    /// The last rows go to disk.
    func stop() async { writeRows() }

    // MARK: Keys

    private typealias Answer = Result<PluginState.DedupAnswer?, LuaError>

    /// What the plugin says of each record; nil if it is not to be asked.
    private func answers(_ records: [Record], topic: String) -> (answers: [Answer]?, reason: String) {
        let nowMS = surroundings.nowNS() / 1_000_000
        let (active, absence, candidate, taps, isOpen) = state.withLock { state in
            if !state.taps.isEmpty { state.taps.removeAll { $0.isFull } }
            return (
                state.active, state.absence, state.trial?.candidate, state.taps, state.breaker.isOpen(nowMS: nowMS)
            )
        }
        guard let active else { return (nil, "plugin '\(binding.plugin)' is not active: \(absence)") }
        guard !isOpen else {
            state.withLock { $0.figures.skippedCount += records.count }
            return (nil, "plugin '\(binding.plugin)' keeps failing and is not called for a while")
        }
        let (answers, figures) = call(active, records, topic)
        state.withLock { state in
            state.figures.add(figures)
            state.breaker.note(calls: figures.callCount, errors: figures.errorCount, nowMS: nowMS)
        }
        for tap in taps { for (record, answer) in zip(records, answers) { tap.add(record, answer, topic: topic) } }
        if let candidate {
            let (others, otherFigures) = call(candidate, records, topic)
            let differences = zip(answers, others).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
            state.withLock { state in
                guard state.trial?.candidate === candidate else { return }
                state.trial?.outcome.note(otherFigures, beside: figures, differences: differences)
            }
        }
        return (answers, "")
    }

    private func call(_ version: BoundVersion, _ records: [Record], _ topic: String) -> ([Answer], CallFigures) {
        var figures = CallFigures()
        figures.callCount = records.count
        do throws(PluginError) {
            let nowNS = surroundings.nowNS
            let answers = try version.withState { state in
                let startNS = nowNS()
                var answers: [Answer] = []
                var spoiltBy: LuaError?
                for record in records {
                    let answer = spoiltBy.map { Answer.failure($0) } ?? state.dedup(record, topic: topic)
                    if case .failure(let error) = answer, error.spoilsState { spoiltBy = error }
                    answers.append(answer)
                }
                figures.totalNS = nowNS() - startNS
                return (answers, spoiltBy == nil)
            }
            figures.greatestNS = records.isEmpty ? 0 : figures.totalNS / Int64(records.count)
            for case .failure(let error) in answers { figures.note(error) }
            return (answers, figures)
        } catch {
            figures.errorCount = records.count
            figures.lastError = error.message
            return (Array(repeating: .failure(LuaError(.script, error.message)), count: records.count), figures)
        }
    }

    // MARK: Rows

    /// Reads back what was known of a topic, rows first, then what its logs hold beyond them. False if the plugin cannot
    /// say what it would have said: then nothing counts as read. Within the gate.
    private func restore(_ topic: Topic, _ gate: inout Gate) throws -> Bool {
        let missing = topic.partitions.filter { partition in
            !gate.restored.contains(
                TopicPosition(topic: topic.name, topicID: topic.id.text, partition: partition.index))
        }
        guard !missing.isEmpty else { return true }
        if !gate.hasLoadedRows {
            let nowMS = surroundings.wallMS()
            gate.storedReach = try withStore { store in
                try store.load(binding.id, nowMS: nowMS) { key, entry in gate.window.add(key, entry) }
                return try store.reach(binding.id)
            }
            gate.hasLoadedRows = true
        }
        var isNew = false
        var isComplete = true
        for partition in missing {
            let position = TopicPosition(topic: topic.name, topicID: topic.id.text, partition: partition.index)
            if let stored = gate.storedReach[position] {
                guard let offset = try readBack(topic, partition, from: stored, &gate) else {
                    isComplete = false
                    break
                }
                gate.reach[position] = offset
            } else {
                // A binding that is new begins with what comes.
                gate.reach[position] = partition.log.extent.committedOffset
                isNew = true
            }
            gate.restored.insert(position)
        }
        // Noted before a record passes: else a crash would have the next start begin behind it.
        if isNew {
            let noted = gate.reach
            try withStore { try $0.write(binding.id, [], reach: noted, nowMS: surroundings.wallMS()) }
        }
        return isComplete
    }

    /// Takes the keys of a log's records from an offset on; where it ends, nil if the plugin cannot be asked.
    private func readBack(_ topic: Topic, _ partition: Partition, from start: Int64, _ gate: inout Gate) throws
        -> Int64?
    {
        var offset = max(start, partition.log.extent.logStartOffset)
        while partition.log.extent.committedOffset > offset {
            let page = try RecordPage.read(
                partition.log, from: offset,
                limit: .init(recordCountMax: DedupRuntime.pageRecordCountMax, bytesMax: DedupRuntime.pageBytesMax))
            guard let answers = answers(page.records.map(\.record), topic: topic.name).answers else { return nil }
            for (entry, answer) in zip(page.records, answers) {
                switch answer {
                case .failure: return nil
                case .success(nil): break
                case .success(let dedup?):
                    // Its window began when it came, not with this start.
                    let sinceMS = min(surroundings.wallMS(), max(0, entry.record.timestampMS))
                    add(dedup, topic, partition.index, entry.offset, sinceMS: sinceMS, &gate)
                }
            }
            guard page.nextOffset > offset else { break }
            offset = page.nextOffset
        }
        return offset
    }

    private func add(
        _ dedup: PluginState.DedupAnswer, _ topic: Topic, _ partition: Int32, _ offset: Int64, sinceMS: Int64,
        _ gate: inout Gate
    ) {
        let key = DedupKey(dedup.key, scope: dedup.scope, topic: topic.id.text, partition: partition)
        guard find(key, gate) == nil else { return }
        let entry = DedupWindow.Entry(
            topic: topic.name, topicID: topic.id.text, partition: partition, offset: offset,
            expiresMS: sinceMS + dedup.windowMS)
        gate.window.add(key, entry)
        gate.unwritten.append((key, entry))
    }

    /// The entry of a key, if it still counts and its topic is still there.
    private func find(_ key: DedupKey, _ gate: Gate) -> DedupWindow.Entry? {
        guard let entry = gate.window.find(key, nowMS: surroundings.wallMS()),
            surroundings.broker.topic(entry.topic)?.id.text == entry.topicID
        else { return nil }
        return entry
    }

    private func withStore<Result>(_ body: (DedupStore) throws -> Result) throws -> Result {
        try store.withLock { box in
            if box == nil {
                try FileManager.default.createDirectory(
                    atPath: surroundings.directory, withIntermediateDirectories: true)
                box = StoreBox(store: try DedupStore(path: "\(surroundings.directory)/_dedup.sqlite"))
            }
            guard let box else { throw SQLError(code: 0, message: "the table of keys is not open") }
            return try body(box.store)
        }
    }

    /// Writes the rows that have come since the last time. To be called some times a second; blocks.
    func writeRows() {
        let (rows, reach) = gate.withLock { gate in
            gate.window.expire(nowMS: surroundings.wallMS())
            defer { gate.unwritten = [] }
            return (gate.unwritten, gate.reach)
        }
        guard !rows.isEmpty else { return }
        // Rows must not speak of records that a crash can still take.
        for (position, offset) in reach {
            guard let topic = surroundings.broker.topic(position.topic), topic.id.text == position.topicID,
                topic.partitions.indices.contains(Int(position.partition))
            else { continue }
            guard topic.partitions[Int(position.partition)].log.extent.committedOffset >= offset else {
                return putBack(rows)
            }
        }
        do {
            try withStore { store in
                let nowMS = surroundings.wallMS()
                try store.write(binding.id, rows, reach: reach, nowMS: nowMS)
                try store.forget(binding.id, expiredBefore: nowMS)
            }
        } catch {
            surroundings.logger.error(
                "keys of duplicates cannot be written; the log has them",
                metadata: ["binding": "\(binding.id)", "error": "\(error)"])
            putBack(rows)
        }
    }

    private func putBack(_ rows: [(DedupKey, DedupWindow.Entry)]) {
        gate.withLock { $0.unwritten = rows + $0.unwritten }
    }
}

// MARK: - The gate

/// The gate of one topic of the binding.
struct TopicDuplicateGate: DuplicateGate {
    var runtime: DedupRuntime
    var topic: String

    func pass(
        _ records: [Record], partition: Int32, write: ([DuplicateVerdict]) throws(LogError) -> [Int64]
    ) throws(LogError) {
        try runtime.pass(records, topic: topic, partition: partition, write: write)
    }
}

extension DedupRuntime {
    func pass(
        _ records: [Record], topic name: String, partition: Int32,
        write: ([DuplicateVerdict]) throws(LogError) -> [Int64]
    ) throws(LogError) {
        let result: Result<Void, LogError> = gate.withLock { gate in
            Result { () throws(LogError) in
                guard let topic = surroundings.broker.topic(name) else {
                    throw .gateClosed(reason: "the topic is gone")
                }
                var problem: String?
                do {
                    if try !restore(topic, &gate) {
                        problem = "plugin '\(binding.plugin)' cannot say what '\(name)' has had"
                    }
                } catch {
                    problem = "what '\(name)' has had cannot be read back: \(error)"
                }
                var (answers, reason) = problem == nil ? answers(records, topic: name) : (nil, problem ?? "")
                if problem != nil { answers = nil }
                let (verdicts, keys) = judge(answers, reason, records.count, topic, partition, gate)
                let offsets = try write(verdicts)
                // What passes before the logs are read back is read back with them.
                guard problem == nil else { return }
                for (index, offset) in offsets.enumerated() where offset >= 0 {
                    let position = TopicPosition(topic: name, topicID: topic.id.text, partition: partition)
                    gate.reach[position] = max(gate.reach[position] ?? 0, offset + 1)
                    guard let dedup = keys[index] else { continue }
                    add(dedup, topic, partition, offset, sinceMS: surroundings.wallMS(), &gate)
                }
            }
        }
        try result.get()
    }

    /// A verdict for each record, and the keys of those that have one.
    private func judge(
        _ answers: [Answer]?, _ reason: String, _ count: Int, _ topic: Topic, _ partition: Int32, _ gate: Gate
    ) -> ([DuplicateVerdict], [PluginState.DedupAnswer?]) {
        var keys = [PluginState.DedupAnswer?](repeating: nil, count: count)
        guard let answers else {
            return (Array(repeating: binding.onError == .open ? .fresh : .refused(reason: reason), count: count), keys)
        }
        var inThisCall: [DedupKey: Int] = [:]
        var duplicateCount = 0
        let verdicts = answers.enumerated().map { index, answer -> DuplicateVerdict in
            switch answer {
            case .failure(let error):
                return binding.onError == .open
                    ? .fresh : .refused(reason: "plugin '\(binding.plugin)' failed: \(error)")
            case .success(nil): return .fresh
            case .success(let dedup?):
                keys[index] = dedup
                let key = DedupKey(dedup.key, scope: dedup.scope, topic: topic.id.text, partition: partition)
                if let first = find(key, gate) {
                    duplicateCount += 1
                    return verdict(
                        of: RecordPlace(topic: first.topic, partition: first.partition, offset: first.offset))
                }
                if let first = inThisCall[key] {
                    duplicateCount += 1
                    return binding.host.onDuplicate == .drop
                        ? .repeated(of: first)
                        : verdict(of: RecordPlace(topic: topic.name, partition: partition, offset: -1))
                }
                inThisCall[key] = index
                return .fresh
            }
        }
        if duplicateCount > 0 { state.withLock { $0.figures.duplicateCount += duplicateCount } }
        return (verdicts, keys)
    }

    private func verdict(of first: RecordPlace) -> DuplicateVerdict {
        switch binding.host.onDuplicate {
        case .drop: .dropped(first: first)
        case .reject: .rejected(first: first)
        case .flag: .flagged(first: first)
        }
    }
}

extension PluginState {
    /// What `dedup` says of a message: its key, how long it counts, and where.
    struct DedupAnswer: Equatable {
        var key: [UInt8]
        var windowMS: Int64
        var scope = DedupKey.Scope.topic
    }

    /// Calls `dedup` for a record that is not stored yet.
    func dedup(_ record: Record, topic: String) -> Result<DedupAnswer?, LuaError> {
        var topic = topic
        return topic.withUTF8 { topic in
            record.withMessage(topic: UnsafeRawBufferPointer(topic)) { dedup($0) }
        }
    }

    /// Calls `dedup`; nil for a message that is not checked.
    func dedup(_ message: LuaMessage) -> Result<DedupAnswer?, LuaError> {
        guard let function = function(at: .dedup), let configuration else { return .success(nil) }
        return Result { () throws(LuaError) in
            try messageView.showing(message) { () throws(LuaError) in
                try vm.call(at: .dedup, budget: limits.pure) { stack throws(LuaError) in
                    function.push(on: stack)
                    messageView.push(on: stack)
                    configuration.push(on: stack)
                    return 2
                } results: { stack, first throws(LuaError) in
                    try PluginState.dedupAnswer(stack, first: first)
                }
            }
        }
    }

    static let dedupWindowMS: Int64 = 600_000
    /// Longer windows are cut to this.
    static let dedupWindowMSMax: Int64 = 24 * 3_600_000

    /// A key, a window and a scope; the last two may be left out.
    private static func dedupAnswer(_ stack: LuaStack, first: Int) throws(LuaError) -> DedupAnswer? {
        if stack.isNil(at: first) { return nil }
        guard let key = stack.bytes(at: first) ?? stack.integer(at: first).map({ Array("\($0)".utf8) }) else {
            throw LuaError(.script, "dedup returned \(stack.description(at: first)): a key is a string, or nil")
        }
        var answer = DedupAnswer(key: key, windowMS: dedupWindowMS)
        if !stack.isNil(at: first + 1) {
            let windowMS = try LuaDuration.milliseconds(stack: stack, at: first + 1, what: "the window of dedup")
            answer.windowMS = min(windowMS, dedupWindowMSMax)
        }
        if !stack.isNil(at: first + 2) {
            guard let scope = stack.string(at: first + 2).flatMap({ DedupKey.Scope(rawValue: $0) }) else {
                let names = DedupKey.Scope.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                throw LuaError(
                    .script, "the scope of dedup is \(stack.description(at: first + 2)): it is one of \(names)")
            }
            answer.scope = scope
        }
        return answer
    }
}

extension Tap {
    func add(_ record: Record, _ answer: Result<PluginState.DedupAnswer?, LuaError>, topic: String) {
        let text =
            switch answer {
            case .success(nil): "nil"
            case .success(let dedup?): "key \(String(decoding: dedup.key, as: UTF8.self)) for \(dedup.windowMS) ms"
            case .failure(let error): "error: \(error)"
            }
        add(
            Call(
                topic: topic, key: record.key, sizeBytes: (record.key?.count ?? 0) + (record.value?.count ?? 0),
                answer: text))
    }
}
