// Generated from Descriptors/OffsetForLeaderEpoch.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Finds where a leader epoch ended in a partition.
///
/// Covers versions 0–4, flexible from 4.
public struct OffsetForLeaderEpochResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 2–4).
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
        if version >= 2 {
            self.throttleTimeMS = try reader.readInt32()
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
        let flexible = version >= 4
        if version >= 2 {
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

    /// A structure of versions 0–4.
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
            let flexible = version >= 4
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
            let flexible = version >= 4
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

    /// A structure of versions 0–4.
    public struct Partition: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// A leader epoch; -1 if unknown (versions 1–4).
        public var leaderEpoch: Int32
        /// The offset after the last record; -1 if unknown.
        public var endOffset: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            partitionIndex: Int32 = 0,
            leaderEpoch: Int32 = -1,
            endOffset: Int64 = -1
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderEpoch = leaderEpoch
            self.endOffset = endOffset
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.errorCode = try reader.readInt16()
            self.partitionIndex = try reader.readInt32()
            if version >= 1 {
                self.leaderEpoch = try reader.readInt32()
            }
            self.endOffset = try reader.readInt64()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeInteger(self.errorCode)
            buffer.writeInteger(self.partitionIndex)
            if version >= 1 {
                buffer.writeInteger(self.leaderEpoch)
            }
            buffer.writeInteger(self.endOffset)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
