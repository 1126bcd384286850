import BrokerEngine
import Foundation
import LogStorage
import Logging
import LuaLibraries
import LuaRuntime

/// One handler at work: its state, its transactions, what it has put off. Confined to its worker.
///
/// A transaction holds the effects of several messages, each in a savepoint of its own, with their dedup keys and the
/// offsets they bring the consumer to: whatever ends the process, each message has had its effect or will have it, once.
final class HandlerLane {
    let runtime: HandlerRuntime
    private let store: HandlerStore
    private let send: (String, OutgoingMessage) throws -> Void
    private let logger: Logger
    private let nowNS: @Sendable () -> Int64
    private let wallMS: @Sendable () -> Int64

    private var active: Code?
    private var candidate: Code?
    /// Tried, and not to be called again.
    private var refusedTrial: BoundVersion?
    var parked: ParkedQueues
    /// What became of the latest message, and whether it was known.
    private(set) var latest: (verdict: HandlerVerdict, isDuplicate: Bool)?

    var binding: Binding { runtime.binding }
    /// By which the host's tables know it.
    var consumer: String { binding.group }

    /// A version with a state of its own.
    private struct Code {
        var bound: BoundVersion
        var state: PluginState
        var transaction: LuaReference
    }

    /// After so long, milliseconds, a transaction is committed with what it has.
    private static let transactionMS: Int64 = 200
    /// Messages put off beyond this hold up those behind them.
    static let parkedCountMax = 10_000

    init(
        _ runtime: HandlerRuntime, store: HandlerStore, logger: Logger, nowNS: @escaping @Sendable () -> Int64,
        wallMS: @escaping @Sendable () -> Int64, send: @escaping (String, OutgoingMessage) throws -> Void
    ) throws {
        self.runtime = runtime
        self.store = store
        self.logger = logger
        self.nowNS = nowNS
        self.wallMS = wallMS
        self.send = send
        parked = ParkedQueues(try store.parked(consumer: runtime.binding.group))
    }

    // MARK: Versions

    /// Takes up the version that is wanted. False if there is none, or it cannot run.
    func prepareVersion() -> Bool {
        let (wanted, tried) = runtime.versions
        guard let wanted else {
            active = nil
            return false
        }
        if active?.bound !== wanted { active = makeCode(wanted, isTrial: false) }
        if candidate?.bound !== tried {
            candidate = tried.flatMap { $0 === refusedTrial ? nil : makeCode($0, isTrial: true) }
        } else if let candidate, candidate.bound === refusedTrial {
            self.candidate = nil
        }
        return active != nil
    }

    private func makeCode(_ bound: BoundVersion, isTrial: Bool) -> Code? {
        do {
            let state = try bound.makeState()
            if !isTrial { try makeTables(state.manifest.schema) }
            if state.manifest.needs.kv {
                let (database, wallMS) = (store.database, wallMS)
                state.vm.provide(KeyValueAccess { try KeyValueStore(database, nowMS: wallMS) })
            }
            let send = send
            let transaction = HandlerTransaction(
                store.database, capabilities: state.manifest.needs,
                // What is tried leaves no trace.
                send: isTrial ? { _, _ in } : send)
            return Code(
                bound: bound, state: state,
                transaction: state.vm.makeReference { stack in
                    state.vm.push(transaction, class: TransactionModule.className, on: stack)
                })
        } catch {
            logger.error("a handler cannot run", metadata: ["binding": "\(binding.id)", "error": "\(error)"])
            return nil
        }
    }

    private func makeTables(_ schema: String) throws {
        guard !schema.isEmpty else { return }
        // A state that is replaced in the middle of a transaction has made its tables before.
        guard !store.database.isInTransaction else { return }
        try store.database.begin()
        let nowNS = nowNS
        let deadlineNS = nowNS() + Int64(PluginLimits().handlerTimeMS) * 1_000_000
        store.database.interruptStatements { nowNS() > deadlineNS }
        defer { store.database.interruptStatements(when: nil) }
        do {
            try store.database.runForScript(schema)
            guard store.database.isInTransaction else {
                throw PluginError(.manifest, "schema ended its transaction: leave out COMMIT and OR ROLLBACK")
            }
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
    }

    /// A state that a call has spoilt is replaced.
    private func replaceIfSpoilt(by error: LuaError?) {
        guard let error, error.spoilsState, let bound = active?.bound else { return }
        active = makeCode(bound, isTrial: false)
    }

    // MARK: Prepare

    var hasPrepare: Bool { active?.state.function(at: .prepare) != nil }

    /// Runs `prepare` for a message; it may wait, and others run meanwhile. Keep the value for `handle`.
    func prepare(_ input: HandlerInput) async -> Result<LuaReference, LuaError> {
        guard let code = active, let function = code.state.function(at: .prepare) else {
            return .failure(LuaError(.host, "the plugin has no prepare"))
        }
        let vm = code.state.vm
        do throws(LuaError) {
            let value = try await vm.run(at: .prepare, budget: code.state.limits.handler) { stack throws(LuaError) in
                function.push(on: stack)
                input.withMessage { stack.push($0) }
                code.state.pushContext(on: stack)
                return 2
            } results: { stack throws(LuaError) in
                if stack.count == 0 { stack.pushNil() }
                return vm.keep(at: 1, of: stack)
            }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    // MARK: Handling

    /// The offsets that a transaction brought its consumer to, by partition.
    typealias Progress = [TopicPosition: Int64]

    /// Handles messages in one transaction, as many as there is time for; how many that were. `prepared` holds what
    /// `prepare` made of each, if the plugin has that. Throws if the database refuses: then nothing has happened.
    func handle(
        _ inputs: [HandlerInput], prepared: [Result<LuaReference, LuaError>], singly: Bool = false
    ) throws -> (count: Int, progress: Progress) {
        let isBatched = active?.state.function(at: .handleBatch) != nil
        do {
            try store.database.begin()
            var progress: Progress = [:]
            var figures = CallFigures()
            let startNS = nowNS()
            var count = 0
            if isBatched {
                count = inputs.count
                try handleTogether(inputs, prepared, &figures, singly: singly)
            } else {
                for (index, input) in inputs.enumerated() {
                    try handleOne(input, prepared.isEmpty ? nil : prepared[index], &figures)
                    count += 1
                    if nowNS() - startNS > HandlerLane.transactionMS * 1_000_000 { break }
                }
            }
            for input in inputs.prefix(count) where input.parked == nil {
                progress[TopicPosition(topic: input.topic, topicID: input.topicID, partition: input.partition)] =
                    input.offset + 1
            }
            for (position, offset) in progress {
                try store.setOffset(
                    consumer: consumer, topic: position.topic, topicID: position.topicID,
                    partition: position.partition, offset)
            }
            try store.database.commit()
            runtime.note(figures)
            return (count, progress)
        } catch {
            try? store.database.rollBack()
            // What memory says of the table may be of the transaction that is no more.
            parked = ParkedQueues(try store.parked(consumer: consumer))
            throw error
        }
    }

    private func handleOne(
        _ input: HandlerInput, _ prepared: Result<LuaReference, LuaError>?, _ figures: inout CallFigures
    ) throws {
        if input.parked == nil, parked.isBlocked(input.queue) {
            // Behind one of its key that has to be handled first.
            return try park(input, attempts: 0, dueMS: 0, reason: "waits for a message of its key")
        }
        try store.database.execute("SAVEPOINT message")
        let duplicateCount = figures.duplicateCount
        let verdict = try self.verdict(of: input, prepared, &figures)
        latest = (verdict, figures.duplicateCount > duplicateCount)
        store.database.endOpenRows()
        guard store.database.isInTransaction else { throw HandlerAbort.transactionEnded(input) }
        if verdict == .done {
            try store.database.execute("RELEASE message")
        } else {
            try store.database.execute("ROLLBACK TO message")
            try store.database.execute("RELEASE message")
        }
        try settle(input, verdict, &figures)
    }

    /// Whether the message is new, and what the handler says of it; within the message's savepoint.
    private func verdict(
        of input: HandlerInput, _ prepared: Result<LuaReference, LuaError>?, _ figures: inout CallFigures
    ) throws -> HandlerVerdict {
        figures.callCount += 1
        switch dedupKey(of: input) {
        case .failure(let error):
            figures.note(error)
            return HandlerVerdict(error)
        case .success(nil): break
        case .success(let dedup?):
            let nowMS = wallMS()
            guard
                try store.insertDedup(
                    consumer: consumer, key: dedup.key, expiresMS: nowMS + dedup.windowMS, nowMS: nowMS)
            else {
                figures.duplicateCount += 1
                return .done
            }
        }
        var value: LuaReference?
        switch prepared {
        case .failure(let error)?:
            figures.note(error)
            return HandlerVerdict(error)
        case .success(let reference)?: value = reference
        case nil: break
        }
        guard let code = active else { return .retry(delayMS: nil, code: "ERROR", reason: "the handler cannot run") }
        if let value, !value.belongs(to: code.state.vm) { return .again }
        if let candidate { try runTrial(candidate, input, value) }
        let startNS = nowNS()
        let outcome = call(code, input, value)
        let tookNS = nowNS() - startNS
        figures.totalNS += tookNS
        figures.greatestNS = max(figures.greatestNS, tookNS)
        return verdict(of: outcome, input, &figures)
    }

    private func verdict(
        of outcome: Result<HandlerVerdict, LuaError>, _ input: HandlerInput, _ figures: inout CallFigures
    ) -> HandlerVerdict {
        let verdict: HandlerVerdict
        switch outcome {
        case .success(let said): verdict = said
        case .failure(let error):
            if error.details == .none { figures.note(error) }
            verdict = HandlerVerdict(error)
            replaceIfSpoilt(by: error)
            if error.details == .none {
                logger.warning(
                    "a handler failed",
                    metadata: [
                        "plugin": "\(binding.plugin)", "record": "\(input.topic)-\(input.partition)@\(input.offset)",
                        "attempt": "\(input.attempts + 1)", "error": "\(error)",
                    ])
            }
        }
        for tap in runtime.taps { tap.add(input, verdict) }
        return verdict
    }

    private func call(_ code: Code, _ input: HandlerInput, _ prepared: LuaReference?) -> Result<
        HandlerVerdict, LuaError
    > {
        guard let function = code.state.function(at: .handle) else {
            return .failure(LuaError(.host, "the plugin has no handle"))
        }
        let (vm, view, budget) = (code.state.vm, code.state.messageView, code.state.limits.handler)
        interruptStatements(of: code)
        defer { store.database.interruptStatements(when: nil) }
        return input.withMessage { message in
            Result { () throws(LuaError) in
                try view.showing(message) { () throws(LuaError) in
                    try vm.call(at: .handle, budget: budget) { stack throws(LuaError) in
                        function.push(on: stack)
                        view.push(on: stack)
                        code.transaction.push(on: stack)
                        if let prepared { prepared.push(on: stack) } else { stack.pushNil() }
                        return 3
                    } results: { stack, first throws(LuaError) in
                        try HandlerVerdict(stack, first: first)
                    }
                }
            }
        }
    }

    /// Has statements end at the end of a handler's time.
    private func interruptStatements(of code: Code) {
        let nowNS = nowNS
        let deadlineNS = nowNS() + Int64(code.state.limits.handler.totalMS) * 1_000_000
        store.database.interruptStatements { nowNS() > deadlineNS }
    }

    /// Calls the version that is tried, and undoes all it did.
    private func runTrial(_ candidate: Code, _ input: HandlerInput, _ prepared: LuaReference?) throws {
        // What `prepare` made is a value of the active version's state: a handler that needs it cannot be tried so.
        guard prepared == nil else { return }
        var figures = CallFigures()
        figures.callCount = 1
        try store.database.execute("SAVEPOINT trial")
        let startNS = nowNS()
        var outcome: Result<HandlerVerdict, LuaError>
        do throws(SQLError) {
            let schema = candidate.state.manifest.schema
            if !schema.isEmpty { try store.database.runForScript(schema) }
            outcome = call(candidate, input, nil)
        } catch {
            outcome = .failure(LuaError(.host, "\(error)"))
        }
        figures.totalNS = nowNS() - startNS
        store.database.endOpenRows()
        guard store.database.isInTransaction else {
            figures.errorCount = 1
            figures.lastError = "a statement ended its transaction"
            runtime.noteTrial(figures, beside: CallFigures(), differences: 0, of: candidate.bound)
            refusedTrial = candidate.bound
            throw HandlerAbort.trialEnded
        }
        try store.database.execute("ROLLBACK TO trial")
        try store.database.execute("RELEASE trial")
        if case .failure(let error) = outcome, error.details == .none { figures.note(error) }
        runtime.noteTrial(figures, beside: CallFigures(), differences: 0, of: candidate.bound)
    }

    // MARK: Batches

    /// All messages in one call; if it fails, or says anything but ok of one, each by itself.
    private func handleTogether(
        _ inputs: [HandlerInput], _ prepared: [Result<LuaReference, LuaError>], _ figures: inout CallFigures,
        singly: Bool
    ) throws {
        let free = !singly && inputs.allSatisfy { $0.parked == nil && !parked.isBlocked($0.queue) }
        if free, inputs.count > 1 {
            try store.database.execute("SAVEPOINT batch")
            var attempt = figures
            let verdict = try handleRun(inputs, prepared, &attempt)
            store.database.endOpenRows()
            guard store.database.isInTransaction else { throw HandlerAbort.batchEnded }
            if verdict == .done {
                try store.database.execute("RELEASE batch")
                figures = attempt
                return
            }
            try store.database.execute("ROLLBACK TO batch")
            try store.database.execute("RELEASE batch")
        }
        for (index, input) in inputs.enumerated() {
            if input.parked == nil, parked.isBlocked(input.queue) {
                try park(input, attempts: 0, dueMS: 0, reason: "waits for a message of its key")
                continue
            }
            try store.database.execute("SAVEPOINT message")
            let duplicateCount = figures.duplicateCount
            let verdict = try handleRun([input], prepared.isEmpty ? [] : [prepared[index]], &figures)
            latest = (verdict, figures.duplicateCount > duplicateCount)
            store.database.endOpenRows()
            guard store.database.isInTransaction else { throw HandlerAbort.transactionEnded(input) }
            if verdict != .done { try store.database.execute("ROLLBACK TO message") }
            try store.database.execute("RELEASE message")
            try settle(input, verdict, &figures)
        }
    }

    /// Calls `handle_batch` with those messages that are new. Not done unless all are.
    private func handleRun(
        _ inputs: [HandlerInput], _ prepared: [Result<LuaReference, LuaError>], _ figures: inout CallFigures
    ) throws -> HandlerVerdict {
        var fresh: [Int] = []
        for (index, input) in inputs.enumerated() {
            figures.callCount += 1
            switch dedupKey(of: input) {
            case .failure(let error):
                figures.note(error)
                return HandlerVerdict(error)
            case .success(let dedup):
                let nowMS = wallMS()
                if let dedup,
                    try !store.insertDedup(
                        consumer: consumer, key: dedup.key, expiresMS: nowMS + dedup.windowMS, nowMS: nowMS)
                {
                    figures.duplicateCount += 1
                } else {
                    fresh.append(index)
                }
            }
            if case .failure(let error)? = prepared.isEmpty ? nil : prepared[index] {
                figures.note(error)
                return HandlerVerdict(error)
            }
        }
        guard !fresh.isEmpty else { return .done }
        guard let code = active, let function = code.state.function(at: .handleBatch) else {
            return .retry(delayMS: nil, code: "ERROR", reason: "the handler cannot run")
        }
        let vm = code.state.vm
        if case .success(let value)? = prepared.first, !value.belongs(to: vm) { return .again }
        interruptStatements(of: code)
        defer { store.database.interruptStatements(when: nil) }
        let startNS = nowNS()
        let outcome = Result { () throws(LuaError) in
            try vm.call(at: .handleBatch, budget: code.state.limits.handler) { stack throws(LuaError) in
                function.push(on: stack)
                stack.pushTable()
                for (place, index) in fresh.enumerated() {
                    inputs[index].withMessage { stack.push($0) }
                    stack.setElement(place + 1, of: -2)
                }
                code.transaction.push(on: stack)
                stack.pushTable()
                for (place, index) in fresh.enumerated() where !prepared.isEmpty {
                    guard case .success(let value) = prepared[index] else { continue }
                    value.push(on: stack)
                    stack.setElement(place + 1, of: -2)
                }
                return 3
            } results: { stack, first throws(LuaError) in
                try HandlerLane.batchVerdict(stack, first: first, count: fresh.count)
            }
        }
        figures.totalNS += nowNS() - startNS
        return verdict(of: outcome, inputs[0], &figures)
    }

    /// nil, "ok", or a table of verdicts by index, of which those that are not there are ok.
    private static func batchVerdict(_ stack: LuaStack, first: Int, count: Int) throws(LuaError) -> HandlerVerdict {
        guard stack.kind(at: first) == .table else { return try HandlerVerdict(stack, first: first) }
        for place in 1...count {
            let verdict = stack.withElement(place, of: first) { stack in
                Result { () throws(LuaError) in
                    stack.isNil(at: -1) ? HandlerVerdict.done : try HandlerVerdict(stack, first: stack.count)
                }
            }
            let said = try verdict.get()
            if said != .done { return said }
        }
        return .done
    }

    // MARK: Settling

    private func settle(_ input: HandlerInput, _ verdict: HandlerVerdict, _ figures: inout CallFigures) throws {
        switch verdict {
        case .done: if let row = input.parked { try unpark(row) }
        case .retry(let delayMS, let code, let reason):
            let attempts = input.attempts + 1
            guard attempts <= binding.host.retries else { return try bury(input, code: code, reason: reason, &figures) }
            figures.retryCount += 1
            let delayMS = min(
                delayMS ?? HandlerLane.backoffMS(binding.host, attempts: attempts), HandlerLane.delayMSMax)
            try park(input, attempts: attempts, dueMS: wallMS() + delayMS, reason: reason)
        case .dead(let code, let reason): try bury(input, code: code, reason: reason, &figures)
        case .again:
            try park(
                input, attempts: input.attempts, dueMS: wallMS(), reason: "the state it was prepared in is gone")
        }
    }

    /// Twice as long after each attempt, up to the limit.
    static func backoffMS(_ host: Binding.Host, attempts: Int64) -> Int64 {
        let doublings = min(max(attempts - 1, 0), 30)
        let (product, overflows) = host.backoffMS.multipliedReportingOverflow(by: 1 << doublings)
        return overflows ? host.backoffMSMax : min(host.backoffMSMax, product)
    }

    private func park(_ input: HandlerInput, attempts: Int64, dueMS: Int64, reason: String) throws {
        let row = HandlerStore.Parked(
            topic: input.topic, topicID: input.topicID, partition: input.partition, offset: input.offset,
            key: input.record.key, attempts: attempts, dueMS: dueMS,
            reason: HandlerLane.cut(reason))
        try store.park(row, consumer: consumer)
        parked.add(row)
    }

    private func unpark(_ row: HandlerStore.Parked) throws {
        try store.unpark(row, consumer: consumer)
        parked.remove(row)
    }

    private static let reasonBytesMax = 1024

    /// A reason as rows and headers have it: a letter with many marks takes many bytes.
    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > reasonBytesMax else { return reason }
        return String(decoding: reason.utf8.prefix(reasonBytesMax), as: UTF8.self) + "…"
    }

    /// The longest that a message is put off, whoever says so: a week.
    private static let delayMSMax: Int64 = 7 * 86_400_000
    /// How long a message waits whose dead letter could not be written.
    private static let stuckDelayMS: Int64 = 3_600_000

    /// Sends a message to the dead letters.
    private func bury(_ input: HandlerInput, code: String, reason: String, _ figures: inout CallFigures) throws {
        figures.deadCount += 1
        let own: [(String, String)] = [
            ("x-origin-topic", input.topic), ("x-origin-partition", "\(input.partition)"),
            ("x-origin-offset", "\(input.offset)"), ("x-error-code", code),
            ("x-error-message", HandlerLane.cut(reason)),
            ("x-attempts", "\(input.attempts + 1)"), ("x-consumer", consumer),
            ("x-plugin", active.map { "\(binding.plugin) \($0.state.manifest.version)" } ?? binding.plugin),
            ("x-failed-at", "\(wallMS())"),
        ]
        let names = Set(own.map(\.0))
        var message = OutgoingMessage(key: input.record.key, value: input.record.value, timestampMS: wallMS())
        message.headers =
            input.record.headers.filter { !names.contains($0.key) }
            + own.map { Record.Header($0.0, Array($0.1.utf8)) }
        do { try send(binding.deadLetters(of: input.topic), message) } catch let error as LuaError {
            logger.error(
                "a dead letter cannot be written, its message waits",
                metadata: [
                    "plugin": "\(binding.plugin)", "record": "\(input.topic)-\(input.partition)@\(input.offset)",
                    "error": "\(error)",
                ])
            return try park(
                input, attempts: input.attempts, dueMS: wallMS() + HandlerLane.stuckDelayMS,
                reason: "the dead letter cannot be written: \(error)")
        }
        if let row = input.parked { try unpark(row) }
    }

    /// Gives up a message whose record is no more in its log.
    func forget(_ row: HandlerStore.Parked) throws {
        try store.database.begin()
        do {
            try unpark(row)
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
    }

    // MARK: Duplicates

    private func dedupKey(of input: HandlerInput) -> Result<PluginState.DedupAnswer?, LuaError> {
        guard let code = active else { return .success(nil) }
        return input.withMessage { code.state.dedup($0) }
    }

    /// Puts a message off outside the transaction that it ended.
    func parkAlone(_ input: HandlerInput, reason: String) throws {
        try store.database.begin()
        do {
            var figures = CallFigures()
            figures.callCount = 1
            figures.errorCount = 1
            figures.lastError = reason
            try settle(input, .retry(delayMS: nil, code: "SQL", reason: reason), &figures)
            if input.parked == nil {
                try store.setOffset(
                    consumer: consumer, topic: input.topic, topicID: input.topicID, partition: input.partition,
                    input.offset + 1)
            }
            try store.database.commit()
            runtime.note(figures)
        } catch {
            try? store.database.rollBack()
            throw error
        }
    }
}

/// What ends a transaction of a handler before its end.
enum HandlerAbort: Error {
    /// A statement of the handler's for this message ended it, as `INSERT OR ROLLBACK` does.
    case transactionEnded(HandlerInput)
    /// The same for several messages at once: which it was is not known.
    case batchEnded
    /// The same of a version that was only tried.
    case trialEnded
}

/// A partition, and which of the topics of its name.
struct TopicPosition: Hashable {
    var topic: String
    var topicID: String
    var partition: Int32
}

extension HandlerInput {
    /// Shows it as a message.
    func withMessage<Result>(_ body: (LuaMessage) -> Result) -> Result {
        var topic = topic
        return topic.withUTF8 { topic in
            record.withMessage(
                topic: UnsafeRawBufferPointer(topic), partition: Int64(partition), offset: offset, attempts: attempts,
                body)
        }
    }
}

extension Tap {
    func add(_ input: HandlerInput, _ verdict: HandlerVerdict) {
        let answer =
            switch verdict {
            case .done: "ok"
            case .again: "again"
            case .retry(_, let code, let reason): "retry \(code): \(reason)"
            case .dead(let code, let reason): "dead \(code): \(reason)"
            }
        add(
            Call(
                topic: input.topic, key: input.record.key,
                sizeBytes: (input.record.key?.count ?? 0) + (input.record.value?.count ?? 0),
                partition: Int64(input.partition), offset: input.offset, answer: answer))
    }
}
