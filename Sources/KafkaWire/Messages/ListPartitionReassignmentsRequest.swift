// Generated from Descriptors/ListPartitionReassignments.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists partitions whose replicas are being moved.
///
/// Covers version 0, flexible throughout.
public struct ListPartitionReassignmentsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = ListPartitionReassignmentsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .listPartitionReassignments }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...0 }

    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]?

    /// Memberwise; every field may be left at its default.
    public init(
        timeoutMS: Int32 = 60000,
        topics: [Topic]? = nil
    ) {
        self.timeoutMS = timeoutMS
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.timeoutMS = try reader.readInt32()
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
        buffer.writeInteger(self.timeoutMS)
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

    /// A structure of version 0.
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
            self.name = try reader.readString(compact: true)
            let partitionIndexesCount = try reader.readArrayCount(compact: true, elementBytesMin: 4)
            self.partitionIndexes.reserveCapacity(partitionIndexesCount)
            for _ in 0..<partitionIndexesCount {
                self.partitionIndexes.append(try reader.readInt32())
            }
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: true)
            buffer.writeArrayCount(self.partitionIndexes.count, compact: true)
            for element in self.partitionIndexes {
                buffer.writeInteger(element)
            }
            buffer.writeUnsignedVarint(0)
        }
    }
}
