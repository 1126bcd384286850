// Generated from Descriptors/OffsetFetch.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Reads the stored positions of one group, or of many from version 8.
///
/// Covers versions 1–9, flexible from 6.
public struct OffsetFetchResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 1...9 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 3–9).
    public var throttleTimeMS: Int32
    /// The topics; where it may be nil, nil stands for all (versions 1–7).
    public var topics: [Topic]
    /// A `KafkaError`; 0 for none (versions 2–7).
    public var errorCode: Int16
    /// The consumer groups (versions 8–9).
    public var groups: [Group]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        topics: [Topic] = [],
        errorCode: Int16 = 0,
        groups: [Group] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.topics = topics
        self.errorCode = errorCode
        self.groups = groups
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 6
        if version >= 3 {
            self.throttleTimeMS = try reader.readInt32()
        }
        if version <= 7 {
            let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                self.topics.append(try Topic(from: &reader, version: version))
            }
        }
        if version >= 2 && version <= 7 {
            self.errorCode = try reader.readInt16()
        }
        if version >= 8 {
            let groupsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 5)
            self.groups.reserveCapacity(groupsCount)
            for _ in 0..<groupsCount {
                self.groups.append(try Group(from: &reader, version: version))
            }
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 6
        if version >= 3 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        if version <= 7 {
            buffer.writeArrayCount(self.topics.count, compact: flexible)
            for element in self.topics {
                element.encode(to: &buffer, version: version)
            }
        }
        if version >= 2 && version <= 7 {
            buffer.writeInteger(self.errorCode)
        }
        if version >= 8 {
            buffer.writeArrayCount(self.groups.count, compact: flexible)
            for element in self.groups {
                element.encode(to: &buffer, version: version)
            }
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
            let flexible = version >= 6
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 16)
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
            let flexible = version >= 6
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
        /// The leader epoch of the last record consumed; -1 if unknown (versions 5–9).
        public var committedLeaderEpoch: Int32
        /// In groups, bytes that the group's protocol defines; with offsets, text kept beside the offset.
        public var metadata: String?
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            committedOffset: Int64 = -1,
            committedLeaderEpoch: Int32 = -1,
            metadata: String? = nil,
            errorCode: Int16 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.metadata = metadata
            self.errorCode = errorCode
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 6
            self.partitionIndex = try reader.readInt32()
            self.committedOffset = try reader.readInt64()
            if version >= 5 {
                self.committedLeaderEpoch = try reader.readInt32()
            }
            self.metadata = try reader.readNullableString(compact: flexible)
            self.errorCode = try reader.readInt16()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 6
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.committedOffset)
            if version >= 5 {
                buffer.writeInteger(self.committedLeaderEpoch)
            }
            buffer.writeNullableWireString(self.metadata, compact: flexible)
            buffer.writeInteger(self.errorCode)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 8–9.
    public struct Group: Sendable, Equatable {
        /// The consumer group.
        public var groupID: String
        /// The topics; where it may be nil, nil stands for all.
        public var topics: [Topic]
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            groupID: String = "",
            topics: [Topic] = [],
            errorCode: Int16 = 0
        ) {
            self.groupID = groupID
            self.topics = topics
            self.errorCode = errorCode
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.groupID = try reader.readString(compact: true)
            let topicsCount = try reader.readArrayCount(compact: true, elementBytesMin: 3)
            self.topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                self.topics.append(try Topic(from: &reader, version: version))
            }
            self.errorCode = try reader.readInt16()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.groupID, compact: true)
            buffer.writeArrayCount(self.topics.count, compact: true)
            for element in self.topics {
                element.encode(to: &buffer, version: version)
            }
            buffer.writeInteger(self.errorCode)
            buffer.writeUnsignedVarint(0)
        }
    }
}
