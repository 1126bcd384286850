public import Foundation

/// How a topic's messages are delivered. The names are stored on disk and typed by users: never rename.
public enum TopicKind: String, Equatable, Sendable, CaseIterable {
    case normal
    /// Messages of one group are delivered one after the other.
    case fifo
    /// Messages become visible at a time that they name.
    case delay
    /// Messages become visible when their producer commits them.
    case transaction
}

/// A topic as the catalog knows it.
public struct CatalogTopic: Equatable, Sendable {
    public var name: String
    /// Not shared with a topic of the same name created later.
    public var id: UUID
    public var partitionCount: Int32
    public var kind: TopicKind
    /// The settings given, by Kafka's names; the others have their defaults.
    public var config: [String: String]
    /// Whether the topic is the broker's own.
    public var isInternal: Bool

    public init(
        name: String, id: UUID, partitionCount: Int32, kind: TopicKind = .normal, config: [String: String],
        isInternal: Bool
    ) {
        self.name = name
        self.id = id
        self.partitionCount = partitionCount
        self.kind = kind
        self.config = config
        self.isInternal = isInternal
    }
}

/// What the records of the `__metadata` log add up to.
public struct Catalog: Equatable, Sendable {
    /// By name.
    public internal(set) var topics: [String: CatalogTopic] = [:]
    /// The broker's settings given at run time, by Kafka's names.
    public internal(set) var brokerConfig: [String: String] = [:]
    /// Producer ids from here on are free.
    public internal(set) var producerIDsEnd: Int64 = 0

    /// The catalog of an empty log.
    public init() {}

    /// Follows a change. One that speaks of a topic that does not exist has no effect: where a log was compacted, the
    /// record that created the topic may be gone while one that changed it is still there.
    public mutating func apply(_ record: MetadataRecord) {
        switch record {
        case .topicCreated(let topic): topics[topic.name] = topic
        case .partitionsAdded(let topic, let count): topics[topic]?.partitionCount = count
        case .topicConfigChanged(let topic, let config): topics[topic]?.config = config
        case .topicDeleted(let name): topics[name] = nil
        case .brokerConfigChanged(let config): brokerConfig = config
        case .producerIDsReserved(let end): producerIDsEnd = max(producerIDsEnd, end)
        }
    }
}
