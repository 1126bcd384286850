// Generated from Descriptors/ListPartitionReassignments.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists partitions whose replicas are being moved.
///
/// Covers version 0, flexible throughout.
public struct ListPartitionReassignmentsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...0 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The error in words.
    public var errorMessage: String?
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        topics: [Topic] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.throttleTimeMS = try reader.readInt32()
        self.errorCode = try reader.readInt16()
        self.errorMessage = try reader.readNullableString(compact: true)
        let topicsCount = try reader.readArrayCount(compact: true, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        try reader.skipTaggedFields()
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeInteger(self.errorCode)
        buffer.writeNullableWireString(self.errorMessage, compact: true)
        buffer.writeArrayCount(self.topics.count, compact: true)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeUnsignedVarint(0)
    }

    /// A structure of version 0.
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
            self.name = try reader.readString(compact: true)
            let partitionsCount = try reader.readArrayCount(compact: true, elementBytesMin: 8)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try Partition(from: &reader, version: version))
            }
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: true)
            buffer.writeArrayCount(self.partitions.count, compact: true)
            for element in self.partitions {
                element.encode(to: &buffer, version: version)
            }
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of version 0.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The brokers that hold replicas.
        public var replicas: [Int32]
        /// Brokers that are to become replicas.
        public var addingReplicas: [Int32]
        /// Brokers that are to lose their replicas.
        public var removingReplicas: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            replicas: [Int32] = [],
            addingReplicas: [Int32] = [],
            removingReplicas: [Int32] = []
        ) {
            self.partitionIndex = partitionIndex
            self.replicas = replicas
            self.addingReplicas = addingReplicas
            self.removingReplicas = removingReplicas
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.partitionIndex = try reader.readInt32()
            let replicasCount = try reader.readArrayCount(compact: true, elementBytesMin: 4)
            self.replicas.reserveCapacity(replicasCount)
            for _ in 0..<replicasCount {
                self.replicas.append(try reader.readInt32())
            }
            let addingReplicasCount = try reader.readArrayCount(compact: true, elementBytesMin: 4)
            self.addingReplicas.reserveCapacity(addingReplicasCount)
            for _ in 0..<addingReplicasCount {
                self.addingReplicas.append(try reader.readInt32())
            }
            let removingReplicasCount = try reader.readArrayCount(compact: true, elementBytesMin: 4)
            self.removingReplicas.reserveCapacity(removingReplicasCount)
            for _ in 0..<removingReplicasCount {
                self.removingReplicas.append(try reader.readInt32())
            }
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.partitionIndex)
            buffer.writeArrayCount(self.replicas.count, compact: true)
            for element in self.replicas {
                buffer.writeInteger(element)
            }
            buffer.writeArrayCount(self.addingReplicas.count, compact: true)
            for element in self.addingReplicas {
                buffer.writeInteger(element)
            }
            buffer.writeArrayCount(self.removingReplicas.count, compact: true)
            for element in self.removingReplicas {
                buffer.writeInteger(element)
            }
            buffer.writeUnsignedVarint(0)
        }
    }
}
