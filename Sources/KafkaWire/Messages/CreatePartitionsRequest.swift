// Generated from Descriptors/CreatePartitions.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Adds partitions to topics.
///
/// Covers versions 0–3, flexible from 2.
public struct CreatePartitionsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = CreatePartitionsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .createPartitions }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32
    /// Whether to check the request and change nothing.
    public var validateOnly: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic] = [],
        timeoutMS: Int32 = 0,
        validateOnly: Bool = false
    ) {
        self.topics = topics
        self.timeoutMS = timeoutMS
        self.validateOnly = validateOnly
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 7)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        self.timeoutMS = try reader.readInt32()
        self.validateOnly = try reader.readBool()
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
        buffer.writeWireBool(self.validateOnly)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–3.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The number of partitions to have, not to add.
        public var count: Int32
        /// What each receives; in the admin APIs, the brokers of each new partition.
        public var assignments: [Assignment]?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            count: Int32 = 0,
            assignments: [Assignment]? = nil
        ) {
            self.name = name
            self.count = count
            self.assignments = assignments
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            self.name = try reader.readString(compact: flexible)
            self.count = try reader.readInt32()
            let assignmentsCount = try reader.readNullableArrayCount(
                compact: flexible, elementBytesMin: 2)
            if let assignmentsCount {
                var assignments: [Assignment] = []
                assignments.reserveCapacity(assignmentsCount)
                for _ in 0..<assignmentsCount {
                    assignments.append(try Assignment(from: &reader, version: version))
                }
                self.assignments = assignments
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeInteger(self.count)
            if let assignments = self.assignments {
                buffer.writeArrayCount(assignments.count, compact: flexible)
                for element in assignments {
                    element.encode(to: &buffer, version: version)
                }
            } else {
                buffer.writeNullArray(compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–3.
    public struct Assignment: Sendable, Equatable {
        /// The brokers, the preferred leader first.
        public var brokerIDs: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            brokerIDs: [Int32] = []
        ) {
            self.brokerIDs = brokerIDs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            let brokerIDsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.brokerIDs.reserveCapacity(brokerIDsCount)
            for _ in 0..<brokerIDsCount {
                self.brokerIDs.append(try reader.readInt32())
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeArrayCount(self.brokerIDs.count, compact: flexible)
            for element in self.brokerIDs {
                buffer.writeInteger(element)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
