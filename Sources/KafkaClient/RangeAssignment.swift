/// Kafka's range assignor: each topic's partitions in stretches, the members in the order of their ids, the first ones
/// getting one more where they do not divide. Every client knows it, so groups may mix clients.
enum RangeAssignment {
    /// `subscriptions`: the topics of each member; `partitionCounts`: of the topics that exist.
    static func assign(_ subscriptions: [String: [String]], partitionCounts: [String: Int32]) -> [String:
        [TopicPartition]]
    {
        var assignment = subscriptions.mapValues { _ in [TopicPartition]() }
        for (topic, count) in partitionCounts {
            let members = subscriptions.filter { $0.value.contains(topic) }.map(\.key).sorted()
            guard !members.isEmpty else { continue }
            let (share, extra) = (Int(count) / members.count, Int(count) % members.count)
            var next = 0
            for (index, member) in members.enumerated() {
                let size = share + (index < extra ? 1 : 0)
                assignment[member]? += (next..<next + size).map { TopicPartition(topic, Int32($0)) }
                next += size
            }
        }
        return assignment
    }
}
