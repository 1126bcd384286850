import BrokerEngine
import Foundation
import Hummingbird
import LogStorage
import Replication

extension AdminService {
    /// `/v1/topics`: which topics there are. `/v1/topics/{topic}`: one of them with its partitions and settings.
    func addTopicRoutes(to router: Router<AdminRequestContext>) {
        router.get("/v1/topics") { request, _ in
            _ = try QueryParameters(request.uri.query, known: [])
            return try await self.blocking { try Response.json(TopicsAnswer(topics: self.broker.topics)) }
        }
        router.get("/v1/topics/:topic") { request, context in
            _ = try QueryParameters(request.uri.query, known: [])
            let topic = try self.topic(in: context)
            return try await self.blocking { try Response.json(TopicAnswer(topic)) }
        }
    }
}

private struct TopicsAnswer: Encodable {
    struct Entry: Encodable {
        var name: String
        var partitionCount: Int
        var `internal`: Bool
    }

    var topics: [Entry]

    init(topics: [Topic]) {
        self.topics = topics.map {
            Entry(name: $0.name, partitionCount: $0.partitions.count, internal: $0.isInternal)
        }
    }
}

private struct TopicAnswer: Encodable {
    struct Partition: Encodable {
        var partition: Int32
        var leaderEpoch: Int32
        var logStartOffset: Int64
        /// Where records end that may be read.
        var committedOffset: Int64
        /// Where records end that were written.
        var logEndOffset: Int64
        var sizeBytes: Int64
        var segmentCount: Int
        var producerCount: Int
        var damages: [DamagedLog]
    }

    var name: String
    /// As Kafka writes it: 16 bytes in base64url.
    var id: String
    var `internal`: Bool
    /// Those that were given; the others have their defaults.
    var settings: [String: String]
    var partitions: [Partition]

    init(_ topic: Topic) {
        name = topic.name
        id = topic.id.base64URL
        self.internal = topic.isInternal
        settings = topic.settings
        partitions = topic.partitions.map { partition in
            let figures = partition.log.figures
            return Partition(
                partition: partition.index, leaderEpoch: partition.log.leaderEpoch,
                logStartOffset: figures.extent.logStartOffset, committedOffset: figures.extent.committedOffset,
                logEndOffset: figures.extent.endOffset, sizeBytes: figures.sizeBytes,
                segmentCount: figures.segmentCount, producerCount: figures.producerCount,
                damages: figures.damages.map { DamagedLog(log: partition.log.name, damage: $0) })
        }
    }
}

extension TopicID {
    /// The form in which Kafka's tools show and take it.
    var base64URL: String {
        let bytes = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }
}

/// A stretch of a log's file that recovery found invalid.
private struct DamagedLog: Encodable {
    var topic: String
    var partition: Int32
    /// `torn_tail` for what was cut and is no loss, `rot` for records lost in place, `quarantined` for what was cut off
    /// and kept aside: the log itself is sound.
    var kind: String
    var description: String

    init(log: LogName, damage: LogDamage) {
        topic = log.topic
        partition = log.partition
        kind =
            switch damage.kind {
            case .tornTail: "torn_tail"
            case .rot: "rot"
            case .quarantined: "quarantined"
            }
        description = damage.description
    }
}
