import BrokerEngine
import KafkaWire
import LogStorage
import NIOCore
import Replication
import Synchronization

extension RequestDispatcher {
    /// Produce (KIP-98): every partition's batch is written at once, the response leaves when all are committed.
    /// acks=0 has no response; if it fails, the connection is closed so that the client notices.
    func produce(_ request: ProduceRequest, _ call: RequestCall) {
        var response = ProduceResponse()
        response.topics.reserveCapacity(request.topics.count)
        var waits: [(ReplicatedLog, Int64)] = []
        var hasFailed = false
        let nowMS = broker.nowMS()
        for topicData in request.topics {
            let topic = broker.topic(topicData.name)
            var topicResponse = ProduceResponse.Topic(name: topicData.name)
            for data in topicData.partitions {
                var partitionResponse = ProduceResponse.Partition(
                    partitionIndex: data.partitionIndex, baseOffset: -1, logAppendTimeMS: -1, logStartOffset: -1)
                do {
                    let appended = try append(data, to: topic, of: request, version: call.version, nowMS: nowMS)
                    partitionResponse.baseOffset = appended.outcome.baseOffset
                    partitionResponse.logAppendTimeMS = appended.outcome.appendTimeMS
                    partitionResponse.logStartOffset = appended.log.extent.logStartOffset
                    waits.append((appended.log, appended.outcome.endOffset))
                } catch {
                    hasFailed = true
                    service.metrics.produceFailed()
                    partitionResponse.errorCode = error.code.rawValue
                    partitionResponse.errorMessage = error.message
                    if error.code == .invalidRecord {
                        partitionResponse.recordErrors = [.init(batchIndex: 0, errorMessage: error.message)]
                    }
                }
                topicResponse.partitions.append(partitionResponse)
            }
            response.topics.append(topicResponse)
        }
        guard request.acks != 0 else {
            connection.fill(call.slot, with: nil)
            if hasFailed { connection.close() }
            return
        }
        let pending = PendingProduce(waitCount: waits.count + 1, response: response, call: call, dispatcher: self)
        for (log, endOffset) in waits where log.whenCommitted(endOffset, pending) { pending.committed() }
        // The last count is this loop's own: without it the response could leave before all waits are registered.
        if pending.isLast() { answer(call, ProduceRequest.self, response) }
    }

    private struct ProduceFailure: Error {
        var code: KafkaError
        var message: String
    }

    private func append(
        _ data: ProduceRequest.PartitionData, to topic: Topic?, of request: ProduceRequest, version: Int16, nowMS: Int64
    ) throws(ProduceFailure) -> (outcome: AppendOutcome, log: ReplicatedLog) {
        guard (-1...1).contains(request.acks) else {
            throw ProduceFailure(code: .invalidRequiredAcks, message: "acks \(request.acks) is not -1, 0 or 1")
        }
        guard request.transactionalID == nil else {
            throw ProduceFailure(
                code: KafkaError(LogError.transactionsUnsupported), message: LogError.transactionsUnsupported.message)
        }
        guard let topic, data.partitionIndex >= 0, data.partitionIndex < topic.partitions.count else {
            throw ProduceFailure(code: .unknownTopicOrPartition, message: "no such topic or partition")
        }
        guard !topic.isInternal else {
            throw ProduceFailure(code: .invalidTopicException, message: "topic \(topic.name) is internal")
        }
        guard let records = data.records, records.readableBytes > 0 else {
            throw ProduceFailure(code: .invalidRecord, message: "no record batch")
        }
        let partition = topic.partitions[Int(data.partitionIndex)]
        let result: Result<AppendOutcome, LogError> = records.withUnsafeReadableBytes { bytes in
            // The frame's memory is this request's alone; of a valid batch only offset, epoch and times are written.
            let batch = UnsafeMutableRawBufferPointer(mutating: bytes)
            do throws(LogError) {
                return .success(try partition.append(batch, configuration: topic.logConfiguration, nowMS: nowMS))
            } catch {
                return .failure(error)
            }
        }
        do {
            return (try result.get(), partition.log)
        } catch {
            // Versions before 8 cannot say what was wrong with a record.
            let code = KafkaError(error)
            throw ProduceFailure(code: code, message: error.message)
        }
    }
}

/// A produce request whose batches are written but not all committed.
final class PendingProduce: CommitWaiter {
    private let remaining: Atomic<Int>
    private let connection: KafkaConnectionHandler
    private let loop: any EventLoop
    private let slot: UInt64
    private let encoded: @Sendable () -> OutboundResponse

    init(waitCount: Int, response: ProduceResponse, call: RequestCall, dispatcher: RequestDispatcher) {
        remaining = Atomic(waitCount)
        connection = dispatcher.connection
        loop = dispatcher.loop
        slot = call.slot
        let allocator = dispatcher.channel.allocator
        encoded = {
            var buffer = allocator.buffer(capacity: 128)
            ProduceRequest.encodeFrame(
                of: response, to: &buffer, version: call.version, correlationID: call.header.correlationID)
            return OutboundResponse(buffer)
        }
    }

    /// Takes one off the count; true for the caller that took the last one.
    func isLast() -> Bool {
        remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    func committed() {
        if isLast() { connection.complete(slot, with: encoded(), on: loop) }
    }
}
