// Generated from Descriptors/DeleteTopics.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Deletes topics, by name or from version 6 by id.
///
/// Covers versions 0–6, flexible from 4.
public struct DeleteTopicsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...6 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–6).
    public var throttleTimeMS: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        topics: [Topic] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–6.
    public struct Topic: Sendable, Equatable {
        /// The name (nil only in version 6, elsewhere written as empty).
        public var name: String?
        /// The id of the topic; zero if it is named instead (version 6).
        public var topicID: KafkaUUID
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The error in words (versions 5–6).
        public var errorMessage: String?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String? = nil,
            topicID: KafkaUUID = .zero,
            errorCode: Int16 = 0,
            errorMessage: String? = nil
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.name = try reader.readNullableString(compact: flexible, nullable: version >= 6)
            if version >= 6 {
                self.topicID = try reader.readUUID()
            }
            self.errorCode = try reader.readInt16()
            if version >= 5 {
                self.errorMessage = try reader.readNullableString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeNullableWireString(self.name, compact: flexible, nullable: version >= 6)
            if version >= 6 {
                buffer.writeUUID(self.topicID)
            }
            buffer.writeInteger(self.errorCode)
            if version >= 5 {
                buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
