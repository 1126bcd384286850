import BrokerEngine
import KafkaWire
import NIOCore
import Testing

/// A consumer group with one member, which is its leader.
enum GroupOfOne {
    /// Joins, assigns itself the partitions given and returns its member id.
    static func join(
        _ groupID: String, _ groups: GroupCoordinator, assigned: [(topic: String, partitions: [Int32])]
    ) async throws -> String {
        let join = GroupJoin(
            groupID: groupID, memberID: "", clientID: "test-client", clientHost: "127.0.0.1", sessionTimeoutMS: 30_000,
            rebalanceTimeoutMS: 30_000, protocolType: "consumer",
            protocols: [GroupProtocol(name: "range", metadata: [0, 0, 0, 0, 0, 0])])
        let joined = await withCheckedContinuation { (done: CheckedContinuation<GroupReply, Never>) in
            groups.join(join) { done.resume(returning: $0) }
        }
        guard case .join(let reply) = joined else {
            Issue.record("not an answer to a join: \(joined)")
            return ""
        }
        try #require(reply.error == nil)
        let assignment = ConsumerProtocolAssignment(
            assignedPartitions: assigned.map { .init(name: $0.topic, partitions: $0.partitions) })
        let sync = GroupSync(
            groupID: groupID, memberID: reply.memberID, generation: reply.generation,
            assignments: [
                .init(memberID: reply.memberID, assignment: Array(assignment.assignment(version: 1).readableBytesView))
            ])
        let synced = await withCheckedContinuation { (done: CheckedContinuation<GroupReply, Never>) in
            groups.sync(sync) { done.resume(returning: $0) }
        }
        guard case .sync(let answer) = synced else {
            Issue.record("not an answer to a sync: \(synced)")
            return ""
        }
        try #require(answer.error == nil)
        return reply.memberID
    }
}
