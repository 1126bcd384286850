import KafkaWire

extension KafkaClient {
    /// Where a group has been in partitions; those without a committed offset are left out.
    public nonisolated func committedOffsets(of partitions: [TopicPartition], group: String)
        async throws(KafkaClientError) -> [TopicPartition: Int64]
    {
        let topics = Dictionary(grouping: partitions, by: \.topic).map {
            OffsetFetchRequest.Topic(name: $0, partitionIndexes: $1.map(\.partition))
        }
        guard !topics.isEmpty else { return [:] }
        return try await retrying { () async throws(KafkaClientError) in
            let what = "committed offsets of group '\(group)'"
            // One group in the fields of versions up to 7 and of those from 8 on.
            let response = try await self.send(
                OffsetFetchRequest(
                    groupID: group, topics: topics, groups: [.init(groupID: group, memberEpoch: -1, topics: topics)]),
                to: .coordinator(group: group))
            try KafkaClientError.check(response.groups.first?.errorCode ?? response.errorCode, what)
            var found: [TopicPartition: Int64] = [:]
            for topic in response.groups.first?.topics ?? response.topics {
                for partition in topic.partitions {
                    let name = TopicPartition(topic.name, partition.partitionIndex)
                    try KafkaClientError.check(partition.errorCode, "\(what) in \(name)")
                    if partition.committedOffset >= 0 { found[name] = partition.committedOffset }
                }
            }
            return found
        }
    }
}
