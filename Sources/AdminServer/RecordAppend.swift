import BrokerEngine
import HTTPTypes
import Hummingbird
import KafkaWire
import LogStorage
import NIOCore
import Replication

/// What became of one record of a request.
enum ProduceOutcome: Equatable, Sendable {
    /// Committed.
    case stored(partition: Int32, offset: Int64)
    case refused(AdminError)
}

extension AdminService {
    /// Appends records to a topic and waits until they are committed. The outcomes are in the order of the records;
    /// records of one partition keep their order there.
    func append(_ records: [ProducedRecord], to topic: Topic) async throws -> [ProduceOutcome] {
        let hooks = broker.hooks
        let isDecided = hooks?.decides(for: topic.name) ?? false
        let write: @Sendable () throws -> RecordAppend = {
            var append = RecordAppend(topic: topic, nowMS: self.broker.nowMS())
            append.run(records, partitioner: self.partitioner, hooks: hooks)
            return append
        }
        var append = try await isDecided ? deciding(write) : blocking(write)
        let deadline = NIODeadline.now() + .milliseconds(configuration.commitWaitMSMax)
        for batch in append.batches {
            let wakeUp = WakeUp()
            var cause = WakeUp.Cause.committed
            if !batch.log.whenCommitted(batch.endOffset, wakeUp) {
                cause = await wakeUp.wait(until: deadline, on: eventLoopGroup.next(), endsOnShutdown: false)
            }
            // A log that was closed lets its waiters go too.
            if batch.log.extent.committedOffset < batch.endOffset {
                append.refuse(batch, notCommittedError(cause, topic: topic))
            }
        }
        return append.outcomes
    }

    private func notCommittedError(_ cause: WakeUp.Cause, topic: Topic) -> AdminError {
        guard broker.topic(topic.name)?.id == topic.id else { return AdminError(.unknownTopic(name: topic.name)) }
        let consequence = "it may become readable: look for it before sending it again"
        return switch cause {
        case .committed:
            AdminError(
                .serviceUnavailable, "log_closed", "the log was closed before the record was on disk; \(consequence)")
        case .timeElapsed:
            AdminError(
                .serviceUnavailable, "commit_timeout",
                "the record is not known to be on disk after \(configuration.commitWaitMSMax) ms; \(consequence)")
        case .stopping:
            AdminError(
                .serviceUnavailable, "shutting_down",
                "the server stopped before the record was known to be on disk; \(consequence)")
        }
    }
}

/// Writes the records of one request in as few batches as the topic's limits allow. Sans-IO but for the logs.
struct RecordAppend: Sendable {
    /// A batch that is written and not yet known to be committed.
    struct Batch: Sendable {
        let log: ReplicatedLog
        let endOffset: Int64
        /// The records in it, as indices into the request.
        let indices: [Int]
    }

    let topic: Topic
    let nowMS: Int64
    /// One a record; those of records in `batches` come true when these are committed.
    private(set) var outcomes: [ProduceOutcome] = []
    private(set) var batches: [Batch] = []

    init(topic: Topic, nowMS: Int64) {
        self.topic = topic
        self.nowMS = nowMS
    }

    /// Writes to the page cache; blocks for that. Requires: called once.
    mutating func run(_ produced: [ProducedRecord], partitioner: DefaultPartitioner, hooks: (any BrokerHooks)? = nil) {
        let records = produced.map { record in
            Record(
                key: record.key, value: record.value, headers: record.headers, timestampMS: record.timestampMS ?? nowMS)
        }
        let selections = select(produced, records, hooks)
        let gate = hooks?.duplicateGate(of: topic.name)
        var byPartition: [Int32: [Int]] = [:]
        for (index, record) in produced.enumerated() {
            do {
                let partition = try choosePartition(for: record, selections[index], partitioner: partitioner)
                try check(record)
                byPartition[partition, default: []].append(index)
                outcomes.append(.stored(partition: partition, offset: -1))
            } catch {
                outcomes.append(.refused(error))
            }
        }
        for (partition, indices) in byPartition {
            for chunk in chunks(of: indices, produced) {
                write(chunk, records, to: topic.partitions[Int(partition)], through: gate)
            }
        }
    }

    /// What is decided for the records that name no partition; the others are undecided.
    private func select(_ produced: [ProducedRecord], _ records: [Record], _ hooks: (any BrokerHooks)?)
        -> [PartitionSelection]
    {
        var selections = [PartitionSelection](repeating: .undecided, count: produced.count)
        let open = produced.indices.filter { produced[$0].partition == nil }
        guard let hooks, !open.isEmpty,
            let decided = hooks.select(
                open.map { records[$0] }, topic: topic.name, partitionCount: Int32(topic.partitions.count))
        else { return selections }
        for (index, selection) in zip(open, decided) { selections[index] = selection }
        return selections
    }

    mutating func refuse(_ batch: Batch, _ error: AdminError) {
        for index in batch.indices { outcomes[index] = .refused(error) }
    }

    private func choosePartition(
        for record: ProducedRecord, _ selection: PartitionSelection, partitioner: DefaultPartitioner
    ) throws(AdminError) -> Int32 {
        let count = Int32(topic.partitions.count)
        if let given = record.partition {
            guard given >= 0, given < count else {
                throw AdminError(
                    .notFound, "unknown_partition",
                    "topic '\(topic.name)' has no partition \(given); it has 0 to \(count - 1)")
            }
            return given
        }
        switch selection {
        case .partition(let selected): return selected
        case .undecided: break
        case .refused(let reason):
            var error = AdminError(.serviceUnavailable, "plugin_failed", reason)
            error.headers[.retryAfter] = "1"
            throw error
        }
        return partitioner.partition(ofKey: record.key, topic: topic.name, partitionCount: count)
    }

    /// Rules that would refuse the whole batch for one record.
    private func check(_ record: ProducedRecord) throws(AdminError) {
        let configuration = topic.logConfiguration
        if configuration.isCompacted, record.key == nil {
            throw AdminError(
                .unprocessableContent, "key_required", "topic '\(topic.name)' is compacted: each record needs a key")
        }
        guard let timestampMS = record.timestampMS else { return }
        guard timestampMS >= 0 else {
            throw AdminError(
                .unprocessableContent, "timestamp_out_of_range",
                "timestamp \(timestampMS) is negative; it counts milliseconds since 1970")
        }
        guard !configuration.usesLogAppendTime else { return }
        guard nowMS - timestampMS <= configuration.timestampBeforeMSMax,
            timestampMS - nowMS <= configuration.timestampAfterMSMax
        else { throw AdminError(.timestampOutOfRange(timestampMS: timestampMS, nowMS: nowMS)) }
    }

    /// Cuts records into stretches that fit into a batch; one that does not fit at all stands alone.
    private func chunks(of indices: [Int], _ records: [ProducedRecord]) -> [[Int]] {
        let limit = min(topic.logConfiguration.batchBytesMax, topic.logConfiguration.segmentBytes)
        var chunks: [[Int]] = []
        var chunk: [Int] = []
        var sizeBytes = RecordBatchLayout.records
        for index in indices {
            let bound = records[index].sizeBytesBound
            if !chunk.isEmpty, sizeBytes + bound > limit {
                chunks.append(chunk)
                chunk = []
                sizeBytes = RecordBatchLayout.records
            }
            chunk.append(index)
            sizeBytes += bound
        }
        chunks.append(chunk)
        return chunks
    }

    private mutating func write(
        _ indices: [Int], _ records: [Record], to partition: Partition, through gate: (any DuplicateGate)?
    ) {
        do {
            guard let gate else {
                try write(indices, indices.map { records[$0] }, to: partition)
                return
            }
            let chunk = indices.map { records[$0] }
            try gate.pass(chunk, partition: partition.index) { verdicts throws(LogError) in
                try write(indices, chunk, verdicts, to: partition)
            }
        } catch {
            for index in indices { outcomes[index] = .refused(AdminError(error)) }
        }
    }

    /// Stores what a gate lets pass; the offset of each, -1 for those it does not.
    private mutating func write(
        _ indices: [Int], _ chunk: [Record], _ verdicts: [DuplicateVerdict], to partition: Partition
    ) throws(LogError) -> [Int64] {
        var kept: [Int] = []
        var records: [Record] = []
        for (position, verdict) in verdicts.enumerated() {
            var record = chunk[position]
            if case .flagged(let first) = verdict {
                record.headers.append(Record.Header(DuplicateVerdict.flagHeader, Array(first.text.utf8)))
            }
            switch verdict {
            case .fresh, .flagged:
                kept.append(position)
                records.append(record)
            case .rejected: outcomes[indices[position]] = .refused(AdminError(.duplicateRecords(indexes: [])))
            case .refused(let reason): outcomes[indices[position]] = .refused(AdminError(.gateClosed(reason: reason)))
            case .dropped(let first):
                outcomes[indices[position]] = .stored(partition: first.partition, offset: first.offset)
                // The first may not be committed yet; one of another topic is not this request's to wait for.
                guard first.topic == topic.name, topic.partitions.indices.contains(Int(first.partition)) else { break }
                batches.append(
                    Batch(
                        log: topic.partitions[Int(first.partition)].log, endOffset: first.offset + 1,
                        indices: [indices[position]]))
            case .repeated: break
            }
        }
        var offsets = [Int64](repeating: -1, count: verdicts.count)
        if !records.isEmpty {
            let baseOffset = try write(kept.map { indices[$0] }, records, to: partition)
            for (delta, position) in kept.enumerated() { offsets[position] = baseOffset + Int64(delta) }
        }
        for (position, verdict) in verdicts.enumerated() {
            if case .repeated(let first) = verdict { outcomes[indices[position]] = outcomes[indices[first]] }
        }
        return offsets
    }

    /// Writes one batch; its first offset.
    @discardableResult
    private mutating func write(_ indices: [Int], _ records: [Record], to partition: Partition) throws(LogError)
        -> Int64
    {
        let outcome = try partition.append(records, configuration: topic.logConfiguration, nowMS: nowMS)
        for (delta, index) in indices.enumerated() {
            outcomes[index] = .stored(partition: partition.index, offset: outcome.baseOffset + Int64(delta))
        }
        batches.append(Batch(log: partition.log, endOffset: outcome.endOffset, indices: indices))
        return outcome.baseOffset
    }
}
