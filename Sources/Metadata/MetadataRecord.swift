import Foundation

// A record of the `__metadata` log. Stored on disk: fields and changes are added, never renamed.
//
//     change                 key                       value, JSON with sorted names
//     topic-created          topic/NAME                {"change", "config", "id", "isInternal", "kind", "partitions",
//                                                       "topic", "version"}
//     partitions-added       topic-partitions/NAME     {"change", "partitions", "topic", "version"}
//     topic-config-changed   topic-config/NAME         {"change", "config", "topic", "version"}
//     topic-deleted          topic/NAME                {"change", "topic", "version"}
//     broker-config-changed  broker-config             {"change", "config", "version"}
//     producer-ids-reserved  producer-ids              {"change", "end", "version"}
//
// A value says all that holds under its key from then on, so a log that keeps only the newest record of each key adds
// up to the same catalog. For that, what changes a topic has a key of its own: under the creation's it would replace it.

/// One change of the catalog.
public enum MetadataRecord: Equatable, Sendable {
    case topicCreated(CatalogTopic)
    /// The topic has this many partitions in all.
    case partitionsAdded(topic: String, count: Int32)
    /// The settings that the topic has from now on; those not named have their defaults.
    case topicConfigChanged(topic: String, config: [String: String])
    case topicDeleted(name: String)
    /// The broker's settings given at run time, all of them.
    case brokerConfigChanged(config: [String: String])
    /// Producer ids below this are given out or lost.
    case producerIDsReserved(end: Int64)
}

extension MetadataRecord {
    /// Version of the values that this program writes, and the highest that it reads.
    static let version = 1

    private struct Value: Codable {
        var version: Int
        var change: String
        var topic: String?
        var id: String?
        var partitions: Int32?
        var kind: String?
        var config: [String: String]?
        var isInternal: Bool?
        var end: Int64?
    }

    /// What the record is about, in UTF-8: a later record of the same key makes an earlier one superfluous.
    public var key: [UInt8] {
        switch self {
        case .topicCreated(let topic): Array("topic/\(topic.name)".utf8)
        case .partitionsAdded(let topic, _): Array("topic-partitions/\(topic)".utf8)
        case .topicConfigChanged(let topic, _): Array("topic-config/\(topic)".utf8)
        case .topicDeleted(let name): Array("topic/\(name)".utf8)
        case .brokerConfigChanged: Array("broker-config".utf8)
        case .producerIDsReserved: Array("producer-ids".utf8)
        }
    }

    /// What holds from now on, as JSON in UTF-8; the same record always gives the same bytes.
    public var value: [UInt8] {
        get throws(MetadataError) {
            var value = Value(version: MetadataRecord.version, change: "")
            switch self {
            case .topicCreated(let topic):
                value.change = "topic-created"
                value.topic = topic.name
                value.id = topic.id.uuidString
                value.partitions = topic.partitionCount
                value.kind = topic.kind.rawValue
                value.config = topic.config
                value.isInternal = topic.isInternal
            case .partitionsAdded(let topic, let count):
                value.change = "partitions-added"
                value.topic = topic
                value.partitions = count
            case .topicConfigChanged(let topic, let config):
                value.change = "topic-config-changed"
                value.topic = topic
                value.config = config
            case .topicDeleted(let name):
                value.change = "topic-deleted"
                value.topic = name
            case .brokerConfigChanged(let config):
                value.change = "broker-config-changed"
                value.config = config
            case .producerIDsReserved(let end):
                value.change = "producer-ids-reserved"
                value.end = end
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do {
                return Array(try encoder.encode(value))
            } catch {
                throw .unreadableRecord(key: String(decoding: key, as: UTF8.self), reason: "no JSON of it: \(error)")
            }
        }
    }

    /// Reads a record back. Throws `unreadableRecord` for one of a newer program and for one that was tampered with.
    public init(key: [UInt8], value bytes: [UInt8]) throws(MetadataError) {
        let keyText = String(decoding: key, as: UTF8.self)
        func unreadable(_ reason: String) -> MetadataError { .unreadableRecord(key: keyText, reason: reason) }
        func required<Field>(_ field: Field?, _ name: String, of change: String) throws(MetadataError) -> Field {
            guard let field else { throw unreadable("change '\(change)' lacks the field '\(name)'") }
            return field
        }
        // The version comes first: the fields of a later one may differ in everything else.
        struct Version: Decodable { var version: Int }
        let value: Value
        do {
            let version = try JSONDecoder().decode(Version.self, from: Data(bytes)).version
            guard (1...MetadataRecord.version).contains(version) else {
                throw unreadable(
                    "format \(version) is not known, only 1 to \(MetadataRecord.version): use a newer program")
            }
            value = try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch let error as MetadataError {
            throw error
        } catch {
            throw unreadable("its value of \(bytes.count) bytes is not the JSON expected: \(error)")
        }
        let change = value.change
        switch change {
        case "topic-created":
            let id = try required(value.id, "id", of: change)
            guard let id = UUID(uuidString: id) else { throw unreadable("'\(id)' is not a UUID") }
            let kind = try required(value.kind, "kind", of: change)
            guard let kind = TopicKind(rawValue: kind) else {
                throw unreadable("topic kind '\(kind)' is not known: use a newer program")
            }
            self = .topicCreated(
                CatalogTopic(
                    name: try required(value.topic, "topic", of: change), id: id,
                    partitionCount: try required(value.partitions, "partitions", of: change), kind: kind,
                    config: try required(value.config, "config", of: change),
                    isInternal: try required(value.isInternal, "isInternal", of: change)))
        case "partitions-added":
            self = .partitionsAdded(
                topic: try required(value.topic, "topic", of: change),
                count: try required(value.partitions, "partitions", of: change))
        case "topic-config-changed":
            self = .topicConfigChanged(
                topic: try required(value.topic, "topic", of: change),
                config: try required(value.config, "config", of: change))
        case "topic-deleted":
            self = .topicDeleted(name: try required(value.topic, "topic", of: change))
        case "broker-config-changed":
            self = .brokerConfigChanged(config: try required(value.config, "config", of: change))
        case "producer-ids-reserved":
            self = .producerIDsReserved(end: try required(value.end, "end", of: change))
        default:
            throw unreadable("change '\(change)' is not known: use a newer program")
        }
        guard self.key == key else {
            throw unreadable("its value speaks of '\(String(decoding: self.key, as: UTF8.self))'")
        }
    }
}
