import Testing

@testable import BrokerEngine

@Suite("A coordinator: administration and life")
struct GroupAdministrationTests {
    @Test("Groups without members are deleted with their offsets, in one answer for all")
    func deleteGroups() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, groupID: "one")
        _ = harness.commit(1, groupID: "two")
        _ = try harness.stableGroup([.consumer("a")])
        harness.holdsWrites = true
        let token = harness.deleteGroups("one", CoordinatorHarness.group, "none", "two")
        #expect(harness.isWaiting(token))
        #expect(harness.core.describeGroup("one").state == .dead)
        #expect(try harness.commitError(harness.commit(2, groupID: "one")) == .coordinatorNotAvailable)
        var join = GroupJoin.consumer()
        join.groupID = "one"
        #expect(try harness.joinReply(harness.join(join)).error == .coordinatorNotAvailable)

        harness.releaseWrites()
        let deleted = try harness.deletedGroups(token)
        #expect(deleted.map(\.groupID) == ["one", CoordinatorHarness.group, "none", "two"])
        #expect(deleted.map(\.error) == [nil, .nonEmptyGroup, .groupIDNotFound, nil])
        #expect(harness.core.groupCount == 1)
        try harness.crash()
        #expect(harness.core.listGroups().groups.map(\.groupID) == [CoordinatorHarness.group])
    }

    @Test("A deletion that cannot be written leaves the group as it was")
    func deletionWriteFails() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1)
        harness.holdsWrites = true
        let token = harness.deleteGroups(CoordinatorHarness.group)
        harness.failWrites(.coordinatorNotAvailable)
        #expect(try harness.deletedGroups(token).map(\.error) == [.coordinatorNotAvailable])
        #expect(harness.fetched()?.offset == 1)
        harness.holdsWrites = false
        #expect(try harness.deletedGroups(harness.deleteGroups(CoordinatorHarness.group)).map(\.error) == [nil])
        #expect(harness.core.groupCount == 0)
        #expect(harness.core.nextDeadlineMS == nil)
    }

    @Test("A commit on its way when its group is deleted does not bring the group back")
    func commitDuringDeletion() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1)
        harness.holdsWrites = true
        let commit = harness.commit(2, partition: 9)
        let deletion = harness.deleteGroups(CoordinatorHarness.group)
        harness.releaseWrites()
        #expect(try harness.commitError(commit) == nil)
        #expect(try harness.deletedGroups(deletion).map(\.error) == [nil])
        #expect(harness.core.groupCount == 0)
        try harness.crash()
        #expect(harness.core.groupCount == 0)
    }

    @Test("A description says what a stable group does, and why it last rebalanced")
    func describe() throws {
        let harness = CoordinatorHarness()
        #expect(harness.description.state == .dead)
        #expect(harness.description.error == nil)
        let startedWallMS = harness.time.wallMS
        let members = try harness.stableGroup([
            .consumer("a", instanceID: "one"), .consumer("b", reason: "scaled up"),
        ])
        let description = harness.description
        #expect(description.state == .stable)
        #expect(description.protocolType == "consumer")
        #expect(description.protocolName == "range")
        #expect(description.generation == 2)
        #expect(description.leaderID == members[0])
        #expect(description.members.map(\.memberID) == members)
        #expect(description.members.map(\.groupInstanceID) == ["one", nil])
        #expect(description.members.map(\.clientID) == ["a", "b"])
        #expect(description.members.map(\.clientHost) == ["/127.0.0.1", "/127.0.0.1"])
        #expect(description.members.first?.metadata == GroupJoin.subscription(["t"]))
        #expect(description.members.map { String(decoding: $0.assignment, as: UTF8.self) } == members)
        #expect(description.rebalanceCount == 2)
        #expect(description.lastRebalance?.reason.contains("scaled up") == true)
        #expect(description.lastRebalance?.startedWallMS == startedWallMS)
        #expect(description.lastRebalance?.generation == 1)

        _ = harness.join(.consumer("c"))
        let preparing = harness.description
        #expect(preparing.protocolName == "")
        #expect(preparing.members.allSatisfy { $0.metadata.isEmpty && $0.assignment.isEmpty })
    }

    @Test("A client's endless reason is cut")
    func longReason() throws {
        let harness = CoordinatorHarness()
        _ = harness.join(.consumer(reason: String(repeating: "x", count: 10_000)))
        #expect(harness.description.lastRebalance?.reason.count == 512)
    }

    @Test("Groups are listed by state and type, without regard to case")
    func list() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, groupID: "zero")
        _ = try harness.stableGroup([.consumer("a")])
        let all = harness.core.listGroups().groups
        #expect(all.map(\.groupID) == ["orders", "zero"])
        #expect(all.map(\.state) == [.stable, .empty])
        #expect(all.map(\.protocolType) == ["consumer", ""])
        #expect(all.map(\.groupType) == ["classic", "classic"])
        #expect(harness.core.listGroups(states: ["STABLE"]).groups.map(\.groupID) == ["orders"])
        #expect(harness.core.listGroups(states: ["stable", "Empty"]).groups.count == 2)
        #expect(harness.core.listGroups(states: ["odd"]).groups.isEmpty)
        #expect(harness.core.listGroups(types: ["Classic"]).groups.count == 2)
        #expect(harness.core.listGroups(types: ["consumer"]).groups.isEmpty)
    }

    @Test("Until the log is read, clients are told to wait, each in the words it understands")
    func loading() throws {
        var core = GroupCoordinatorCore(random: SeededGroupRandom(seed: 1))
        let time = GroupTime(monotonicMS: 0, wallMS: 0)
        let token = RequestToken(1)
        func reply(_ actions: [GroupAction]) -> GroupReply? {
            guard case .reply(token, let reply)? = actions.first else { return nil }
            return reply
        }
        let join = reply(core.join(.consumer(), token, at: time))
        #expect(join == .join(.refused(.coordinatorLoadInProgress, memberID: "")))
        let sync = reply(core.sync(.of("m", generation: 1), token, at: time))
        #expect(sync == .sync(.refused(.rebalanceInProgress)))
        #expect(core.heartbeat(GroupHeartbeat(groupID: "g", memberID: "m", generation: 1), at: time) == nil)
        #expect(
            core.fetchOffsets(OffsetFetch(groupID: "g", topics: nil)).error == .coordinatorLoadInProgress)
        #expect(core.describeGroup("g").error == .coordinatorLoadInProgress)
        #expect(core.listGroups().error == .coordinatorLoadInProgress)
        let deletion = reply(core.deleteGroups(["g"], token, at: time))
        #expect(deletion == .deleteGroups([DeletedGroup(groupID: "g", error: .coordinatorLoadInProgress)]))
    }

    @Test("A coordinator that resigns answers everyone who waits, and nobody afterwards")
    func resignation() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        let b = harness.join(.consumer("b"))
        _ = harness.commit(1, groupID: "other")
        harness.holdsWrites = true
        let commit = harness.commit(2, groupID: "other")
        let deletion = harness.deleteGroups("other")
        harness.perform(harness.core.resigned(at: harness.time))
        #expect(try harness.joinReply(b).error == .notCoordinator)
        #expect(try harness.commitError(commit) == .notCoordinator)
        #expect(try harness.deletedGroups(deletion).map(\.error) == [.notCoordinator])
        #expect(harness.heartbeat(a, generation: 1) == .notCoordinator)
        #expect(harness.core.nextDeadlineMS == nil)
        harness.releaseWrites()
        #expect(harness.core.groupCount == 0)
    }

    @Test("After a crash the members of a stable group go on, with a whole session to be heard of")
    func membersSurviveCrash() throws {
        let harness = CoordinatorHarness()
        let members = try harness.stableGroup([.consumer("a"), .consumer("b")])
        harness.pass(ms: 9_999)
        try harness.crash()
        #expect(harness.description.state == .stable)
        #expect(harness.description.leaderID == members[0])
        harness.pass(ms: 9_999)
        #expect(harness.heartbeat(members[0], generation: 2) == nil)
        let sync = try harness.syncReply(harness.sync(.of(members[1], generation: 2)))
        #expect(sync.share == members[1])
        #expect(sync.protocolName == "range")
        harness.pass(ms: 10_000)
        #expect(harness.description.state == .empty)
    }

    @Test("A group that is larger than allowed after a restart rebalances, and the last to join lose their place")
    func overCapacityAfterCrash() throws {
        let harness = CoordinatorHarness()
        let joins = ["a", "b", "c"].map { GroupJoin.consumer($0) }
        let members = try harness.stableGroup(joins)
        var configuration = GroupConfiguration.withoutInitialDelay
        configuration.groupSizeMax = 2
        try harness.crash(configuration: configuration)
        #expect(harness.heartbeat(members[0], generation: 3) == .rebalanceInProgress)
        #expect(try harness.commitError(harness.commit(1, memberID: members[2], generation: 3)) == nil)
        let first = harness.join(joins[2].known(as: members[2]))
        let second = harness.join(joins[0].known(as: members[0]))
        let third = harness.join(joins[1].known(as: members[1]))
        #expect(try harness.joinReply(third).error == .groupMaxSizeReached)
        #expect(try harness.joinReply(first).generation == 4)
        #expect(try harness.joinReply(second).members.map(\.memberID) == [members[0], members[2]])
    }

    @Test("Thousands of groups and members cost what they do, not what there is")
    func scale() throws {
        let harness = CoordinatorHarness()
        for number in 0..<2_000 {
            var join = GroupJoin.consumer("c", requiresKnownMemberID: true)
            join.groupID = "g\(number)"
            join.memberID = try harness.joinReply(harness.join(join)).memberID
            let reply = try harness.joinReply(harness.join(join))
            var sync = GroupSync.of(reply.memberID, generation: 1, shares: [reply.memberID: "all"])
            sync.groupID = join.groupID
            _ = harness.sync(sync)
        }
        #expect(harness.core.listGroups(states: ["Stable"]).groups.count == 2_000)
        // One deadline for each session, and nothing left over from the rebalances.
        #expect(harness.core.effects.deadlines.count == 2_000)
        harness.pass(ms: 10_000)
        #expect(harness.core.listGroups(states: ["Empty"]).groups.count == 2_000)
        harness.pass(ms: 600_000)
        #expect(harness.core.groupCount == 0)
        #expect(harness.core.effects.deadlines.count == 0)
    }
}
