import LogStorage
import Replication
import Synchronization

/// Asks for the fsyncs of logs that acknowledge before them (`FlushPolicy.interval`), each as often as its policy says.
/// A thread of its own: maintenance may be busy with a compaction for longer than any interval.
final class FlushTimer: Sendable {
    private struct State {
        var thread: WorkerThread?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wake = ThreadSignal()

    /// How long a change of policy may go unnoticed, ms.
    private static let idleMS = 500

    func start(_ broker: Broker) {
        let thread = WorkerThread(name: "flush-timer") { [self, weak broker] in
            var schedule = FlushSchedule()
            var waitMS = 0
            while !state.withLock({ $0.isStopping }) {
                wake.wait(timeoutMS: waitMS)
                guard let broker, !state.withLock({ $0.isStopping }) else { return }
                waitMS = schedule.advance(by: waitMS, broker.topics) { $0.scheduleFlushIfBehind() }
                waitMS = min(waitMS, FlushTimer.idleMS)
            }
        }
        state.withLock { $0.thread = thread }
    }

    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        wake.signal()
        thread?.join()
    }
}
