// Generated from Descriptors/CreateTopics.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Creates topics.
///
/// Covers versions 0–7, flexible from 5.
public struct CreateTopicsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = CreateTopicsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .createTopics }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...7 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Milliseconds that the broker may take.
    public var timeoutMS: Int32
    /// Whether to check the request and change nothing (versions 1–7).
    public var validateOnly: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic] = [],
        timeoutMS: Int32 = 60000,
        validateOnly: Bool = false
    ) {
        self.topics = topics
        self.timeoutMS = timeoutMS
        self.validateOnly = validateOnly
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 5
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 10)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        self.timeoutMS = try reader.readInt32()
        if version >= 1 {
            self.validateOnly = try reader.readBool()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 5
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeInteger(self.timeoutMS)
        if version >= 1 {
            buffer.writeWireBool(self.validateOnly)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–7.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The number of partitions; -1 for the broker's default, or unknown.
        public var numPartitions: Int32
        /// The number of replicas; -1 for the broker's default, or unknown.
        public var replicationFactor: Int16
        /// What each receives; in the admin APIs, the brokers of each new partition.
        public var assignments: [Assignment]
        /// The settings.
        public var configs: [Config]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            numPartitions: Int32 = 0,
            replicationFactor: Int16 = 0,
            assignments: [Assignment] = [],
            configs: [Config] = []
        ) {
            self.name = name
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.assignments = assignments
            self.configs = configs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.name = try reader.readString(compact: flexible)
            self.numPartitions = try reader.readInt32()
            self.replicationFactor = try reader.readInt16()
            let assignmentsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
            self.assignments.reserveCapacity(assignmentsCount)
            for _ in 0..<assignmentsCount {
                self.assignments.append(try Assignment(from: &reader, version: version))
            }
            let configsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.configs.reserveCapacity(configsCount)
            for _ in 0..<configsCount {
                self.configs.append(try Config(from: &reader, version: version))
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 5
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeInteger(self.numPartitions)
            buffer.writeInteger(self.replicationFactor)
            buffer.writeArrayCount(self.assignments.count, compact: flexible)
            for element in self.assignments {
                element.encode(to: &buffer, version: version)
            }
            buffer.writeArrayCount(self.configs.count, compact: flexible)
            for element in self.configs {
                element.encode(to: &buffer, version: version)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–7.
    public struct Assignment: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The brokers, the preferred leader first.
        public var brokerIDs: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            brokerIDs: [Int32] = []
        ) {
            self.partitionIndex = partitionIndex
            self.brokerIDs = brokerIDs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.partitionIndex = try reader.readInt32()
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
            let flexible = version >= 5
            buffer.writeInteger(self.partitionIndex)
            buffer.writeArrayCount(self.brokerIDs.count, compact: flexible)
            for element in self.brokerIDs {
                buffer.writeInteger(element)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–7.
    public struct Config: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value; nil for none or a secret.
        public var value: String?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            value: String? = nil
        ) {
            self.name = name
            self.value = value
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.name = try reader.readString(compact: flexible)
            self.value = try reader.readNullableString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 5
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeNullableWireString(self.value, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
