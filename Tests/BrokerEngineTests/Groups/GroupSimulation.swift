import Testing

@testable import BrokerEngine

/// What a simulated run got to see, so that a test can tell whether it tried anything at all.
struct SimulationCoverage: Equatable {
    var rebalances = 0
    var crashes = 0
    var writesFailed = 0
    var repliesLost = 0
    var fenced = 0
    var skippedAssignments = 0
    var sessionsEnded = 0
    var acknowledgedCommits = 0
}

/// One coordinator, its log, and clients that come, go, stall, crash and lose replies, all from one seed.
///
/// Checked all the while:
/// - a generation has one leader, and generations grow while a coordinator lives;
/// - a share that a member is given is the one the leader of that very generation assigned to it;
/// - a request is answered once, and every request is answered in the end, unless it was forgotten;
/// - an acknowledged commit is what readers see from then on, also after a crash;
/// - at rest, all living members are in one stable generation, and no deadline is left over.
struct GroupSimulation {
    static let group = "g"
    static let stepMS: Int64 = 500

    let seed: UInt64
    var random: SeededGroupRandom
    var core: GroupCoordinatorCore
    var time = GroupTime(monotonicMS: 0, wallMS: 1_700_000_000_000)
    var clients: [SimulatedGroupClient] = []
    var coverage = SimulationCoverage()

    private var durable: [GroupRecord] = []
    private var writes: [(token: PersistToken, records: [GroupRecord])] = []
    private var tokenLast: UInt64 = 0
    /// Who asked, for each request that was neither answered nor forgotten.
    private var waiting: [RequestToken: Int] = [:]
    private var answered: Set<RequestToken> = []
    /// The leader of each generation of the present coordinator.
    private var leaders: [Int32: String] = [:]
    private var generationLast: Int32 = 0
    /// What the leader assigned: by generation, then by member. Outlives crashes, as clients do.
    private var assigned: [Int32: [[String: [UInt8]]]] = [:]
    /// The commits that may be what readers see: the last acknowledged one, and all sent after it.
    private var possibleOffsets: [Int32: [Int64]] = [:]
    private var offsetLast: Int64 = 0

    init(seed: UInt64, clientCount: Int) {
        self.seed = seed
        random = SeededGroupRandom(seed: seed)
        core = GroupCoordinatorCore(configuration: Self.configuration(), random: SeededGroupRandom(seed: seed))
        _ = core.loaded(at: time)
        for number in 0..<clientCount {
            clients.append(SimulatedGroupClient(number: number, random: &random))
        }
    }

    static func configuration() -> GroupConfiguration {
        var configuration = GroupConfiguration()
        configuration.newMemberJoinTimeoutMS = 60_000
        return configuration
    }

    // MARK: The run

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            step(isCalm: false)
        }
    }

    /// Lets everyone work without trouble until the group should have settled, then checks that it has.
    mutating func settle() {
        for index in clients.indices where clients[index].isAlive {
            clients[index].isStalled = false
        }
        // Twice the longest session, rebalance and first-join timeouts in a row.
        for _ in 0..<600 {
            step(isCalm: true)
        }
        checkRest()
    }

    private mutating func step(isCalm: Bool) {
        time.monotonicMS += Self.stepMS
        time.wallMS += Self.stepMS
        let membersBefore = core.describeGroup(Self.group).members.count
        perform(core.advance(to: time))
        coverage.sessionsEnded += max(0, membersBefore - core.describeGroup(Self.group).members.count)
        if !isCalm {
            trouble()
        }
        for index in clients.indices.shuffled(using: &random) where clients[index].isAlive && !clients[index].isStalled
        {
            act(index, isCalm: isCalm)
            if isCalm || chance(70) {
                endWrites(isCalm: isCalm)
            }
        }
        endWrites(isCalm: isCalm)
    }

    private mutating func trouble() {
        if chance(1) {
            crashCoordinator()
        }
        for index in clients.indices {
            switch Int.random(in: 0..<400, using: &random) {
            case 0..<3 where clients[index].isAlive: kill(index)
            case 3..<6 where clients[index].isAlive: leave(index)
            case 6..<9: clients[index].isStalled.toggle()
            case 9..<24 where !clients[index].isAlive:
                clients[index].start()
            case 24..<28: dropConnection(index)
            case 28..<31: clients[index].changeSubscription()
            default: break
            }
        }
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: Clients

    private mutating func act(_ index: Int, isCalm: Bool) {
        let client = clients[index]
        switch client.phase {
        case .joining, .syncing:
            // Long without an answer: a real client gives up and asks again.
            if client.waitedSteps > 200 || (!isCalm && chance(1)) {
                dropConnection(index)
            } else {
                clients[index].waitedSteps += 1
                heartbeatWhileWaiting(index)
            }
        case .mustJoin:
            join(index)
        case .mustSync:
            sync(index)
        case .working:
            work(index, isCalm: isCalm)
        }
    }

    private mutating func join(_ index: Int) {
        let token = newToken(index)
        clients[index].awaited = token
        clients[index].phase = .joining
        clients[index].waitedSteps = 0
        perform(core.join(clients[index].joinRequest(groupID: Self.group), token, at: time))
    }

    private mutating func sync(_ index: Int) {
        let token = newToken(index)
        let client = clients[index]
        clients[index].awaited = token
        clients[index].phase = .syncing
        clients[index].waitedSteps = 0
        var shares: [String: [UInt8]] = [:]
        if client.assigns {
            for (order, memberID) in client.membersToAssign.enumerated() {
                // Says which generation and which attempt it is of, so that a mix-up shows.
                shares[memberID] = Array("\(client.generation):\(memberID):\(order):\(token.rawValue)".utf8)
            }
            assigned[client.generation, default: []].append(shares)
        }
        let request = GroupSync(
            groupID: Self.group, memberID: client.memberID, groupInstanceID: client.instanceID,
            generation: client.generation, protocolType: "consumer", protocolName: client.protocolName,
            assignments: shares.sorted { $0.key < $1.key }
                .map { GroupSync.Assignment(memberID: $0.key, assignment: $0.value) })
        perform(core.sync(request, token, at: time))
    }

    private mutating func work(_ index: Int, isCalm: Bool) {
        if clients[index].wantsRejoin {
            clients[index].wantsRejoin = false
            clients[index].phase = .mustJoin
            return
        }
        heartbeat(index)
        if case .working = clients[index].phase, !isCalm, chance(20) {
            commit(index)
        }
        if !isCalm, chance(10) {
            checkOffsets()
        }
    }

    private mutating func heartbeat(_ index: Int) {
        let client = clients[index]
        let error = core.heartbeat(
            GroupHeartbeat(
                groupID: Self.group, memberID: client.memberID, groupInstanceID: client.instanceID,
                generation: client.generation), at: time)
        obey(index, error)
    }

    /// Clients heartbeat from another thread while they wait for their share, but do not while they join.
    private mutating func heartbeatWhileWaiting(_ index: Int) {
        guard case .syncing = clients[index].phase else { return }
        let client = clients[index]
        _ = core.heartbeat(
            GroupHeartbeat(
                groupID: Self.group, memberID: client.memberID, groupInstanceID: client.instanceID,
                generation: client.generation), at: time)
    }

    private mutating func obey(_ index: Int, _ error: GroupError?) {
        switch error {
        case nil, .coordinatorNotAvailable, .coordinatorLoadInProgress:
            break
        case .rebalanceInProgress:
            clients[index].phase = .mustJoin
        case .unknownMemberID, .illegalGeneration:
            clients[index].loseMembership(keepsID: error == .illegalGeneration)
        case .fencedInstanceID:
            // Another process has this name; this one ends.
            coverage.fenced += 1
            clients[index].isAlive = false
        default:
            Issue.record("seed \(seed): client \(index) was told \(String(describing: error))")
        }
    }

    private mutating func commit(_ index: Int) {
        let token = newToken(index)
        let client = clients[index]
        offsetLast += 1
        let partition = Int32.random(in: 0..<3, using: &random)
        clients[index].commitsInFlight[token] = (partition, offsetLast)
        possibleOffsets[partition, default: [-1]].append(offsetLast)
        let request = OffsetCommit(
            groupID: Self.group, memberID: client.memberID, groupInstanceID: client.instanceID,
            generation: client.generation,
            topics: [
                OffsetTopic(
                    topic: "t", partitions: [OffsetCommit.Partition(partition: partition, offset: offsetLast)])
            ])
        perform(core.commitOffsets(request, token, at: time))
    }

    private mutating func leave(_ index: Int) {
        let client = clients[index]
        guard !client.memberID.isEmpty else { return kill(index) }
        let token = newToken(index)
        let member = GroupLeave.Member(memberID: client.memberID, groupInstanceID: client.instanceID)
        perform(core.leave(GroupLeave(groupID: Self.group, members: [member]), token, at: time))
        kill(index)
    }

    private mutating func kill(_ index: Int) {
        dropConnection(index)
        clients[index].isAlive = false
    }

    /// The connection is gone, and the client asks again over a new one. The shell may notice, and nobody waits for
    /// its replies any more; or it does not, and they are answered into the void.
    private mutating func dropConnection(_ index: Int) {
        let isNoticed = chance(50)
        for token in waiting.filter({ $0.value == index }).keys {
            coverage.repliesLost += 1
            if isNoticed {
                core.forget(token)
                waiting[token] = nil
            }
        }
        clients[index].connectionLost()
    }

    // MARK: The shell

    private mutating func newToken(_ index: Int) -> RequestToken {
        tokenLast += 1
        let token = RequestToken(tokenLast)
        waiting[token] = index
        return token
    }

    private mutating func perform(_ actions: [GroupAction]) {
        for action in actions {
            switch action {
            case .reply(let token, let reply): receive(token, reply)
            case .persist(let token, let groupID, let records):
                #expect(groupID == Self.group)
                writes.append((token, records))
            }
        }
        #expect(core.effects.deadlines.count == core.deadlinesInUse, "seed \(seed): a deadline nobody refers to")
        observeGeneration()
    }

    private mutating func endWrites(isCalm: Bool) {
        while !writes.isEmpty, isCalm || chance(80) {
            let write = writes.removeFirst()
            if !isCalm, chance(2) {
                coverage.writesFailed += 1
                perform(core.persistFailed(write.token, .coordinatorNotAvailable, at: time))
            } else {
                durable += write.records
                perform(core.persisted(write.token, at: time))
            }
        }
    }

    /// The process dies: some of the writes under way are in the log all the same, the first of them at least.
    private mutating func crashCoordinator() {
        coverage.crashes += 1
        for write in writes.prefix(Int.random(in: 0...writes.count, using: &random)) {
            durable += write.records
        }
        writes = []
        waiting = [:]
        leaders = [:]
        core = GroupCoordinatorCore(configuration: Self.configuration(), random: SeededGroupRandom(seed: random.next()))
        for record in durable {
            do {
                try core.replay(record)
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        _ = core.loaded(at: time)
        generationLast = core.describeGroup(Self.group).generation
        for index in clients.indices {
            clients[index].connectionLost()
        }
        checkOffsets()
    }

    private mutating func receive(_ token: RequestToken, _ reply: GroupReply) {
        #expect(answered.insert(token).inserted, "seed \(seed): \(token) was answered twice")
        guard let index = waiting.removeValue(forKey: token) else {
            Issue.record("seed \(seed): \(token) was forgotten and answered")
            return
        }
        switch reply {
        case .join(let reply) where token == clients[index].awaited: joined(index, reply)
        case .sync(let reply) where token == clients[index].awaited: synced(index, reply)
        case .commitOffsets(let reply): committed(index, token, reply)
        case .join, .sync, .leave, .deleteOffsets, .deleteGroups: break
        }
    }

    private mutating func joined(_ index: Int, _ reply: GroupJoinReply) {
        clients[index].awaited = nil
        switch reply.error {
        case nil:
            if reply.skipAssignment { coverage.skippedAssignments += 1 }
            clients[index].joined(reply)
        case .memberIDRequired:
            clients[index].memberID = reply.memberID
            clients[index].phase = .mustJoin
        case .rebalanceInProgress, .coordinatorNotAvailable:
            clients[index].phase = .mustJoin
        case .some(let error):
            obey(index, error)
        }
    }

    private mutating func synced(_ index: Int, _ reply: GroupSyncReply) {
        clients[index].awaited = nil
        switch reply.error {
        case nil:
            let client = clients[index]
            clients[index].phase = .working
            checkShare(client, reply.assignment)
        case .coordinatorNotAvailable:
            clients[index].phase = .mustJoin
        case .some(let error):
            obey(index, error)
        }
    }

    private mutating func committed(_ index: Int, _ token: RequestToken, _ reply: OffsetCommitReply) {
        let error = reply.topics.first?.partitions.first?.error
        guard let (partition, offset) = clients[index].commitsInFlight.removeValue(forKey: token) else { return }
        if error == nil {
            coverage.acknowledgedCommits += 1
            // Nothing sent before this one can be seen any more.
            possibleOffsets[partition] = possibleOffsets[partition]?.filter { $0 >= offset }
        } else if error != .coordinatorNotAvailable {
            // Refused before it was written; a failed write may still turn up, so that one stays possible.
            possibleOffsets[partition] = possibleOffsets[partition]?.filter { $0 != offset }
            obey(index, error)
        }
    }

    // MARK: Invariants

    private mutating func observeGeneration() {
        let group = core.describeGroup(Self.group)
        guard group.state != .dead else { return }
        #expect(
            group.generation >= generationLast, "seed \(seed): generation \(group.generation) after \(generationLast)")
        if group.generation > generationLast {
            coverage.rebalances += 1
            if group.state == .completingRebalance, let leaderID = group.leaderID {
                #expect(group.members.contains { $0.memberID == leaderID })
                leaders[group.generation] = leaderID
            }
        }
        generationLast = group.generation
        guard group.state == .stable else { return }
        for member in group.members {
            let isAssigned = assigned[group.generation]?.contains { $0.values.contains(member.assignment) } == true
            #expect(isAssigned, "seed \(seed): \(member.memberID) has a share of another generation")
        }
    }

    /// What the member was given must be what a leader of this generation assigned; and to itself, or to the id it
    /// had before it started again.
    private func checkShare(_ client: SimulatedGroupClient, _ share: [UInt8]) {
        let attempts = assigned[client.generation] ?? []
        let owner = attempts.lazy.compactMap { $0.first { $0.value == share }?.key }.first
        guard let owner else {
            Issue.record("seed \(seed): \(client.memberID) got a share that no leader of \(client.generation) gave")
            return
        }
        if let instanceID = client.instanceID {
            #expect(owner.hasPrefix(instanceID + "-"), "seed \(seed): \(client.memberID) got the share of \(owner)")
        } else {
            #expect(owner == client.memberID, "seed \(seed): \(client.memberID) got the share of \(owner)")
        }
    }

    private func checkOffsets() {
        for (partition, possible) in possibleOffsets {
            let request = OffsetFetch(
                groupID: Self.group, topics: [OffsetTopic(topic: "t", partitions: [partition])])
            let offset = core.fetchOffsets(request).topics.first?.partitions.first?.offset
            #expect(
                offset.map(possible.contains) == true,
                "seed \(seed): partition \(partition) shows \(String(describing: offset)), not one of \(possible)")
        }
    }

    private func checkRest() {
        let group = core.describeGroup(Self.group)
        let living = clients.filter(\.isAlive)
        #expect(waiting.isEmpty, "seed \(seed): requests never answered")
        #expect(core.effects.parkedCount == 0, "seed \(seed): requests still parked")
        #expect(core.effects.writes.isEmpty, "seed \(seed): writes still under way")
        #expect(
            Set(group.members.map(\.memberID)) == Set(living.map(\.memberID)),
            "seed \(seed): the group does not consist of the living clients")
        #expect(living.allSatisfy { $0.generation == group.generation }, "seed \(seed): generations differ")
        if living.isEmpty {
            #expect(group.state != .stable, "seed \(seed)")
        } else {
            #expect(group.state == .stable, "seed \(seed): \(group.state)")
            #expect(living.allSatisfy { $0.phase == .working }, "seed \(seed): somebody does not work")
            #expect(
                core.effects.deadlines.count <= living.count + 1,
                "seed \(seed): one deadline for each session and one for expiry, not \(core.effects.deadlines.count)")
        }
        checkOffsets()
    }
}
