import Foundation

/// One change of the catalog, as it stands in the `__metadata` log: the key names what it is about, the value says what
/// holds of it, as JSON with the format's version. Stored on disk: fields are added, never renamed.
public enum MetadataRecord: Equatable, Sendable {
    case topicCreated(CatalogTopic)
    /// The topic has this many partitions in all.
    case partitionsAdded(topic: String, count: Int32)
    /// The settings that the topic has from now on; those not named have their defaults.
    case topicConfigChanged(topic: String, config: [String: String])
    case topicDeleted(name: String)
    /// The broker's dynamic settings from now on.
    case brokerConfigChanged(config: [String: String])
    /// Producer ids below this are given out or lost.
    case producerIDsReserved(end: Int64)
}

/// A record of the `__metadata` log that this program cannot read.
public struct MetadataRecordError: Error, Equatable, CustomStringConvertible {
    public var key: String
    public var reason: String
    public var description: String { "catalog record '\(key)': \(reason)" }
}

extension MetadataRecord {
    /// Version of the JSON below.
    private static let version = 1

    private struct Value: Codable {
        var version: Int
        var change: String
        var topic: String?
        var id: String?
        var partitions: Int32?
        var config: [String: String]?
        var isInternal: Bool?
        var end: Int64?
    }

    /// What the record is about: a later record of the same key follows on an earlier one.
    public var key: [UInt8] {
        switch self {
        case .topicCreated(let topic): Array("topic/\(topic.name)".utf8)
        case .partitionsAdded(let topic, _): Array("topic/\(topic)".utf8)
        case .topicConfigChanged(let topic, _): Array("topic-config/\(topic)".utf8)
        case .topicDeleted(let name): Array("topic/\(name)".utf8)
        case .brokerConfigChanged: Array("broker-config".utf8)
        case .producerIDsReserved: Array("producer-ids".utf8)
        }
    }

    public var value: [UInt8] {
        get throws {
            var value = Value(version: MetadataRecord.version, change: "")
            switch self {
            case .topicCreated(let topic):
                value.change = "topic-created"
                value.topic = topic.name
                value.id = topic.id.uuidString
                value.partitions = topic.partitionCount
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
            encoder.outputFormatting = [.sortedKeys]
            return Array(try encoder.encode(value))
        }
    }

    /// Reads a record back.
    public init(key: [UInt8], value bytes: [UInt8]) throws(MetadataRecordError) {
        let key = String(decoding: key, as: UTF8.self)
        let value: Value
        do { value = try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw MetadataRecordError(key: key, reason: "its value is not the JSON expected: \(error)")
        }
        guard value.version <= MetadataRecord.version else {
            throw MetadataRecordError(
                key: key, reason: "format \(value.version) is newer than \(MetadataRecord.version): use a newer program")
        }
        switch (value.change, value.topic) {
        case ("topic-created", let name?):
            guard let id = value.id.flatMap(UUID.init(uuidString:)), let partitions = value.partitions else { break }
            self = .topicCreated(
                CatalogTopic(
                    name: name, id: id, partitionCount: partitions, config: value.config ?? [:],
                    isInternal: value.isInternal ?? false))
            return
        case ("partitions-added", let topic?):
            guard let count = value.partitions else { break }
            self = .partitionsAdded(topic: topic, count: count)
            return
        case ("topic-config-changed", let topic?):
            self = .topicConfigChanged(topic: topic, config: value.config ?? [:])
            return
        case ("topic-deleted", let name?):
            self = .topicDeleted(name: name)
            return
        case ("broker-config-changed", _):
            self = .brokerConfigChanged(config: value.config ?? [:])
            return
        case ("producer-ids-reserved", _):
            guard let end = value.end else { break }
            self = .producerIDsReserved(end: end)
            return
        default:
            throw MetadataRecordError(key: key, reason: "unknown change '\(value.change)': use a newer program")
        }
        throw MetadataRecordError(key: key, reason: "change '\(value.change)' lacks a field")
    }
}
