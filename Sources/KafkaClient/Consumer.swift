import KafkaWire
import NIOCore

/// Reads partitions from given places on. While the caller works on one answer, the next is under way.
/// Confined to the task that uses it.
public final class Consumer {
    private let client: KafkaClient
    private let configuration: ConsumerConfiguration
    /// In the order in which they are asked for: those that brought something go to the back.
    private var order: [TopicPartition] = []
    /// Where the next poll goes on; what a poll has returned counts as read.
    public private(set) var positions: [TopicPartition: Int64] = [:]
    /// The answer under way.
    private var pending: Task<[Outcome], Never>?
    /// Since when a topic has been missing: it may be new and not known everywhere, or gone.
    private var missingSince: NIODeadline?

    /// What became of one partition in one fetch.
    private enum Outcome: Sendable {
        case batches(FetchedBatches)
        case outOfRange(TopicPartition)
        case failed(KafkaClientError)
    }

    public init(client: KafkaClient, configuration: ConsumerConfiguration = .init()) {
        self.client = client
        self.configuration = configuration
    }

    deinit { pending?.cancel() }

    /// Reads these partitions from these offsets on, and no others.
    public func assign(_ positions: [TopicPartition: Int64]) {
        pending?.cancel()
        pending = nil
        self.positions = positions
        order = positions.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }

    /// Goes on at this offset; what a poll returned from there on counts as not read.
    public func rewind(_ partition: TopicPartition, to offset: Int64) {
        guard positions[partition] != nil else { return }
        positions[partition] = offset
    }

    /// Waits for records, at most about `waitMSMax`; none may have come. Leaders that move and servers that are away are
    /// waited for; other errors are thrown, as is that of a topic that stays away.
    public func poll() async throws(KafkaClientError) -> [FetchedBatches] {
        guard !positions.isEmpty else {
            try? await Task.sleep(for: .milliseconds(Int(configuration.waitMSMax)))
            return []
        }
        let outcomes = await (pending ?? startFetch()).value
        pending = nil
        var fetched: [FetchedBatches] = []
        var failure: KafkaClientError?
        for outcome in outcomes {
            switch outcome {
            case .batches(let batches):
                // The position has moved since it was asked for: what came is not wanted.
                guard positions[batches.partition] == batches.position, batches.nextOffset > batches.position else {
                    continue
                }
                positions[batches.partition] = batches.nextOffset
                order.removeAll { $0 == batches.partition }
                order.append(batches.partition)
                fetched.append(batches)
            case .outOfRange(let partition): try await reset(partition)
            case .failed(let error): failure = error
            }
        }
        if let failure, fetched.isEmpty {
            guard failure.isRetriable, !isMissingTooLong(failure) else { throw failure }
            await client.forget()
            try? await Task.sleep(for: .milliseconds(client.configuration.retryBackoffMS))
        } else {
            missingSince = nil
            pending = startFetch()
        }
        return fetched
    }

    private func isMissingTooLong(_ failure: KafkaClientError) -> Bool {
        guard failure.code == .refused(.unknownTopicOrPartition) else { return false }
        let since = missingSince ?? .now()
        missingSince = since
        return NIODeadline.now() - since > .milliseconds(client.configuration.retryTimeoutMS)
    }

    private func reset(_ partition: TopicPartition) async throws(KafkaClientError) {
        guard let position = positions[partition] else { return }
        let target: Position
        switch configuration.reset {
        case .earliest: target = .earliest
        case .latest: target = .latest
        case .fail:
            throw KafkaClientError(
                .refused(.offsetOutOfRange), "\(partition): offset \(position) is not in the log (any more)")
        }
        positions[partition] = try await client.offsets(of: [partition: target])[partition]
    }

    // MARK: Fetching

    private func startFetch() -> Task<[Outcome], Never> {
        let (client, configuration) = (client, configuration)
        let wanted = order.compactMap { partition in positions[partition].map { (partition, $0) } }
        return Task { await Consumer.fetch(wanted, client, configuration) }
    }

    /// One request a leader, side by side.
    private static func fetch(
        _ wanted: [(TopicPartition, Int64)], _ client: KafkaClient, _ configuration: ConsumerConfiguration
    ) async -> [Outcome] {
        let led: [Int32: [TopicPartition]]
        do throws(KafkaClientError) { led = try await client.byLeader(wanted.map(\.0)) } catch {
            return [.failed(error)]
        }
        let positions = Dictionary(uniqueKeysWithValues: wanted)
        return await withTaskGroup(of: [Outcome].self) { group in
            for (leader, partitions) in led {
                group.addTask {
                    do throws(KafkaClientError) {
                        return try await fetch(partitions, from: positions, leader: leader, client, configuration)
                    } catch { return [.failed(error)] }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func fetch(
        _ partitions: [TopicPartition], from positions: [TopicPartition: Int64], leader: Int32, _ client: KafkaClient,
        _ configuration: ConsumerConfiguration
    ) async throws(KafkaClientError) -> [Outcome] {
        var topics: [FetchRequest.Topic] = []
        for partition in partitions {
            let entry = FetchRequest.Partition(
                partitionIndex: partition.partition, fetchOffset: positions[partition] ?? 0,
                partitionMaxBytes: configuration.partitionBytesMax)
            if topics.last?.name == partition.topic {
                topics[topics.count - 1].partitions.append(entry)
            } else {
                topics.append(FetchRequest.Topic(name: partition.topic, partitions: [entry]))
            }
        }
        let request = FetchRequest(
            replicaID: -1, maxWaitMS: configuration.waitMSMax, minBytes: 1, maxBytes: configuration.fetchBytesMax,
            sessionEpoch: -1, topics: topics)
        let response = try await client.send(request, to: .node(leader), waitMS: Int64(configuration.waitMSMax))
        try KafkaClientError.check(response.errorCode, "fetch")
        var outcomes: [Outcome] = []
        for topic in response.topics {
            for answer in topic.partitions {
                let partition = TopicPartition(topic.name, answer.partitionIndex)
                if answer.errorCode == KafkaError.offsetOutOfRange.rawValue {
                    outcomes.append(.outOfRange(partition))
                } else if answer.errorCode != 0 {
                    outcomes.append(.failed(.refused(answer.errorCode, "\(partition)")))
                } else if let bytes = answer.records, bytes.readableBytes > 0 {
                    outcomes.append(
                        .batches(
                            FetchedBatches(
                                partition: partition, position: positions[partition] ?? 0,
                                highWatermark: answer.highWatermark, bytes: bytes)))
                }
            }
        }
        return outcomes
    }
}
