import Synchronization

/// A handler's binding as the host sees it: which version is wanted, and what became of the messages. The worker that
/// handles them reads the one and writes the other.
final class HandlerRuntime: PluginRuntime {
    let binding: Binding
    private let state: Mutex<State>
    /// nil where somebody else drives the lane, as tests of plugins do.
    let worker: HandlerWorker?

    private struct State {
        var wanted: BoundVersion?
        var absence: String
        var candidate: BoundVersion?
        var outcome: TrialOutcome?
        var figures = CallFigures()
        var taps: [Tap] = []
    }

    init(_ binding: Binding, active: BoundVersion?, absence: String, worker: HandlerWorker?) {
        self.binding = binding
        self.worker = worker
        state = Mutex(State(wanted: active, absence: absence))
    }

    func activate(_ version: BoundVersion) {
        state.withLock { state in
            state.wanted = version
            state.candidate = nil
            state.outcome = nil
            state.figures = CallFigures()
        }
        worker?.signal.set()
    }

    func deactivate(because reason: String) {
        state.withLock { state in
            state.wanted = nil
            state.candidate = nil
            state.outcome = nil
            state.absence = reason
        }
    }

    func tryBeside(_ candidate: BoundVersion, nowMS: Int64) {
        state.withLock { state in
            state.candidate = candidate
            state.outcome = TrialOutcome(startMS: nowMS)
        }
    }

    func endTrial() {
        state.withLock { state in
            state.candidate = nil
            state.outcome = nil
        }
    }

    var trialOutcome: TrialOutcome? { state.withLock { $0.outcome } }
    var figures: CallFigures { state.withLock { $0.figures } }

    func add(_ tap: Tap) { state.withLock { $0.taps.append(tap) } }

    /// Its thread ends with the last of the plugin's handlers, which is the host's to say.
    func stop() async { worker?.remove(self) }

    // MARK: The worker's side

    var versions: (wanted: BoundVersion?, candidate: BoundVersion?) { state.withLock { ($0.wanted, $0.candidate) } }

    func note(_ figures: CallFigures) { state.withLock { $0.figures.add(figures) } }

    func noteTrial(_ figures: CallFigures, beside active: CallFigures, differences: Int, of candidate: BoundVersion) {
        state.withLock { state in
            guard state.candidate === candidate else { return }
            state.outcome?.note(figures, beside: active, differences: differences)
        }
    }

    var taps: [Tap] {
        state.withLock { state in
            if !state.taps.isEmpty { state.taps.removeAll { $0.isFull } }
            return state.taps
        }
    }
}
