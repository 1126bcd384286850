import Testing

@testable import BrokerEngine

@Suite("A group: static members (KIP-345)")
struct StaticMemberTests {
    private let one = GroupJoin.consumer("a", instanceID: "one", canSkipAssignment: true)
    private let two = GroupJoin.consumer("b", instanceID: "two", canSkipAssignment: true)

    @Test("A follower that starts again goes on with its share, and nobody else notices")
    func followerRestarts() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        let generation = harness.description.generation
        #expect(members[1].hasPrefix("two-"))

        harness.holdsWrites = true
        let join = harness.join(two)
        #expect(harness.isWaiting(join), "the new id is answered once it is durable")
        harness.releaseWrites()
        let reply = try harness.joinReply(join)
        #expect(reply.error == nil)
        #expect(reply.generation == generation)
        #expect(reply.memberID != members[1])
        #expect(reply.leaderID == members[0])
        #expect(!reply.skipAssignment)
        #expect(harness.description.state == .stable)
        #expect(harness.heartbeat(members[0], generation: generation, instanceID: "one") == nil)

        let sync = try harness.syncReply(harness.sync(.of(reply.memberID, generation: generation, instanceID: "two")))
        #expect(sync.share == members[1], "the share that its former self was given")
    }

    @Test("The former self is fenced wherever it speaks up")
    func fencing() throws {
        let harness = CoordinatorHarness()
        let former = try harness.stableGroup([one, two])[1]
        let generation = harness.description.generation
        _ = harness.join(two)
        #expect(harness.heartbeat(former, generation: generation, instanceID: "two") == .fencedInstanceID)
        #expect(harness.heartbeat(former, generation: generation) == .unknownMemberID)
        let sync = harness.sync(.of(former, generation: generation, instanceID: "two"))
        #expect(try harness.syncReply(sync).error == .fencedInstanceID)
        #expect(try harness.joinReply(harness.join(two.known(as: former))).error == .fencedInstanceID)
        let commit = harness.commit(1, memberID: former, instanceID: "two", generation: generation)
        #expect(try harness.commitError(commit) == .fencedInstanceID)
        let leave = try harness.leave(.init(memberID: former, groupInstanceID: "two"))
        #expect(leave.members.map(\.error) == [.fencedInstanceID])
    }

    @Test("A leader that starts again still leads, and is told to leave the assignment alone (v9)")
    func leaderRestarts() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        let reply = try harness.joinReply(harness.join(one))
        #expect(reply.leaderID == reply.memberID)
        #expect(reply.skipAssignment)
        #expect(reply.members.map(\.memberID) == [reply.memberID, members[1]])
        #expect(harness.description.leaderID == reply.memberID)
    }

    @Test("An old client that leads is not told so, since it would assign to no avail")
    func oldLeaderRestarts() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        var old = one
        old.canSkipAssignment = false
        let reply = try harness.joinReply(harness.join(old))
        #expect(reply.leaderID == members[0])
        #expect(reply.memberID != members[0])
        #expect(!reply.skipAssignment)
        #expect(reply.members.isEmpty)
    }

    @Test("A restart with other topics or another protocol rebalances; with other user data it does not")
    func changedSubscription() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        var changed = two
        changed.protocols = [GroupProtocol(name: "range", metadata: GroupJoin.subscription(["t"], userData: [9]))]
        #expect(try harness.joinReply(harness.join(changed)).error == nil)
        #expect(harness.description.state == .stable)

        changed.protocols = [GroupProtocol(name: "range", metadata: GroupJoin.subscription(["t", "new"]))]
        let join = harness.join(changed)
        #expect(harness.isWaiting(join))
        #expect(harness.description.state == .preparingRebalance)
        _ = harness.join(one.known(as: members[0]))
        #expect(try harness.joinReply(join).generation == 3)
    }

    @Test("A restart that changes the vote rebalances")
    func changedVote() throws {
        let harness = CoordinatorHarness()
        let both = GroupJoin.consumer("a", instanceID: "one", protocols: ["range", "sticky"])
        _ = try harness.stableGroup([both])
        #expect(harness.description.protocolName == "range")
        let join = harness.join(.consumer("a", instanceID: "one", protocols: ["sticky", "range"]))
        #expect(try harness.joinReply(join).generation == 2)
        #expect(try harness.joinReply(join).protocolName == "sticky")
    }

    @Test("A restart while the members join takes over the place, and the former self is fenced")
    func restartWhilePreparing() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        let first = harness.join(two.known(as: members[1]))
        _ = harness.join(.consumer("c"))
        let waiting = harness.join(two.known(as: members[1]))
        #expect(try harness.joinReply(first).generation == 2)
        let restarted = harness.join(two)
        #expect(try harness.joinReply(waiting).error == .fencedInstanceID)
        #expect(harness.isWaiting(restarted))
        _ = harness.join(one.known(as: members[0]))
        #expect(try harness.joinReply(restarted).generation == 3)
        #expect(harness.description.members.count == 3)
    }

    @Test("A restart while the leader assigns starts over, since the leader knows the former id")
    func restartWhileCompleting() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        _ = harness.join(one.known(as: members[0]))
        _ = harness.join(two.known(as: members[1]))
        let waiting = harness.sync(.of(members[1], generation: 3, instanceID: "two"))
        let restarted = harness.join(two)
        #expect(try harness.syncReply(waiting).error == .fencedInstanceID)
        #expect(harness.isWaiting(restarted))
        #expect(harness.description.state == .preparingRebalance)
    }

    @Test("A rebalance goes on without an absent static member, but keeps its place until its session ends")
    func absentMemberKeepsPlace() throws {
        let harness = CoordinatorHarness()
        var absent = two
        absent.sessionTimeoutMS = 120_000
        absent.rebalanceTimeoutMS = 20_000
        var present = one
        present.rebalanceTimeoutMS = 20_000
        let members = try harness.stableGroup([present, absent])
        let join = harness.join(present.known(as: members[0]))
        harness.pass(ms: 20_000)
        let reply = try harness.joinReply(join)
        #expect(reply.members.map(\.memberID) == members, "the leader assigns to it as well")
        let shares = [members[0]: "0", members[1]: "1"]
        _ = harness.sync(.of(members[0], generation: 3, shares: shares))
        #expect(harness.description.state == .stable)

        for _ in 0..<5 {
            harness.pass(ms: 9_000)
            #expect(harness.heartbeat(members[0], generation: 3) == nil, "nobody holds its silence against the group")
        }
        let back = try harness.joinReply(harness.join(absent))
        #expect(back.generation == 3)
        let sync = harness.sync(.of(back.memberID, generation: 3, instanceID: "two"))
        #expect(try harness.syncReply(sync).share == "1")
    }

    @Test("If nobody but absent static members is left, the group waits for them until their sessions end")
    func onlyAbsentMembers() throws {
        let harness = CoordinatorHarness()
        var absent = two
        absent.sessionTimeoutMS = 120_000
        absent.rebalanceTimeoutMS = 0
        let members = try harness.stableGroup([.consumer("a"), absent])
        _ = try harness.leave(.init(memberID: members[0]))
        #expect(harness.description.state == .preparingRebalance)
        harness.pass(ms: 119_999)
        #expect(harness.description.state == .preparingRebalance)
        #expect(harness.description.generation == 2)
        harness.pass(ms: 2_000)
        #expect(harness.description.state == .empty)
    }

    @Test("A restart whose new id cannot be written is refused, and the next try goes through")
    func replacementWriteFails() throws {
        let harness = CoordinatorHarness()
        let former = try harness.stableGroup([one, two])[1]
        harness.holdsWrites = true
        let join = harness.join(two)
        harness.failWrites(.coordinatorNotAvailable)
        #expect(try harness.joinReply(join).error == .coordinatorNotAvailable)
        harness.holdsWrites = false
        #expect(try harness.joinReply(harness.join(two)).error == nil)
        #expect(harness.heartbeat(former, generation: 2, instanceID: "two") == .fencedInstanceID)
        #expect(harness.description.state == .stable)
    }

    @Test("A restart is answered by the rebalance that begins while its new id is being written")
    func rebalanceDuringReplacement() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([one, two])
        harness.holdsWrites = true
        let restarted = harness.join(two)
        let leader = harness.join(one.known(as: members[0]))
        #expect(try harness.joinReply(restarted).generation == 3)
        #expect(try harness.joinReply(leader).generation == 3)
        harness.releaseWrites()
        #expect(harness.description.state == .completingRebalance)
    }

    @Test("Static members survive a crash with name and share")
    func crash() throws {
        let harness = CoordinatorHarness()
        let former = try harness.stableGroup([one, two])[1]
        let restarted = try harness.joinReply(harness.join(two)).memberID
        try harness.crash()
        let sync = harness.sync(.of(restarted, generation: 2, instanceID: "two"))
        #expect(try harness.syncReply(sync).share == former)
        #expect(harness.heartbeat(restarted, generation: 2, instanceID: "two") == nil)
        #expect(harness.description.members.map(\.groupInstanceID) == ["one", "two"])
        let again = try harness.joinReply(harness.join(two))
        #expect(again.generation == 2)
        #expect(again.error == nil)
    }

    @Test("An id handed out to a dynamic client is of no use to a static one")
    func pendingIDWithInstance() throws {
        let harness = CoordinatorHarness()
        let pending = try harness.joinReply(harness.join(.consumer(requiresKnownMemberID: true))).memberID
        #expect(try harness.joinReply(harness.join(one.known(as: pending))).error == .unknownMemberID)
        #expect(try harness.joinReply(harness.join(one.known(as: "ghost"))).error == .unknownMemberID)
    }
}
