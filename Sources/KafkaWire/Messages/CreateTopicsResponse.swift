// Generated from Descriptors/CreateTopics.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Creates topics.
///
/// Covers versions 0–7, flexible from 5.
public struct CreateTopicsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...7 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 2–7).
    public var throttleTimeMS: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        topics: [Topic] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 5
        if version >= 2 {
            self.throttleTimeMS = try reader.readInt32()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 5
        if version >= 2 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–7.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The id of the topic; zero if it is named instead (version 7).
        public var topicID: KafkaUUID
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The error in words (versions 1–7).
        public var errorMessage: String?
        /// Why `configs` is missing, as a `KafkaError` (versions 5–7; tagged).
        public var topicConfigErrorCode: Int16
        /// The number of partitions; -1 for the broker's default, or unknown (versions 5–7).
        public var numPartitions: Int32
        /// The number of replicas; -1 for the broker's default, or unknown (versions 5–7).
        public var replicationFactor: Int16
        /// The settings (versions 5–7).
        public var configs: [Config]?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            topicID: KafkaUUID = .zero,
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            topicConfigErrorCode: Int16 = 0,
            numPartitions: Int32 = -1,
            replicationFactor: Int16 = -1,
            configs: [Config]? = nil
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.topicConfigErrorCode = topicConfigErrorCode
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.configs = configs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.name = try reader.readString(compact: flexible)
            if version >= 7 {
                self.topicID = try reader.readUUID()
            }
            self.errorCode = try reader.readInt16()
            if version >= 1 {
                self.errorMessage = try reader.readNullableString(compact: flexible)
            }
            if version >= 5 {
                self.numPartitions = try reader.readInt32()
                self.replicationFactor = try reader.readInt16()
                let configsCount = try reader.readNullableArrayCount(
                    compact: flexible, elementBytesMin: 6)
                if let configsCount {
                    var configs: [Config] = []
                    configs.reserveCapacity(configsCount)
                    for _ in 0..<configsCount {
                        configs.append(try Config(from: &reader, version: version))
                    }
                    self.configs = configs
                }
            }
            if flexible {
                let tagCount = try reader.readUnsignedVarint()
                for _ in 0..<tagCount {
                    var tagged = try reader.readTaggedField()
                    switch tagged.tag {
                    case 0:
                        self.topicConfigErrorCode = try tagged.reader.readInt16()
                    default:
                        break
                    }
                }
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 5
            buffer.writeWireString(self.name, compact: flexible)
            if version >= 7 {
                buffer.writeUUID(self.topicID)
            }
            buffer.writeInteger(self.errorCode)
            if version >= 1 {
                buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            }
            if version >= 5 {
                buffer.writeInteger(self.numPartitions)
                buffer.writeInteger(self.replicationFactor)
                if let configs = self.configs {
                    buffer.writeArrayCount(configs.count, compact: flexible)
                    for element in configs {
                        element.encode(to: &buffer, version: version)
                    }
                } else {
                    buffer.writeNullArray(compact: flexible)
                }
            }
            if flexible {
                var section = TaggedFieldSection()
                if self.topicConfigErrorCode != 0 {
                    var value = ByteBuffer()
                    value.writeInteger(self.topicConfigErrorCode)
                    section.append(tag: 0, value)
                }
                section.encode(to: &buffer)
            }
        }
    }

    /// A structure of versions 5–7.
    public struct Config: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value; nil for none or a secret.
        public var value: String?
        /// Whether the value cannot be changed while the broker runs.
        public var readOnly: Bool
        /// Where the value comes from: 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default.
        public var configSource: Int8
        /// Whether the value is a secret, and therefore nil.
        public var isSensitive: Bool

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            value: String? = nil,
            readOnly: Bool = false,
            configSource: Int8 = -1,
            isSensitive: Bool = false
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.configSource = configSource
            self.isSensitive = isSensitive
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.name = try reader.readString(compact: true)
            self.value = try reader.readNullableString(compact: true)
            self.readOnly = try reader.readBool()
            self.configSource = try reader.readInt8()
            self.isSensitive = try reader.readBool()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: true)
            buffer.writeNullableWireString(self.value, compact: true)
            buffer.writeWireBool(self.readOnly)
            buffer.writeInteger(self.configSource)
            buffer.writeWireBool(self.isSensitive)
            buffer.writeUnsignedVarint(0)
        }
    }
}
