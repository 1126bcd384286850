import KafkaClient
import KafkaWire

/// A group as `group describe` shows it.
struct GroupDescription: Encodable {
    struct Assignment: Encodable, Equatable {
        var topic: String
        var partitions: [Int32]
    }

    struct Member: Encodable {
        var memberID: String
        var clientID: String
        var host: String
        /// Of a static member.
        @NullIfAbsent var instanceID: String?
        /// Empty between generations, and for protocols other than the consumers'.
        var assignment: [Assignment]

        var places: [TopicPartition] {
            assignment.flatMap { topic in topic.partitions.map { TopicPartition(topic.topic, $0) } }
        }
    }

    struct Partition: Encodable, Equatable {
        var topic: String
        var partition: Int32
        /// Null if nothing was committed.
        @NullIfAbsent var committedOffset: Int64?
        /// Null if the partition is gone.
        @NullIfAbsent var endOffset: Int64?
        /// Records from the committed offset to the end; null if one of them is.
        @NullIfAbsent var lag: Int64?
        /// Who reads it.
        @NullIfAbsent var memberID: String?
    }

    var name: String
    var state: String
    var protocolType: String
    /// The assignor that the members agreed on; empty without members.
    var protocolName: String
    var members: [Member]
    var partitions: [Partition]
    /// Of the partitions whose lag is known.
    var totalLag: Int64

    /// - Parameters:
    ///   - committed: where the group has been.
    ///   - ends: the ends of the partitions that exist.
    init(
        name: String, state: String, protocolType: String, protocolName: String, members: [Member],
        committed: [TopicPartition: Int64], ends: [TopicPartition: Int64]
    ) {
        self.name = name
        self.state = state
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.members = members.sorted { ($0.clientID, $0.memberID) < ($1.clientID, $1.memberID) }
        var readers: [TopicPartition: String] = [:]
        for member in members {
            for place in member.places { readers[place] = member.memberID }
        }
        let places = Set(committed.keys).union(readers.keys).sorted(by: TopicPartition.precedes)
        partitions = places.map { place in
            let (offset, end) = (committed[place], ends[place])
            return Partition(
                topic: place.topic, partition: place.partition, committedOffset: offset, endOffset: end,
                // A topic made again may end before what was committed in the one before.
                lag: offset.flatMap { offset in end.map { max(0, $0 - offset) } }, memberID: readers[place])
        }
        totalLag = partitions.reduce(0) { $0 + ($1.lag ?? 0) }
    }

    var text: String {
        let kind = [protocolType, protocolName].filter { !$0.isEmpty }.joined(separator: ", ")
        var parts = [
            TextTable.facts([
                ("group", name), ("state", state), ("protocol", kind), ("members", "\(members.count)"),
                ("total lag", "\(totalLag)"),
            ])
        ]
        if !members.isEmpty {
            var table = TextTable(
                .text("MEMBER"), .text("CLIENT"), .text("HOST"), .text("INSTANCE"), .text("PARTITIONS"))
            for member in members {
                table.add(
                    member.memberID, member.clientID, member.host, member.instanceID ?? "",
                    PartitionRanges.text(member.places))
            }
            parts.append(table.text)
        }
        if !partitions.isEmpty {
            var table = TextTable(
                .text("TOPIC"), .number("PARTITION"), .number("COMMITTED"), .number("END"), .number("LAG"),
                .text("MEMBER"))
            for partition in partitions {
                table.add(
                    partition.topic, "\(partition.partition)", partition.committedOffset.cell,
                    partition.endOffset.cell, partition.lag.cell, partition.memberID ?? "")
            }
            parts.append(table.text)
        }
        return parts.joined(separator: "\n\n")
    }
}

extension GroupDescription.Member {
    /// Requires a member of a group of protocol type `protocolType`.
    init(_ member: DescribeGroupsResponse.Member, protocolType: String) {
        // What other protocols put there is theirs.
        let assignment =
            protocolType == "consumer"
            ? try? ConsumerProtocolAssignment(assignment: member.memberAssignment) : nil
        self.init(
            memberID: member.memberID, clientID: member.clientID, host: member.clientHost,
            instanceID: member.groupInstanceID,
            assignment: (assignment?.assignedPartitions ?? []).sorted { $0.name < $1.name }.map {
                .init(topic: $0.name, partitions: $0.partitions.sorted())
            })
    }
}
