import NIOCore
import Replication
import Synchronization

/// Wakes one waiting task: there is something to do. What happens while nobody waits is not lost.
final class WorkSignal: CommitObserver, CommitWaiter {
    private struct State {
        var isSet = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func committedOffsetMoved() { set() }
    func committed() { set() }

    func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Returns once it is set, or after the time; it is unset then.
    func wait(atMostMS: Int64, on loop: any EventLoop) async {
        let timer = loop.scheduleTask(in: .milliseconds(atMostMS)) { self.set() }
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiting = continuation }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
        timer.cancel()
        state.withLock { $0.isSet = false }
    }
}
