import Testing

@testable import BrokerEngine

@Suite("Group records")
struct GroupRecordTests {
    @Test("A committed offset has Kafka's bytes")
    func offsetBytes() throws {
        let offset = CommittedOffset(offset: 258, leaderEpoch: 7, metadata: "m", commitWallMS: 1)
        let record = GroupRecord.offset(groupID: "g", topic: "to", partition: 3, offset)
        #expect(record.key == [0, 1, 0, 1, 0x67, 0, 2, 0x74, 0x6f, 0, 0, 0, 3])
        #expect(
            record.value == [
                0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 7, 0, 1, 0x6d, 0, 0, 0, 0, 0, 0, 0, 1,
            ])
        #expect(try record.decoded() == .offset(groupID: "g", topic: "to", partition: 3, offset))
    }

    @Test("An offset with its own expiry is of version 1, which has no leader epoch")
    func offsetWithExpiry() throws {
        let offset = CommittedOffset(offset: 1, leaderEpoch: -1, metadata: "", commitWallMS: 2, expiryWallMS: 3)
        let record = GroupRecord.offset(groupID: "g", topic: "t", partition: 0, offset)
        #expect(
            record.value == [
                0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3,
            ])
        #expect(try record.decoded() == .offset(groupID: "g", topic: "t", partition: 0, offset))
    }

    @Test("A group has Kafka's bytes")
    func groupBytes() throws {
        let snapshot = GroupSnapshot(
            protocolType: "consumer", generation: 5, protocolName: "r", leaderID: "m", stateSinceWallMS: 9,
            members: [
                GroupSnapshot.Member(
                    memberID: "m", groupInstanceID: nil, clientID: "c", clientHost: "/h", rebalanceTimeoutMS: 256,
                    sessionTimeoutMS: 1, metadata: [1, 2], assignment: [3])
            ])
        let record = GroupRecord.group(groupID: "g", snapshot)
        #expect(record.key == [0, 2, 0, 1, 0x67])
        var expected: [UInt8] = [0, 3, 0, 8] + Array("consumer".utf8)
        expected += [0, 0, 0, 5, 0, 1, 0x72, 0, 1, 0x6d, 0, 0, 0, 0, 0, 0, 0, 9]
        expected += [0, 0, 0, 1, 0, 1, 0x6d, 0xff, 0xff, 0, 1, 0x63, 0, 2, 0x2f, 0x68]
        expected += [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3]
        #expect(record.value == expected)
        #expect(try record.decoded() == .group(groupID: "g", snapshot))
    }

    @Test("Older versions are read")
    func olderVersions() throws {
        let key = GroupRecord.offset(groupID: "g", topic: "t", partition: 0, nil).key
        let zero = GroupRecord(key: key, value: [0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6])
        let expected = CommittedOffset(offset: 4, leaderEpoch: -1, metadata: "", commitWallMS: 6)
        #expect(try zero.decoded() == .offset(groupID: "g", topic: "t", partition: 0, expected))

        let groupKey = GroupRecord.group(groupID: "g", nil).key
        let empty = GroupRecord(
            key: groupKey, value: [0, 0, 0, 1, 0x78, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])
        let snapshot = GroupSnapshot(
            protocolType: "x", generation: 2, protocolName: nil, leaderID: nil, stateSinceWallMS: -1, members: [])
        #expect(try empty.decoded() == .group(groupID: "g", snapshot))
    }

    @Test("Records without a value delete; keys of other kinds of groups are passed over")
    func tombstonesAndStrangers() throws {
        #expect(
            try GroupRecord.offset(groupID: "g", topic: "t", partition: 1, nil).decoded()
                == .offset(groupID: "g", topic: "t", partition: 1, nil))
        #expect(try GroupRecord.group(groupID: "g", nil).decoded() == .group(groupID: "g", nil))
        #expect(try GroupRecord(key: [0, 5, 1], value: [1]).decoded() == .foreign)
    }

    @Test("A record cut anywhere is reported, and never read past its end")
    func tornRecords() throws {
        let offset = CommittedOffset(offset: 1, leaderEpoch: 2, metadata: "meta", commitWallMS: 3)
        let member = GroupSnapshot.Member(
            memberID: "m", groupInstanceID: "i", clientID: "c", clientHost: "h", rebalanceTimeoutMS: 1,
            sessionTimeoutMS: 1, metadata: [1], assignment: [2])
        let snapshot = GroupSnapshot(
            protocolType: "consumer", generation: 1, protocolName: "r", leaderID: "m", stateSinceWallMS: 1,
            members: [member, member])
        for record in [
            GroupRecord.offset(groupID: "g", topic: "t", partition: 1, offset), .group(groupID: "g", snapshot),
        ] {
            for length in 0..<record.key.count {
                let torn = GroupRecord(key: Array(record.key.prefix(length)), value: record.value)
                #expect(throws: GroupRecordError.self) { try torn.decoded() }
            }
            for length in 0..<(record.value?.count ?? 0) {
                let torn = GroupRecord(key: record.key, value: record.value.map { Array($0.prefix(length)) })
                #expect(throws: GroupRecordError.self) { try torn.decoded() }
            }
        }
    }

    @Test("Bytes changed at random are read or reported, never more", arguments: 1...20)
    func damagedRecords(seed: UInt64) throws {
        var random = SeededGroupRandom(seed: seed)
        let member = GroupSnapshot.Member(
            memberID: "m", groupInstanceID: "i", clientID: "c", clientHost: "h", rebalanceTimeoutMS: 1,
            sessionTimeoutMS: 1, metadata: GroupJoin.subscription(["t"]), assignment: [2])
        let snapshot = GroupSnapshot(
            protocolType: "consumer", generation: 1, protocolName: "r", leaderID: "m", stateSinceWallMS: 1,
            members: [member])
        for _ in 0..<2_000 {
            var record = GroupRecord.group(groupID: "g", snapshot)
            var value = record.value ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                value[Int.random(in: 0..<value.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            record.value = value
            var core = GroupCoordinatorCore(random: random)
            do {
                try core.replay(record)
            } catch {
                continue
            }
            // Whatever was read, the coordinator can work with it.
            _ = core.loaded(at: GroupTime(monotonicMS: 0, wallMS: 0))
            _ = core.describeGroup("g")
            _ = core.advance(to: GroupTime(monotonicMS: 10_000, wallMS: 10_000))
        }
    }

    @Test("A subscription is read for its topics, whatever follows them")
    func subscriptions() {
        #expect(ConsumerSubscription.topics(in: GroupJoin.subscription(["a", "b"])) == ["a", "b"])
        #expect(ConsumerSubscription.topics(in: [0, 0, 0, 0, 0, 1, 0, 1, 0x61]) == ["a"])
        #expect(ConsumerSubscription.topics(in: [0, 0, 0, 0, 0, 0]) == [])
        #expect(ConsumerSubscription.topics(in: [0, 0, 0, 0, 0, 2, 0, 1, 0x61]) == nil)
        #expect(ConsumerSubscription.topics(in: [0, 0, 0xff, 0xff, 0xff, 0xff]) == nil)
        #expect(ConsumerSubscription.topics(in: []) == nil)
    }

    @Test("A group's partition is that of Java's hash of its name")
    func partitions() {
        // Java documents the hash as the sum of c·31^(n-1-i); for this word it is 99162322.
        #expect(partitionOfGroup("hello", partitionCount: 50) == 99_162_322 % 50)
        #expect(partitionOfGroup("", partitionCount: 50) == 0)
        #expect(partitionOfGroup("a", partitionCount: 50) == 97 % 50)
        // The hash of this word is the least Int32, which counts as 0.
        #expect(partitionOfGroup("polygenelubricants", partitionCount: 50) == 0)
        // "é" is one UTF-16 unit, 233; a face is two.
        #expect(partitionOfGroup("é", partitionCount: 1_000) == 233)
        #expect(partitionOfGroup("😀", partitionCount: 1_000_000_000) == 0xd83d * 31 + 0xde00)
    }
}
