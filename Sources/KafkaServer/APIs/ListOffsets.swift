import BrokerEngine
import KafkaWire
import LogStorage
import Replication
import Synchronization

/// Timestamps that stand for places, not times.
private enum ListOffsetsTimestamp {
    static let latest: Int64 = -1
    static let earliest: Int64 = -2
    static let newestRecord: Int64 = -3
}

extension RequestDispatcher {
    /// ListOffsets: the start, the end, or the first record at or after a time. Times are looked up on a thread that may
    /// wait, as records are read for them. A partition named again is an invalid request, as with Kafka.
    func listOffsets(_ request: ListOffsetsRequest, _ call: RequestCall) {
        let broker = broker
        let needsRecords = request.topics.contains { topic in
            topic.partitions.contains {
                $0.timestamp != ListOffsetsTimestamp.latest && $0.timestamp != ListOffsetsTimestamp.earliest
            }
        }
        let answerAll: @Sendable () -> ListOffsetsResponse = {
            // A search may have to inflate a batch: one for each partition, and none for a client that is gone.
            var seen: Set<LogName> = []
            return ListOffsetsResponse(
                topics: request.topics.map { topic in
                    .init(
                        name: topic.name,
                        partitions: topic.partitions.map { wanted in
                            let isFirst = seen.insert(LogName(topic: topic.name, partition: wanted.partitionIndex))
                                .inserted
                            guard isFirst, !self.isClosed.load(ordering: .relaxed) else {
                                return .init(
                                    partitionIndex: wanted.partitionIndex,
                                    errorCode: KafkaError.invalidRequest.rawValue, timestamp: -1, offset: -1,
                                    leaderEpoch: -1)
                            }
                            return RequestDispatcher.offset(of: wanted, topic: topic.name, broker: broker)
                        })
                })
        }
        if needsRecords {
            answerFromPool(call, ListOffsetsRequest.self, service.inflatingPool, answerAll)
        } else {
            answer(call, ListOffsetsRequest.self, answerAll())
        }
    }

    private static func offset(of wanted: ListOffsetsRequest.Partition, topic: String, broker: Broker)
        -> ListOffsetsResponse.Partition
    {
        var found = ListOffsetsResponse.Partition(
            partitionIndex: wanted.partitionIndex, timestamp: -1, offset: -1, leaderEpoch: -1)
        guard let log = try? broker.topic(topic)?.partition(wanted.partitionIndex).log else {
            found.errorCode = KafkaError.unknownTopicOrPartition.rawValue
            return found
        }
        if let error = log.epochError(wanted.currentLeaderEpoch) {
            found.errorCode = error.rawValue
            return found
        }
        do {
            let extent = log.extent
            switch wanted.timestamp {
            case ListOffsetsTimestamp.latest:
                found.offset = extent.committedOffset
                found.leaderEpoch = log.leaderEpoch
            case ListOffsetsTimestamp.earliest:
                found.offset = extent.logStartOffset
                found.leaderEpoch = log.epoch(at: extent.logStartOffset) ?? log.leaderEpoch
            case ListOffsetsTimestamp.newestRecord:
                take(try log.search(fromTimeMS: .min).newest())
            case 0...:
                take(try log.search(fromTimeMS: wanted.timestamp).first(atOrAfter: wanted.timestamp))
            default:
                found.errorCode = KafkaError.unsupportedVersion.rawValue
            }
        } catch {
            found.errorCode = KafkaError(error).rawValue
        }
        func take(_ record: TimestampedOffset?) {
            guard let record else { return }
            found.offset = record.offset
            found.timestamp = record.timestampMS
            found.leaderEpoch = record.leaderEpoch
        }
        return found
    }

    /// OffsetForLeaderEpoch (KIP-101, KIP-320): where the history a client knows ends in ours.
    func offsetForLeaderEpoch(_ request: OffsetForLeaderEpochRequest, _ call: RequestCall) {
        let topics = request.topics.map { topic in
            OffsetForLeaderEpochResponse.Topic(
                name: topic.name,
                partitions: topic.partitions.map { wanted in
                    var found = OffsetForLeaderEpochResponse.Partition(
                        partitionIndex: wanted.partitionIndex, leaderEpoch: -1, endOffset: -1)
                    guard let log = try? broker.topic(topic.name)?.partition(wanted.partitionIndex).log else {
                        found.errorCode = KafkaError.unknownTopicOrPartition.rawValue
                        return found
                    }
                    if let error = log.epochError(wanted.currentLeaderEpoch) {
                        found.errorCode = error.rawValue
                    } else if let end = log.epochEnd(of: wanted.leaderEpoch) {
                        found.leaderEpoch = end.epoch
                        found.endOffset = end.endOffset
                    }
                    return found
                })
        }
        answer(call, OffsetForLeaderEpochRequest.self, OffsetForLeaderEpochResponse(topics: topics))
    }
}
