import Testing

@testable import BrokerEngine

@Suite("A group: joining")
struct GroupJoinTests {
    @Test("A lone consumer is answered at once, leads, and gets what it assigned to itself")
    func loneConsumer() throws {
        let harness = CoordinatorHarness()
        let joined = try harness.joinReply(harness.join(.consumer("app")))
        #expect(joined.error == nil)
        #expect(joined.generation == 1)
        #expect(joined.memberID.hasPrefix("app-"))
        #expect(joined.memberID.count == "app-".count + 36)
        #expect(joined.leaderID == joined.memberID)
        #expect(joined.protocolType == "consumer")
        #expect(joined.protocolName == "range")
        #expect(joined.members.map(\.memberID) == [joined.memberID])
        #expect(joined.members.first?.metadata == GroupJoin.subscription(["t"]))
        #expect(harness.description.state == .completingRebalance)

        let synced = try harness.syncReply(
            harness.sync(.of(joined.memberID, generation: 1, shares: [joined.memberID: "all"])))
        #expect(synced.error == nil)
        #expect(synced.share == "all")
        #expect(synced.protocolName == "range")
        #expect(harness.description.state == .stable)
    }

    @Test("Member ids are UUIDs of version 4, and no two are the same")
    func memberIDs() throws {
        var generator = MemberIDGenerator(random: SeededGroupRandom(seed: 9))
        var seen: Set<String> = []
        for _ in 0..<1_000 {
            let id = generator.next(prefix: "a-b")
            #expect(
                try #/a-b-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#.wholeMatch(in: id)
                    != nil)
            seen.insert(id)
        }
        #expect(seen.count == 1_000)
    }

    @Test("A new client without an id is sent back with one, and holds up nobody until it returns (KIP-394)")
    func memberIDRequired() throws {
        let harness = CoordinatorHarness()
        let first = try harness.joinReply(harness.join(.consumer(requiresKnownMemberID: true)))
        #expect(first.error == .memberIDRequired)
        #expect(first.generation == -1)
        #expect(!first.memberID.isEmpty)
        #expect(harness.description.state == .empty)
        #expect(harness.description.pendingMemberCount == 1)

        let second = try harness.joinReply(
            harness.join(.consumer(memberID: first.memberID, requiresKnownMemberID: true)))
        #expect(second.error == nil)
        #expect(second.memberID == first.memberID)
        #expect(harness.description.pendingMemberCount == 0)
    }

    @Test("A rebalance waits for a client that was sent back, but not longer than its session")
    func pendingMemberHoldsRebalance() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let pending = try harness.joinReply(
            harness.join(.consumer("b", sessionTimeoutMS: 6_000, requiresKnownMemberID: true)))
        #expect(harness.description.state == .stable)

        let rejoin = harness.join(.consumer("a", memberID: a))
        #expect(harness.isWaiting(rejoin), "b has an id and may come back any moment")
        harness.pass(ms: 5_999)
        #expect(harness.isWaiting(rejoin))
        harness.pass(ms: 1)
        #expect(try harness.joinReply(rejoin).generation == 2)
        #expect(
            try harness.joinReply(harness.join(.consumer("b", memberID: pending.memberID))).error == .unknownMemberID)
    }

    @Test("A group that only ever handed out an id is forgotten when that expires")
    func vacantGroupIsForgotten() throws {
        let harness = CoordinatorHarness()
        _ = harness.join(.consumer(requiresKnownMemberID: true))
        #expect(harness.core.groupCount == 1)
        harness.pass(ms: 10_000)
        #expect(harness.core.groupCount == 0)
        #expect(harness.core.nextDeadlineMS == nil)
        #expect(harness.log.isEmpty)
    }

    @Test("A second member starts a rebalance that ends when the first has joined again")
    func secondMember() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let b = harness.join(.consumer("b"))
        #expect(harness.isWaiting(b))
        #expect(harness.description.state == .preparingRebalance)
        #expect(harness.heartbeat(a, generation: 1) == .rebalanceInProgress)

        let again = harness.join(.consumer("a", memberID: a))
        let leader = try harness.joinReply(again)
        let follower = try harness.joinReply(b)
        #expect(leader.generation == 2)
        #expect(follower.generation == 2)
        #expect(leader.leaderID == a, "who led before leads again")
        #expect(follower.leaderID == a)
        #expect(leader.members.map(\.memberID) == [a, follower.memberID])
        #expect(follower.members.isEmpty)
    }

    @Test("Members that do not join again in the rebalance timeout lose their place")
    func rebalanceTimeout() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([
            .consumer("a", sessionTimeoutMS: 60_000, rebalanceTimeoutMS: 20_000),
            .consumer("b", sessionTimeoutMS: 60_000, rebalanceTimeoutMS: 30_000),
        ])
        let c = harness.join(.consumer("c", rebalanceTimeoutMS: 1_000))
        let a = harness.join(
            .consumer("a", memberID: members[0], sessionTimeoutMS: 60_000, rebalanceTimeoutMS: 20_000))
        harness.pass(ms: 29_999)
        #expect(harness.isWaiting(a))
        #expect(harness.isWaiting(c))
        harness.pass(ms: 1)
        #expect(try harness.joinReply(a).members.count == 2)
        #expect(try harness.joinReply(c).error == nil)
        #expect(harness.heartbeat(members[1], generation: 2) == .unknownMemberID)
    }

    @Test("If the leader does not join again, whoever is longest in the group leads")
    func leaderLost() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([.consumer("a"), .consumer("b"), .consumer("c")])
        #expect(harness.description.leaderID == members[0])
        _ = try harness.leave(.init(memberID: members[0]))
        let c = harness.join(.consumer("c", memberID: members[2]))
        let b = harness.join(.consumer("b", memberID: members[1]))
        #expect(try harness.joinReply(b).leaderID == members[1])
        #expect(try harness.joinReply(c).leaderID == members[1])
    }

    @Test("A follower that joins again unchanged gets the present generation; a leader or a change rebalances")
    func rejoinInStable() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([.consumer("a"), .consumer("b")])
        let generation = harness.description.generation

        let unchanged = try harness.joinReply(harness.join(.consumer("b", memberID: members[1])))
        #expect(unchanged.generation == generation)
        #expect(unchanged.members.isEmpty)
        #expect(harness.description.state == .stable)

        let changed = harness.join(.consumer("b", memberID: members[1], topics: ["t", "u"]))
        #expect(harness.isWaiting(changed))
        #expect(harness.description.state == .preparingRebalance)
        _ = harness.join(.consumer("a", memberID: members[0]))
        #expect(try harness.joinReply(changed).generation == generation + 1)
        try harness.syncAll(members)

        let leader = harness.join(.consumer("a", memberID: members[0]))
        #expect(harness.isWaiting(leader), "the leader knows of a change that nobody else sees")
        #expect(harness.description.state == .preparingRebalance)
    }

    @Test("A member whose answer was lost joins again and gets the same answer")
    func rejoinInCompleting() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let b = harness.join(.consumer("b"))
        let first = try harness.joinReply(harness.join(.consumer("a", memberID: a)))
        let second = try harness.joinReply(harness.join(.consumer("a", memberID: a)))
        #expect(first == second)
        #expect(second.members.count == 2)

        let bID = try harness.joinReply(b).memberID
        let changed = harness.join(.consumer("b", memberID: bID, topics: ["other"]))
        #expect(harness.isWaiting(changed))
        #expect(harness.description.state == .preparingRebalance)
    }

    @Test("A member that joins twice waits once: the earlier attempt is told to join again")
    func joinTwice() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let b = harness.join(.consumer("b"))
        let c1 = try harness.joinReply(harness.join(.consumer("c", requiresKnownMemberID: true))).memberID
        let early = harness.join(.consumer("c", memberID: c1))
        let late = harness.join(.consumer("c", memberID: c1))
        #expect(try harness.joinReply(early).error == .rebalanceInProgress)
        #expect(harness.isWaiting(late))
        _ = harness.join(.consumer("a", memberID: a))
        #expect(try harness.joinReply(late).generation == 2)
        #expect(try harness.joinReply(b).generation == 2)
    }

    @Test("Somebody who hangs up while waiting stays a member, and is not answered")
    func forget() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let gone = harness.join(.consumer("b"))
        harness.core.forget(gone)
        let leader = try harness.joinReply(harness.join(.consumer("a", memberID: a)))
        #expect(leader.members.count == 2, "hanging up is not leaving")
        #expect(harness.isWaiting(gone))
        harness.pass(ms: 9_999)
        #expect(harness.description.members.count == 2)
        #expect(harness.heartbeat(a, generation: 2) == nil)
        harness.pass(ms: 1)
        #expect(harness.description.state == .preparingRebalance, "its session began when it was answered")
        #expect(harness.description.members.count == 1)
    }

    @Test("A first join is not waited for without end")
    func newMemberJoinTimeout() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([
            .consumer("a", sessionTimeoutMS: 1_000_000, rebalanceTimeoutMS: 900_000)
        ])[0]
        let b = harness.join(.consumer("b"))
        harness.pass(ms: 299_999)
        #expect(harness.isWaiting(b))
        harness.pass(ms: 1)
        #expect(try harness.joinReply(b).error == .unknownMemberID)
        #expect(harness.description.members.map(\.memberID) == [a])
    }

    @Test("The protocol is one that all offer, and of those the one most prefer")
    func vote() throws {
        let harness = CoordinatorHarness()
        let offers = [["x", "a", "b"], ["b", "a", "y"], ["b", "a"]]
        let joins = offers.enumerated().map { GroupJoin.consumer("c\($0.offset)", protocols: $0.element) }
        _ = try harness.stableGroup(joins)
        #expect(harness.description.protocolName == "b", "a and b are common, and b has two votes")
    }

    @Test("With equal votes, the member that is longest in the group has its way")
    func tie() throws {
        let harness = CoordinatorHarness()
        _ = try harness.stableGroup([.consumer(protocols: ["b", "a"]), .consumer(protocols: ["a", "b"])])
        #expect(harness.description.protocolName == "b")
    }

    @Test("Who has no protocol in common with the group is refused, and the group does not notice")
    func inconsistentProtocol() throws {
        let harness = CoordinatorHarness()
        #expect(
            try harness.joinReply(harness.join(.consumer(protocols: []))).error == .inconsistentGroupProtocol)
        _ = try harness.stableGroup([.consumer(protocols: ["range", "sticky"])])
        #expect(
            try harness.joinReply(harness.join(.consumer(protocols: ["other"]))).error == .inconsistentGroupProtocol)
        var connect = GroupJoin.consumer(protocols: ["range"])
        connect.protocolType = "connect"
        #expect(try harness.joinReply(harness.join(connect)).error == .inconsistentGroupProtocol)
        #expect(harness.description.state == .stable)
    }

    @Test("A protocol offered twice counts once")
    func duplicateProtocol() throws {
        let harness = CoordinatorHarness()
        _ = try harness.stableGroup([.consumer("a", protocols: ["range", "range"])])
        #expect(harness.description.members.count == 1)
        let other = try harness.joinReply(harness.join(.consumer("b", protocols: ["other"])))
        #expect(other.error == .inconsistentGroupProtocol)
    }

    @Test(
        "Session timeouts have bounds",
        arguments: [(5_999, false), (6_000, true), (1_800_000, true), (1_800_001, false)])
    func sessionTimeoutBounds(sessionTimeoutMS: Int32, isAllowed: Bool) throws {
        let harness = CoordinatorHarness()
        let reply = try harness.joinReply(harness.join(.consumer(sessionTimeoutMS: sessionTimeoutMS)))
        #expect(reply.error == (isAllowed ? nil : .invalidSessionTimeout))
    }

    @Test("Bad names are refused before they reach a record")
    func badNames() throws {
        let harness = CoordinatorHarness()
        var nameless = GroupJoin.consumer()
        nameless.groupID = ""
        #expect(try harness.joinReply(harness.join(nameless)).error == .invalidGroupID)
        let long = String(repeating: "x", count: 20_000)
        nameless.groupID = long
        #expect(try harness.joinReply(harness.join(nameless)).error == .invalidGroupID)
        #expect(try harness.joinReply(harness.join(.consumer(long))).error == .invalidRequest)
        #expect(try harness.joinReply(harness.join(.consumer(instanceID: long))).error == .invalidRequest)
        #expect(try harness.joinReply(harness.join(.consumer(protocols: [long]))).error == .invalidRequest)
        #expect(harness.core.groupCount == 0)
    }

    @Test("An id that nobody was given is unknown, in an unknown group too")
    func unknownMember() throws {
        let harness = CoordinatorHarness()
        #expect(try harness.joinReply(harness.join(.consumer(memberID: "ghost"))).error == .unknownMemberID)
        #expect(harness.core.groupCount == 0)
        _ = try harness.stableGroup([.consumer("a")])
        #expect(try harness.joinReply(harness.join(.consumer(memberID: "ghost"))).error == .unknownMemberID)
    }

    @Test("A full group takes nobody else, and the last to join again lose their place")
    func groupSizeMax() throws {
        var configuration = GroupConfiguration.withoutInitialDelay
        configuration.groupSizeMax = 2
        let harness = CoordinatorHarness(configuration: configuration)
        let members = try harness.stableGroup([.consumer("a"), .consumer("b")])
        let refused = try harness.joinReply(harness.join(.consumer("c")))
        #expect(refused.error == .groupMaxSizeReached)
        #expect(refused.memberID == "")
        #expect(harness.description.state == .stable)
        #expect(harness.heartbeat(members[1], generation: 2) == nil)

        // The leader starts a rebalance; b is slower than a newcomer, and finds the group full.
        _ = harness.join(.consumer("a", memberID: members[0]))
        let c = harness.join(.consumer("c"))
        #expect(harness.isWaiting(c))
        let late = harness.join(.consumer("b", memberID: members[1]))
        #expect(try harness.joinReply(late).error == .groupMaxSizeReached)
        #expect(try harness.joinReply(c).generation == 3, "and nobody waits for b any more")
    }

    @Test("There is a limit to ids handed out and not used")
    func pendingMembersMax() throws {
        var configuration = GroupConfiguration.withoutInitialDelay
        configuration.pendingMembersMax = 1
        let harness = CoordinatorHarness(configuration: configuration)
        let join = GroupJoin.consumer(requiresKnownMemberID: true)
        #expect(try harness.joinReply(harness.join(join)).error == .memberIDRequired)
        #expect(try harness.joinReply(harness.join(join)).error == .groupMaxSizeReached)
        harness.pass(ms: 10_000)
        #expect(try harness.joinReply(harness.join(join)).error == .memberIDRequired)
    }

    @Test("The first rebalance waits for company if told to, longer while it comes, up to the rebalance timeout")
    func initialRebalanceDelay() throws {
        var configuration = GroupConfiguration()
        configuration.initialRebalanceDelayMS = 3_000
        let harness = CoordinatorHarness(configuration: configuration)
        let a = harness.join(.consumer("a", rebalanceTimeoutMS: 7_000))
        harness.pass(ms: 2_000)
        let b = harness.join(.consumer("b", rebalanceTimeoutMS: 7_000))
        harness.pass(ms: 1_000)
        #expect(harness.isWaiting(a), "b came during the delay, so it begins again")
        harness.pass(ms: 2_999)
        #expect(harness.isWaiting(b))
        harness.pass(ms: 1)
        #expect(try harness.joinReply(a).members.count == 2)
        #expect(try harness.joinReply(b).generation == 1)
    }

    @Test("Company that never stops coming cannot hold the first rebalance beyond the rebalance timeout")
    func initialRebalanceDelayIsBounded() throws {
        var configuration = GroupConfiguration()
        configuration.initialRebalanceDelayMS = 3_000
        let harness = CoordinatorHarness(configuration: configuration)
        let first = harness.join(.consumer("a", rebalanceTimeoutMS: 7_000))
        var elapsedMS: Int64 = 0
        while harness.isWaiting(first), elapsedMS < 60_000 {
            harness.pass(ms: 500)
            elapsedMS += 500
            if harness.isWaiting(first) {
                _ = harness.join(.consumer("more", rebalanceTimeoutMS: 7_000))
            }
        }
        #expect(elapsedMS == 7_000)
    }
}
