public import Foundation

/// A topic as the catalog knows it.
public struct CatalogTopic: Equatable, Sendable {
    public var name: String
    /// Not shared with a topic of the same name created later.
    public var id: UUID
    public var partitionCount: Int32
    /// The settings given, by Kafka's names.
    public var config: [String: String]
    public var isInternal: Bool

    public init(name: String, id: UUID, partitionCount: Int32, config: [String: String], isInternal: Bool) {
        self.name = name
        self.id = id
        self.partitionCount = partitionCount
        self.config = config
        self.isInternal = isInternal
    }
}

/// What the records of the `__metadata` log add up to.
public struct Catalog: Equatable, Sendable {
    /// By name.
    public internal(set) var topics: [String: CatalogTopic] = [:]
    public internal(set) var brokerConfig: [String: String] = [:]
    /// Producer ids from here on are free.
    public internal(set) var producerIDsEnd: Int64 = 0

    public init() {}

    /// Follows a change. One that speaks of a topic that does not exist has no effect: the log holds its deletion too.
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
