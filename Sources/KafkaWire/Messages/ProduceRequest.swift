// Generated from Descriptors/Produce.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Appends record batches to partitions; acks 0 has no response.
///
/// Covers versions 3–9, flexible from 9.
public struct ProduceRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = ProduceResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .produce }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 3...9 }

    /// The name under which a producer's transactions continue after a restart; nil without transactions.
    public var transactionalID: String?
    /// Replicas that must have the records before the response: 0 none and no response, 1 the leader, -1 all in sync.
    public var acks: Int16
    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [TopicData]

    /// Memberwise; every field may be left at its default.
    public init(
        transactionalID: String? = nil,
        acks: Int16 = 0,
        timeoutMS: Int32 = 0,
        topics: [TopicData] = []
    ) {
        self.transactionalID = transactionalID
        self.acks = acks
        self.timeoutMS = timeoutMS
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 9
        self.transactionalID = try reader.readNullableString(compact: flexible)
        self.acks = try reader.readInt16()
        self.timeoutMS = try reader.readInt32()
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try TopicData(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 9
        buffer.writeNullableWireString(self.transactionalID, compact: flexible)
        buffer.writeInteger(self.acks)
        buffer.writeInteger(self.timeoutMS)
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 3–9.
    public struct TopicData: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The partitions.
        public var partitions: [PartitionData]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitions: [PartitionData] = []
        ) {
            self.name = name
            self.partitions = partitions
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try PartitionData(from: &reader, version: version))
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
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

    /// A structure of versions 3–9.
    public struct PartitionData: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// Record batches, unread; nil for none.
        public var records: ByteBuffer?

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            records: ByteBuffer? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.records = records
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.partitionIndex = try reader.readInt32()
            self.records = try reader.readNullableBytes(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.partitionIndex)
            buffer.writeNullableWireBytes(self.records, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
