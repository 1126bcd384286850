import Testing

@testable import BrokerEngine

@Suite("A group: offsets")
struct GroupOffsetTests {
    private static let day: Int64 = 24 * 3_600_000

    @Test("A commit is acknowledged, and seen, once it is durable")
    func commitIsDurable() throws {
        let harness = CoordinatorHarness()
        harness.holdsWrites = true
        let commit = harness.commit(42, metadata: "note")
        #expect(harness.isWaiting(commit))
        #expect(harness.fetched()?.offset == -1)
        #expect(harness.fetched(requiresStable: true)?.error == .unstableOffsetCommit)
        harness.releaseWrites()
        #expect(try harness.commitError(commit) == nil)
        let fetched = try #require(harness.fetched(requiresStable: true))
        #expect(fetched.offset == 42)
        #expect(fetched.leaderEpoch == 3)
        #expect(fetched.metadata == "note")
        #expect(fetched.error == nil)
    }

    @Test("A commit that cannot be written is refused and leaves what was there; a new group leaves nothing")
    func commitWriteFails() throws {
        let harness = CoordinatorHarness()
        harness.holdsWrites = true
        let first = harness.commit(1)
        harness.failWrites(.coordinatorNotAvailable)
        #expect(try harness.commitError(first) == .coordinatorNotAvailable)
        #expect(harness.core.groupCount == 0)
        harness.holdsWrites = false
        _ = harness.commit(2)
        harness.holdsWrites = true
        _ = harness.commit(3)
        harness.failWrites(.coordinatorNotAvailable)
        #expect(harness.fetched()?.offset == 2)
        #expect(harness.fetched(requiresStable: true)?.error == nil)
    }

    @Test("Members commit for their generation, in a stable group and while the others join")
    func memberCommits() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        #expect(try harness.commitError(harness.commit(1, memberID: a, generation: 1)) == nil)
        #expect(try harness.commitError(harness.commit(2, memberID: a, generation: 0)) == .illegalGeneration)
        #expect(try harness.commitError(harness.commit(2, memberID: a, generation: 2)) == .illegalGeneration)
        #expect(try harness.commitError(harness.commit(2, memberID: "ghost", generation: 1)) == .unknownMemberID)
        let b = harness.join(.consumer("b"))
        #expect(harness.description.state == .preparingRebalance)
        #expect(try harness.commitError(harness.commit(3, memberID: a, generation: 1)) == nil)
        _ = harness.join(.consumer("a", memberID: a))
        let bID = try harness.joinReply(b).memberID
        #expect(try harness.commitError(harness.commit(4, memberID: bID, generation: 2)) == .rebalanceInProgress)
        #expect(try harness.commitError(harness.commit(4, memberID: a, generation: 1)) == .illegalGeneration)
        #expect(harness.fetched()?.offset == 3)
    }

    @Test("A client that is no member may commit while the group has none")
    func simpleCommits() throws {
        let harness = CoordinatorHarness()
        #expect(try harness.commitError(harness.commit(1)) == nil)
        #expect(harness.description.state == .empty)
        #expect(harness.description.protocolType == "")
        let a = try harness.stableGroup([.consumer("a")])[0]
        #expect(try harness.commitError(harness.commit(2)) == .unknownMemberID)
        #expect(try harness.commitError(harness.commit(2, memberID: a)) == .illegalGeneration)
        _ = try harness.leave(.init(memberID: a))
        #expect(try harness.commitError(harness.commit(2)) == nil)
        #expect(try harness.commitError(harness.commit(3, memberID: a, generation: 1)) == .unknownMemberID)
        #expect(
            try harness.commitError(harness.commit(3, memberID: a, generation: 1, groupID: "none"))
                == .illegalGeneration)
        #expect(harness.fetched()?.offset == 2)
        #expect(try harness.commitError(harness.commit(5, groupID: "")) == nil, "the nameless group keeps offsets")
        #expect(harness.fetched(groupID: "")?.offset == 5)
    }

    @Test("Metadata has a limit, for each partition by itself")
    func metadataLimit() throws {
        let harness = CoordinatorHarness()
        let token = harness.nextToken()
        let fits = String(repeating: "é", count: 4_096)
        let request = OffsetCommit(
            groupID: "g",
            topics: [
                OffsetTopic(
                    topic: "t",
                    partitions: [
                        OffsetCommit.Partition(partition: 0, offset: 1, metadata: fits),
                        OffsetCommit.Partition(partition: 1, offset: 1, metadata: fits + "x"),
                    ])
            ])
        harness.perform(harness.core.commitOffsets(request, token, at: harness.time))
        guard case .commitOffsets(let reply) = harness.replies[token] else {
            Issue.record("not answered")
            return
        }
        #expect(reply.topics.first?.partitions.map(\.error) == [nil, .offsetMetadataTooLarge])
        #expect(harness.fetched(groupID: "g")?.metadata == fits)
        #expect(harness.fetched(partition: 1, groupID: "g")?.offset == -1)

        let alone = harness.commit(1, metadata: fits + "x", groupID: "h")
        #expect(try harness.commitError(alone) == .offsetMetadataTooLarge)
        #expect(harness.core.groupCount == 1, "nothing to keep, no group")
    }

    @Test("Fetching names some partitions or all; what was never committed is -1 and no error")
    func fetch() throws {
        let harness = CoordinatorHarness()
        #expect(harness.fetched()?.offset == -1)
        #expect(harness.fetched()?.error == nil)
        #expect(harness.core.fetchOffsets(OffsetFetch(groupID: "none", topics: nil)).topics.isEmpty)
        for (topic, partition) in [("u", 1), ("t", 2), ("t", 0)] {
            _ = harness.commit(Int64(partition) + 10, topic: topic, partition: Int32(partition))
        }
        let all = harness.core.fetchOffsets(OffsetFetch(groupID: CoordinatorHarness.group, topics: nil))
        #expect(all.topics.map(\.topic) == ["t", "u"])
        #expect(all.topics.map { $0.partitions.map(\.partition) } == [[0, 2], [1]])
        #expect(all.topics.map { $0.partitions.map(\.offset) } == [[10, 12], [11]])
        #expect(harness.fetched(topic: "v")?.offset == -1)
    }

    @Test("Offsets survive a crash, and those not durable are as if never sent")
    func crash() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1)
        _ = harness.commit(2)
        harness.holdsWrites = true
        let lost = harness.commit(3)
        try harness.crash()
        #expect(harness.isWaiting(lost))
        let fetched = try #require(harness.fetched())
        #expect(fetched.offset == 2)
        #expect(fetched.leaderEpoch == 3)
    }

    @Test("An operator deletes offsets of topics that nobody reads")
    func deleteOffsets() throws {
        let harness = CoordinatorHarness()
        #expect(try harness.deleteOffsetsReply(harness.deleteOffsets(topic: "t", [0])).error == .groupIDNotFound)
        let a = try harness.stableGroup([.consumer("a", topics: ["t"])])[0]
        _ = harness.commit(1, topic: "t", memberID: a, generation: 1)
        _ = harness.commit(2, topic: "old", memberID: a, generation: 1)
        let read = try harness.deleteOffsetsReply(harness.deleteOffsets(topic: "t", [0, 1]))
        #expect(read.error == nil)
        #expect(read.topics.first?.partitions.map(\.error) == [.groupSubscribedToTopic, .groupSubscribedToTopic])
        #expect(harness.fetched()?.offset == 1)

        harness.holdsWrites = true
        let deletion = harness.deleteOffsets(topic: "old", [0, 7])
        #expect(harness.isWaiting(deletion))
        harness.releaseWrites()
        let deleted = try harness.deleteOffsetsReply(deletion)
        #expect(deleted.topics.first?.partitions.map(\.error) == [nil, nil])
        #expect(harness.fetched(topic: "old")?.offset == -1)
        try harness.crash()
        #expect(harness.fetched(topic: "old")?.offset == -1)
        #expect(harness.fetched()?.offset == 1)
    }

    @Test("Offsets of a group that is not of consumers, or reads who knows what, are left alone")
    func deleteOffsetsOfOthers() throws {
        let harness = CoordinatorHarness()
        var connect = GroupJoin.consumer()
        connect.protocolType = "connect"
        let worker = try harness.stableGroup([connect])[0]
        _ = harness.commit(1, memberID: worker, generation: 1)
        #expect(try harness.deleteOffsetsReply(harness.deleteOffsets(topic: "t", [0])).error == .nonEmptyGroup)

        let other = CoordinatorHarness()
        var odd = GroupJoin.consumer()
        odd.protocols = [GroupProtocol(name: "range", metadata: [1, 2, 3])]
        let member = try other.stableGroup([odd])[0]
        _ = other.commit(1, memberID: member, generation: 1)
        let reply = try other.deleteOffsetsReply(other.deleteOffsets(topic: "t", [0]))
        #expect(reply.topics.first?.partitions.first?.error == .groupSubscribedToTopic)
    }

    @Test("A deleted topic's offsets are gone at once, with the commits that were under way, and for good")
    func topicDeleted() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, topic: "gone")
        _ = harness.commit(1, topic: "kept")
        harness.holdsWrites = true
        let late = harness.commit(2, topic: "gone")
        harness.perform(harness.core.topicsDeleted(["gone"], at: harness.time))
        #expect(harness.fetched(topic: "gone")?.offset == -1)
        harness.releaseFirstWrite()
        #expect(try harness.commitError(late) == nil, "it was written")
        #expect(harness.fetched(topic: "gone")?.offset == -1, "but what it says is of the topic that is gone")
        harness.releaseWrites()
        #expect(harness.fetched(topic: "gone")?.offset == -1)
        try harness.crash()
        #expect(harness.fetched(topic: "gone")?.offset == -1)
        #expect(harness.fetched(topic: "kept")?.offset == 1)
    }

    @Test("A topic made anew keeps commits that overtake the deletion's record")
    func topicMadeAnew() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, topic: "again")
        harness.holdsWrites = true
        harness.perform(harness.core.topicsDeleted(["again"], at: harness.time))
        _ = harness.commit(5, topic: "again")
        harness.releaseWrites()
        #expect(harness.fetched(topic: "again")?.offset == 5)
        try harness.crash()
        #expect(harness.fetched(topic: "again")?.offset == 5)
    }

    @Test("An empty group's offsets are kept for the retention after it became empty, then it goes with them")
    func emptyGroupExpires() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([.consumer("a")])[0]
        _ = harness.commit(1, memberID: a, generation: 1)
        harness.pass(ms: 9_000)
        _ = try harness.leave(.init(memberID: a))
        harness.pass(ms: 7 * Self.day - 1)
        #expect(harness.fetched()?.offset == 1)
        harness.pass(ms: 600_001)
        #expect(harness.core.groupCount == 0)
        #expect(harness.core.nextDeadlineMS == nil)
        try harness.crash()
        #expect(harness.core.groupCount == 0, "the log says so too")
    }

    @Test("Offsets of a client that is no member expire by the time of their commit")
    func simpleOffsetsExpire() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, topic: "early")
        harness.pass(ms: Self.day)
        _ = harness.commit(1, topic: "late")
        harness.pass(ms: 6 * Self.day + 600_000)
        #expect(harness.fetched(topic: "early")?.offset == -1)
        #expect(harness.fetched(topic: "late")?.offset == 1)
        harness.pass(ms: Self.day)
        #expect(harness.core.groupCount == 0)
    }

    @Test("A working group keeps the offsets of what it reads, and loses those of what it left long ago")
    func unsubscribedOffsetsExpire() throws {
        let harness = CoordinatorHarness()
        let a = try harness.stableGroup([
            .consumer("a", topics: ["t"], sessionTimeoutMS: 1_800_000, rebalanceTimeoutMS: 60_000)
        ])[0]
        _ = harness.commit(1, topic: "t", memberID: a, generation: 1)
        _ = harness.commit(1, topic: "left", memberID: a, generation: 1)
        for _ in 0..<(8 * 24 * 3) {
            harness.pass(ms: 1_200_000)
            #expect(harness.heartbeat(a, generation: 1) == nil)
        }
        #expect(harness.fetched(topic: "left")?.offset == -1)
        #expect(harness.fetched(topic: "t")?.offset == 1)
    }

    @Test("A client may ask for another retention (v2 to v4)")
    func ownRetention() throws {
        let harness = CoordinatorHarness()
        _ = harness.commit(1, topic: "short", retentionTimeMS: 3_600_000)
        _ = harness.commit(1, topic: "long", retentionTimeMS: 30 * Self.day)
        _ = harness.commit(1, topic: "endless", retentionTimeMS: .max)
        harness.pass(ms: 3_600_000)
        #expect(harness.fetched(topic: "short")?.offset == -1)
        try harness.crash()
        harness.pass(ms: 29 * Self.day)
        #expect(harness.fetched(topic: "long")?.offset == 1)
        harness.pass(ms: 2 * Self.day)
        #expect(harness.fetched(topic: "long")?.offset == -1)
        #expect(harness.fetched(topic: "endless")?.offset == 1)
    }
}
