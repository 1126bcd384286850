// Generated from Descriptors/ConsumerProtocolAssignment.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// What a consumer receives from SyncGroup: its partitions.
///
/// Covers versions 0–3, none of them flexible.
public struct ConsumerProtocolAssignment: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// The partitions that the member shall consume.
    public var assignedPartitions: [TopicPartition]
    /// Bytes of the assignor.
    public var userData: ByteBuffer?

    /// Memberwise; every field may be left at its default.
    public init(
        assignedPartitions: [TopicPartition] = [],
        userData: ByteBuffer? = nil
    ) {
        self.assignedPartitions = assignedPartitions
        self.userData = userData
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let assignedPartitionsCount = try reader.readArrayCount(compact: false, elementBytesMin: 6)
        self.assignedPartitions.reserveCapacity(assignedPartitionsCount)
        for _ in 0..<assignedPartitionsCount {
            self.assignedPartitions.append(try TopicPartition(from: &reader, version: version))
        }
        self.userData = try reader.readNullableBytes(compact: false)
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeArrayCount(self.assignedPartitions.count, compact: false)
        for element in self.assignedPartitions {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeNullableWireBytes(self.userData, compact: false)
    }

    /// A structure of versions 0–3.
    public struct TopicPartition: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The partitions.
        public var partitions: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitions: [Int32] = []
        ) {
            self.name = name
            self.partitions = partitions
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.name = try reader.readString(compact: false)
            let partitionsCount = try reader.readArrayCount(compact: false, elementBytesMin: 4)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try reader.readInt32())
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: false)
            buffer.writeArrayCount(self.partitions.count, compact: false)
            for element in self.partitions {
                buffer.writeInteger(element)
            }
        }
    }
}
