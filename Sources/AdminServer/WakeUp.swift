import NIOCore
import Replication
import ServiceLifecycle
import Synchronization

/// A task's wait for the first of several events. Whatever comes after the first has no effect, so that the task is
/// resumed exactly once; an event before the wait is not lost.
final class WakeUp: Sendable {
    enum Cause: Equatable, Sendable {
        case committed
        case timeElapsed
        /// The server shuts down or the task was cancelled.
        case stopping
    }

    private enum State {
        /// Can go to `waiting` or `woken`.
        case idle
        /// Can go to `woken`.
        case waiting(CheckedContinuation<Cause, Never>)
        case woken(Cause)
    }

    private let state = Mutex(State.idle)

    func wake(_ cause: Cause) {
        let waiting: CheckedContinuation<Cause, Never>? = state.withLock { state in
            switch state {
            case .idle:
                state = .woken(cause)
                return nil
            case .waiting(let continuation):
                state = .woken(cause)
                return continuation
            case .woken:
                return nil
            }
        }
        waiting?.resume(returning: cause)
    }

    /// Waits, but not longer than until a deadline. Requires: called once.
    ///
    /// With `endsOnShutdown` a graceful shutdown ends the wait: for readers who wait for what may never come. Writers
    /// are told when their records are on disk, which a shutdown does not put off.
    func wait(until deadline: NIODeadline, on loop: any EventLoop, endsOnShutdown: Bool) async -> Cause {
        let timer = loop.scheduleTask(deadline: deadline) { self.wake(.timeElapsed) }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            guard endsOnShutdown else { return await cause() }
            return await withGracefulShutdownHandler {
                await cause()
            } onGracefulShutdown: {
                self.wake(.stopping)
            }
        } onCancel: {
            wake(.stopping)
        }
    }

    private func cause() async -> Cause {
        await withCheckedContinuation { continuation in
            let known: Cause? = state.withLock { state in
                switch state {
                case .idle:
                    state = .waiting(continuation)
                    return nil
                case .woken(let cause):
                    return cause
                case .waiting:
                    preconditionFailure("two tasks wait for one event")
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

extension WakeUp: CommitWaiter {
    func committed() { wake(.committed) }
}

extension WakeUp: CommitObserver {
    func committedOffsetMoved() { wake(.committed) }
}
