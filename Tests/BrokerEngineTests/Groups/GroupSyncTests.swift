import Testing

@testable import BrokerEngine

@Suite("A group: assignment and membership")
struct GroupSyncTests {
    /// Two members, a the leader, that have joined and not synced.
    private func joinedPair(_ harness: CoordinatorHarness) throws -> (a: String, b: String, generation: Int32) {
        let a = try harness.stableGroup([.consumer("a")])[0]
        let b = harness.join(.consumer("b"))
        let joined = try harness.joinReply(harness.join(.consumer("a", memberID: a)))
        return (a, try harness.joinReply(b).memberID, joined.generation)
    }

    @Test("Followers wait for the leader, and everyone for the record of the assignment to be durable")
    func followersWait() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        let follower = harness.sync(.of(b, generation: generation))
        #expect(harness.isWaiting(follower))
        harness.holdsWrites = true
        let leader = harness.sync(.of(a, generation: generation, shares: [a: "0", b: "1", "ghost": "2"]))
        #expect(harness.isWaiting(leader))
        #expect(harness.isWaiting(follower))
        #expect(harness.description.state == .completingRebalance)

        harness.releaseWrites()
        #expect(try harness.syncReply(leader).share == "0")
        #expect(try harness.syncReply(follower).share == "1")
        #expect(harness.description.state == .stable)
        #expect(harness.description.members.map { String(decoding: $0.assignment, as: UTF8.self) } == ["0", "1"])
    }

    @Test("A follower that asks later gets its share at once, as often as it asks")
    func lateSync() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        _ = harness.sync(.of(a, generation: generation, shares: [a: "0", b: "1"]))
        for _ in 0..<2 {
            #expect(try harness.syncReply(harness.sync(.of(b, generation: generation))).share == "1")
        }
        let leaderAgain = try harness.syncReply(harness.sync(.of(a, generation: generation, shares: [a: "x", b: "y"])))
        #expect(leaderAgain.share == "0", "a generation has one assignment")
    }

    @Test("A member the leader forgot gets an empty share")
    func forgottenMember() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        _ = harness.sync(.of(a, generation: generation, shares: [a: "all"]))
        let reply = try harness.syncReply(harness.sync(.of(b, generation: generation)))
        #expect(reply.error == nil)
        #expect(reply.assignment.isEmpty)
    }

    @Test("The leader's second assignment, sent while the first is being written, changes nothing")
    func leaderSyncsTwice() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        harness.holdsWrites = true
        let first = harness.sync(.of(a, generation: generation, shares: [a: "0", b: "1"]))
        let second = harness.sync(.of(a, generation: generation, shares: [a: "x", b: "y"]))
        #expect(try harness.syncReply(first).error == .rebalanceInProgress, "it came over a connection given up")
        #expect(harness.heldWrites.count == 1)
        harness.releaseWrites()
        #expect(try harness.syncReply(second).share == "0")
    }

    @Test("Who comes or goes while the assignment is made sends everyone back to join")
    func rebalanceDuringSync() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        let follower = harness.sync(.of(b, generation: generation))
        harness.holdsWrites = true
        let leader = harness.sync(.of(a, generation: generation, shares: [a: "0", b: "1"]))
        let c = harness.join(.consumer("c"))
        #expect(try harness.syncReply(follower).error == .rebalanceInProgress)
        #expect(try harness.syncReply(leader).error == .rebalanceInProgress)

        harness.releaseWrites()
        #expect(harness.description.state == .preparingRebalance, "the write is of a generation that is over")
        #expect(
            try harness.syncReply(harness.sync(.of(b, generation: generation))).error == .rebalanceInProgress)
        _ = harness.join(.consumer("a", memberID: a))
        _ = harness.join(.consumer("b", memberID: b))
        #expect(try harness.joinReply(c).generation == generation + 1)
    }

    @Test("An assignment that cannot be written fails everyone and starts over")
    func assignmentWriteFails() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        let follower = harness.sync(.of(b, generation: generation))
        harness.holdsWrites = true
        let leader = harness.sync(.of(a, generation: generation, shares: [a: "0", b: "1"]))
        harness.failWrites(.recordTooLarge)
        #expect(try harness.syncReply(leader).error == .recordTooLarge)
        #expect(try harness.syncReply(follower).error == .recordTooLarge)
        #expect(harness.description.state == .preparingRebalance)
        #expect(harness.description.lastRebalance?.reason.contains("could not be written") == true)
    }

    @Test("A sync must come from a member, for this generation, and name the right protocol if it names one")
    func syncErrors() throws {
        let harness = CoordinatorHarness()
        let ghost = harness.sync(.of("ghost", generation: 1))
        #expect(try harness.syncReply(ghost).error == .unknownMemberID)
        let (a, _, generation) = try joinedPair(harness)
        #expect(try harness.syncReply(harness.sync(.of("ghost", generation: generation))).error == .unknownMemberID)
        #expect(try harness.syncReply(harness.sync(.of(a, generation: generation - 1))).error == .illegalGeneration)
        var sync = GroupSync.of(a, generation: generation)
        sync.protocolType = "connect"
        #expect(try harness.syncReply(harness.sync(sync)).error == .inconsistentGroupProtocol)
        sync.protocolType = "consumer"
        sync.protocolName = "sticky"
        #expect(try harness.syncReply(harness.sync(sync)).error == .inconsistentGroupProtocol)
        sync.protocolName = "range"
        #expect(harness.isWaiting(harness.sync(sync)) == false)
    }

    @Test("Members that joined and never ask for their share lose their place after the rebalance timeout")
    func pendingSyncExpires() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([
            .consumer("a", rebalanceTimeoutMS: 20_000), .consumer("b", rebalanceTimeoutMS: 20_000),
        ])
        let generation = harness.description.generation + 1
        _ = harness.join(.consumer("a", memberID: members[0], rebalanceTimeoutMS: 20_000))
        _ = harness.join(.consumer("b", memberID: members[1], rebalanceTimeoutMS: 20_000))
        let leader = harness.sync(.of(members[0], generation: generation, shares: [members[0]: "all"]))
        #expect(try harness.syncReply(leader).error == nil)
        for _ in 0..<4 {
            harness.pass(ms: 4_999)
            #expect(harness.heartbeat(members[0], generation: generation) == nil)
            #expect(harness.heartbeat(members[1], generation: generation) == nil, "heartbeats are not enough")
        }
        harness.pass(ms: 4)
        #expect(harness.heartbeat(members[1], generation: generation) == .unknownMemberID)
        #expect(harness.heartbeat(members[0], generation: generation) == .rebalanceInProgress)
        #expect(harness.description.lastRebalance?.reason.contains("did not ask for their assignment") == true)
    }

    @Test("A leader that never assigns loses its place, and another leads")
    func leaderNeverSyncs() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        let follower = harness.sync(.of(b, generation: generation))
        for _ in 0..<6 {
            harness.pass(ms: 9_999)
            _ = harness.heartbeat(a, generation: generation)
        }
        #expect(harness.isWaiting(follower), "the rebalance timeout is a minute")
        harness.pass(ms: 10)
        #expect(try harness.syncReply(follower).error == .rebalanceInProgress)
        let joined = try harness.joinReply(harness.join(.consumer("b", memberID: b)))
        #expect(joined.leaderID == b)
        #expect(joined.generation == generation + 1)
    }

    @Test("A silent member is taken for dead after its session timeout, a waiting one is not")
    func sessions() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([
            .consumer("a", sessionTimeoutMS: 6_000, rebalanceTimeoutMS: 120_000),
            .consumer("b", sessionTimeoutMS: 20_000, rebalanceTimeoutMS: 120_000),
        ])
        harness.pass(ms: 5_999)
        #expect(harness.description.members.count == 2)
        #expect(harness.heartbeat(members[0], generation: 2) == nil)
        harness.pass(ms: 6_000)
        #expect(harness.description.members.map(\.memberID) == [members[1]])
        #expect(harness.description.lastRebalance?.reason.contains("silent") == true)

        // b joins again and a newcomer is slow to use its id: b waits, silent, for longer than its session.
        let newcomer = try harness.joinReply(
            harness.join(.consumer("c", sessionTimeoutMS: 100_000, requiresKnownMemberID: true)))
        let b = harness.join(
            .consumer("b", memberID: members[1], sessionTimeoutMS: 20_000, rebalanceTimeoutMS: 120_000))
        harness.pass(ms: 60_000)
        #expect(harness.isWaiting(b))
        _ = harness.join(.consumer("c", memberID: newcomer.memberID))
        #expect(try harness.joinReply(b).members.count == 2)
    }

    @Test("Commits and syncs count as signs of life")
    func signsOfLife() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        harness.pass(ms: 9_000)
        #expect(try harness.commitError(harness.commit(1, memberID: a, generation: 1)) == nil)
        harness.pass(ms: 9_000)
        _ = harness.sync(.of(a, generation: 1))
        harness.pass(ms: 9_000)
        #expect(harness.heartbeat(a, generation: 1) == nil)
    }

    @Test("Heartbeats tell a member where it stands")
    func heartbeats() throws {
        let harness = CoordinatorHarness()
        #expect(harness.heartbeat("ghost", generation: 0) == .unknownMemberID)
        let (a, b, generation) = try joinedPair(harness)
        #expect(harness.heartbeat(a, generation: generation) == nil, "an assignment is being made: all is well")
        #expect(harness.heartbeat(a, generation: generation - 1) == .illegalGeneration)
        #expect(harness.heartbeat("ghost", generation: generation) == .unknownMemberID)
        try harness.syncAll([a, b])
        #expect(harness.heartbeat(b, generation: generation) == nil)
        _ = try harness.leave(.init(memberID: b))
        #expect(harness.heartbeat(b, generation: generation) == .unknownMemberID)
        #expect(harness.heartbeat(a, generation: generation) == .rebalanceInProgress)
    }

    @Test("The last member's leaving empties the group, which is written down")
    func lastLeaves() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let reply = try harness.leave(.init(memberID: a, reason: "closing"))
        #expect(reply.error == nil)
        #expect(reply.members.map(\.error) == [nil])
        #expect(harness.description.state == .empty)
        #expect(harness.description.generation == 2)
        #expect(harness.description.lastRebalance?.reason.contains("closing") == true)
        guard case .group(_, let snapshot?) = try harness.log.last?.decoded() else {
            Issue.record("no record of the empty group")
            return
        }
        #expect(snapshot.members.isEmpty)
        #expect(snapshot.generation == 2)
    }

    @Test("Several leave at once, by id or by static name, each with its own answer")
    func batchedLeave() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([
            .consumer("a"), .consumer("b", instanceID: "two"), .consumer("c", instanceID: "three"), .consumer("d"),
        ])
        let pending = try harness.joinReply(harness.join(.consumer("e", requiresKnownMemberID: true))).memberID
        let reply = try harness.leave(
            .init(memberID: members[0]), .init(memberID: "", groupInstanceID: "two"),
            .init(memberID: "wrong", groupInstanceID: "three"), .init(memberID: "ghost"),
            .init(memberID: "", groupInstanceID: "nobody"), .init(memberID: pending), .init(memberID: members[0]))
        #expect(
            reply.members.map(\.error) == [
                nil, nil, .fencedInstanceID, .unknownMemberID, .unknownMemberID, nil, .unknownMemberID,
            ])
        #expect(Set(harness.description.members.map(\.memberID)) == [members[2], members[3]])
    }

    @Test("Leaving an unknown group names every member unknown")
    func leaveUnknownGroup() throws {
        let harness = CoordinatorHarness()
        let reply = try harness.leave(.init(memberID: "a"), .init(memberID: "b"))
        #expect(reply.error == nil)
        #expect(reply.members.map(\.error) == [.unknownMemberID, .unknownMemberID])
    }

    @Test("A member that is made to leave while it waits is told so")
    func leaveWhileWaiting() throws {
        let harness = CoordinatorHarness()
        let (a, b, generation) = try joinedPair(harness)
        let sync = harness.sync(.of(b, generation: generation))
        _ = try harness.leave(.init(memberID: b))
        #expect(try harness.syncReply(sync).error == .unknownMemberID)
        let c = try harness.joinReply(harness.join(.consumer("c", requiresKnownMemberID: true))).memberID
        let join = harness.join(.consumer("c", memberID: c))
        _ = try harness.leave(.init(memberID: c))
        #expect(try harness.joinReply(join).error == .unknownMemberID)
        #expect(harness.description.members.map(\.memberID) == [a])
    }

    @Test("A cooperative rebalance is two in a row, and nobody's connection is needed for the second")
    func cooperative() throws {
        let harness = CoordinatorHarness()
        let join = GroupJoin.consumer("a", protocols: ["cooperative-sticky"])
        let a = try harness.stableGroup([join])[0]
        let b = harness.join(.consumer("b", protocols: ["cooperative-sticky"]))
        _ = harness.join(join.known(as: a))
        let bID = try harness.joinReply(b).memberID
        try harness.syncAll([a, bID])

        // a has given up partitions, says so in its metadata, and asks for the second round.
        var again = join.known(as: a)
        again.protocols = [
            GroupProtocol(name: "cooperative-sticky", metadata: GroupJoin.subscription(["t"], userData: [1]))
        ]
        let second = harness.join(again)
        #expect(harness.heartbeat(bID, generation: 2) == .rebalanceInProgress)
        #expect(try harness.commitError(harness.commit(7, memberID: bID, generation: 2)) == nil)
        _ = harness.join(.consumer("b", memberID: bID, protocols: ["cooperative-sticky"]))
        #expect(try harness.joinReply(second).generation == 3)
    }
}
