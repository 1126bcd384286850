// Generated from Descriptors/IncrementalAlterConfigs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Sets, deletes, appends to or subtracts from single settings.
///
/// Covers versions 0–1, flexible from 1.
public struct IncrementalAlterConfigsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = IncrementalAlterConfigsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .incrementalAlterConfigs }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

    /// Topics and brokers.
    public var resources: [Resource]
    /// Whether to check the request and change nothing.
    public var validateOnly: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        resources: [Resource] = [],
        validateOnly: Bool = false
    ) {
        self.resources = resources
        self.validateOnly = validateOnly
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 1
        let resourcesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
        self.resources.reserveCapacity(resourcesCount)
        for _ in 0..<resourcesCount {
            self.resources.append(try Resource(from: &reader, version: version))
        }
        self.validateOnly = try reader.readBool()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 1
        buffer.writeArrayCount(self.resources.count, compact: flexible)
        for element in self.resources {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeWireBool(self.validateOnly)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–1.
    public struct Resource: Sendable, Equatable {
        /// 2 topic, 4 broker, 8 logger of a broker.
        public var resourceType: Int8
        /// The topic, or the id of the broker.
        public var resourceName: String
        /// The settings.
        public var configs: [Config]

        /// Memberwise; every field may be left at its default.
        public init(
            resourceType: Int8 = 0,
            resourceName: String = "",
            configs: [Config] = []
        ) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 1
            self.resourceType = try reader.readInt8()
            self.resourceName = try reader.readString(compact: flexible)
            let configsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
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
            let flexible = version >= 1
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

    /// A structure of versions 0–1.
    public struct Config: Sendable, Equatable {
        /// The name.
        public var name: String
        /// 0 set, 1 delete, 2 append, 3 subtract.
        public var configOperation: Int8
        /// The value; nil for none or a secret.
        public var value: String?

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            configOperation: Int8 = 0,
            value: String? = nil
        ) {
            self.name = name
            self.configOperation = configOperation
            self.value = value
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 1
            self.name = try reader.readString(compact: flexible)
            self.configOperation = try reader.readInt8()
            self.value = try reader.readNullableString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 1
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeInteger(self.configOperation)
            buffer.writeNullableWireString(self.value, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
