// Generated from Descriptors/OffsetCommit.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Stores the positions of a consumer group.
///
/// Covers versions 1–9, flexible from 8.
public struct OffsetCommitRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = OffsetCommitResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .offsetCommit }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 1...9 }

    /// The consumer group.
    public var groupID: String
    /// The generation of the group; -1 outside of one.
    public var generationID: Int32
    /// The id that the coordinator gave the member; empty before it has one.
    public var memberID: String
    /// The name of a static member; nil for a dynamic one (versions 7–9).
    public var groupInstanceID: String?
    /// Milliseconds to keep the offsets; -1 for the broker's default (versions 2–4).
    public var retentionTimeMS: Int64
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        generationID: Int32 = -1,
        memberID: String = "",
        groupInstanceID: String? = nil,
        retentionTimeMS: Int64 = -1,
        topics: [Topic] = []
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.retentionTimeMS = retentionTimeMS
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 8
        self.groupID = try reader.readString(compact: flexible)
        self.generationID = try reader.readInt32()
        self.memberID = try reader.readString(compact: flexible)
        if version >= 7 {
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
        }
        if version >= 2 && version <= 4 {
            self.retentionTimeMS = try reader.readInt64()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
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
        let flexible = version >= 8
        buffer.writeWireString(self.groupID, compact: flexible)
        buffer.writeInteger(self.generationID)
        buffer.writeWireString(self.memberID, compact: flexible)
        if version >= 7 {
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
        }
        if version >= 2 && version <= 4 {
            buffer.writeInteger(self.retentionTimeMS)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 1–9.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The partitions.
        public var partitions: [Partition]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitions: [Partition] = []
        ) {
            self.name = name
            self.partitions = partitions
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 8
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 14)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try Partition(from: &reader, version: version))
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 8
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeArrayCount(self.partitions.count, compact: flexible)
            for element in self.partitions {
                element.encode(to: &buffer, version: version)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 1–9.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The next offset to consume; -1 if none is stored.
        public var committedOffset: Int64
        /// The leader epoch of the last record consumed; -1 if unknown (versions 6–9).
        public var committedLeaderEpoch: Int32
        /// Milliseconds since 1970; -1 for the time of arrival (version 1).
        public var commitTimestamp: Int64
        /// Text kept beside the offset.
        public var committedMetadata: String?

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            commitTimestamp: Int64 = -1,
            committedMetadata: String? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.commitTimestamp = commitTimestamp
            self.committedMetadata = committedMetadata
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 8
            self.partitionIndex = try reader.readInt32()
            self.committedOffset = try reader.readInt64()
            if version >= 6 {
                self.committedLeaderEpoch = try reader.readInt32()
            }
            if version <= 1 {
                self.commitTimestamp = try reader.readInt64()
            }
            self.committedMetadata = try reader.readNullableString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 8
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.committedOffset)
            if version >= 6 {
                buffer.writeInteger(self.committedLeaderEpoch)
            }
            if version <= 1 {
                buffer.writeInteger(self.commitTimestamp)
            }
            buffer.writeNullableWireString(self.committedMetadata, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
