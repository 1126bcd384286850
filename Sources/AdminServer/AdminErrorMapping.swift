import BrokerEngine
import HTTPTypes
import Hummingbird
import LogStorage
import NIOCore
import NIOPosix

// The one place where errors of the engine become statuses and codes of HTTP.

extension AdminError {
    init(_ error: BrokerError) {
        switch error {
        case .unknownTopic:
            self.init(.notFound, "unknown_topic", "\(error); GET /v1/topics lists those that do")
        case .unknownPartition: self.init(.notFound, "unknown_partition", "\(error)")
        case .topicExists: self.init(.conflict, "topic_exists", "\(error)")
        case .invalidTopicName: self.init(.unprocessableContent, "invalid_topic_name", "\(error)")
        case .invalidPartitionCount: self.init(.unprocessableContent, "invalid_partition_count", "\(error)")
        case .invalidReplicationFactor: self.init(.unprocessableContent, "invalid_replication_factor", "\(error)")
        case .invalidConfig, .config: self.init(.unprocessableContent, "invalid_config", "\(error)")
        case .invalidRequest: self.init(.badRequest, "invalid_request", "\(error)")
        case .internalTopic: self.init(.forbidden, "internal_topic", "\(error)")
        case .log(let error): self.init(error)
        case .metadata: self.init(.serviceUnavailable, "catalog_unavailable", "\(error)")
        case .shuttingDown: self.init(.serviceUnavailable, "shutting_down", "\(error)")
        }
    }

    init(_ error: LogError) {
        switch error {
        case .batchTooLarge(let sizeBytes, let limitBytes), .batchLargerThanSegment(let sizeBytes, let limitBytes):
            self.init(
                .contentTooLarge, "record_too_large",
                "the record takes \(sizeBytes) bytes as a batch, the topic's limit is \(limitBytes): "
                    + "send a smaller one or raise the topic's max.message.bytes")
        case .timestampOutOfRange(let timestampMS, let nowMS):
            self.init(
                .unprocessableContent, "timestamp_out_of_range",
                "timestamp \(timestampMS) is further from the broker's time \(nowMS) than the topic allows: "
                    + "leave it out or correct the clock")
        case .offsetOutOfRange(let offset, let start, let end):
            self.init(
                .unprocessableContent, "offset_out_of_range",
                "offset \(offset) is outside the log, which holds \(start) to \(end): "
                    + "use one of these, offset=earliest or offset=latest")
        case .invalidRecord(let reason):
            self.init(.unprocessableContent, "invalid_record", reason)
        case .duplicateRecords:
            self.init(.conflict, "duplicate_record", "the topic has the record already")
        case .gateClosed(let reason):
            self.init(.serviceUnavailable, "plugin_failed", reason)
            headers[.retryAfter] = "1"
        case .recordsWithoutKey:
            self.init(.unprocessableContent, "invalid_record", "the topic is compacted: every record needs a key")
        case .damaged(let offset, let reason):
            let place = offset < 0 ? "" : " at offset \(offset)"
            self.init(
                .internalServerError, "damaged_log",
                "stored records\(place) fail their check (\(reason)): see /readyz, restore the file from a copy")
        case .disk(let error):
            self.init(.serviceUnavailable, error.isOutOfSpace ? "disk_full" : "disk_failed", error.description)
        case .offline(let reason):
            self.init(.serviceUnavailable, "log_offline", reason)
        case .deleted(let log):
            self.init(.notFound, "unknown_topic", "the topic of log \(log) was deleted")
        case .corruptBatch, .inflatesTooFar, .unsupportedCodec, .producerFenced, .sequenceOutOfOrder,
            .transactionsUnsupported:
            self.init(.internalServerError, "internal", "the batch made of the records was refused: \(error)")
        }
    }

    /// Anything that a route may throw.
    init(any error: any Error) {
        switch error {
        case let error as AdminError: self = error
        case let error as BrokerError: self.init(error)
        case let error as LogError: self.init(error)
        case let error as DiskError: self.init(.disk(error))
        case let error as RecordError: self.init(.damaged(offset: -1, reason: "\(error)"))
        case is NIOThreadPoolError.ThreadPoolInactive, is CancellationError: self.init(.shuttingDown)
        case let error as any HTTPResponseError:
            self.init(
                error.status, error.status.reasonPhrase.lowercased().replacing(" ", with: "_"),
                "\(error.status.code) \(error.status.reasonPhrase)")
        default:
            self.init(.internalServerError, "internal", "the request failed inside the server; its log has the cause")
        }
    }
}
