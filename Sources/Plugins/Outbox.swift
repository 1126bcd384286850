import BrokerEngine
import Dispatch
import KafkaWire
import LogStorage
import LuaLibraries
import LuaRuntime
import Replication

/// Messages of handlers on their way from the database, where they were committed with the handler's effect, into the log.
/// Each is written once: partition and sequence number are decided in the transaction, and the log's own memory of the
/// outbox's producer says, after a crash, which of them it has.
final class Outbox {
    private let store: HandlerStore
    private let broker: Broker
    private let partitioner = DefaultPartitioner()

    /// Rows written to the log at a time.
    private static let rowCountMax: Int64 = 1_000
    private static let commitWaitSeconds = 30
    /// More than a record's lengths, deltas and a batch's header take.
    private static let overheadBytes = 128
    /// What the headers of a dead letter may add to its record.
    private static let deadLetterHeaderBytes = 8 << 10

    init(store: HandlerStore, broker: Broker) {
        self.store = store
        self.broker = broker
    }

    // MARK: Into the database

    /// Adds a message within the open transaction. Throws, for the handler to see, if the topic cannot take it.
    func add(_ message: OutgoingMessage, to name: String) throws {
        let topic = try topicToWrite(name)
        let record = message.record
        let limit = min(topic.logConfiguration.batchBytesMax, topic.logConfiguration.segmentBytes)
        let bytes = HeaderBytes.encode(record.headers)
        let size = (record.key?.count ?? 0) + (record.value?.count ?? 0) + bytes.count + Outbox.overheadBytes
        guard size <= limit else {
            throw LuaError(.host, "a message of \(size) bytes does not fit into '\(name)': the limit is \(limit)")
        }
        if topic.logConfiguration.isCompacted, record.key == nil {
            throw LuaError(.host, "topic '\(name)' is compacted: each message needs a key")
        }
        let nowMS = broker.nowMS()
        let configuration = topic.logConfiguration
        guard record.timestampMS >= 0,
            configuration.usesLogAppendTime
                || nowMS - record.timestampMS <= configuration.timestampBeforeMSMax
                    && record.timestampMS - nowMS <= configuration.timestampAfterMSMax
        else {
            throw LuaError(
                .host, "timestamp \(record.timestampMS) is further from now, \(nowMS), than '\(name)' takes")
        }
        let count = Int32(topic.partitions.count)
        let partition =
            message.partition ?? partitioner.partition(ofKey: record.key, topic: name, partitionCount: count)
        guard partition >= 0, partition < count else {
            throw LuaError(.host, "topic '\(name)' has no partition \(partition); it has 0 to \(count - 1)")
        }
        try store.addOutgoing(
            HandlerStore.Outgoing(
                topic: name, partition: partition, timestampMS: record.timestampMS, key: record.key,
                value: record.value, headers: bytes))
    }

    private func topicToWrite(_ name: String) throws -> Topic {
        if let topic = broker.topic(name) {
            guard !topic.isInternal else { throw LuaError(.host, "'\(name)' is the broker's own topic") }
            return topic
        }
        guard broker.configuration.createsTopicsOnDemand else {
            throw LuaError(.host, "there is no topic '\(name)', and topics are not created on demand")
        }
        do throws(BrokerError) {
            if let topic = try broker.createTopic(Broker.TopicRequest(name: name)) { return topic }
        } catch .topicExists {
            // Somebody else was faster.
        } catch {
            throw LuaError(.host, "\(error)")
        }
        guard let topic = broker.topic(name) else { throw LuaError(.host, "there is no topic '\(name)'") }
        return topic
    }

    /// Makes the topic of dead letters if it is not there: with as many partitions as the topic they are from, and room
    /// for the headers that are added.
    func ensureDeadLetters(_ name: String, of origin: String) throws {
        guard broker.topic(name) == nil, let origin = broker.topic(origin) else { return }
        var request = Broker.TopicRequest(name: name, partitionCount: Int32(origin.partitions.count))
        request.settings["max.message.bytes"] =
            "\(origin.logConfiguration.batchBytesMax + Outbox.deadLetterHeaderBytes)"
        do throws(BrokerError) { try broker.createTopic(request) } catch .topicExists {
            // Somebody else was faster.
        } catch {
            throw LuaError(.host, "the topic of dead letters cannot be made: \(error)")
        }
    }

    // MARK: Into the log

    /// Writes what is there; false if there was nothing. Blocks until it is committed.
    func publish(nowMS: Int64) throws -> Bool {
        let rows = try store.outgoing(countMax: Outbox.rowCountMax)
        guard let last = rows.last else { return false }
        let producerID = try producerID()
        var pending: [(log: ReplicatedLog, endOffset: Int64)] = []
        for (_, rows) in Dictionary(
            grouping: rows, by: { TopicPosition(topic: $0.topic, topicID: "", partition: $0.partition) })
        {
            if let written = try write(rows, producerID: producerID, nowMS: nowMS) { pending.append(written) }
        }
        for (log, endOffset) in pending {
            let waiter = CommitSemaphore()
            if !log.whenCommitted(endOffset, waiter) { waiter.wait(seconds: Outbox.commitWaitSeconds) }
            guard log.extent.committedOffset >= endOffset else {
                throw LuaError(
                    .host, "\(log.name): messages are not known to be on disk after \(Outbox.commitWaitSeconds) s")
            }
        }
        try store.database.begin()
        do {
            try store.removeOutgoing(upTo: last.id)
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
        return true
    }

    private func producerID() throws -> Int64 {
        if let id = try store.value("producer_id") { return id }
        let id = try broker.makeProducerID()
        try store.database.begin()
        do {
            try store.setValue("producer_id", id)
            try store.database.commit()
        } catch {
            try? store.database.rollBack()
            throw error
        }
        return id
    }

    /// Writes the rows of one partition in as few batches as its limits allow; nil if the log has them all.
    private func write(_ rows: [HandlerStore.Outgoing], producerID: Int64, nowMS: Int64) throws -> (
        log: ReplicatedLog, endOffset: Int64
    )? {
        let topic = try topicToWrite(rows[0].topic)
        // The topic may be another of the name, with fewer partitions.
        let partition = topic.partitions[Int(rows[0].partition) % topic.partitions.count]
        // Then its sequence numbers mean nothing there.
        let isInPlace = partition.index == rows[0].partition
        let stored = isInPlace ? partition.log.lastSequence(ofProducer: producerID) : nil
        let rows = rows.filter { row in
            guard let stored else { return true }
            // Sequence numbers begin anew after 2^31-1; what is stored lies less than half of that behind.
            return (Outbox.sequence(row.sequence) &- stored) & .max != 0
                && (stored &- Outbox.sequence(row.sequence)) & .max > Int32.max / 2
        }
        var endOffset: Int64?
        var rest = rows[...]
        let limit = min(topic.logConfiguration.batchBytesMax, topic.logConfiguration.segmentBytes)
        while let first = rest.first {
            var builder = RecordBatchBuilder()
            if isInPlace {
                builder.producerID = producerID
                builder.producerEpoch = 0
                builder.baseSequence = Outbox.sequence(first.sequence)
            }
            while let row = rest.first {
                let size =
                    (row.key?.count ?? 0) + (row.value?.count ?? 0) + row.headers.count + Outbox.overheadBytes
                if builder.recordCount > 0, builder.sizeBytes + size > limit { break }
                guard let headers = HeaderBytes.decode(row.headers) else {
                    throw LuaError(.host, "row \(row.id) of the outbox is damaged: its headers cannot be read")
                }
                builder.append(Record(key: row.key, value: row.value, headers: headers, timestampMS: row.timestampMS))
                rest.removeFirst()
            }
            var bytes = try builder.build()
            endOffset = try bytes.withUnsafeMutableBytes { buffer in
                var inflation = InflationBudget()
                return try partition.append(
                    buffer, configuration: topic.logConfiguration, nowMS: nowMS, inflation: &inflation
                ).endOffset
            }
        }
        return endOffset.map { (partition.log, $0) }
    }

    private static func sequence(_ count: Int64) -> Int32 { Int32(truncatingIfNeeded: count & Int64(Int32.max)) }
}

/// Blocks a thread until a log has committed.
private final class CommitSemaphore: CommitWaiter {
    private let semaphore = DispatchSemaphore(value: 0)

    func committed() { semaphore.signal() }
    func wait(seconds: Int) { _ = semaphore.wait(timeout: .now() + .seconds(seconds)) }
}
