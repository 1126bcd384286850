import KafkaClient
import KafkaWire
import LogStorage
import LuaLibraries
import LuaRuntime

/// `platform.connect`'s result. On the main actor alone.
final class ScriptConnection {
    let client: KafkaClient
    let job: JobRunner
    /// For single records, by topic; each is used by one call at a time.
    private var singles: [String: SingleRecordProducer] = [:]

    private static let timeoutMS: Int32 = 30_000

    init(_ client: KafkaClient, job: JobRunner) {
        self.client = client
        self.job = job
    }

    func topics() async throws -> [LuaValue] {
        let topics = try await client.metadata(of: nil).topics
        return topics.filter { !$0.isInternal }.compactMap { topic in topic.name.map { ($0, topic.partitions.count) } }
            .sorted { $0.0 < $1.0 }
            .map { .fields(["name": .string($0), "partitions": .integer(Int64($1))]) }
    }

    func offsets(of topic: String) async throws -> [LuaValue] {
        let partitions = try await partitions(of: topic)
        let first = try await client.offsets(of: ScriptConnection.positions(partitions, .earliest))
        let next = try await client.offsets(of: ScriptConnection.positions(partitions, .latest))
        return partitions.map { place in
            .fields(["first": .integer(first[place] ?? 0), "next": .integer(next[place] ?? 0)])
        }
    }

    static func positions(_ places: [TopicPartition], _ position: Position) -> [TopicPartition: Position] {
        Dictionary(uniqueKeysWithValues: places.map { ($0, position) })
    }

    /// The partitions of a topic that has to be there, in order.
    func partitions(of topic: String) async throws -> [TopicPartition] {
        do throws(KafkaClientError) {
            return try await client.topic(topic).partitions.map(\.partitionIndex).sorted().map {
                TopicPartition(topic, $0)
            }
        } catch {
            guard error.code == .refused(.unknownTopicOrPartition) else { throw error }
            throw LuaError(.host, "there is no topic '\(topic)'; p:ensure_topic makes one, p:topics() names them")
        }
    }

    func ensureTopic(_ name: String, partitions: Int32, _ settings: [String: String]) async throws -> Bool {
        guard !job.configuration.isDryRun else {
            do throws(KafkaClientError) { _ = try await client.topic(name) } catch {
                guard error.code == .refused(.unknownTopicOrPartition) else { throw error }
                job.figures.plan("create topic \(name)")
                return true
            }
            return false
        }
        let topic = CreateTopicsRequest.Topic(
            name: name, numPartitions: partitions, replicationFactor: -1,
            configs: settings.map { .init(name: $0.key, value: $0.value) })
        let answers = try await client.send(
            CreateTopicsRequest(topics: [topic], timeoutMS: ScriptConnection.timeoutMS), to: .controller
        ).topics
        guard let answer = answers.first else { return false }
        if KafkaError(rawValue: answer.errorCode) == .topicAlreadyExists { return false }
        try KafkaClientError.check(answer.errorCode, "topic '\(name)'", detail: answer.errorMessage)
        return true
    }

    func produce(_ message: OutgoingMessage, to topic: String) async throws -> (partition: Int64, offset: Int64) {
        guard !job.configuration.isDryRun else {
            job.figures.plan(topic, sample: message.description)
            return (-1, -1)
        }
        if singles[topic] == nil { singles[topic] = try await SingleRecordProducer(client, topic: topic) }
        guard let producer = singles[topic] else { return (-1, -1) }
        let place = try await producer.produce(message)
        job.figures.writtenCount += 1
        return place
    }

    func producer(of topic: String, _ options: ProducerOptions) async throws -> ScriptProducer {
        var partitionCount: Int32 = 1
        var stored: [Int32: Int64] = [:]
        if job.configuration.isDryRun {
            if let known = try? await client.topic(topic) { partitionCount = Int32(max(1, known.partitions.count)) }
            return ScriptProducer(topic, producer: nil, partitionCount: partitionCount, options, stored: [:], job: job)
        }
        let producer = try await Producer.open(client, topic: topic, configuration: options.configuration)
        if let source = options.source {
            stored = try await StoredSequences(client: client).read(topic: topic, source: source)
        }
        return ScriptProducer(
            topic, producer: producer, partitionCount: producer.partitionCount, options, stored: stored, job: job)
    }

    func consumer(_ options: ConsumeOptions) async throws -> ScriptConsumer {
        let partitions = try await partitions(of: options.topic)
        if let group = options.group {
            var configuration = GroupConsumer.Configuration()
            configuration.consumer.reset = .earliest
            let member = GroupConsumer(
                client: client, group: group, topics: [options.topic], configuration: configuration)
            return ScriptConsumer(.group(member), client: client, options, job: job)
        }
        let wanted = partitions.filter { options.partition == nil || Int64($0.partition) == options.partition }
        guard !wanted.isEmpty else {
            throw LuaError(
                .argument,
                "topic '\(options.topic)' has no partition \(options.partition ?? -1); it has 0 to "
                    + "\(partitions.count - 1)")
        }
        let starts = try await client.offsets(of: ScriptConnection.positions(wanted, options.from))
        var configuration = ConsumerConfiguration()
        configuration.reset = .fail
        let consumer = Consumer(client: client, configuration: configuration)
        consumer.assign(starts)
        let result = ScriptConsumer(.partitions(consumer), client: client, options, job: job)
        if options.stopsAtEnd { try await result.noteEnds() }
        return result
    }
}
