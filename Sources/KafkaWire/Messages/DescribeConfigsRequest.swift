// Generated from Descriptors/DescribeConfigs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists settings of topics and brokers.
///
/// Covers versions 0–4, flexible from 4.
public struct DescribeConfigsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DescribeConfigsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .describeConfigs }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// Topics and brokers.
    public var resources: [Resource]
    /// Whether to answer with the values that the current one hides (versions 1–4).
    public var includeSynonyms: Bool
    /// Whether to answer with documentation (versions 3–4).
    public var includeDocumentation: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        resources: [Resource] = [],
        includeSynonyms: Bool = false,
        includeDocumentation: Bool = false
    ) {
        self.resources = resources
        self.includeSynonyms = includeSynonyms
        self.includeDocumentation = includeDocumentation
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        let resourcesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
        self.resources.reserveCapacity(resourcesCount)
        for _ in 0..<resourcesCount {
            self.resources.append(try Resource(from: &reader, version: version))
        }
        if version >= 1 {
            self.includeSynonyms = try reader.readBool()
        }
        if version >= 3 {
            self.includeDocumentation = try reader.readBool()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        buffer.writeArrayCount(self.resources.count, compact: flexible)
        for element in self.resources {
            element.encode(to: &buffer, version: version)
        }
        if version >= 1 {
            buffer.writeWireBool(self.includeSynonyms)
        }
        if version >= 3 {
            buffer.writeWireBool(self.includeDocumentation)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–4.
    public struct Resource: Sendable, Equatable {
        /// 2 topic, 4 broker, 8 logger of a broker.
        public var resourceType: Int8
        /// The topic, or the id of the broker.
        public var resourceName: String
        /// The settings to show; nil for all.
        public var configurationKeys: [String]?

        /// Memberwise; every field may be left at its default.
        public init(
            resourceType: Int8 = 0,
            resourceName: String = "",
            configurationKeys: [String]? = nil
        ) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configurationKeys = configurationKeys
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.resourceType = try reader.readInt8()
            self.resourceName = try reader.readString(compact: flexible)
            let configurationKeysCount = try reader.readNullableArrayCount(
                compact: flexible, elementBytesMin: 1)
            if let configurationKeysCount {
                var configurationKeys: [String] = []
                configurationKeys.reserveCapacity(configurationKeysCount)
                for _ in 0..<configurationKeysCount {
                    configurationKeys.append(try reader.readString(compact: flexible))
                }
                self.configurationKeys = configurationKeys
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeInteger(self.resourceType)
            buffer.writeWireString(self.resourceName, compact: flexible)
            if let configurationKeys = self.configurationKeys {
                buffer.writeArrayCount(configurationKeys.count, compact: flexible)
                for element in configurationKeys {
                    buffer.writeWireString(element, compact: flexible)
                }
            } else {
                buffer.writeNullArray(compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
