// Generated from Descriptors/DescribeLogDirs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows how many bytes partitions take in each log directory.
///
/// Covers versions 0–4, flexible from 2.
public struct DescribeLogDirsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DescribeLogDirsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .describeLogDirs }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]?

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic]? = nil
    ) {
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        let topicsCount = try reader.readNullableArrayCount(
            compact: flexible, elementBytesMin: 3)
        if let topicsCount {
            var topics: [Topic] = []
            topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                topics.append(try Topic(from: &reader, version: version))
            }
            self.topics = topics
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        if let topics = self.topics {
            buffer.writeArrayCount(topics.count, compact: flexible)
            for element in topics {
                element.encode(to: &buffer, version: version)
            }
        } else {
            buffer.writeNullArray(compact: flexible)
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
            let flexible = version >= 2
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try reader.readInt32())
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
                buffer.writeInteger(element)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
