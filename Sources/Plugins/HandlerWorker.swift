import BrokerEngine
import Foundation
import LogStorage
import Logging
import LuaLibraries
import LuaRuntime
import NIOCore
import NIOPosix
import Replication
import Synchronization

/// The handlers of one plugin, on a thread of their own: reads their topics, runs them, writes what they send.
///
/// One database and one thread a plugin: its tables are its own, and nothing of SQLite's waits for a lock.
actor HandlerWorker {
    /// What handlers work with.
    struct Surroundings: Sendable {
        var broker: Broker
        var groups: GroupCoordinator
        /// Where the plugins' databases are.
        var directory: String
        var logger: Logger
        var nowNS: @Sendable () -> Int64
        var wallMS: @Sendable () -> Int64
    }

    nonisolated let signal = WorkSignal()
    private let plugin: String
    private let surroundings: Surroundings
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private nonisolated let wanted = Mutex<[HandlerRuntime]>([])
    private nonisolated let running = Mutex<Task<Void, Never>?>(nil)
    private nonisolated let isStopping = Mutex(false)
    /// Of the same database; it has to have ended before anything is read here.
    private var predecessor: HandlerWorker?

    private var store: HandlerStore?
    private var outbox: Outbox?
    private var lanes: [HandlerLane] = []
    private var positions: [LanePosition: Int64] = [:]
    /// Where the next round begins, so that no partition waits for the others.
    private var turn = 0
    private var uncommitted: [LanePosition: Int64] = [:]
    private var offsetsCommittedMS: Int64 = 0
    private var preparation: Preparation?
    private var dedupExpiredMS: Int64 = 0

    private struct LanePosition: Hashable {
        var consumer: String
        var position: TopicPosition
    }

    private struct Preparation {
        var lane: HandlerLane
        var inputs: [HandlerInput]
        var results: [Result<LuaReference, LuaError>?]
        var next = 0
    }

    /// `prepare`s under way at once.
    private static let prepareCountMax = 64
    private static let pageBytesMax = 4 << 20
    private static let idleMS: Int64 = 1_000
    private static let pauseAfterErrorMS: Int64 = 1_000
    private static let offsetCommitIntervalMS: Int64 = 500
    private static let dedupExpiryIntervalMS: Int64 = 1_000
    private static let dedupExpiryCountMax: Int64 = 10_000

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    init(plugin: String, _ surroundings: Surroundings, after predecessor: HandlerWorker?) {
        self.predecessor = predecessor
        self.plugin = plugin
        self.surroundings = surroundings
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
    }

    // MARK: From outside

    nonisolated func add(_ runtime: HandlerRuntime) {
        wanted.withLock { $0.append(runtime) }
        running.withLock { running in
            if running == nil { running = Task { await self.run() } }
        }
        signal.set()
    }

    /// Ends a handler between two of its transactions.
    nonisolated func remove(_ runtime: HandlerRuntime) {
        wanted.withLock { $0.removeAll { $0 === runtime } }
        signal.set()
    }

    /// Ends the thread between two transactions; nothing is added afterwards.
    nonisolated func stop() async {
        let isFirst = isStopping.withLock { isStopping in
            defer { isStopping = true }
            return !isStopping
        }
        signal.set()
        guard let task = running.withLock({ $0 }) else { return }
        task.cancel()
        await task.value
        if isFirst { try? await group.shutdownGracefully() }
    }

    // MARK: The loop

    private func run() async {
        await predecessor?.stop()
        predecessor = nil
        while !isStopping.withLock({ $0 }) {
            let pauseMS = await step()
            if pauseMS > 0 { await signal.wait(atMostMS: pauseMS, on: loop) }
        }
        commitOffsets(isLast: true)
        lanes = []
        outbox = nil
        store = nil
    }

    /// One round over all handlers; how long to wait for the next, milliseconds.
    private func step() async -> Int64 {
        do {
            let outbox = try open()
            try adopt()
            var hasWorked = false
            for lane in lanes where lane.prepareVersion() {
                if try await serve(lane) { hasWorked = true }
            }
            while try outbox.publish(nowMS: surroundings.wallMS()) { hasWorked = true }
            try expire()
            commitOffsets(isLast: !hasWorked)
            return hasWorked ? 0 : pauseMS
        } catch {
            surroundings.logger.error(
                "the handlers of a plugin have to wait", metadata: ["plugin": "\(plugin)", "error": "\(error)"])
            // Memory may be ahead of the database.
            positions = [:]
            return HandlerWorker.pauseAfterErrorMS
        }
    }

    private var pauseMS: Int64 {
        let dueMS = lanes.compactMap(\.parked.nextDueMS).min()
        guard let dueMS else { return HandlerWorker.idleMS }
        return min(HandlerWorker.idleMS, max(1, dueMS - surroundings.wallMS()))
    }

    private func open() throws -> Outbox {
        if let outbox { return outbox }
        try FileManager.default.createDirectory(atPath: surroundings.directory, withIntermediateDirectories: true)
        let store = try HandlerStore(path: "\(surroundings.directory)/\(plugin).sqlite")
        let outbox = Outbox(store: store, broker: surroundings.broker)
        self.store = store
        self.outbox = outbox
        return outbox
    }

    /// Takes up handlers that are new, lets go of those that were taken back.
    private func adopt() throws {
        guard let store, let outbox else { return }
        let wanted = wanted.withLock { $0 }
        lanes.removeAll { lane in !wanted.contains { $0 === lane.runtime } }
        for runtime in wanted where !lanes.contains(where: { $0.runtime === runtime }) {
            let binding = runtime.binding
            lanes.append(
                try HandlerLane(
                    runtime, store: store, logger: surroundings.logger, nowNS: surroundings.nowNS,
                    wallMS: surroundings.wallMS
                ) { topic, message in
                    for origin in binding.topics where topic == binding.deadLetters(of: origin) {
                        try outbox.ensureDeadLetters(topic, of: origin)
                    }
                    try outbox.add(message, to: topic)
                })
        }
    }

    /// Forgets dedup keys and values whose time is over.
    private func expire() throws {
        let nowMS = surroundings.wallMS()
        guard let store, nowMS >= dedupExpiredMS + HandlerWorker.dedupExpiryIntervalMS else { return }
        dedupExpiredMS = nowMS
        try store.database.begin()
        do {
            try store.expireDedup(nowMS: nowMS, countMax: HandlerWorker.dedupExpiryCountMax)
            try KeyValueStore.expire(store.database, nowMS: nowMS)
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
    }

    // MARK: One handler

    /// Handles what is there for a handler, up to a transaction's worth; false if there was nothing.
    private func serve(_ lane: HandlerLane) async throws -> Bool {
        var inputs = try dueInputs(lane)
        if inputs.isEmpty, lane.parked.count < HandlerLane.parkedCountMax { inputs = try freshInputs(lane) }
        guard !inputs.isEmpty else { return false }
        let prepared = lane.hasPrepare ? await prepareAll(inputs, lane) : []
        do {
            try note(lane.handle(inputs, prepared: prepared).progress, lane)
        } catch HandlerAbort.trialEnded {
            // With the next round, without the version that was tried.
        } catch  where !HandlerWorker.isOfDatabase(error) {
            // One of them is at fault, or all together are.
            for (index, input) in inputs.enumerated() {
                try handleAlone(input, prepared.isEmpty ? [] : [prepared[index]], lane)
            }
        }
        return true
    }

    /// One message in a transaction of its own; if even that cannot be, it is put off.
    private func handleAlone(
        _ input: HandlerInput, _ prepared: [Result<LuaReference, LuaError>], _ lane: HandlerLane
    ) throws {
        // Behind another of its key that was put off a moment ago, or handled by an earlier round.
        do {
            try note(lane.handle([input], prepared: prepared, singly: true).progress, lane)
        } catch HandlerAbort.trialEnded {
            try note(lane.handle([input], prepared: prepared, singly: true).progress, lane)
        } catch  where !HandlerWorker.isOfDatabase(error) {
            let reason: String
            if case HandlerAbort.transactionEnded = error {
                reason = "a statement of the handler ended its transaction: do not use OR ROLLBACK"
            } else {
                reason = "its transaction cannot be committed: \(error)"
            }
            try lane.parkAlone(input, reason: reason)
            if input.parked == nil {
                note(
                    [
                        TopicPosition(topic: input.topic, topicID: input.topicID, partition: input.partition): input
                            .offset + 1
                    ],
                    lane)
            }
        }
    }

    /// Whether an error is of the file and not of what was to be done: then nothing gets better by trying it in parts.
    private static func isOfDatabase(_ error: any Error) -> Bool {
        guard let error = error as? SQLError else { return error is LogError || error is BrokerError }
        // SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB, by their primary codes.
        return [5, 6, 7, 8, 10, 11, 13, 14, 26].contains(error.code & 0xff)
    }

    private func note(_ progress: HandlerLane.Progress, _ lane: HandlerLane) {
        for (position, offset) in progress {
            let key = LanePosition(consumer: lane.consumer, position: position)
            positions[key] = offset
            uncommitted[key] = offset
        }
    }

    /// Messages put off whose time has come.
    private func dueInputs(_ lane: HandlerLane) throws -> [HandlerInput] {
        var inputs: [HandlerInput] = []
        for row in lane.parked.due(nowMS: surroundings.wallMS(), countMax: lane.binding.host.batch) {
            guard let topic = surroundings.broker.topic(row.topic), topic.id.text == row.topicID,
                row.partition < topic.partitions.count
            else {
                try forget(row, lane, "its topic is gone")
                continue
            }
            let log = topic.partitions[Int(row.partition)].log
            guard log.extent.logStartOffset <= row.offset,
                let entry = try RecordPage.read(
                    log, from: row.offset, limit: .init(recordCountMax: 1, bytesMax: HandlerWorker.pageBytesMax)
                ).records.first, entry.offset == row.offset
            else {
                try forget(row, lane, "the log has not kept it")
                continue
            }
            inputs.append(
                HandlerInput(
                    topic: row.topic, topicID: topic.id.text, partition: row.partition, offset: row.offset,
                    record: entry.record, parked: row))
        }
        return inputs
    }

    private func forget(_ row: HandlerStore.Parked, _ lane: HandlerLane, _ reason: String) throws {
        surroundings.logger.error(
            "a message that was put off is lost: \(reason)",
            metadata: [
                "plugin": "\(plugin)", "record": "\(row.topic)-\(row.partition)@\(row.offset)",
                "attempts": "\(row.attempts)",
                "error": "\(row.reason)",
            ])
        try lane.forget(row)
    }

    /// The next records of the handler's topics, partitions in turn.
    private func freshInputs(_ lane: HandlerLane) throws -> [HandlerInput] {
        var partitions: [(topic: Topic, partition: Partition)] = []
        for name in lane.binding.topics {
            guard let topic = surroundings.broker.topic(name) else { continue }
            partitions += topic.partitions.map { (topic, $0) }
        }
        guard !partitions.isEmpty else { return [] }
        turn = (turn + 1) % partitions.count
        var inputs: [HandlerInput] = []
        for (topic, partition) in partitions[turn...] + partitions[..<turn] {
            guard inputs.count < lane.binding.host.batch else { break }
            let position = TopicPosition(topic: topic.name, topicID: topic.id.text, partition: partition.index)
            let key = LanePosition(consumer: lane.consumer, position: position)
            let start = try positions[key] ?? startOffset(lane, position, partition.log)
            positions[key] = start
            guard partition.log.extent.committedOffset > start else { continue }
            let page = try RecordPage.read(
                partition.log, from: max(start, partition.log.extent.logStartOffset),
                limit: .init(
                    recordCountMax: lane.binding.host.batch - inputs.count, bytesMax: HandlerWorker.pageBytesMax))
            // A stretch without records is passed over.
            if page.records.isEmpty { positions[key] = page.nextOffset }
            inputs += page.records.map { entry in
                HandlerInput(
                    topic: topic.name, topicID: position.topicID, partition: partition.index, offset: entry.offset,
                    record: entry.record)
            }
        }
        return inputs
    }

    /// Where a consumer begins in a partition: where its database says, else where its group has been, else as the binding
    /// says. Durable at once, so that a start at the end stays where it was.
    private func startOffset(_ lane: HandlerLane, _ position: TopicPosition, _ log: ReplicatedLog) throws -> Int64 {
        log.addObserver(signal)
        guard let store else { return 0 }
        if let offset = try store.offset(
            consumer: lane.consumer, topic: position.topic, topicID: position.topicID, partition: position.partition)
        {
            guard offset < log.extent.logStartOffset else { return offset }
            surroundings.logger.notice(
                "records are gone that a handler has not seen",
                metadata: [
                    "plugin": "\(plugin)", "log": "\(log.name)", "from": "\(offset)",
                    "to": "\(log.extent.logStartOffset)",
                ])
            return log.extent.logStartOffset
        }
        let extent = log.extent
        let start =
            groupOffset(lane, position)
            ?? (lane.binding.host.startsAtLatest ? extent.committedOffset : extent.logStartOffset)
        try store.database.begin()
        do {
            try store.setOffset(
                consumer: lane.consumer, topic: position.topic, topicID: position.topicID,
                partition: position.partition, start)
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
        return start
    }

    private func groupOffset(_ lane: HandlerLane, _ position: TopicPosition) -> Int64? {
        let reply = surroundings.groups.fetchOffsets(
            OffsetFetch(
                groupID: lane.consumer,
                topics: [OffsetTopic(topic: position.topic, partitions: [position.partition])]))
        guard let offset = reply.topics.first?.partitions.first?.offset, offset >= 0 else { return nil }
        return offset
    }

    // MARK: Prepare

    private func prepareAll(_ inputs: [HandlerInput], _ lane: HandlerLane) async -> [Result<LuaReference, LuaError>] {
        preparation = Preparation(
            lane: lane, inputs: inputs, results: Array(repeating: nil, count: inputs.count))
        let tasks = (0..<min(HandlerWorker.prepareCountMax, inputs.count)).map { _ in
            Task { await self.prepareNext() }
        }
        await withTaskCancellationHandler {
            for task in tasks { await task.value }
        } onCancel: {
            for task in tasks { task.cancel() }
        }
        defer { preparation = nil }
        return preparation?.results.map { $0 ?? .failure(LuaError(.host, "the handler was stopped")) } ?? []
    }

    private func prepareNext() async {
        while var current = preparation, current.next < current.inputs.count, !Task.isCancelled {
            let index = current.next
            current.next += 1
            preparation = current
            let result = await current.lane.prepare(current.inputs[index])
            preparation?.results[index] = result
        }
    }

    // MARK: Offsets for others to see

    /// Tells the group's coordinator how far the handlers have come: for lag, and for people. What counts is the database.
    private func commitOffsets(isLast: Bool) {
        let nowMS = surroundings.nowNS() / 1_000_000
        guard !uncommitted.isEmpty,
            isLast || nowMS >= offsetsCommittedMS + HandlerWorker.offsetCommitIntervalMS
        else { return }
        offsetsCommittedMS = nowMS
        do throws(BrokerError) { try surroundings.groups.prepare() } catch {
            surroundings.logger.warning(
                "how far handlers have come cannot be shown", metadata: ["plugin": "\(plugin)", "error": "\(error)"])
            return
        }
        for (consumer, entries) in Dictionary(grouping: uncommitted, by: \.key.consumer) {
            let topics = Dictionary(grouping: entries, by: \.key.position.topic).map { topic, entries in
                OffsetTopic(
                    topic: topic,
                    partitions: entries.map {
                        OffsetCommit.Partition(partition: $0.key.position.partition, offset: $0.value)
                    })
            }
            surroundings.groups.commitOffsets(OffsetCommit(groupID: consumer, topics: topics)) { _ in
                // A group with members of its own refuses: then they say where it is.
            }
        }
        uncommitted = [:]
    }
}

extension TopicID {
    /// Tells topics of one name apart, in the host's tables.
    var text: String { String(high, radix: 16) + "-" + String(low, radix: 16) }
}

extension Binding {
    func deadLetters(of topic: String) -> String { host.deadLetters ?? "\(topic).dlq" }
}
