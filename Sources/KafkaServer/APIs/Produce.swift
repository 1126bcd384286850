import BrokerEngine
import KafkaWire
import LogStorage
import NIOCore
import NIOPosix
import Replication
import Synchronization

extension RequestDispatcher {
    /// Produce (KIP-98): every partition's batch is written at once, the response leaves when all are committed.
    ///
    /// Compressed batches are inflated to be checked, and plugins judge records, which may take long: elsewhere than on the loop, while the requests
    /// behind this one wait, as a producer's batches must not overtake each other.
    func produce(_ request: ProduceRequest, _ call: RequestCall) {
        let appending = ProduceAppending(broker: broker, request: request)
        let isDecided = appending.isDecided
        guard isDecided || appending.inflates else { return appended(appending.run(), by: request, call) }
        connection.hold()
        (isDecided ? service.decidingPool : service.inflatingPool).submit { [loop] _ in
            let outcome = appending.run()
            loop.execute {
                self.appended(outcome, by: request, call)
                self.connection.release()
            }
        }
    }

    /// acks=0 has no response; if it fails, the connection is closed so that the client notices.
    private func appended(_ outcome: ProduceAppending.Outcome, by request: ProduceRequest, _ call: RequestCall) {
        for _ in 0..<outcome.failureCount { service.metrics.produceFailed() }
        guard request.acks != 0 else {
            connection.fill(call.slot, with: nil)
            if outcome.failureCount > 0 { connection.close() }
            return
        }
        let pending = PendingProduce(waits: outcome.waits, response: outcome.response, call: call, dispatcher: self)
        for wait in outcome.waits where wait.log.whenCommitted(wait.endOffset, pending) { pending.committed() }
        // The last count is this loop's own: without it the response could leave before all waits are registered.
        if pending.isLast() { connection.fill(call.slot, with: pending.encoded()) }
    }
}

/// The appends of one produce request, on whatever thread.
private struct ProduceAppending: Sendable {
    let broker: Broker
    let request: ProduceRequest

    struct Outcome: Sendable {
        var response = ProduceResponse()
        /// What has to be committed before the response may leave.
        var waits: [(log: ReplicatedLog, endOffset: Int64)] = []
        var failureCount = 0
    }

    private struct Failure: Error {
        var code: KafkaError
        var message: String
        /// The records at fault, if they are known.
        var recordIndexes: [Int32] = []
    }

    /// Whether a plugin has to judge any of the records.
    var isDecided: Bool {
        guard let hooks = broker.hooks else { return false }
        return request.topics.contains { hooks.duplicateGate(of: $0.name) != nil }
    }

    /// Whether any batch is compressed.
    var inflates: Bool {
        request.topics.contains { topic in
            topic.partitions.contains { data in
                data.records?.withUnsafeReadableBytes { RecordBatchHeader.isCompressed($0) } ?? false
            }
        }
    }

    func run() -> Outcome {
        var outcome = Outcome()
        outcome.response.topics.reserveCapacity(request.topics.count)
        var inflation = InflationBudget()
        let nowMS = broker.nowMS()
        for topicData in request.topics {
            let topic = broker.topic(topicData.name)
            var topicResponse = ProduceResponse.Topic(name: topicData.name)
            for data in topicData.partitions {
                var partitionResponse = ProduceResponse.Partition(
                    partitionIndex: data.partitionIndex, baseOffset: -1, logAppendTimeMS: -1, logStartOffset: -1)
                do throws(Failure) {
                    let appended = try append(data, to: topic, nowMS: nowMS, inflation: &inflation)
                    partitionResponse.baseOffset = appended.outcome.baseOffset
                    partitionResponse.logAppendTimeMS = appended.outcome.appendTimeMS
                    partitionResponse.logStartOffset = appended.log.extent.logStartOffset
                    outcome.waits.append((appended.log, appended.outcome.endOffset))
                } catch {
                    outcome.failureCount += 1
                    partitionResponse.errorCode = error.code.rawValue
                    partitionResponse.errorMessage = error.message
                    partitionResponse.recordErrors = error.recordIndexes.map {
                        .init(batchIndex: $0, errorMessage: error.message)
                    }
                }
                topicResponse.partitions.append(partitionResponse)
            }
            outcome.response.topics.append(topicResponse)
        }
        return outcome
    }

    private func append(
        _ data: ProduceRequest.PartitionData, to topic: Topic?, nowMS: Int64, inflation: inout InflationBudget
    ) throws(Failure) -> (outcome: AppendOutcome, log: ReplicatedLog) {
        guard (-1...1).contains(request.acks) else {
            throw Failure(code: .invalidRequiredAcks, message: "acks \(request.acks) is not -1, 0 or 1")
        }
        guard request.transactionalID == nil else {
            throw Failure(
                code: KafkaError(LogError.transactionsUnsupported), message: LogError.transactionsUnsupported.message)
        }
        guard let topic, data.partitionIndex >= 0, data.partitionIndex < topic.partitions.count else {
            throw Failure(code: .unknownTopicOrPartition, message: "no such topic or partition")
        }
        guard !topic.isInternal else {
            throw Failure(code: .invalidTopicException, message: "topic \(topic.name) is internal")
        }
        guard let records = data.records, records.readableBytes > 0 else {
            throw Failure(code: .invalidRecord, message: "no record batch")
        }
        let partition = topic.partitions[Int(data.partitionIndex)]
        let result: Result<AppendOutcome, LogError> = records.withUnsafeReadableBytes { bytes in
            // The frame's memory is this request's alone; of a valid batch only offset, epoch and times are written.
            let batch = UnsafeMutableRawBufferPointer(mutating: bytes)
            do throws(LogError) {
                if let gate = broker.hooks?.duplicateGate(of: topic.name) {
                    return .success(
                        try partition.append(
                            batch, through: gate, configuration: topic.logConfiguration, nowMS: nowMS,
                            inflation: &inflation))
                }
                return .success(
                    try partition.append(
                        batch, configuration: topic.logConfiguration, nowMS: nowMS, inflation: &inflation))
            } catch {
                return .failure(error)
            }
        }
        do {
            return (try result.get(), partition.log)
        } catch {
            var failure = Failure(code: KafkaError(error), message: error.message)
            switch error {
            case .recordsWithoutKey(let indexes), .duplicateRecords(let indexes): failure.recordIndexes = indexes
            default: break
            }
            throw failure
        }
    }
}

/// A produce request whose batches are written but not all committed.
final class PendingProduce: CommitWaiter {
    private let remaining: Atomic<Int>
    private let connection: KafkaConnectionHandler
    private let loop: any EventLoop
    private let call: RequestCall
    private let response: ProduceResponse
    private let waits: [(log: ReplicatedLog, endOffset: Int64)]
    private let allocator: ByteBufferAllocator

    /// The first count is the caller's own, taken off when all waits are registered.
    init(
        waits: [(log: ReplicatedLog, endOffset: Int64)], response: ProduceResponse, call: RequestCall,
        dispatcher: RequestDispatcher
    ) {
        remaining = Atomic(waits.count + 1)
        connection = dispatcher.connection
        loop = dispatcher.loop
        self.waits = waits
        self.call = call
        self.response = response
        allocator = dispatcher.channel.allocator
    }

    /// The response as a frame. A log that was deleted meanwhile released its waiters with nothing committed: its
    /// partitions get an error.
    func encoded() -> OutboundResponse {
        var response = response
        for wait in waits where wait.log.extent.committedOffset < wait.endOffset {
            for (index, topic) in response.topics.enumerated() where topic.name == wait.log.name.topic {
                for (position, partition) in topic.partitions.enumerated()
                where partition.partitionIndex == wait.log.name.partition {
                    response.topics[index].partitions[position].errorCode = KafkaError.unknownTopicOrPartition.rawValue
                    response.topics[index].partitions[position].baseOffset = -1
                }
            }
        }
        return call.encode(ProduceRequest.self, response, allocator)
    }

    /// Takes one off the count; true for the caller that took the last one.
    func isLast() -> Bool {
        remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    func committed() {
        if isLast() { connection.complete(call.slot, with: encoded(), on: loop) }
    }
}
