// Generated from Descriptors/DeleteRecords.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Moves the start of partitions forward.
///
/// Covers versions 0–2, flexible from 2.
public struct DeleteRecordsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DeleteRecordsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .deleteRecords }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...2 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic] = [],
        timeoutMS: Int32 = 0
    ) {
        self.topics = topics
        self.timeoutMS = timeoutMS
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        self.timeoutMS = try reader.readInt32()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeInteger(self.timeoutMS)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–2.
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
            let flexible = version >= 2
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
            let flexible = version >= 2
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

    /// A structure of versions 0–2.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// An offset; -1 for none, in DeleteRecords for the high watermark.
        public var offset: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            offset: Int64 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.offset = offset
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            self.partitionIndex = try reader.readInt32()
            self.offset = try reader.readInt64()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.offset)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
