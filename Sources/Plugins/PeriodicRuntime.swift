import Foundation
import Logging
import LuaRuntime
import NIOCore
import Synchronization

/// A plugin's `every` or `health`: runs by itself at intervals, on a thread shared by all such.
final class PeriodicRuntime: PluginRuntime {
    let binding: Binding
    private let state: Mutex<State>
    private let logger: Logger
    private let nowNS: @Sendable () -> Int64
    private let loop: any EventLoop

    private struct State {
        var worker: PeriodicWorker?
        var figures = CallFigures()
        /// What `health` said last; nil if it is well, or was not asked yet.
        var complaint: String?
        var taps: [Tap] = []
    }

    static let healthIntervalMS: Int64 = 10_000

    init(
        _ binding: Binding, active: BoundVersion?, logger: Logger, loop: any EventLoop,
        nowNS: @escaping @Sendable () -> Int64
    ) {
        self.binding = binding
        self.logger = logger
        self.loop = loop
        self.nowNS = nowNS
        state = Mutex(State())
        if let active { activate(active) }
    }

    func activate(_ version: BoundVersion) {
        let worker = PeriodicWorker(version, loop: loop, nowNS: nowNS) { [weak self] in self?.note($0, $1) }
        let former = state.withLock { state in
            defer {
                state.worker = worker
                state.figures = CallFigures()
            }
            return state.worker
        }
        former?.cancel()
        worker.start()
    }

    func deactivate(because reason: String) {
        let former = state.withLock { state in
            defer {
                state.worker = nil
                state.complaint = nil
            }
            return state.worker
        }
        former?.cancel()
    }

    /// What runs by itself has no calls to be compared: a version is taken at once.
    func tryBeside(_ candidate: BoundVersion, nowMS: Int64) {}
    func endTrial() {}
    var trialOutcome: TrialOutcome? { nil }

    var figures: CallFigures { state.withLock { $0.figures } }
    var complaint: String? { state.withLock { $0.complaint } }
    func add(_ tap: Tap) { state.withLock { $0.taps.append(tap) } }

    func stop() async {
        let worker = state.withLock { state in
            defer { state.worker = nil }
            return state.worker
        }
        worker?.cancel()
        await worker?.ended()
    }

    private func note(_ figures: CallFigures, _ complaint: String?) {
        state.withLock { state in
            state.figures.add(figures)
            state.complaint = complaint
        }
        if let error = figures.lastError {
            logger.warning(
                "a plugin's \(binding.point.text) failed",
                metadata: ["plugin": "\(binding.plugin)", "error": "\(error)"])
        }
    }
}

/// The state of one version that runs at intervals.
actor PeriodicWorker {
    private let bound: BoundVersion
    private let loop: any EventLoop
    private let nowNS: @Sendable () -> Int64
    private let note: @Sendable (CallFigures, String?) -> Void
    private var state: PluginState?
    private nonisolated let tasks = Mutex<[Task<Void, Never>]>([])

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    init(
        _ bound: BoundVersion, loop: any EventLoop, nowNS: @escaping @Sendable () -> Int64,
        note: @escaping @Sendable (_ figures: CallFigures, _ complaint: String?) -> Void
    ) {
        self.bound = bound
        self.loop = loop
        self.nowNS = nowNS
        self.note = note
    }

    nonisolated func start() {
        let intervals =
            bound.binding.point == .health ? [PeriodicRuntime.healthIntervalMS] : bound.version.manifest.intervalsMS
        tasks.withLock { tasks in
            tasks = intervals.map { interval in Task { await self.repeatEvery(interval) } }
        }
    }

    nonisolated func cancel() { for task in tasks.withLock({ $0 }) { task.cancel() } }

    nonisolated func ended() async { for task in tasks.withLock({ $0 }) { await task.value } }

    /// One call an interval; one that takes longer has the next come later.
    private func repeatEvery(_ intervalMS: Int64) async {
        if bound.binding.point == .health { await call(intervalMS) }
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(intervalMS)) } catch { return }
            await call(intervalMS)
        }
    }

    private func call(_ intervalMS: Int64) async {
        var figures = CallFigures()
        figures.callCount = 1
        var complaint: String?
        let startNS = nowNS()
        do {
            let state = try state ?? bound.makeState()
            self.state = state
            let point = bound.binding.point
            guard let function = point == .health ? state.function(at: .health) : state.every[intervalMS] else {
                return
            }
            complaint = try await state.vm.run(at: point, budget: state.limits.handler) { stack throws(LuaError) in
                function.push(on: stack)
                state.pushContext(on: stack)
                return 1
            } results: { stack throws(LuaError) -> String? in
                guard point == .health, stack.count > 0, !stack.boolean(at: 1) else { return nil }
                return stack.count > 1 ? stack.description(at: 2) : "it says it is not well"
            }
        } catch let error as LuaError {
            figures.note(error)
            if error.spoilsState { state = nil }
        } catch {
            figures.errorCount = 1
            figures.lastError = "\(error)"
        }
        figures.totalNS = nowNS() - startNS
        figures.greatestNS = figures.totalNS
        note(figures, bound.binding.point == .health ? complaint ?? figures.lastError : nil)
    }
}
