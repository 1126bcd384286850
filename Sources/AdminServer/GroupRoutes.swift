import BrokerEngine
import Hummingbird
import KafkaWire
import LogStorage
import NIOCore
import Replication

extension AdminService {
    /// `/v1/groups`: which consumer groups there are. `/v1/groups/{group}`: one with its members, offsets and lag.
    func addGroupRoutes(to router: Router<AdminRequestContext>) {
        router.get("/v1/groups") { request, _ in
            _ = try QueryParameters(request.uri.query, known: [])
            return try await self.blocking { try Response.json(GroupsAnswer(groups: self.groups.list().groups)) }
        }
        router.get("/v1/groups/:group") { request, context in
            _ = try QueryParameters(request.uri.query, known: [])
            let groupID = try self.pathParameter("group", in: context)
            return try await self.blocking { try Response.json(try self.groupAnswer(groupID)) }
        }
    }

    private func groupAnswer(_ groupID: String) throws(AdminError) -> GroupAnswer {
        let description = groups.describe(groupID)
        if let error = description.error {
            throw AdminError(
                .serviceUnavailable, "group_unavailable", "group '\(groupID)' cannot be described now: \(error)")
        }
        let offsets = groups.fetchOffsets(OffsetFetch(groupID: groupID, topics: nil)).topics
        guard description.state != .dead || !offsets.isEmpty else {
            throw AdminError(
                .notFound, "unknown_group", "group '\(groupID)' does not exist; GET /v1/groups lists those that do")
        }
        return GroupAnswer(description, offsets: offsets, broker: broker)
    }
}

private struct GroupsAnswer: Encodable {
    struct Entry: Encodable {
        var group: String
        var state: String
        var protocolType: String
    }

    var groups: [Entry]

    init(groups: [GroupListing]) {
        self.groups = groups.map {
            Entry(group: $0.groupID, state: $0.state.rawValue, protocolType: $0.protocolType)
        }
    }
}

private struct GroupAnswer: Encodable {
    struct Member: Encodable {
        struct Assignment: Encodable {
            var topic: String
            var partitions: [Int32]
        }

        var memberID: String
        var groupInstanceID: String?
        var clientID: String
        var clientHost: String
        /// Absent unless the group is stable and speaks the consumer protocol.
        var assignment: [Assignment]?
    }

    struct Offset: Encodable {
        var topic: String
        var partition: Int32
        /// The next offset the group will read.
        var offset: Int64
        var metadata: String
        /// Absent if the topic or partition is gone.
        var committedOffset: Int64?
        var lag: Int64?
    }

    var group: String
    var state: String
    var protocolType: String
    var `protocol`: String
    var generation: Int32
    var leader: String?
    var members: [Member]
    var offsets: [Offset]
    /// Of all partitions together.
    var lag: Int64

    init(_ description: GroupDescription, offsets: [OffsetTopic<OffsetFetchReply.Partition>], broker: Broker) {
        group = description.groupID
        state = description.state.rawValue
        protocolType = description.protocolType
        self.protocol = description.protocolName
        generation = description.generation
        leader = description.leaderID
        members = description.members.map { member in
            Member(
                memberID: member.memberID, groupInstanceID: member.groupInstanceID, clientID: member.clientID,
                clientHost: member.clientHost,
                assignment: description.protocolType == "consumer" ? GroupAnswer.assignment(member.assignment) : nil)
        }
        self.offsets = offsets.flatMap { topic in
            let known = broker.topic(topic.topic)
            return topic.partitions.map { partition in
                let log = known.flatMap { try? $0.partition(partition.partition).log }
                return Offset(
                    topic: topic.topic, partition: partition.partition, offset: partition.offset,
                    metadata: partition.metadata, committedOffset: log?.extent.committedOffset,
                    lag: log.map { groupLag(offset: partition.offset, committedOffset: $0.extent.committedOffset) })
            }
        }
        lag = self.offsets.reduce(0) { $0 &+ ($1.lag ?? 0) }
    }

    /// The partitions in the opaque bytes of an assignment; nil if these are not of the consumer protocol.
    private static func assignment(_ bytes: [UInt8]) -> [Member.Assignment]? {
        guard !bytes.isEmpty, let assignment = try? ConsumerProtocolAssignment(assignment: ByteBuffer(bytes: bytes))
        else { return nil }
        return assignment.assignedPartitions.map { Member.Assignment(topic: $0.name, partitions: $0.partitions) }
    }
}

/// Offsets from a group's own to the log's end, as Kafka's tools count.
/// A topic made again may end before what was committed in the one before.
func groupLag(offset: Int64, committedOffset: Int64) -> Int64 { max(0, committedOffset - offset) }
