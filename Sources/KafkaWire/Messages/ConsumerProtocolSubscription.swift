// Generated from Descriptors/ConsumerProtocolSubscription.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// What a consumer sends as its JoinGroup metadata: topics it wants and partitions it holds.
///
/// Covers versions 0–3, none of them flexible.
public struct ConsumerProtocolSubscription: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [String]
    /// Bytes of the assignor.
    public var userData: ByteBuffer?
    /// The partitions the member holds now (versions 1–3).
    public var ownedPartitions: [TopicPartition]
    /// The generation of the group; -1 outside of one (versions 2–3).
    public var generationID: Int32
    /// The rack or zone of the client (version 3).
    public var rackID: String?

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [String] = [],
        userData: ByteBuffer? = nil,
        ownedPartitions: [TopicPartition] = [],
        generationID: Int32 = -1,
        rackID: String? = nil
    ) {
        self.topics = topics
        self.userData = userData
        self.ownedPartitions = ownedPartitions
        self.generationID = generationID
        self.rackID = rackID
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let topicsCount = try reader.readArrayCount(compact: false, elementBytesMin: 2)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try reader.readString(compact: false))
        }
        self.userData = try reader.readNullableBytes(compact: false)
        if version >= 1 {
            let ownedPartitionsCount = try reader.readArrayCount(compact: false, elementBytesMin: 6)
            self.ownedPartitions.reserveCapacity(ownedPartitionsCount)
            for _ in 0..<ownedPartitionsCount {
                self.ownedPartitions.append(try TopicPartition(from: &reader, version: version))
            }
        }
        if version >= 2 {
            self.generationID = try reader.readInt32()
        }
        if version >= 3 {
            self.rackID = try reader.readNullableString(compact: false)
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeArrayCount(self.topics.count, compact: false)
        for element in self.topics {
            buffer.writeWireString(element, compact: false)
        }
        buffer.writeNullableWireBytes(self.userData, compact: false)
        if version >= 1 {
            buffer.writeArrayCount(self.ownedPartitions.count, compact: false)
            for element in self.ownedPartitions {
                element.encode(to: &buffer, version: version)
            }
        }
        if version >= 2 {
            buffer.writeInteger(self.generationID)
        }
        if version >= 3 {
            buffer.writeNullableWireString(self.rackID, compact: false)
        }
    }

    /// A structure of versions 1–3.
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
