import KafkaWire
import NIOCore
import Synchronization

/// A member of a consumer group: shares the partitions of its topics with the other members, and goes on where the group
/// has been.
///
/// A call of `poll` says that what the last one returned has been dealt with; its positions are committed from then on.
/// So a record is seen at least once. Confined to the task that uses it.
public final class GroupConsumer {
    /// How a member behaves.
    public struct Configuration: Sendable {
        public var consumer = ConsumerConfiguration()
        /// The server gives a silent member's partitions away after this.
        public var sessionTimeoutMS: Int32 = 10_000
        public var heartbeatIntervalMS: Int64 = 3_000
        /// How long the others wait for this member in a rebalance.
        public var rebalanceTimeoutMS: Int32 = 60_000
        /// How often positions are committed while records come.
        public var commitIntervalMS: Int64 = 1_000
        /// Keeps its partitions across a restart (KIP-345).
        public var instanceID: String?

        public init() {}
    }

    private let client: KafkaClient
    private let group: String
    private let topics: [String]
    private let configuration: Configuration
    private let consumer: Consumer
    private var membership = Membership()
    private var heartbeats: Task<Void, Never>?
    /// Set by the heartbeat when the group has moved on.
    private let signals = Signals()
    private var needsJoin = true
    /// It has worked once: from then on a server that is away is waited for.
    private var hasJoined = false
    private var committed: [TopicPartition: Int64] = [:]
    private var commitDue = NIODeadline.distantPast

    /// What the group knows this member as.
    private struct Membership: Sendable {
        var memberID = ""
        var generationID: Int32 = -1
    }

    private enum Signal: Sendable {
        case none
        case rebalance
        /// The member's id is gone.
        case forgotten
    }

    /// What the heartbeats have learned last.
    private final class Signals: Sendable {
        private let last = Mutex<Signal>(.none)

        func set(_ signal: Signal) { last.withLock { $0 = signal } }

        func take() -> Signal {
            last.withLock { last in
                defer { last = .none }
                return last
            }
        }
    }

    public init(client: KafkaClient, group: String, topics: [String], configuration: Configuration = .init()) {
        self.client = client
        self.group = group
        self.topics = topics
        self.configuration = configuration
        consumer = Consumer(client: client, configuration: configuration.consumer)
    }

    deinit { heartbeats?.cancel() }

    /// The partitions that this member has at the moment, and where it is in them.
    public var positions: [TopicPartition: Int64] { consumer.positions }

    /// Goes on at this offset; what a poll returned from there on counts as not dealt with.
    public func rewind(_ partition: TopicPartition, to offset: Int64) { consumer.rewind(partition, to: offset) }

    /// Waits for records, joining the group first where need be; none may have come.
    public func poll() async throws(KafkaClientError) -> [FetchedBatches] {
        switch signals.take() {
        case .none: break
        case .rebalance: needsJoin = true
        case .forgotten:
            membership = Membership()
            needsJoin = true
        }
        if needsJoin || NIODeadline.now() >= commitDue {
            // While the server is away the positions stay as they are; a later poll commits them.
            do throws(KafkaClientError) { try await commit() } catch { guard error.isRetriable else { throw error } }
        }
        if needsJoin { try await join() }
        return try await consumer.poll()
    }

    /// Leaves the group after committing, so that the others need not wait for the session timeout.
    public func leave() async throws(KafkaClientError) {
        heartbeats?.cancel()
        guard !membership.memberID.isEmpty else { return }
        try await commit()
        // A static member keeps its place.
        guard configuration.instanceID == nil else { return }
        let member = LeaveGroupRequest.Member(memberID: membership.memberID)
        _ = try await client.send(
            LeaveGroupRequest(groupID: group, memberID: membership.memberID, members: [member]),
            to: .coordinator(group: group))
        membership = Membership()
    }

    // MARK: Positions

    /// Commits what has been read. A member that the group has moved on from cannot: its successors read it again.
    public func commit() async throws(KafkaClientError) {
        commitDue = .now() + .milliseconds(configuration.commitIntervalMS)
        let positions = consumer.positions.filter { committed[$0.key] != $0.value }
        guard !positions.isEmpty, membership.generationID >= 0 else { return }
        let topics = Dictionary(grouping: positions, by: \.key.topic).map { name, positions in
            OffsetCommitRequest.Topic(
                name: name,
                partitions: positions.map {
                    .init(partitionIndex: $0.key.partition, committedOffset: $0.value, committedLeaderEpoch: -1)
                })
        }
        let membership = membership
        let codes = try await client.retrying { () async throws(KafkaClientError) in
            let response = try await self.client.send(
                OffsetCommitRequest(
                    groupID: self.group, generationID: membership.generationID, memberID: membership.memberID,
                    groupInstanceID: self.configuration.instanceID, retentionTimeMS: -1, topics: topics),
                to: .coordinator(group: self.group))
            let codes = Set(response.topics.flatMap { $0.partitions.map(\.errorCode) })
            if let code = codes.first(where: { KafkaError(rawValue: $0)?.isRetriable == true }) {
                throw .refused(code, "commit of group '\(self.group)'")
            }
            return codes
        }
        for code in codes where code != 0 {
            switch KafkaError(rawValue: code) {
            case .rebalanceInProgress, .illegalGeneration: needsJoin = true
            case .unknownMemberID:
                self.membership = Membership()
                needsJoin = true
            default: throw .refused(code, "commit of group '\(group)'")
            }
        }
        if codes == [0] { committed.merge(positions) { $1 } }
    }

    // MARK: Membership

    private func join() async throws(KafkaClientError) {
        heartbeats?.cancel()
        let deadline = NIODeadline.now() + .milliseconds(Int64(configuration.rebalanceTimeoutMS))
        while true {
            do throws(KafkaClientError) {
                guard let mine = try await joinOnce() else { continue }
                try await start(mine)
                needsJoin = false
                hasJoined = true
                return
            } catch {
                let isTransient =
                    switch error.code {
                    case .refused(.rebalanceInProgress), .refused(.illegalGeneration), .refused(.unknownMemberID): true
                    default: error.isRetriable
                    }
                guard isTransient, hasJoined || NIODeadline.now() < deadline else { throw error }
                if error.code == .refused(.unknownMemberID) { membership = Membership() }
                await client.forget()
                try? await Task.sleep(for: .milliseconds(client.configuration.retryBackoffMS))
            }
        }
    }

    /// One round of join and sync; nil if the server only gave this member its id.
    private func joinOnce() async throws(KafkaClientError) -> [TopicPartition]? {
        let subscription = ConsumerProtocolSubscription(topics: topics)
        let waitMS = Int64(configuration.rebalanceTimeoutMS)
        let joined = try await client.send(
            JoinGroupRequest(
                groupID: group, sessionTimeoutMS: configuration.sessionTimeoutMS,
                rebalanceTimeoutMS: configuration.rebalanceTimeoutMS, memberID: membership.memberID,
                groupInstanceID: configuration.instanceID, protocolType: "consumer",
                protocols: [.init(name: "range", metadata: subscription.metadata(version: 1))]),
            to: .coordinator(group: group), waitMS: waitMS)
        if joined.errorCode == KafkaError.memberIDRequired.rawValue {
            membership.memberID = joined.memberID
            return nil
        }
        try KafkaClientError.check(joined.errorCode, "join of group '\(group)'")
        membership = Membership(memberID: joined.memberID, generationID: joined.generationID)
        var assignments: [SyncGroupRequest.Assignment] = []
        if joined.leader == joined.memberID, !joined.skipAssignment { assignments = try await assign(joined.members) }
        let synced = try await client.send(
            SyncGroupRequest(
                groupID: group, generationID: joined.generationID, memberID: joined.memberID,
                groupInstanceID: configuration.instanceID, protocolType: "consumer", protocolName: joined.protocolName,
                assignments: assignments),
            to: .coordinator(group: group), waitMS: waitMS)
        try KafkaClientError.check(synced.errorCode, "sync of group '\(group)'")
        let assignment: ConsumerProtocolAssignment
        do { assignment = try ConsumerProtocolAssignment(assignment: synced.assignment) } catch {
            throw KafkaClientError(.malformedAnswer, "the assignment of group '\(group)' cannot be read: \(error)")
        }
        return assignment.assignedPartitions.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0) }
        }
    }

    /// What the leader of a generation decides.
    private func assign(_ members: [JoinGroupResponse.Member]) async throws(KafkaClientError)
        -> [SyncGroupRequest.Assignment]
    {
        var subscriptions: [String: [String]] = [:]
        for member in members {
            do {
                subscriptions[member.memberID] = try ConsumerProtocolSubscription(metadata: member.metadata).topics
            } catch {
                throw KafkaClientError(
                    .malformedAnswer, "the subscription of member '\(member.memberID)' cannot be read: \(error)")
            }
        }
        let names = Set(subscriptions.values.joined())
        let metadata = try await client.metadata(of: names.sorted())
        let counts = Dictionary(
            metadata.topics.compactMap { topic in topic.name.map { ($0, Int32(topic.partitions.count)) } },
            uniquingKeysWith: { first, _ in first })
        return RangeAssignment.assign(subscriptions, partitionCounts: counts).map { member, partitions in
            let topics = Dictionary(grouping: partitions, by: \.topic).map {
                ConsumerProtocolAssignment.TopicPartition(name: $0, partitions: $1.map(\.partition))
            }
            return SyncGroupRequest.Assignment(
                memberID: member,
                assignment: ConsumerProtocolAssignment(assignedPartitions: topics).assignment(version: 1))
        }
    }

    /// Begins to read a new assignment where the group has been.
    private func start(_ mine: [TopicPartition]) async throws(KafkaClientError) {
        startHeartbeats()
        var positions = try await client.committedOffsets(of: mine, group: group)
        committed = positions
        let unknown = mine.filter { positions[$0] == nil }
        if !unknown.isEmpty {
            let target: Position
            switch configuration.consumer.reset {
            case .earliest: target = .earliest
            case .latest: target = .latest
            case .fail:
                throw KafkaClientError(
                    .refused(.offsetOutOfRange), "group '\(group)' has no committed offset for \(unknown[0])")
            }
            let found = try await client.offsets(of: Dictionary(uniqueKeysWithValues: unknown.map { ($0, target) }))
            positions.merge(found) { $1 }
        }
        consumer.assign(positions)
    }

    private func startHeartbeats() {
        heartbeats?.cancel()
        // Of an earlier generation.
        _ = signals.take()
        let (client, group, membership, configuration, signals) = (client, group, membership, configuration, signals)
        heartbeats = Task {
            while true {
                do { try await Task.sleep(for: .milliseconds(configuration.heartbeatIntervalMS)) } catch { return }
                let response = try? await client.send(
                    HeartbeatRequest(
                        groupID: group, generationID: membership.generationID, memberID: membership.memberID,
                        groupInstanceID: configuration.instanceID), to: .coordinator(group: group))
                guard let response else {
                    // The server is away, or the group has moved to another.
                    await client.forget()
                    continue
                }
                switch KafkaError(rawValue: response.errorCode) {
                case .noError: break
                case .rebalanceInProgress, .illegalGeneration: signals.set(.rebalance)
                case .unknownMemberID, .fencedInstanceID: signals.set(.forgotten)
                default: await client.forget()
                }
            }
        }
    }
}
