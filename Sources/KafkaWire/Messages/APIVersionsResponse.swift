// Generated from Descriptors/ApiVersions.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the APIs and versions that a broker serves.
///
/// Covers versions 0–4, flexible from 3.
public struct APIVersionsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The APIs and their versions.
    public var apiKeys: [APIVersion]
    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–4).
    public var throttleTimeMS: Int32
    /// Features the broker knows (versions 3–4; tagged).
    public var supportedFeatures: [SupportedFeature]
    /// The version of `finalizedFeatures`; -1 if there are none (versions 3–4; tagged).
    public var finalizedFeaturesEpoch: Int64
    /// Features that the whole cluster has agreed on (versions 3–4; tagged).
    public var finalizedFeatures: [FinalizedFeature]
    /// Whether the cluster could leave ZooKeeper; never so here (versions 3–4; tagged).
    public var zkMigrationReady: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        errorCode: Int16 = 0,
        apiKeys: [APIVersion] = [],
        throttleTimeMS: Int32 = 0,
        supportedFeatures: [SupportedFeature] = [],
        finalizedFeaturesEpoch: Int64 = -1,
        finalizedFeatures: [FinalizedFeature] = [],
        zkMigrationReady: Bool = false
    ) {
        self.errorCode = errorCode
        self.apiKeys = apiKeys
        self.throttleTimeMS = throttleTimeMS
        self.supportedFeatures = supportedFeatures
        self.finalizedFeaturesEpoch = finalizedFeaturesEpoch
        self.finalizedFeatures = finalizedFeatures
        self.zkMigrationReady = zkMigrationReady
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        self.errorCode = try reader.readInt16()
        let apiKeysCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
        self.apiKeys.reserveCapacity(apiKeysCount)
        for _ in 0..<apiKeysCount {
            self.apiKeys.append(try APIVersion(from: &reader, version: version))
        }
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        if flexible {
            let tagCount = try reader.readUnsignedVarint()
            for _ in 0..<tagCount {
                var tagged = try reader.readTaggedField()
                switch tagged.tag {
                case 0:
                    let supportedFeaturesCount = try tagged.reader.readArrayCount(compact: true, elementBytesMin: 6)
                    self.supportedFeatures.reserveCapacity(supportedFeaturesCount)
                    for _ in 0..<supportedFeaturesCount {
                        self.supportedFeatures.append(try SupportedFeature(from: &tagged.reader, version: version))
                    }
                case 1:
                    self.finalizedFeaturesEpoch = try tagged.reader.readInt64()
                case 2:
                    let finalizedFeaturesCount = try tagged.reader.readArrayCount(compact: true, elementBytesMin: 6)
                    self.finalizedFeatures.reserveCapacity(finalizedFeaturesCount)
                    for _ in 0..<finalizedFeaturesCount {
                        self.finalizedFeatures.append(try FinalizedFeature(from: &tagged.reader, version: version))
                    }
                case 3:
                    self.zkMigrationReady = try tagged.reader.readBool()
                default:
                    break
                }
            }
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        buffer.writeInteger(self.errorCode)
        buffer.writeArrayCount(self.apiKeys.count, compact: flexible)
        for element in self.apiKeys {
            element.encode(to: &buffer, version: version)
        }
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        if flexible {
            var section = TaggedFieldSection()
            if !self.supportedFeatures.isEmpty {
                var value = ByteBuffer()
                value.writeArrayCount(self.supportedFeatures.count, compact: true)
                for element in self.supportedFeatures {
                    element.encode(to: &value, version: version)
                }
                section.append(tag: 0, value)
            }
            if self.finalizedFeaturesEpoch != -1 {
                var value = ByteBuffer()
                value.writeInteger(self.finalizedFeaturesEpoch)
                section.append(tag: 1, value)
            }
            if !self.finalizedFeatures.isEmpty {
                var value = ByteBuffer()
                value.writeArrayCount(self.finalizedFeatures.count, compact: true)
                for element in self.finalizedFeatures {
                    element.encode(to: &value, version: version)
                }
                section.append(tag: 2, value)
            }
            if self.zkMigrationReady {
                var value = ByteBuffer()
                value.writeWireBool(self.zkMigrationReady)
                section.append(tag: 3, value)
            }
            section.encode(to: &buffer)
        }
    }

    /// A structure of versions 0–4.
    public struct APIVersion: Sendable, Equatable {
        /// The key of an API.
        public var apiKey: Int16
        /// The oldest version.
        public var minVersion: Int16
        /// The newest version.
        public var maxVersion: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            apiKey: Int16 = 0,
            minVersion: Int16 = 0,
            maxVersion: Int16 = 0
        ) {
            self.apiKey = apiKey
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 3
            self.apiKey = try reader.readInt16()
            self.minVersion = try reader.readInt16()
            self.maxVersion = try reader.readInt16()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 3
            buffer.writeInteger(self.apiKey)
            buffer.writeInteger(self.minVersion)
            buffer.writeInteger(self.maxVersion)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 3–4.
    public struct SupportedFeature: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The oldest version.
        public var minVersion: Int16
        /// The newest version.
        public var maxVersion: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            minVersion: Int16 = 0,
            maxVersion: Int16 = 0
        ) {
            self.name = name
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.name = try reader.readString(compact: true)
            self.minVersion = try reader.readInt16()
            self.maxVersion = try reader.readInt16()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: true)
            buffer.writeInteger(self.minVersion)
            buffer.writeInteger(self.maxVersion)
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 3–4.
    public struct FinalizedFeature: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The newest level that the cluster has agreed on.
        public var maxVersionLevel: Int16
        /// The oldest level that the cluster has agreed on.
        public var minVersionLevel: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            maxVersionLevel: Int16 = 0,
            minVersionLevel: Int16 = 0
        ) {
            self.name = name
            self.maxVersionLevel = maxVersionLevel
            self.minVersionLevel = minVersionLevel
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.name = try reader.readString(compact: true)
            self.maxVersionLevel = try reader.readInt16()
            self.minVersionLevel = try reader.readInt16()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.name, compact: true)
            buffer.writeInteger(self.maxVersionLevel)
            buffer.writeInteger(self.minVersionLevel)
            buffer.writeUnsignedVarint(0)
        }
    }
}
