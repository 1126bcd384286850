// Generated from Descriptors/DescribeConfigs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists settings of topics and brokers.
///
/// Covers versions 0–4, flexible from 4.
public struct DescribeConfigsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// Topics and brokers.
    public var resources: [Resource]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        resources: [Resource] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.resources = resources
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        self.throttleTimeMS = try reader.readInt32()
        let resourcesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 7)
        self.resources.reserveCapacity(resourcesCount)
        for _ in 0..<resourcesCount {
            self.resources.append(try Resource(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeArrayCount(self.resources.count, compact: flexible)
        for element in self.resources {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–4.
    public struct Resource: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The error in words.
        public var errorMessage: String?
        /// 2 topic, 4 broker, 8 logger of a broker.
        public var resourceType: Int8
        /// The topic, or the id of the broker.
        public var resourceName: String
        /// The settings.
        public var configs: [Config]

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            resourceType: Int8 = 0,
            resourceName: String = "",
            configs: [Config] = []
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.errorCode = try reader.readInt16()
            self.errorMessage = try reader.readNullableString(compact: flexible)
            self.resourceType = try reader.readInt8()
            self.resourceName = try reader.readString(compact: flexible)
            let configsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 7)
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
            let flexible = version >= 4
            buffer.writeInteger(self.errorCode)
            buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            buffer.writeInteger(self.resourceType)
            buffer.writeWireString(self.resourceName, compact: flexible)
            buffer.writeArrayCount(self.configs.count, compact: flexible)
            for element in self.configs {
                element.encode(to: &buffer, version: version)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–4.
    public struct Config: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value; nil for none or a secret.
        public var value: String?
        /// Whether the value cannot be changed while the broker runs.
        public var readOnly: Bool
        /// Whether nobody has set the value (version 0).
        public var isDefault: Bool
        /// Where the value comes from: 1 topic, 2 broker, 3 all brokers, 4 start of the broker, 5 default (versions
        /// 1–4).
        public var configSource: Int8
        /// Whether the value is a secret, and therefore nil.
        public var isSensitive: Bool
        /// The values of the setting in order of precedence (versions 1–4).
        public var synonyms: [Synonym]
        /// 1 bool, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password (versions 3–4).
        public var configType: Int8
        /// What the setting does (versions 3–4).
        public var documentation: String?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            value: String? = nil,
            readOnly: Bool = false,
            isDefault: Bool = false,
            configSource: Int8 = -1,
            isSensitive: Bool = false,
            synonyms: [Synonym] = [],
            configType: Int8 = 0,
            documentation: String? = nil
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.isDefault = isDefault
            self.configSource = configSource
            self.isSensitive = isSensitive
            self.synonyms = synonyms
            self.configType = configType
            self.documentation = documentation
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.name = try reader.readString(compact: flexible)
            self.value = try reader.readNullableString(compact: flexible)
            self.readOnly = try reader.readBool()
            if version <= 0 {
                self.isDefault = try reader.readBool()
            }
            if version >= 1 {
                self.configSource = try reader.readInt8()
            }
            self.isSensitive = try reader.readBool()
            if version >= 1 {
                let synonymsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
                self.synonyms.reserveCapacity(synonymsCount)
                for _ in 0..<synonymsCount {
                    self.synonyms.append(try Synonym(from: &reader, version: version))
                }
            }
            if version >= 3 {
                self.configType = try reader.readInt8()
                self.documentation = try reader.readNullableString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeNullableWireString(self.value, compact: flexible)
            buffer.writeWireBool(self.readOnly)
            if version <= 0 {
                buffer.writeWireBool(self.isDefault)
            }
            if version >= 1 {
                buffer.writeInteger(self.configSource)
            }
            buffer.writeWireBool(self.isSensitive)
            if version >= 1 {
                buffer.writeArrayCount(self.synonyms.count, compact: flexible)
                for element in self.synonyms {
                    element.encode(to: &buffer, version: version)
                }
            }
            if version >= 3 {
                buffer.writeInteger(self.configType)
                buffer.writeNullableWireString(self.documentation, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 1–4.
    public struct Synonym: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value; nil for none or a secret.
        public var value: String?
        /// Where the value comes from, as in `configSource`.
        public var source: Int8

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            value: String? = nil,
            source: Int8 = 0
        ) {
            self.name = name
            self.value = value
            self.source = source
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.name = try reader.readString(compact: flexible)
            self.value = try reader.readNullableString(compact: flexible)
            self.source = try reader.readInt8()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeNullableWireString(self.value, compact: flexible)
            buffer.writeInteger(self.source)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
