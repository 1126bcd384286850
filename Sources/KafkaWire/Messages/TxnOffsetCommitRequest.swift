// Generated from Descriptors/TxnOffsetCommit.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Stores positions of a group that count once the transaction commits.
///
/// Covers versions 0–3, flexible from 3.
public struct TxnOffsetCommitRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = TxnOffsetCommitResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .txnOffsetCommit }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// The name under which a producer's transactions continue after a restart; nil without transactions.
    public var transactionalID: String
    /// The consumer group.
    public var groupID: String
    /// The producer's id; -1 for none.
    public var producerID: Int64
    /// The epoch that fences older producers of the same id; -1 for none.
    public var producerEpoch: Int16
    /// The generation of the group; -1 outside of one (version 3).
    public var generationID: Int32
    /// The id that the coordinator gave the member; empty before it has one (version 3).
    public var memberID: String
    /// The name of a static member; nil for a dynamic one (version 3).
    public var groupInstanceID: String?
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        transactionalID: String = "",
        groupID: String = "",
        producerID: Int64 = 0,
        producerEpoch: Int16 = 0,
        generationID: Int32 = -1,
        memberID: String = "",
        groupInstanceID: String? = nil,
        topics: [Topic] = []
    ) {
        self.transactionalID = transactionalID
        self.groupID = groupID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        self.transactionalID = try reader.readString(compact: flexible)
        self.groupID = try reader.readString(compact: flexible)
        self.producerID = try reader.readInt64()
        self.producerEpoch = try reader.readInt16()
        if version >= 3 {
            self.generationID = try reader.readInt32()
            self.memberID = try reader.readString(compact: flexible)
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
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
        let flexible = version >= 3
        buffer.writeWireString(self.transactionalID, compact: flexible)
        buffer.writeWireString(self.groupID, compact: flexible)
        buffer.writeInteger(self.producerID)
        buffer.writeInteger(self.producerEpoch)
        if version >= 3 {
            buffer.writeInteger(self.generationID)
            buffer.writeWireString(self.memberID, compact: flexible)
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–3.
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
            let flexible = version >= 3
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
            let flexible = version >= 3
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

    /// A structure of versions 0–3.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The next offset to consume; -1 if none is stored.
        public var committedOffset: Int64
        /// The leader epoch of the last record consumed; -1 if unknown (versions 2–3).
        public var committedLeaderEpoch: Int32
        /// Text kept beside the offset.
        public var committedMetadata: String?

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = 0,
            committedLeaderEpoch: Int32 = -1,
            committedMetadata: String? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.committedMetadata = committedMetadata
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 3
            self.partitionIndex = try reader.readInt32()
            self.committedOffset = try reader.readInt64()
            if version >= 2 {
                self.committedLeaderEpoch = try reader.readInt32()
            }
            self.committedMetadata = try reader.readNullableString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 3
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.committedOffset)
            if version >= 2 {
                buffer.writeInteger(self.committedLeaderEpoch)
            }
            buffer.writeNullableWireString(self.committedMetadata, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
