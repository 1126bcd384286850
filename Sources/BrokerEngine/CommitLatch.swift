import LogStorage
import Replication
import Synchronization

/// Blocks a thread until an append is committed. For administration, which has threads of its own; never on an event loop.
final class CommitLatch: CommitWaiter {
    private let signal = ThreadSignal()

    func committed() { signal.signal() }

    static func wait(for outcome: AppendOutcome, in log: ReplicatedLog) {
        let latch = CommitLatch()
        if !log.whenCommitted(outcome.endOffset, latch) { latch.signal.wait() }
    }
}
