public import LogStorage
import Synchronization

/// Told once when a log's committed offset has reached the one it waited for.
public protocol CommitWaiter: AnyObject, Sendable {
    /// Called without locks held, on whatever thread moved the committed offset; must not block.
    func committed()
}

/// Told whenever a log's committed offset moves or its start does, until it is removed.
public protocol CommitObserver: AnyObject, Sendable {
    /// Called without locks held, on whatever thread moved the offset; must not block.
    func committedOffsetMoved()
}

/// A log as the engines see it: append, committed offset, read, truncate, leader epoch. No engine reaches a
/// `SegmentedLog` but through this, so that where a record has to be before it counts as committed is decided here.
///
/// This is the one-node rule: a record is committed when this node's disk has it (`FlushPolicy.group`), or when it is
/// written (the other policies). Nothing at or above the committed offset is ever read.
/// Who flushes, and when, is the argument `scheduleFlush`; time and the disk are arguments too.
/// Safe to use from any thread. A call holds the log's lock for at most one write to the page cache, but for the append
/// that rolls a segment, once in a gigabyte: it creates the next one and writes the ends of two indexes and a snapshot.
public final class ReplicatedLog: FlushTarget {
    private struct State {
        let log: SegmentedLog
        /// End of what may be read and acknowledged.
        var committed: LogPosition
        /// End of what is known to be fsynced.
        var durable: LogPosition
        var waiters: [(endOffset: Int64, waiter: any CommitWaiter)] = []
        var observers: [ObjectIdentifier: any CommitObserver] = [:]
        /// Written to since `storeDerived` last ran.
        var hasStaleDerivedFiles = false
        var isClosed = false
        /// Pieces of work under way on this log's files by their paths and without its lock. They begin only while the
        /// log is not closed, and `close` waits for them: afterwards the paths may belong to another log of this name.
        var diskWorkCount = 0
        /// The last append that the disk refused, if none has worked since.
        var refusal: Refusal?
    }

    /// An append that the disk did not take, though the log is sound: in practice a full disk.
    public struct Refusal: Sendable, Equatable {
        public var error: DiskError
        /// When it was tried.
        public var timeMS: Int64
    }

    public let name: LogName
    /// Epoch that this node's batches carry: above those of all earlier starts, so that a client that saw a tail which
    /// a crash has taken can tell.
    public let leaderEpoch: Int32
    private let state: Mutex<State>
    private let scheduleFlush: @Sendable (ReplicatedLog) -> Void
    private let diskWorkEnded = ThreadSignal()

    /// Takes over an opened log, whose bytes are all durable (`LogDirectory.openLog`).
    public init(
        name: LogName, log: sending SegmentedLog, leaderEpoch: Int32,
        scheduleFlush: @escaping @Sendable (ReplicatedLog) -> Void
    ) {
        self.name = name
        self.leaderEpoch = leaderEpoch
        self.scheduleFlush = scheduleFlush
        let end = log.endPosition
        state = Mutex(State(log: log, committed: end, durable: end))
    }

    // MARK: Appending

    /// Appends a validated batch. It is acknowledged when the committed offset has reached the outcome's `endOffset`:
    /// see `whenCommitted`.
    public func append(_ batch: ValidatedBatch, nowMS: Int64) throws(LogError) -> AppendOutcome {
        let (outcome, isCommitted) = try state.withLock { state throws(LogError) in
            try checkOpen(state)
            let outcome: AppendOutcome
            do throws(LogError) {
                outcome = try state.log.append(batch, leaderEpoch: leaderEpoch, nowMS: nowMS)
            } catch {
                if case .disk(let cause) = error { state.refusal = Refusal(error: cause, timeMS: nowMS) }
                throw error
            }
            if state.refusal != nil { state.refusal = nil }
            state.hasStaleDerivedFiles = true
            guard case .group = state.log.configuration.flush else {
                state.committed = state.log.endPosition
                return (outcome, true)
            }
            return (outcome, false)
        }
        if isCommitted {
            release()
        } else {
            scheduleFlush(self)
        }
        return outcome
    }

    /// True if everything below `endOffset` is committed already; otherwise the waiter is told once it is.
    public func whenCommitted(_ endOffset: Int64, _ waiter: any CommitWaiter) -> Bool {
        state.withLock { state in
            // Of a deleted log nobody will ever say that it is committed.
            guard state.committed.offset < endOffset, !state.isClosed else { return true }
            state.waiters.append((endOffset, waiter))
            return false
        }
    }

    // MARK: Flushing

    public func beginFlush() -> FlushTicket? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.diskWorkCount += 1
            return state.log.beginFlush()
        }
    }

    public func endFlush(_ ticket: FlushTicket) {
        endDiskWork()
        state.withLock { state in
            // What a log cut meanwhile holds now is not what the ticket covered.
            guard ticket.truncationCount == state.log.truncationCount else { return }
            if ticket.end.offset > state.durable.offset { state.durable = ticket.end }
            if ticket.end.offset > state.committed.offset { state.committed = ticket.end }
            moveIfRolled(&state)
        }
        release()
    }

    /// Writes what is due without being asked: for the policies that acknowledge before they flush.
    public func scheduleFlushIfBehind() {
        let isBehind = state.withLock { $0.durable.offset < $0.log.endOffset }
        if isBehind { scheduleFlush(self) }
    }

    private func release() {
        let (waiters, observers) = state.withLock { state in
            let committed = state.committed.offset
            var released: [any CommitWaiter] = []
            if !state.waiters.isEmpty {
                released = state.waiters.filter { $0.endOffset <= committed }.map(\.waiter)
                state.waiters.removeAll { $0.endOffset <= committed }
            }
            return (released, state.observers.isEmpty ? [] : Array(state.observers.values))
        }
        for waiter in waiters { waiter.committed() }
        for observer in observers { observer.committedOffsetMoved() }
    }

    // MARK: Reading

    /// Where the log begins and ends, as of one moment.
    public struct Extent: Equatable, Sendable {
        public var logStartOffset: Int64
        public var committedOffset: Int64
        public var endOffset: Int64

        public init(logStartOffset: Int64, committedOffset: Int64, endOffset: Int64) {
            self.logStartOffset = logStartOffset
            self.committedOffset = committedOffset
            self.endOffset = endOffset
        }
    }

    public var extent: Extent {
        state.withLock {
            Extent(
                logStartOffset: $0.log.logStartOffset, committedOffset: $0.committed.offset, endOffset: $0.log.endOffset
            )
        }
    }

    /// Committed batches from the one that holds `offset`: up to `bytesMax` bytes, where the last of many small ones may
    /// be cut off, but the first one whole up to `firstBatchBytesMax`. Nil if nothing is committed at or after the offset.
    /// Reads headers only.
    public func read(from offset: Int64, bytesMax: Int, firstBatchBytesMax: Int) throws(LogError) -> (LogSlice?, Extent)
    {
        var skipped: Int64?
        while true {
            let (plan, extent) = try state.withLock { state throws(LogError) in
                try checkOpen(state)
                let plan = try state.log.locate(offset, upTo: state.committed, after: skipped)
                let extent = Extent(
                    logStartOffset: state.log.logStartOffset, committedOffset: state.committed.offset,
                    endOffset: state.log.endOffset)
                return (plan, extent)
            }
            guard let plan else { return (nil, extent) }
            if let slice = try plan.resolve(bytesMax: bytesMax, firstBatchBytesMax: firstBatchBytesMax) {
                return (slice, extent)
            }
            skipped = plan.segmentBase
        }
    }

    /// Whether a read from an offset stays in the segment being written, of which the indexes are in memory and most bytes
    /// too. Offsets outside the log count as such: a read of them is refused at once.
    public func isAtTail(_ offset: Int64) -> Bool { state.withLock { $0.log.isAtTail(offset) } }

    /// Where to look, without the lock, for records at or after a time among the committed ones.
    public func search(fromTimeMS timestampMS: Int64) throws(LogError) -> TimestampSearch {
        try state.withLock { state throws(LogError) in
            try checkOpen(state)
            return try state.log.search(fromTimeMS: timestampMS, upTo: state.committed)
        }
    }

    /// The last sequence number stored of a producer; nil if it is not known.
    public func lastSequence(ofProducer producerID: Int64) -> Int32? {
        state.withLock { $0.log.lastSequence(ofProducer: producerID) }
    }

    public func addObserver(_ observer: any CommitObserver) {
        state.withLock { $0.observers[ObjectIdentifier(observer)] = observer }
    }

    public func removeObserver(_ observer: any CommitObserver) {
        _ = state.withLock { $0.observers.removeValue(forKey: ObjectIdentifier(observer)) }
    }

    // MARK: Epochs and cutting

    /// The largest epoch at or below `epoch` and where it ends; nil if there is none. The current epoch ends at the end.
    public func epochEnd(of epoch: Int32) -> (epoch: Int32, endOffset: Int64)? {
        state.withLock { state in
            if epoch == leaderEpoch { return (leaderEpoch, state.log.endOffset) }
            return state.log.epochEnd(of: epoch)
        }
    }

    /// Epoch of the record before an offset, which a consumer that has read up to there has seen; nil if unknown.
    public func epoch(at offset: Int64) -> Int32? { state.withLock { $0.log.epoch(at: offset) } }

    /// Cuts what a former leader wrote above `offset`.
    public func truncate(to offset: Int64, nowMS: Int64) throws(LogError) {
        try state.withLock { state throws(LogError) in
            try checkOpen(state)
            try state.log.truncate(to: offset, nowMS: nowMS)
            let end = state.log.endPosition
            if state.committed.offset > end.offset { state.committed = end }
            if state.durable.offset > end.offset { state.durable = end }
        }
    }

    /// Raises the log's start; -1 stands for the committed offset. Returns the start and what to `discard` once a
    /// checkpoint has the start.
    public func deleteRecords(before offset: Int64) throws(LogError) -> (logStartOffset: Int64, RemovedSegments) {
        let result = try state.withLock { state throws(LogError) in
            try checkOpen(state)
            let target = offset == -1 ? state.committed.offset : offset
            let removed = try state.log.deleteRecords(before: target, limit: state.committed.offset)
            moveIfRolled(&state)
            return (state.log.logStartOffset, removed)
        }
        release()
        return result
    }

    // MARK: Maintenance

    /// Applies retention; returns what to `discard`.
    public func applyRetention(nowMS: Int64) throws(LogError) -> RemovedSegments {
        try state.withLock { state throws(LogError) in
            try checkOpen(state)
            let removed = try state.log.applyRetention(nowMS: nowMS, limit: state.durable.offset)
            state.log.expireProducers(nowMS: nowMS)
            moveIfRolled(&state)
            return removed
        }
    }

    /// Removes the files of segments taken out of the log; if it was deleted meanwhile they are gone already. Blocks on
    /// the disk, without the lock.
    public func discard(_ removed: RemovedSegments) throws(DiskError) {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.diskWorkCount += 1 }
            return !state.isClosed
        }
        guard isOpen else { return }
        defer { endDiskWork() }
        try removed.discard()
    }

    /// Compacts the log if that is due: of each key only the newest record stays. Nil if it is not due or not wanted.
    /// Blocks on the disk for as long as it takes, but holds the lock for moments only; one caller at a time, and not
    /// while `RemovedSegments` of this log wait to be discarded.
    public func compact(nowMS: Int64) throws(LogError) -> CompactionOutcome? {
        let plan = try state.withLock { state throws(LogError) -> CompactionPlan? in
            guard !state.isClosed else { return nil }
            let limit = state.durable.offset < state.committed.offset ? state.durable : state.committed
            guard let plan = try state.log.planCompaction(nowMS: nowMS, limit: limit) else { return nil }
            state.diskWorkCount += 1
            return plan
        }
        guard let plan else { return nil }
        defer { endDiskWork() }
        do throws(LogError) {
            return try plan.run(isAbandoned: { self.state.withLock { $0.isClosed } }) { (body) throws(LogError) in
                try state.withLock { state throws(LogError) in
                    try checkOpen(state)
                    try body(state.log)
                }
            }
        } catch {
            if state.withLock({ $0.isClosed }) { return nil }
            throw error
        }
    }

    /// A roll moves the end to a new segment: positions at the end follow it, so that they name a segment that stays.
    private func moveIfRolled(_ state: inout State) {
        let end = state.log.endPosition
        if state.committed.offset == end.offset { state.committed = end }
        if state.durable.offset == end.offset { state.durable = end }
    }

    /// Writes indexes, epochs and, if due, a producer snapshot if the log was written to since, and says what a
    /// checkpoint may say of it. Blocks on the disk, mostly without the lock; called about once a second, by one thread
    /// at a time. With `isLast`, before an orderly end, the next start has nothing to scan.
    public func checkpoint(isLast: Bool = false) throws(LogError) -> LogCheckpoint {
        // Taken first: what is durable now is covered by the files below.
        let (checkpoint, files) = try state.withLock { state throws(LogError) in
            let checkpoint = LogCheckpoint(
                recoveryPoint: state.durable.offset, logStartOffset: state.log.logStartOffset,
                firstDirtyOffset: state.log.firstDirtyOffset)
            guard state.hasStaleDerivedFiles || isLast, !state.isClosed else { return (checkpoint, DerivedFiles?.none) }
            let files = try state.log.beginStoringDerived(isLast: isLast)
            state.diskWorkCount += 1
            // A snapshot that is not due yet becomes so with the rounds.
            state.hasStaleDerivedFiles = state.log.hasDerivedFilesToStore
            return (checkpoint, files)
        }
        guard let files else { return checkpoint }
        defer { endDiskWork() }
        do { try files.store() } catch { throw .disk(error) }
        try state.withLock { state throws(LogError) in try state.log.endStoringDerived(files) }
        return checkpoint
    }

    public func configure(_ configuration: LogConfiguration) {
        state.withLock { $0.log.configuration = configuration }
    }

    /// Ends the log, which is being deleted: whatever is asked of it from now on is refused, and when this returns nothing
    /// works on its files any more. Waiters are released; their records are gone. Blocks for the disk work under way, of
    /// which the longest is the compaction of one batch.
    public func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for entry in waiters { entry.waiter.committed() }
        release()
        while state.withLock({ $0.diskWorkCount > 0 }) { diskWorkEnded.wait() }
    }

    private func endDiskWork() {
        let isAwaited = state.withLock { state in
            state.diskWorkCount -= 1
            return state.isClosed && state.diskWorkCount == 0
        }
        if isAwaited { diskWorkEnded.signal() }
    }

    private func checkOpen(_ state: borrowing State) throws(LogError) {
        if state.isClosed { throw .deleted(log: name) }
    }

    /// Figures for admin views and metrics.
    public struct Figures: Sendable {
        public var extent: Extent
        public var sizeBytes: Int64
        public var segmentCount: Int
        public var producerCount: Int
        public var damages: [LogDamage]
        /// Why appends are refused until a restart: a failed call left the log in doubt. Nil: they are not.
        public var offlineReason: String?
        /// The last append that the disk refused; nil if one has worked since.
        public var refusal: Refusal?
    }

    public var figures: Figures {
        state.withLock {
            Figures(
                extent: Extent(
                    logStartOffset: $0.log.logStartOffset, committedOffset: $0.committed.offset,
                    endOffset: $0.log.endOffset),
                sizeBytes: $0.log.sizeBytes, segmentCount: $0.log.segmentCount, producerCount: $0.log.producerCount,
                damages: $0.log.damages, offlineReason: $0.log.offlineReason, refusal: $0.refusal)
        }
    }
}
