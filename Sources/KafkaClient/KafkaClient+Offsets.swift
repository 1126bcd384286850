import KafkaWire

extension KafkaClient {
    /// The offsets of places in partitions. Tries again while leaders move.
    public nonisolated func offsets(of positions: [TopicPartition: Position]) async throws(KafkaClientError)
        -> [TopicPartition: Int64]
    {
        try await retrying { () async throws(KafkaClientError) in try await self.resolve(positions) }
    }

    private func resolve(_ positions: [TopicPartition: Position]) async throws(KafkaClientError)
        -> [TopicPartition: Int64]
    {
        var found: [TopicPartition: Int64] = [:]
        var earliest = Set<TopicPartition>()
        var asked: [Int64: [TopicPartition]] = [:]
        for (partition, position) in positions {
            switch position {
            case .earliest: asked[Special.earliest, default: []].append(partition)
            case .latest: asked[Special.latest, default: []].append(partition)
            case .timestamp(let timestampMS): asked[timestampMS, default: []].append(partition)
            case .offset(let offset): found[partition] = offset
            case .beforeEnd:
                asked[Special.latest, default: []].append(partition)
                earliest.insert(partition)
            }
        }
        for (timestampMS, partitions) in asked {
            try await list(partitions, at: timestampMS).forEach { found[$0] = $1 }
        }
        // No record is that young: the end.
        let beyond = found.filter { $0.value < 0 }.map(\.key)
        if !beyond.isEmpty { try await list(beyond, at: Special.latest).forEach { found[$0] = $1 } }
        if !earliest.isEmpty {
            for (partition, start) in try await list(Array(earliest), at: Special.earliest) {
                guard case .beforeEnd(let count)? = positions[partition], let end = found[partition] else { continue }
                found[partition] = max(start, end - count)
            }
        }
        return found
    }

    /// Timestamps that stand for places (ListOffsets).
    private enum Special {
        static let latest: Int64 = -1
        static let earliest: Int64 = -2
    }

    /// One request a leader; -1 where there is no record of the time or later.
    private func list(_ partitions: [TopicPartition], at timestampMS: Int64) async throws(KafkaClientError)
        -> [TopicPartition: Int64]
    {
        var found: [TopicPartition: Int64] = [:]
        for (leader, led) in try await byLeader(partitions) {
            let topics = Dictionary(grouping: led, by: \.topic).map { name, partitions in
                ListOffsetsRequest.Topic(
                    name: name,
                    partitions: partitions.map { .init(partitionIndex: $0.partition, timestamp: timestampMS) })
            }
            let response = try await send(ListOffsetsRequest(replicaID: -1, topics: topics), to: .node(leader))
            for topic in response.topics {
                for partition in topic.partitions {
                    let name = TopicPartition(topic.name, partition.partitionIndex)
                    try KafkaClientError.check(partition.errorCode, "offsets of \(name)")
                    found[name] = partition.offset
                }
            }
        }
        return found
    }

    /// Partitions by the node that leads them.
    func byLeader(_ partitions: [TopicPartition]) async throws(KafkaClientError) -> [Int32: [TopicPartition]] {
        var led: [Int32: [TopicPartition]] = [:]
        for partition in partitions {
            let known = try await topic(partition.topic).partitions
            // In order and without gaps.
            guard partition.partition >= 0, Int(partition.partition) < known.count else {
                throw KafkaClientError(
                    .invalidArgument,
                    "topic '\(partition.topic)' has no partition \(partition.partition); it has 0 to \(known.count - 1)"
                )
            }
            let found = known[Int(partition.partition)]
            try KafkaClientError.check(found.errorCode, "leader of \(partition)")
            led[found.leaderID, default: []].append(partition)
        }
        return led
    }
}
