// Generated from Descriptors/IncrementalAlterConfigs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Sets, deletes, appends to or subtracts from single settings.
///
/// Covers versions 0–1, flexible from 1.
public struct IncrementalAlterConfigsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

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
        let flexible = version >= 1
        self.throttleTimeMS = try reader.readInt32()
        let resourcesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
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
        let flexible = version >= 1
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeArrayCount(self.resources.count, compact: flexible)
        for element in self.resources {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–1.
    public struct Resource: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The error in words.
        public var errorMessage: String?
        /// 2 topic, 4 broker, 8 logger of a broker.
        public var resourceType: Int8
        /// The topic, or the id of the broker.
        public var resourceName: String

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            errorMessage: String? = nil,
            resourceType: Int8 = 0,
            resourceName: String = ""
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 1
            self.errorCode = try reader.readInt16()
            self.errorMessage = try reader.readNullableString(compact: flexible)
            self.resourceType = try reader.readInt8()
            self.resourceName = try reader.readString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 1
            buffer.writeInteger(self.errorCode)
            buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            buffer.writeInteger(self.resourceType)
            buffer.writeWireString(self.resourceName, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
