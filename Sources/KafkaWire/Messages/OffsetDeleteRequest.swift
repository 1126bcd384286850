// Generated from Descriptors/OffsetDelete.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Forgets stored positions of a group.
///
/// Covers version 0, none of them flexible.
public struct OffsetDeleteRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = OffsetDeleteResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .offsetDelete }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...0 }

    /// The consumer group.
    public var groupID: String
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        topics: [Topic] = []
    ) {
        self.groupID = groupID
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.groupID = try reader.readString(compact: false)
        let topicsCount = try reader.readArrayCount(compact: false, elementBytesMin: 6)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeWireString(self.groupID, compact: false)
        buffer.writeArrayCount(self.topics.count, compact: false)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
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
            self.name = try reader.readString(compact: false)
            let partitionsCount = try reader.readArrayCount(compact: false, elementBytesMin: 4)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try Partition(from: &reader, version: version))
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: false)
            buffer.writeArrayCount(self.partitions.count, compact: false)
            for element in self.partitions {
                element.encode(to: &buffer, version: version)
            }
        }
    }

    /// A structure of version 0.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0
        ) {
            self.partitionIndex = partitionIndex
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.partitionIndex = try reader.readInt32()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.partitionIndex)
        }
    }
}
