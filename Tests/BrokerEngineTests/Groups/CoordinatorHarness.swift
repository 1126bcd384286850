import Testing

@testable import BrokerEngine

/// A generator whose sequence is its seed's (SplitMix64).
struct SeededGroupRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension GroupConfiguration {
    /// A first join is answered at once: most stories are about what comes after.
    static var withoutInitialDelay: GroupConfiguration {
        var configuration = GroupConfiguration()
        configuration.initialRebalanceDelayMS = 0
        return configuration
    }
}

/// A coordinator with a clock that only moves when told, a log in memory, and every reply kept.
///
/// Writes become durable at once unless `holdsWrites`.
final class CoordinatorHarness {
    var core: GroupCoordinatorCore
    var time = GroupTime(monotonicMS: 1_000, wallMS: 1_700_000_000_000)
    var holdsWrites = false
    private(set) var log: [GroupRecord] = []
    private(set) var heldWrites: [(token: PersistToken, records: [GroupRecord])] = []
    private(set) var replies: [RequestToken: GroupReply] = [:]
    private var tokenLast: UInt64 = 0

    static let group = "orders"

    init(configuration: GroupConfiguration = .withoutInitialDelay) {
        core = GroupCoordinatorCore(configuration: configuration, random: SeededGroupRandom(seed: 1))
        perform(core.loaded(at: time))
    }

    func nextToken() -> RequestToken {
        tokenLast += 1
        return RequestToken(tokenLast)
    }

    func perform(_ actions: [GroupAction]) {
        #expect(!hasStrayDeadlines)
        for action in actions {
            switch action {
            case .reply(let token, let reply):
                #expect(replies[token] == nil, "\(token) was answered twice")
                replies[token] = reply
            case .persist(let token, _, let records):
                if holdsWrites {
                    heldWrites.append((token, records))
                } else {
                    log += records
                    perform(core.persisted(token, at: time))
                }
            }
        }
    }

    func releaseWrites() {
        let writes = heldWrites
        heldWrites = []
        for write in writes {
            log += write.records
            perform(core.persisted(write.token, at: time))
        }
    }

    func releaseFirstWrite() {
        let write = heldWrites.removeFirst()
        log += write.records
        perform(core.persisted(write.token, at: time))
    }

    func failWrites(_ error: GroupError) {
        let writes = heldWrites
        heldWrites = []
        for write in writes {
            perform(core.persistFailed(write.token, error, at: time))
        }
    }

    /// Lets time pass, stopping at each deadline on the way.
    func pass(ms: Int64) {
        let endMS = time.monotonicMS + ms
        while let dueMS = core.nextDeadlineMS, dueMS <= endMS {
            step(toMS: max(dueMS, time.monotonicMS))
            perform(core.advance(to: time))
        }
        step(toMS: endMS)
        perform(core.advance(to: time))
    }

    private func step(toMS monotonicMS: Int64) {
        time.wallMS += monotonicMS - time.monotonicMS
        time.monotonicMS = monotonicMS
    }

    /// Kills the coordinator and starts another from what is durable.
    func crash(configuration: GroupConfiguration? = nil) throws {
        core = GroupCoordinatorCore(
            configuration: configuration ?? core.configuration, random: SeededGroupRandom(seed: tokenLast + 2))
        heldWrites = []
        for record in log {
            try core.replay(record)
        }
        perform(core.loaded(at: time))
    }

    // MARK: Requests

    func join(_ request: GroupJoin) -> RequestToken {
        let token = nextToken()
        perform(core.join(request, token, at: time))
        return token
    }

    func sync(_ request: GroupSync) -> RequestToken {
        let token = nextToken()
        perform(core.sync(request, token, at: time))
        return token
    }

    func heartbeat(_ memberID: String, generation: Int32, instanceID: String? = nil) -> GroupError? {
        core.heartbeat(
            GroupHeartbeat(
                groupID: Self.group, memberID: memberID, groupInstanceID: instanceID, generation: generation),
            at: time)
    }

    func leave(_ members: GroupLeave.Member...) throws -> GroupLeaveReply {
        let token = nextToken()
        perform(core.leave(GroupLeave(groupID: Self.group, members: members), token, at: time))
        guard case .leave(let reply) = replies[token] else { throw NoReply(token: token) }
        return reply
    }

    func commit(
        _ offset: Int64, topic: String = "t", partition: Int32 = 0, metadata: String? = nil, memberID: String = "",
        instanceID: String? = nil, generation: Int32 = -1, retentionTimeMS: Int64? = nil, groupID: String = group
    ) -> RequestToken {
        let token = nextToken()
        let request = OffsetCommit(
            groupID: groupID, memberID: memberID, groupInstanceID: instanceID, generation: generation,
            retentionTimeMS: retentionTimeMS,
            topics: [
                OffsetTopic(
                    topic: topic,
                    partitions: [
                        OffsetCommit.Partition(partition: partition, offset: offset, leaderEpoch: 3, metadata: metadata)
                    ])
            ])
        perform(core.commitOffsets(request, token, at: time))
        return token
    }

    func deleteGroups(_ groupIDs: String...) -> RequestToken {
        let token = nextToken()
        perform(core.deleteGroups(groupIDs, token, at: time))
        return token
    }

    func deleteOffsets(topic: String, _ partitions: [Int32], groupID: String = group) -> RequestToken {
        let token = nextToken()
        let request = OffsetDelete(groupID: groupID, topics: [OffsetTopic(topic: topic, partitions: partitions)])
        perform(core.deleteOffsets(request, token, at: time))
        return token
    }

    // MARK: Replies

    struct NoReply: Error {
        let token: RequestToken
    }

    func joinReply(_ token: RequestToken) throws -> GroupJoinReply {
        guard case .join(let reply) = replies[token] else { throw NoReply(token: token) }
        return reply
    }

    func syncReply(_ token: RequestToken) throws -> GroupSyncReply {
        guard case .sync(let reply) = replies[token] else { throw NoReply(token: token) }
        return reply
    }

    func commitError(_ token: RequestToken) throws -> GroupError? {
        guard case .commitOffsets(let reply) = replies[token], let partition = reply.topics.first?.partitions.first
        else { throw NoReply(token: token) }
        return partition.error
    }

    func deleteOffsetsReply(_ token: RequestToken) throws -> OffsetDeleteReply {
        guard case .deleteOffsets(let reply) = replies[token] else { throw NoReply(token: token) }
        return reply
    }

    func deletedGroups(_ token: RequestToken) throws -> [DeletedGroup] {
        guard case .deleteGroups(let groups) = replies[token] else { throw NoReply(token: token) }
        return groups
    }

    func isWaiting(_ token: RequestToken) -> Bool { replies[token] == nil }

    func fetched(topic: String = "t", partition: Int32 = 0, requiresStable: Bool = false, groupID: String = group)
        -> OffsetFetchReply.Partition?
    {
        let request = OffsetFetch(
            groupID: groupID, topics: [OffsetTopic(topic: topic, partitions: [partition])],
            requiresStable: requiresStable)
        return core.fetchOffsets(request).topics.first?.partitions.first
    }

    /// Whether the queue holds a deadline that nobody refers to any more. Looks through all groups, so not at many.
    var hasStrayDeadlines: Bool {
        core.groupCount < 20 && core.effects.deadlines.count != core.deadlinesInUse
    }

    var description: GroupDescription { core.describeGroup(Self.group) }

    // MARK: Whole scenes

    /// Lets clients join one after the other and sync; the first leads and gives each member its own id.
    func stableGroup(_ joins: [GroupJoin]) throws -> [String] {
        var memberIDs: [String] = []
        for (index, join) in joins.enumerated() {
            let first = self.join(join)
            var memberID = ""
            if let reply = replies[first], case .join(let asked) = reply, asked.error == .memberIDRequired {
                memberID = asked.memberID
                _ = self.join(join.known(as: memberID))
            }
            for (earlier, earlierID) in zip(joins[..<index], memberIDs) {
                _ = self.join(earlier.known(as: earlierID))
            }
            memberIDs.append(memberID.isEmpty ? try joinReply(first).memberID : memberID)
        }
        try syncAll(memberIDs)
        return memberIDs
    }

    /// Every member syncs, the leader last, who gives each member its own id as share.
    func syncAll(_ memberIDs: [String]) throws {
        let description = self.description
        let generation = description.generation
        let leaderID = try #require(description.leaderID)
        for memberID in memberIDs where memberID != leaderID {
            _ = sync(GroupSync(groupID: Self.group, memberID: memberID, generation: generation))
        }
        let shares = memberIDs.map { GroupSync.Assignment(memberID: $0, assignment: Array($0.utf8)) }
        let token = sync(
            GroupSync(groupID: Self.group, memberID: leaderID, generation: generation, assignments: shares))
        #expect(try syncReply(token).error == nil)
        #expect(self.description.state == .stable)
    }
}

extension GroupCoordinatorCore {
    /// How many deadlines the groups refer to.
    var deadlinesInUse: Int {
        groups.values.reduce(0) { sum, group in
            var deadlines = [group.expiry] + group.members.values.map(\.session) + group.pendingMembers.values
            if case .preparing(let round) = group.phase { deadlines.append(round.deadline) }
            if let round = group.syncRound { deadlines.append(round.deadline) }
            return sum + deadlines.filter { effects.deadlines.dueMS(of: $0) != nil }.count
        }
    }
}

extension GroupJoin {
    /// What a consumer sends that reads `topics`.
    static func consumer(
        _ clientID: String = "c", memberID: String = "", instanceID: String? = nil, topics: [String] = ["t"],
        protocols: [String] = ["range"], sessionTimeoutMS: Int32 = 10_000, rebalanceTimeoutMS: Int32 = 60_000,
        requiresKnownMemberID: Bool = false, canSkipAssignment: Bool = false, reason: String? = nil
    ) -> GroupJoin {
        GroupJoin(
            groupID: CoordinatorHarness.group, memberID: memberID, groupInstanceID: instanceID, clientID: clientID,
            clientHost: "/127.0.0.1", sessionTimeoutMS: sessionTimeoutMS, rebalanceTimeoutMS: rebalanceTimeoutMS,
            protocolType: "consumer",
            protocols: protocols.map { GroupProtocol(name: $0, metadata: subscription(topics)) },
            requiresKnownMemberID: requiresKnownMemberID, canSkipAssignment: canSkipAssignment, reason: reason)
    }

    /// A subscription of version 1: topics, no user data, no owned partitions.
    static func subscription(_ topics: [String], userData: [UInt8] = []) -> [UInt8] {
        var writer = GroupRecordWriter()
        writer.int16(1)
        writer.int32(Int32(topics.count))
        for topic in topics {
            writer.string(topic)
        }
        writer.data(userData)
        writer.int32(0)
        return writer.bytes
    }

    func known(as memberID: String) -> GroupJoin {
        var join = self
        join.memberID = memberID
        return join
    }
}

extension GroupSync {
    static func of(_ memberID: String, generation: Int32, instanceID: String? = nil, shares: [String: String] = [:])
        -> GroupSync
    {
        GroupSync(
            groupID: CoordinatorHarness.group, memberID: memberID, groupInstanceID: instanceID, generation: generation,
            assignments: shares.sorted { $0.key < $1.key }
                .map { Assignment(memberID: $0.key, assignment: Array($0.value.utf8)) })
    }
}

extension GroupSyncReply {
    var share: String { String(decoding: assignment, as: UTF8.self) }
}
