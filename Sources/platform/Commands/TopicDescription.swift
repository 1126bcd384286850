import KafkaClient
import KafkaWire

/// A topic as `topic describe` shows it.
struct TopicDescription: Encodable {
    struct Partition: Encodable {
        var partition: Int32
        /// Null while nobody leads it.
        @NullIfAbsent var leader: Int32?
        var replicas: [Int32]
        var inSyncReplicas: [Int32]
        /// Offsets are null while nobody leads it.
        @NullIfAbsent var startOffset: Int64?
        @NullIfAbsent var endOffset: Int64?
        /// On the leader's disk; null if the server does not say.
        @NullIfAbsent var bytes: Int64?
        /// From start to end: compaction may have left fewer.
        @NullIfAbsent var records: Int64?
    }

    var name: String
    var id: String
    var isInternal: Bool
    var replicationFactor: Int
    /// What was set for the topic; a value that the server hides is null.
    var settings: [String: String?]
    var partitions: [Partition]

    var text: String {
        let set = settings.sorted { $0.key < $1.key }.map { "\($0)=\($1 ?? "(hidden)")" }
        var facts: [(name: String, value: String)] = [
            ("topic", name), ("id", id), ("partitions", "\(partitions.count)"), ("replicas", "\(replicationFactor)"),
        ]
        if set.isEmpty { facts.append(("settings", "")) }
        for (index, setting) in set.enumerated() { facts.append((index == 0 ? "settings" : "", setting)) }
        var table = TextTable(
            .number("PARTITION"), .number("LEADER"), .text("REPLICAS"), .text("IN SYNC"), .number("START"),
            .number("END"), .number("RECORDS"), .number("BYTES"))
        for partition in partitions {
            table.add(
                "\(partition.partition)", partition.leader.map { "\($0)" } ?? TextTable.absent,
                partition.replicas.map { "\($0)" }.joined(separator: ","),
                partition.inSyncReplicas.map { "\($0)" }.joined(separator: ","), partition.startOffset.cell,
                partition.endOffset.cell, partition.records.cell, partition.bytes.cell)
        }
        return "\(TextTable.facts(facts))\n\n\(table.text)"
    }
}

extension KafkaClient {
    /// Everything about a topic but what stands elsewhere.
    nonisolated func describe(
        _ topic: MetadataResponse.Topic, settings: [String: String?], sizesBytes: [TopicPartition: Int64]
    ) async throws(KafkaClientError) -> TopicDescription {
        let name = topic.name ?? ""
        let led = topic.partitions.filter { $0.leaderID >= 0 }.map { TopicPartition(name, $0.partitionIndex) }
        let starts = try await offsets(of: led.reduce(into: [:]) { $0[$1] = Position.earliest })
        let ends = try await offsets(of: led.reduce(into: [:]) { $0[$1] = Position.latest })
        let partitions = topic.partitions.sorted { $0.partitionIndex < $1.partitionIndex }.map { partition in
            let place = TopicPartition(name, partition.partitionIndex)
            let (start, end) = (starts[place], ends[place])
            return TopicDescription.Partition(
                partition: partition.partitionIndex, leader: partition.leaderID < 0 ? nil : partition.leaderID,
                replicas: partition.replicaNodes, inSyncReplicas: partition.isrNodes, startOffset: start,
                endOffset: end, bytes: sizesBytes[place],
                // The start may have been trimmed to the end between the two answers.
                records: start.flatMap { start in end.map { max(0, $0 - start) } })
        }
        return TopicDescription(
            name: name, id: topic.topicID.description, isInternal: topic.isInternal,
            replicationFactor: topic.partitions.map(\.replicaNodes.count).max() ?? 0, settings: settings,
            partitions: partitions)
    }

    /// What was set for topics, by topic. A topic that was deleted meanwhile is left out.
    nonisolated func settingsGiven(to topics: [String]) async throws(KafkaClientError) -> [String: [String: String?]] {
        guard !topics.isEmpty else { return [:] }
        let response = try await send(
            DescribeConfigsRequest(
                resources: topics.map { .init(resourceType: TopicCommand.resourceType, resourceName: $0) }))
        return response.resources.reduce(into: [:]) { found, resource in
            guard resource.errorCode == 0 else { return }
            // Version 0 of the API does not tell a topic's setting from a server's.
            let given = resource.configs.filter { config in
                config.configSource == SettingSource.topic || config.configSource < 0 && !config.isDefault
            }
            found[resource.resourceName] = given.reduce(into: [:]) { settings, config in
                settings[config.name] = .some(config.isSensitive ? nil : config.value)
            }
        }
    }

    /// Where a setting was given (DescribeConfigs).
    private enum SettingSource {
        static let topic: Int8 = 1
    }

    /// The bytes of partitions on their leaders' disks; nothing if the server does not serve that.
    nonisolated func sizesBytes(of topics: [MetadataResponse.Topic]) async throws(KafkaClientError)
        -> [TopicPartition: Int64]
    {
        var led: [Int32: [DescribeLogDirsRequest.Topic]] = [:]
        for topic in topics {
            for (leader, partitions) in Dictionary(grouping: topic.partitions, by: \.leaderID) where leader >= 0 {
                led[leader, default: []].append(
                    .init(name: topic.name ?? "", partitions: partitions.map(\.partitionIndex)))
            }
        }
        var sizes: [TopicPartition: Int64] = [:]
        for (leader, topics) in led {
            let response: DescribeLogDirsResponse
            do throws(KafkaClientError) {
                response = try await send(DescribeLogDirsRequest(topics: topics), to: .node(leader))
            } catch {
                guard error.code == .unsupported else { throw error }
                continue
            }
            for directory in response.logDirs where directory.errorCode == 0 {
                for topic in directory.topics {
                    // A log that moves between directories is in two.
                    for partition in topic.partitions where !partition.isFuture {
                        sizes[TopicPartition(topic.name, partition.partitionIndex)] = partition.sizeBytes
                    }
                }
            }
        }
        return sizes
    }
}
