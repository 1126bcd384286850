// Generated from Descriptors/OffsetCommit.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Stores the positions of a consumer group.
///
/// Covers versions 1–9, flexible from 8.
public struct OffsetCommitResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 1...9 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 3–9).
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
        let flexible = version >= 8
        if version >= 3 {
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
        let flexible = version >= 8
        if version >= 3 {
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
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
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
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 8
            self.partitionIndex = try reader.readInt32()
            self.errorCode = try reader.readInt16()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 8
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.errorCode)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
