import LogStorage
public import Logging
import Replication
import Synchronization

/// Consumer groups of this node: the sans-IO core, its log `__consumer_offsets` and those who wait for its answers.
///
/// Safe from any thread. A call holds the lock for the core's decision and, where it persists, one write to the page
/// cache, so that records stand in the log in the order in which they were decided. Answers leave without the lock.
public final class GroupCoordinator: Sendable {
    public typealias Reply = @Sendable (GroupReply) -> Void

    private struct State {
        var core: GroupCoordinatorCore
        var replies: [RequestToken: Reply] = [:]
        var lastToken: UInt64 = 0
    }

    public static let topicName = "__consumer_offsets"

    private let broker: Broker
    private let state: Mutex<State>
    private let logger: Logger
    /// A monotonic clock, ms.
    private let monotonicMS: @Sendable () -> Int64

    /// Rebuilds the groups from their log. Blocks.
    public init(
        broker: Broker, configuration: GroupConfiguration, logger: Logger, monotonicMS: @escaping @Sendable () -> Int64
    ) throws(BrokerError) {
        self.broker = broker
        self.logger = logger
        self.monotonicMS = monotonicMS
        var core = GroupCoordinatorCore(configuration: configuration, random: SystemRandomNumberGenerator())
        do {
            for partition in broker.topic(GroupCoordinator.topicName)?.partitions ?? [] {
                try LogReplay.forEachBatch(of: partition.log, from: 0) { _, records in
                    while let record = try records.next() {
                        guard let key = record.key else { continue }
                        try core.replay(GroupRecord(key: Array(key), value: record.value.map(Array.init)))
                    }
                }
            }
        } catch {
            throw .metadata(reason: "consumer groups cannot be read back: \(error)")
        }
        let actions = core.loaded(at: GroupTime(monotonicMS: monotonicMS(), wallMS: broker.nowMS()))
        state = Mutex(State(core: core))
        settle { _, _ in actions }
        broker.whenTopicIsDeleted { [weak self] in self?.topicDeleted($0) }
    }

    private var now: GroupTime { GroupTime(monotonicMS: monotonicMS(), wallMS: broker.nowMS()) }

    // MARK: Calls that are answered later

    /// Runs a call that the core answers by token, at once or later. The reply may come before this returns.
    private func submit(
        _ reply: @escaping Reply, _ call: (inout GroupCoordinatorCore, RequestToken, GroupTime) -> [GroupAction]
    )
        -> RequestToken
    {
        let now = now
        let (token, due) = state.withLock { state in
            state.lastToken += 1
            let token = RequestToken(state.lastToken)
            state.replies[token] = reply
            let actions = pass(&state, to: now) + call(&state.core, token, now)
            return (token, perform(actions, &state))
        }
        deliver(due)
        return token
    }

    @discardableResult
    public func join(_ join: GroupJoin, reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.join(join, token, at: now) }
    }

    @discardableResult
    public func sync(_ sync: GroupSync, reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.sync(sync, token, at: now) }
    }

    @discardableResult
    public func leave(_ leave: GroupLeave, reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.leave(leave, token, at: now) }
    }

    @discardableResult
    public func commitOffsets(_ commit: OffsetCommit, reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.commitOffsets(commit, token, at: now) }
    }

    @discardableResult
    public func deleteOffsets(_ deletion: OffsetDelete, reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.deleteOffsets(deletion, token, at: now) }
    }

    @discardableResult
    public func deleteGroups(_ groupIDs: [String], reply: @escaping Reply) -> RequestToken {
        submit(reply) { core, token, now in core.deleteGroups(groupIDs, token, at: now) }
    }

    // MARK: Calls that are answered at once

    public func heartbeat(_ heartbeat: GroupHeartbeat) -> GroupError? {
        let now = now
        let (error, due) = state.withLock { state in
            let actions = pass(&state, to: now)
            let error = state.core.heartbeat(heartbeat, at: now)
            return (error, perform(actions, &state))
        }
        deliver(due)
        return error
    }

    public func fetchOffsets(_ fetch: OffsetFetch) -> OffsetFetchReply {
        state.withLock { $0.core.fetchOffsets(fetch) }
    }

    public func describe(_ groupID: String) -> GroupDescription { state.withLock { $0.core.describeGroup(groupID) } }

    /// Groups in any of the states and of any of the types, by their protocol names; an empty filter passes all.
    public func list(states: [String] = [], types: [String] = []) -> (groups: [GroupListing], error: GroupError?) {
        state.withLock { $0.core.listGroups(states: Set(states), types: Set(types)) }
    }

    /// The client that waited for a token is gone. That is not a leave: the member's session decides.
    public func forget(_ token: RequestToken) {
        state.withLock { state in
            state.replies[token] = nil
            state.core.forget(token)
        }
    }

    /// A topic was deleted: its committed offsets go with it.
    private func topicDeleted(_ name: String) {
        settle { core, now in core.topicsDeleted([name], at: now) }
    }

    /// Lets pass what is due: sessions, rebalances, retention. Called several times a second.
    public func advance() {
        settle { core, now in core.advance(to: now) }
    }

    /// The broker stops: everyone who waits is told to look for another coordinator.
    public func resign() { settle { core, now in core.resigned(at: now) } }

    /// What was due before a request arrived happens before it: the tick alone would notice a silent member late.
    private func pass(_ state: inout State, to now: GroupTime) -> [GroupAction] {
        guard let deadline = state.core.nextDeadlineMS, deadline <= now.monotonicMS else { return [] }
        return state.core.advance(to: now)
    }

    private func settle(_ body: (inout GroupCoordinatorCore, GroupTime) -> [GroupAction]) {
        let now = now
        let due = state.withLock { state in
            let actions = body(&state.core, now)
            return perform(actions, &state)
        }
        deliver(due)
    }

    // MARK: Acting

    private typealias DueReply = (reply: Reply, value: GroupReply)

    private func deliver(_ due: [DueReply]) {
        for entry in due { entry.reply(entry.value) }
    }

    /// Persists what the core wants persisted and collects the answers that are due.
    private func perform(_ actions: [GroupAction], _ state: inout State) -> [DueReply] {
        var due: [DueReply] = []
        var queue = actions[...]
        while let action = queue.popFirst() {
            switch action {
            case .reply(let token, let value):
                if let reply = state.replies.removeValue(forKey: token) { due.append((reply, value)) }
            case .persist(let token, let groupID, let records):
                switch append(records, of: groupID, token: token) {
                case .committed: queue += state.core.persisted(token, at: now)
                case .failed(let error): queue += state.core.persistFailed(token, error, at: now)
                case .pending: break
                }
            }
        }
        return due
    }

    private enum Appended {
        case committed
        case pending
        case failed(GroupError)
    }

    private func append(_ records: [GroupRecord], of groupID: String, token: PersistToken) -> Appended {
        guard let topic = broker.topic(GroupCoordinator.topicName), !topic.partitions.isEmpty else {
            return .failed(.coordinatorNotAvailable)
        }
        let index = partitionOfGroup(groupID, partitionCount: Int32(topic.partitions.count))
        let partition = topic.partitions[Int(index)]
        let nowMS = broker.nowMS()
        do throws(LogError) {
            let outcome = try partition.append(
                records.map { Record(key: $0.key, value: $0.value, timestampMS: nowMS) },
                configuration: topic.logConfiguration, nowMS: nowMS)
            let waiter = PersistWaiter(token: token, coordinator: self)
            return partition.log.whenCommitted(outcome.endOffset, waiter) ? .committed : .pending
        } catch {
            logger.error("group records cannot be written", metadata: ["group": "\(groupID)", "error": "\(error)"])
            // Sent again, records that are too large are as large as before.
            return switch error {
            case .batchTooLarge, .batchLargerThanSegment: .failed(.recordTooLarge)
            default: .failed(.coordinatorNotAvailable)
            }
        }
    }

    fileprivate func persisted(_ token: PersistToken) {
        settle { core, now in core.persisted(token, at: now) }
    }

    /// Creates the offsets topic if it is not there yet. Blocks.
    public func prepare() throws(BrokerError) {
        guard broker.topic(GroupCoordinator.topicName) == nil else { return }
        do {
            try broker.createTopic(
                .init(
                    name: GroupCoordinator.topicName, partitionCount: broker.configuration.offsetsPartitionCount,
                    settings: ["cleanup.policy": "compact", "segment.bytes": "104857600"]),
                isInternal: true)
        } catch {
            // Two clients may ask at once.
            if case .topicExists = error { return }
            throw error
        }
    }
}

/// Tells the coordinator that records of a group are committed.
private final class PersistWaiter: CommitWaiter {
    let token: PersistToken
    let coordinator: GroupCoordinator

    init(token: PersistToken, coordinator: GroupCoordinator) {
        self.token = token
        self.coordinator = coordinator
    }

    func committed() { coordinator.persisted(token) }
}
