// Generated from Descriptors/DeleteTopics.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Deletes topics, by name or from version 6 by id.
///
/// Covers versions 0–6, flexible from 4.
public struct DeleteTopicsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DeleteTopicsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .deleteTopics }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...6 }

    /// The topics; where it may be nil, nil stands for all (version 6).
    public var topics: [Topic]
    /// The topics (versions 0–5).
    public var topicNames: [String]
    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic] = [],
        topicNames: [String] = [],
        timeoutMS: Int32 = 0
    ) {
        self.topics = topics
        self.topicNames = topicNames
        self.timeoutMS = timeoutMS
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        if version >= 6 {
            let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 18)
            self.topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                self.topics.append(try Topic(from: &reader, version: version))
            }
        }
        if version <= 5 {
            let topicNamesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
            self.topicNames.reserveCapacity(topicNamesCount)
            for _ in 0..<topicNamesCount {
                self.topicNames.append(try reader.readString(compact: flexible))
            }
        }
        self.timeoutMS = try reader.readInt32()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        if version >= 6 {
            buffer.writeArrayCount(self.topics.count, compact: flexible)
            for element in self.topics {
                element.encode(to: &buffer, version: version)
            }
        }
        if version <= 5 {
            buffer.writeArrayCount(self.topicNames.count, compact: flexible)
            for element in self.topicNames {
                buffer.writeWireString(element, compact: flexible)
            }
        }
        buffer.writeInteger(self.timeoutMS)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of version 6.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String?
        /// The id of the topic; zero if it is named instead.
        public var topicID: KafkaUUID

        /// Memberwise; every field may be left at its default.
        public init(
            name: String? = nil,
            topicID: KafkaUUID = .zero
        ) {
            self.name = name
            self.topicID = topicID
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.name = try reader.readNullableString(compact: true)
            self.topicID = try reader.readUUID()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeNullableWireString(self.name, compact: true)
            buffer.writeUUID(self.topicID)
            buffer.writeUnsignedVarint(0)
        }
    }
}
