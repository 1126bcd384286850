import BrokerEngine
import LogStorage
import LuaRuntime
import Synchronization

/// A topic's `select`: the active version, another that is tried beside it, and what became of the calls.
final class SelectorRuntime: PluginRuntime {
    let binding: Binding
    private let state: Mutex<State>
    /// A monotonic clock, nanoseconds.
    private let nowNS: @Sendable () -> Int64

    private struct State {
        var active: BoundVersion?
        /// Why there is no active version.
        var absence: String
        var trial: Trial?
        var figures = CallFigures()
        var breaker = Breaker()
        var taps: [Tap] = []
    }

    /// A version that is called with the same records, and whose answers are only compared.
    private struct Trial {
        var candidate: BoundVersion
        var outcome: TrialOutcome
    }

    init(_ binding: Binding, active: BoundVersion?, absence: String, nowNS: @escaping @Sendable () -> Int64) {
        self.binding = binding
        self.nowNS = nowNS
        state = Mutex(State(active: active, absence: absence))
    }

    // MARK: Versions

    /// From now on this version decides.
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
        state.withLock { $0.trial = Trial(candidate: candidate, outcome: TrialOutcome(startMS: nowMS)) }
    }

    func endTrial() { state.withLock { $0.trial = nil } }

    /// It runs only when it is called.
    func stop() async {}

    var trialOutcome: TrialOutcome? { state.withLock { $0.trial?.outcome } }
    var figures: CallFigures { state.withLock { $0.figures } }

    func add(_ tap: Tap) { state.withLock { $0.taps.append(tap) } }

    // MARK: Selecting

    /// Runs script code, up to the time budget for each record. On any thread but an event loop's.
    func select(_ records: [Record], topic: String, partitionCount: Int32) -> [PartitionSelection] {
        let nowMS = nowNS() / 1_000_000
        let (active, absence, candidate, taps, isOpen) = state.withLock { state in
            if !state.taps.isEmpty { state.taps.removeAll { $0.isFull } }
            return (
                state.active, state.absence, state.trial?.candidate, state.taps, state.breaker.isOpen(nowMS: nowMS)
            )
        }
        guard let active else { return failed(records, "plugin '\(binding.plugin)' is not active: \(absence)") }
        guard !isOpen else {
            state.withLock { $0.figures.skippedCount += records.count }
            return failed(records, "plugin '\(binding.plugin)' keeps failing and is not called for a while")
        }
        let (selections, figures) = SelectorRuntime.call(active, records, topic, partitionCount, nowNS)
        state.withLock { state in
            state.figures.add(figures)
            state.breaker.note(calls: figures.callCount, errors: figures.errorCount, nowMS: nowMS)
        }
        for tap in taps { tap.add(records, selections, topic: topic) }
        if let candidate { compare(candidate, records, topic, partitionCount, with: selections, figures) }
        return selections.map { selection in
            switch selection {
            case .partition(let partition): .partition(partition)
            case .undecided: .undecided
            case .failed(let error): failure("plugin '\(binding.plugin)' failed: \(error)")
            }
        }
    }

    private func failed(_ records: [Record], _ reason: String) -> [PartitionSelection] {
        Array(repeating: failure(reason), count: records.count)
    }

    private func failure(_ reason: String) -> PartitionSelection {
        binding.onError == .open ? .undecided : .refused(reason: reason)
    }

    private func compare(
        _ candidate: BoundVersion, _ records: [Record], _ topic: String, _ partitionCount: Int32,
        with selections: [LuaSelection], _ figures: CallFigures
    ) {
        let (others, otherFigures) = SelectorRuntime.call(candidate, records, topic, partitionCount, nowNS)
        let differences = zip(selections, others).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
        state.withLock { state in
            guard state.trial?.candidate === candidate else { return }
            state.trial?.outcome.note(otherFigures, beside: figures, differences: differences)
        }
    }

    /// Calls one version for each record.
    static func call(
        _ version: BoundVersion, _ records: [Record], _ topic: String, _ partitionCount: Int32,
        _ nowNS: @Sendable () -> Int64
    ) -> ([LuaSelection], CallFigures) {
        var figures = CallFigures()
        do {
            let selections = try version.withState { state in
                let startNS = nowNS()
                let selections = state.select(records, topic: topic, partitionCount: partitionCount)
                figures.totalNS = nowNS() - startNS
                let isGood = !selections.contains {
                    if case .failed(let error) = $0 { error.spoilsState } else { false }
                }
                return (selections, isGood)
            }
            figures.callCount = records.count
            figures.greatestNS = records.isEmpty ? 0 : figures.totalNS / Int64(records.count)
            for case .failed(let error) in selections { figures.note(error) }
            return (selections, figures)
        } catch {
            let failure = LuaError(.script, error.message)
            figures.callCount = records.count
            figures.errorCount = records.count
            figures.lastError = error.message
            return (Array(repeating: .failed(failure), count: records.count), figures)
        }
    }
}

extension PluginState {
    /// Calls `select` for each record. After an error that spoils the state the rest is not tried.
    func select(_ records: [Record], topic: String, partitionCount: Int32) -> [LuaSelection] {
        guard let function = function(at: .select), let configuration else { return [] }
        let budget = limits.pure
        let view = messageView
        var selections: [LuaSelection] = []
        selections.reserveCapacity(records.count)
        var topic = topic
        topic.withUTF8 { topic in
            for record in records {
                if case .failed(let error)? = selections.last, error.spoilsState {
                    selections.append(.failed(error))
                    continue
                }
                selections.append(
                    record.withMessage(topic: UnsafeRawBufferPointer(topic)) { message in
                        view.select(
                            function, message: message, partitionCount: partitionCount, configuration: configuration,
                            budget: budget)
                    })
            }
        }
        return selections
    }
}

extension LuaError {
    /// Whether the state it happened in is better not used again.
    var spoilsState: Bool { code == .outOfMemory || code == .stopped }
}

extension CallFigures {
    mutating func note(_ error: LuaError) {
        errorCount += 1
        if error.code == .stopped { timeoutCount += 1 }
        lastError = "\(error)"
    }
}

/// How a version did that was tried beside the active one.
struct TrialOutcome: Sendable, Equatable {
    var startMS: Int64
    var callCount = 0
    var errorCount = 0
    /// Calls with another answer than the active version's.
    var differenceCount = 0
    var totalNS: Int64 = 0
    var activeNS: Int64 = 0
    var lastError: String?

    init(startMS: Int64) { self.startMS = startMS }

    mutating func note(_ figures: CallFigures, beside active: CallFigures, differences: Int) {
        callCount += figures.callCount
        errorCount += figures.errorCount
        differenceCount += differences
        totalNS += figures.totalNS
        activeNS += active.totalNS
        lastError = figures.lastError ?? lastError
    }

    /// A version this much slower than the active one is not taken.
    static let slownessMax = 10.0
    /// Below this a ratio of times says nothing.
    static let measuredNSMin: Int64 = 1_000_000

    /// Why the version is not to be taken; nil if nothing speaks against it.
    var objection: String? {
        if errorCount > 0 {
            return "\(errorCount) of \(callCount) calls failed beside the active version: \(lastError ?? "")"
        }
        if activeNS >= TrialOutcome.measuredNSMin, Double(totalNS) > TrialOutcome.slownessMax * Double(activeNS) {
            return "it took \(totalNS / Int64(max(1, callCount))) ns a call where the active version takes "
                + "\(activeNS / Int64(max(1, callCount)))"
        }
        return nil
    }
}
