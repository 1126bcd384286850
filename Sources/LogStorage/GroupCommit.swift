import Synchronization

/// Something with written bytes that wait to be made durable.
public protocol FlushTarget: AnyObject, Sendable {
    /// What to sync; called on a flusher thread.
    func beginFlush() -> FlushTicket
    /// The ticket is durable: release whoever waited for it.
    func endFlush(_ ticket: FlushTicket)
}

/// One fsync for all appends that arrived while the last one ran (group commit), on threads of its own.
///
/// A target is queued once however often it is scheduled; a flusher takes all that is queued, so that with one busy
/// log the batch grows with the time a sync takes and with many logs a thread syncs each once a round.
public final class GroupCommit: Sendable {
    private struct State {
        var queue: [any FlushTarget] = []
        var queued: Set<ObjectIdentifier> = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wake = ThreadSignal()
    private let disk: any Disk
    private let threads = Mutex<[WorkerThread]>([])
    /// Calls that failed to sync end the process through this: nothing can be assumed of the files any more.
    private let onFailure: @Sendable (DiskError) -> Void

    /// Number of syncs since the start, for metrics.
    public var syncCount: Int { syncs.load(ordering: .relaxed) }
    private let syncs = Atomic<Int>(0)

    public init(disk: any Disk, onFailure: @escaping @Sendable (DiskError) -> Void) {
        self.disk = disk
        self.onFailure = onFailure
    }

    /// Starts the flusher thread.
    public func start() {
        let thread = WorkerThread(name: "flusher") { [self] in run() }
        threads.withLock { $0.append(thread) }
    }

    /// Flushes what is queued and ends the thread.
    public func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        for thread in threads.withLock({ $0 }) { thread.join() }
        threads.withLock { $0.removeAll() }
    }

    /// Asks for a flush of everything the target has written so far. Cheap if it is queued already.
    public func schedule(_ target: any FlushTarget) {
        let isFirst = state.withLock { state in
            guard state.queued.insert(ObjectIdentifier(target)).inserted else { return false }
            state.queue.append(target)
            return state.queue.count == 1
        }
        if isFirst { wake.signal() }
    }

    private func run() {
        while true {
            let (targets, isStopping) = state.withLock { state in
                defer {
                    state.queue.removeAll()
                    state.queued.removeAll()
                }
                return (state.queue, state.isStopping)
            }
            if targets.isEmpty {
                if isStopping { return }
                wake.wait()
                continue
            }
            flush(targets)
        }
    }

    private func flush(_ targets: [any FlushTarget]) {
        for target in targets {
            let ticket = target.beginFlush()
            do {
                try ticket.sync()
            } catch {
                onFailure(error)
                return
            }
            syncs.add(ticket.files.count, ordering: .relaxed)
            target.endFlush(ticket)
        }
    }
}
