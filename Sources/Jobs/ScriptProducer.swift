import KafkaClient
import KafkaWire
import LogStorage
import LuaLibraries
import LuaRuntime
import Synchronization

/// What `p:producer` takes.
struct ProducerOptions {
    var configuration = ProducerConfiguration()
    var source: String?

    private static let fields: Set<String> = ["linger", "batch", "codec", "source"]

    init(_ stack: LuaStack, at index: Int) throws(LuaError) {
        guard !stack.isNil(at: index) else { return }
        if let unknown = stack.unknownField(of: index, known: ProducerOptions.fields) {
            throw LuaError(.argument, "a producer has no option '\(unknown)'; there are linger, batch, codec, source")
        }
        try stack.field("linger", of: index) { stack throws(LuaError) in
            guard !stack.isNil(at: -1) else { return }
            configuration.lingerMS = try LuaDuration.milliseconds(stack: stack, at: -1, what: "linger")
        }
        if let bytes = try OutgoingMessage.integer("batch", stack, at: index) {
            guard (1...(16 << 20)).contains(bytes) else {
                throw LuaError(.argument, "batch is \(bytes) bytes; it can be 1 to 16777216")
            }
            configuration.batchBytesMax = Int(bytes)
        }
        try stack.field("codec", of: index) { stack throws(LuaError) in
            guard let name = stack.string(at: -1) else { return }
            let codecs: [String: CompressionCodec] = [
                "none": .none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd,
            ]
            guard let codec = codecs[name] else {
                throw LuaError(.argument, "there is no codec '\(name)'; there are none, gzip, snappy, lz4, zstd")
            }
            configuration.codec = codec
        }
        source = try stack.field("source", of: index) { stack throws(LuaError) in stack.string(at: -1) }
        if let source, source.isEmpty || source.utf8.count > 200 {
            throw LuaError(.argument, "a source's name has 1 to 200 bytes")
        }
    }
}

/// Writes a script's records to a topic in batches. On the main actor alone.
final class ScriptProducer {
    private let topic: String
    /// nil in a dry run.
    private let producer: Producer?
    private let partitionCount: Int32
    private let source: String?
    /// By partition, the highest sequence of this source that the topic held before.
    private let stored: [Int32: Int64]
    private let job: JobRunner

    init(
        _ topic: String, producer: Producer?, partitionCount: Int32, _ options: ProducerOptions,
        stored: [Int32: Int64], job: JobRunner
    ) {
        self.topic = topic
        self.producer = producer
        self.partitionCount = partitionCount
        source = options.source
        self.stored = stored
        self.job = job
    }

    /// Takes the table at `index`. Whether the record is new to the topic, and whether there is room for more.
    func send(_ stack: LuaStack, at index: Int) throws -> (isNew: Bool, hasRoom: Bool) {
        var message = try OutgoingMessage(stack, at: index)
        if let source {
            guard let sequence = message.sequence else {
                throw LuaError(.argument, "a producer with a source needs a sequence with each message, e.g. the line")
            }
            // A record without a key has to go to the same partition in each run.
            if message.partition == nil, message.key == nil {
                message.partition = Int32(truncatingIfNeeded: sequence.magnitude % UInt64(partitionCount))
            }
            let partition = message.partition ?? self.partition(of: message.key ?? [])
            if let last = stored[partition], sequence <= last {
                job.figures.skippedCount += 1
                return (false, true)
            }
            message.headers.append(StoredSequences.header(source: source, sequence: sequence))
        } else if message.sequence != nil {
            throw LuaError(.argument, "a sequence needs a producer with a source: p:producer(topic, { source = … })")
        }
        guard let producer else {
            let partition = message.partition ?? message.key.map { self.partition(of: $0) } ?? 0
            job.figures.plan("\(topic)/\(partition)", sample: message.description)
            return (true, true)
        }
        let hasRoom = try producer.append(message.record, partition: message.partition)
        job.figures.writtenCount += 1
        return (true, hasRoom)
    }

    private func partition(of key: [UInt8]) -> Int32 {
        key.withUnsafeBytes { DefaultPartitioner.partition(ofKey: $0, partitionCount: partitionCount) }
    }

    func waitForRoom() async throws { try await producer?.waitForRoom() }

    func flush() async throws { try await producer?.flush() }
}

/// Which records of a source a topic holds already.
///
/// Every record of a source carries its name and a sequence. One loader at a time sends them in the order of their
/// sequences, and a key always goes to the same partition; so a partition holds all of its records up to the highest.
struct StoredSequences {
    let client: KafkaClient

    private static let headerName = "platform-source"

    /// "orders.csv:17" under "platform-source".
    static func header(source: String, sequence: Int64) -> Record.Header {
        Record.Header(headerName, Array("\(source):\(sequence)".utf8))
    }

    /// The highest sequence of each partition, by reading the topic once.
    func read(topic: String, source: String) async throws -> [Int32: Int64] {
        let places = try await client.topic(topic).partitions.map { TopicPartition(topic, $0.partitionIndex) }
        let starts = try await client.offsets(of: ScriptConnection.positions(places, .earliest))
        let ends = try await client.offsets(of: ScriptConnection.positions(places, .latest))
        var configuration = ConsumerConfiguration()
        configuration.reset = .fail
        let consumer = Consumer(client: client, configuration: configuration)
        consumer.assign(starts.filter { $0.value < ends[$0.key] ?? 0 })
        let prefix = Array("\(source):".utf8)
        var highest: [Int32: Int64] = [:]
        while consumer.positions.contains(where: { $0.value < ends[$0.key] ?? 0 }) {
            try Task.checkCancellation()
            for batches in try await consumer.poll() {
                try batches.forEach { _, _, record in
                    for header in record.headers where header.key.elementsEqual(StoredSequences.headerName.utf8) {
                        guard let value = header.value, value.starts(with: prefix),
                            let sequence = Int64(String(decoding: value.dropFirst(prefix.count), as: UTF8.self))
                        else { continue }
                        highest[batches.partition.partition] = max(
                            sequence, highest[batches.partition.partition] ?? .min)
                    }
                    return true
                }
            }
        }
        return highest
    }
}

/// Writes single records, each acknowledged before the next. On the main actor alone.
final class SingleRecordProducer {
    private let producer: Producer
    private let delivered: Delivered
    private var isBusy = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    private final class Delivered: Sendable {
        private let last = Mutex<Producer.Delivery?>(nil)
        func set(_ delivery: Producer.Delivery) { last.withLock { $0 = delivery } }
        func take() -> Producer.Delivery? { last.withLock { $0 } }
    }

    init(_ client: KafkaClient, topic: String) async throws {
        let delivered = Delivered()
        var configuration = ProducerConfiguration()
        configuration.lingerMS = 0
        producer = try await Producer.open(
            client, topic: topic, configuration: configuration, onDelivery: { delivered.set($0) })
        self.delivered = delivered
    }

    func produce(_ message: OutgoingMessage) async throws -> (partition: Int64, offset: Int64) {
        while isBusy { await withCheckedContinuation { waiters.append($0) } }
        isBusy = true
        defer {
            isBusy = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        _ = try producer.append(message.record, partition: message.partition)
        try await producer.flush()
        guard let delivery = delivered.take() else { return (-1, -1) }
        return (Int64(delivery.partition), delivery.baseOffset)
    }
}
