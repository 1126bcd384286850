// Generated from Descriptors/Metadata.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the brokers, topics and partition leaders of the cluster.
///
/// Covers versions 0–12, flexible from 9.
public struct MetadataRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = MetadataResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .metadata }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...12 }

    /// The topics; where it may be nil, nil stands for all (nil only in versions 1–12, elsewhere written as empty).
    public var topics: [Topic]?
    /// Whether topics that do not exist may be created (versions 4–12).
    public var allowAutoTopicCreation: Bool
    /// Whether to answer with the operations the client may do on the cluster (versions 8–10).
    public var includeClusterAuthorizedOperations: Bool
    /// Whether to answer with the operations the client may do on each topic (versions 8–12).
    public var includeTopicAuthorizedOperations: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic]? = nil,
        allowAutoTopicCreation: Bool = true,
        includeClusterAuthorizedOperations: Bool = false,
        includeTopicAuthorizedOperations: Bool = false
    ) {
        self.topics = topics
        self.allowAutoTopicCreation = allowAutoTopicCreation
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.includeTopicAuthorizedOperations = includeTopicAuthorizedOperations
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 9
        let topicsCount = try reader.readNullableArrayCount(
            compact: flexible, elementBytesMin: 2, nullable: version >= 1)
        if let topicsCount {
            var topics: [Topic] = []
            topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                topics.append(try Topic(from: &reader, version: version))
            }
            self.topics = topics
        }
        if version >= 4 {
            self.allowAutoTopicCreation = try reader.readBool()
        }
        if version >= 8 && version <= 10 {
            self.includeClusterAuthorizedOperations = try reader.readBool()
        }
        if version >= 8 {
            self.includeTopicAuthorizedOperations = try reader.readBool()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 9
        if let topics = self.topics {
            buffer.writeArrayCount(topics.count, compact: flexible)
            for element in topics {
                element.encode(to: &buffer, version: version)
            }
        } else {
            buffer.writeNullArray(compact: flexible, nullable: version >= 1)
        }
        if version >= 4 {
            buffer.writeWireBool(self.allowAutoTopicCreation)
        }
        if version >= 8 && version <= 10 {
            buffer.writeWireBool(self.includeClusterAuthorizedOperations)
        }
        if version >= 8 {
            buffer.writeWireBool(self.includeTopicAuthorizedOperations)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–12.
    public struct Topic: Sendable, Equatable {
        /// The id of the topic; zero if it is named instead (versions 10–12).
        public var topicID: KafkaUUID
        /// The name (nil only in versions 10–12, elsewhere written as empty).
        public var name: String?

        /// Memberwise; every field may be left at its default.
        public init(
            topicID: KafkaUUID = .zero,
            name: String? = nil
        ) {
            self.topicID = topicID
            self.name = name
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            if version >= 10 {
                self.topicID = try reader.readUUID()
            }
            self.name = try reader.readNullableString(compact: flexible, nullable: version >= 10)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            if version >= 10 {
                buffer.writeUUID(self.topicID)
            }
            buffer.writeNullableWireString(self.name, compact: flexible, nullable: version >= 10)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
