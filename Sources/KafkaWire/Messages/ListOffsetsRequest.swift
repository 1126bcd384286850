// Generated from Descriptors/ListOffsets.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Finds the offset of a partition for a timestamp, its start or its end.
///
/// Covers versions 1–7, flexible from 6.
public struct ListOffsetsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = ListOffsetsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .listOffsets }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 1...7 }

    /// The follower that asks; -1 for a client.
    public var replicaID: Int32
    /// 0 read_uncommitted, 1 read_committed (versions 2–7).
    public var isolationLevel: Int8
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        replicaID: Int32 = -1,
        isolationLevel: Int8 = 0,
        topics: [Topic] = []
    ) {
        self.replicaID = replicaID
        self.isolationLevel = isolationLevel
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 6
        self.replicaID = try reader.readInt32()
        if version >= 2 {
            self.isolationLevel = try reader.readInt8()
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
        let flexible = version >= 6
        buffer.writeInteger(self.replicaID)
        if version >= 2 {
            buffer.writeInteger(self.isolationLevel)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 1–7.
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
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 12)
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

    /// A structure of versions 1–7.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The leader epoch the client knows; -1 for no check (versions 4–7).
        public var currentLeaderEpoch: Int32
        /// Milliseconds since 1970; in requests also -1 latest, -2 earliest, -3 the greatest time.
        public var timestamp: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            currentLeaderEpoch: Int32 = -1,
            timestamp: Int64 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.timestamp = timestamp
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 6
            self.partitionIndex = try reader.readInt32()
            if version >= 4 {
                self.currentLeaderEpoch = try reader.readInt32()
            }
            self.timestamp = try reader.readInt64()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 6
            buffer.writeInteger(self.partitionIndex)
            if version >= 4 {
                buffer.writeInteger(self.currentLeaderEpoch)
            }
            buffer.writeInteger(self.timestamp)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
