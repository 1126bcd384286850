//     The records of `__consumer_offsets`, in Kafka's own schema, so that its tools can read them.
//
//     key   ┌ version i16 = 1 │ group str │ topic str │ partition i32 ┐            how far a group has read
//     value │ version i16 = 3 │ offset i64 │ leader epoch i32 │ metadata str │ commit time i64
//           │ version i16 = 1 │ offset i64 │ metadata str │ commit time i64 │ expiry time i64
//
//     key   ┌ version i16 = 2 │ group str ┐                                        a group and its members
//     value │ version i16 = 3 │ protocol type str │ generation i32 │ protocol nstr │ leader nstr
//           │ state time i64 │ member count i32
//           │ { id str │ instance id nstr │ client id str │ client host str │ rebalance timeout i32
//           │   session timeout i32 │ metadata bytes │ assignment bytes }…
//
//     All integers big-endian; str = length i16 and UTF-8; nstr = the same, length -1 for null; bytes = length
//     i32 and bytes; times in milliseconds since 1970. Stored on disk, never renumber.
//     A record without a value deletes what its key names. The topic is compacted: the last record of a key counts.
//     Offsets are read in versions 0 to 3 and groups in versions 0 to 3. Keys of other versions belong to other
//     kinds of groups and are passed over. A record that ends early is damage and is reported, never guessed at.

/// A record of `__consumer_offsets`.
public struct GroupRecord: Sendable, Hashable {
    /// What the record is about.
    public var key: [UInt8]
    /// What is the case now; `nil` deletes it.
    public var value: [UInt8]?

    /// A record as it stands in the log.
    public init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// A record of `__consumer_offsets` that cannot be read.
public struct GroupRecordError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being read and what is wrong with it.
    public let description: String
}

/// How far a group has read one partition, as it is kept.
struct CommittedOffset: Sendable, Equatable {
    var offset: Int64
    var leaderEpoch: Int32 = -1
    var metadata: String = ""
    var commitWallMS: Int64
    /// When to forget it, if the client said so; otherwise the configured retention decides.
    var expiryWallMS: Int64?
}

/// A group and its members, as they are kept.
struct GroupSnapshot: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        var memberID: String
        var groupInstanceID: String?
        var clientID: String
        var clientHost: String
        var rebalanceTimeoutMS: Int32
        var sessionTimeoutMS: Int32
        var metadata: [UInt8]
        var assignment: [UInt8]
    }

    var protocolType: String
    var generation: Int32
    var protocolName: String?
    var leaderID: String?
    var stateSinceWallMS: Int64
    var members: [Member]
}

extension GroupRecord {
    /// A record in words of the coordinator.
    enum Content: Equatable {
        case offset(groupID: String, topic: String, partition: Int32, CommittedOffset?)
        case group(groupID: String, GroupSnapshot?)
        /// Of another kind of group.
        case foreign
    }

    static func offset(groupID: String, topic: String, partition: Int32, _ offset: CommittedOffset?) -> GroupRecord {
        var key = GroupRecordWriter()
        key.int16(1)
        key.string(groupID)
        key.string(topic)
        key.int32(partition)
        return GroupRecord(key: key.bytes, value: offset.map(encode))
    }

    static func group(groupID: String, _ snapshot: GroupSnapshot?) -> GroupRecord {
        var key = GroupRecordWriter()
        key.int16(2)
        key.string(groupID)
        return GroupRecord(key: key.bytes, value: snapshot.map(encode))
    }

    func decoded() throws(GroupRecordError) -> Content {
        var key = GroupRecordReader(self.key)
        switch try key.int16() {
        case 0, 1:
            return .offset(
                groupID: try key.string(), topic: try key.string(), partition: try key.int32(),
                try Self.decodeOffset(value))
        case 2:
            return .group(groupID: try key.string(), try Self.decodeGroup(value))
        default:
            return .foreign
        }
    }

    private static func encode(_ offset: CommittedOffset) -> [UInt8] {
        var value = GroupRecordWriter()
        if let expiryWallMS = offset.expiryWallMS {
            value.int16(1)
            value.int64(offset.offset)
            value.string(offset.metadata)
            value.int64(offset.commitWallMS)
            value.int64(expiryWallMS)
        } else {
            value.int16(3)
            value.int64(offset.offset)
            value.int32(offset.leaderEpoch)
            value.string(offset.metadata)
            value.int64(offset.commitWallMS)
        }
        return value.bytes
    }

    private static func decodeOffset(_ bytes: [UInt8]?) throws(GroupRecordError) -> CommittedOffset? {
        guard let bytes else { return nil }
        var value = GroupRecordReader(bytes)
        let version = try value.int16()
        guard (0...3).contains(version) else {
            throw GroupRecordError(description: "committed offset: version \(version) is not one of 0 to 3")
        }
        let offset = try value.int64()
        let leaderEpoch = version == 3 ? try value.int32() : -1
        let metadata = try value.string()
        let commitWallMS = try value.int64()
        let expiryWallMS = version == 1 ? try value.int64() : -1
        return CommittedOffset(
            offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, commitWallMS: commitWallMS,
            expiryWallMS: expiryWallMS < 0 ? nil : expiryWallMS)
    }

    private static func encode(_ group: GroupSnapshot) -> [UInt8] {
        var value = GroupRecordWriter()
        value.int16(3)
        value.string(group.protocolType)
        value.int32(group.generation)
        value.nullableString(group.protocolName)
        value.nullableString(group.leaderID)
        value.int64(group.stateSinceWallMS)
        value.int32(Int32(group.members.count))
        for member in group.members {
            value.string(member.memberID)
            value.nullableString(member.groupInstanceID)
            value.string(member.clientID)
            value.string(member.clientHost)
            value.int32(member.rebalanceTimeoutMS)
            value.int32(member.sessionTimeoutMS)
            value.data(member.metadata)
            value.data(member.assignment)
        }
        return value.bytes
    }

    private static func decodeGroup(_ bytes: [UInt8]?) throws(GroupRecordError) -> GroupSnapshot? {
        guard let bytes else { return nil }
        var value = GroupRecordReader(bytes)
        let version = try value.int16()
        guard (0...3).contains(version) else {
            throw GroupRecordError(description: "group: version \(version) is not one of 0 to 3")
        }
        var group = GroupSnapshot(
            protocolType: try value.string(), generation: try value.int32(), protocolName: try value.nullableString(),
            leaderID: try value.nullableString(), stateSinceWallMS: version >= 2 ? try value.int64() : -1, members: [])
        let count = try value.int32()
        guard count >= 0 else {
            throw GroupRecordError(description: "group: \(count) members is not a number of members")
        }
        for _ in 0..<count {
            let memberID = try value.string()
            let groupInstanceID = version >= 3 ? try value.nullableString() : nil
            let clientID = try value.string()
            let clientHost = try value.string()
            let rebalanceTimeoutMS = version >= 1 ? try value.int32() : -1
            let sessionTimeoutMS = try value.int32()
            group.members.append(
                GroupSnapshot.Member(
                    memberID: memberID, groupInstanceID: groupInstanceID, clientID: clientID, clientHost: clientHost,
                    rebalanceTimeoutMS: rebalanceTimeoutMS < 0 ? sessionTimeoutMS : rebalanceTimeoutMS,
                    sessionTimeoutMS: sessionTimeoutMS, metadata: try value.data(), assignment: try value.data()))
        }
        return group
    }
}
