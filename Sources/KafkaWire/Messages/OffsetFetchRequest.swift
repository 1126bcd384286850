// Generated from Descriptors/OffsetFetch.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Reads the stored positions of one group, or of many from version 8.
///
/// Covers versions 1–9, flexible from 6.
public struct OffsetFetchRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = OffsetFetchResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .offsetFetch }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 1...9 }

    /// The consumer group (versions 1–7).
    public var groupID: String
    /// The topics; where it may be nil, nil stands for all (versions 1–7; nil only in versions 2–7, elsewhere written
    /// as empty).
    public var topics: [Topic]?
    /// The consumer groups (versions 8–9).
    public var groups: [Group]
    /// Whether to refuse offsets that an open transaction may still change (versions 7–9).
    public var requireStable: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        topics: [Topic]? = nil,
        groups: [Group] = [],
        requireStable: Bool = false
    ) {
        self.groupID = groupID
        self.topics = topics
        self.groups = groups
        self.requireStable = requireStable
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 6
        if version <= 7 {
            self.groupID = try reader.readString(compact: flexible)
            let topicsCount = try reader.readNullableArrayCount(
                compact: flexible, elementBytesMin: 3, nullable: version >= 2)
            if let topicsCount {
                var topics: [Topic] = []
                topics.reserveCapacity(topicsCount)
                for _ in 0..<topicsCount {
                    topics.append(try Topic(from: &reader, version: version))
                }
                self.topics = topics
            }
        }
        if version >= 8 {
            let groupsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.groups.reserveCapacity(groupsCount)
            for _ in 0..<groupsCount {
                self.groups.append(try Group(from: &reader, version: version))
            }
        }
        if version >= 7 {
            self.requireStable = try reader.readBool()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 6
        if version <= 7 {
            buffer.writeWireString(self.groupID, compact: flexible)
            if let topics = self.topics {
                buffer.writeArrayCount(topics.count, compact: flexible)
                for element in topics {
                    element.encode(to: &buffer, version: version)
                }
            } else {
                buffer.writeNullArray(compact: flexible, nullable: version >= 2)
            }
        }
        if version >= 8 {
            buffer.writeArrayCount(self.groups.count, compact: flexible)
            for element in self.groups {
                element.encode(to: &buffer, version: version)
            }
        }
        if version >= 7 {
            buffer.writeWireBool(self.requireStable)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 1–9.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The numbers of the partitions.
        public var partitionIndexes: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitionIndexes: [Int32] = []
        ) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 6
            self.name = try reader.readString(compact: flexible)
            let partitionIndexesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.partitionIndexes.reserveCapacity(partitionIndexesCount)
            for _ in 0..<partitionIndexesCount {
                self.partitionIndexes.append(try reader.readInt32())
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 6
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeArrayCount(self.partitionIndexes.count, compact: flexible)
            for element in self.partitionIndexes {
                buffer.writeInteger(element)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 8–9.
    public struct Group: Sendable, Equatable {
        /// The consumer group.
        public var groupID: String
        /// The id that the coordinator gave the member; empty before it has one (version 9).
        public var memberID: String?
        /// The epoch of a member of the new group protocol; -1 outside of it (version 9).
        public var memberEpoch: Int32
        /// The topics; where it may be nil, nil stands for all.
        public var topics: [Topic]?

        /// Memberwise; every field may be left at its default.
        public init(
            groupID: String = "",
            memberID: String? = nil,
            memberEpoch: Int32 = -1,
            topics: [Topic]? = nil
        ) {
            self.groupID = groupID
            self.memberID = memberID
            self.memberEpoch = memberEpoch
            self.topics = topics
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.groupID = try reader.readString(compact: true)
            if version >= 9 {
                self.memberID = try reader.readNullableString(compact: true)
                self.memberEpoch = try reader.readInt32()
            }
            let topicsCount = try reader.readNullableArrayCount(
                compact: true, elementBytesMin: 3)
            if let topicsCount {
                var topics: [Topic] = []
                topics.reserveCapacity(topicsCount)
                for _ in 0..<topicsCount {
                    topics.append(try Topic(from: &reader, version: version))
                }
                self.topics = topics
            }
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.groupID, compact: true)
            if version >= 9 {
                buffer.writeNullableWireString(self.memberID, compact: true)
                buffer.writeInteger(self.memberEpoch)
            }
            if let topics = self.topics {
                buffer.writeArrayCount(topics.count, compact: true)
                for element in topics {
                    element.encode(to: &buffer, version: version)
                }
            } else {
                buffer.writeNullArray(compact: true)
            }
            buffer.writeUnsignedVarint(0)
        }
    }
}
