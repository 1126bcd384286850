// Generated from Descriptors/FindCoordinator.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Names the broker that serves a group or a transactional id.
///
/// Covers versions 0–6, flexible from 3.
public struct FindCoordinatorResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...6 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–6).
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none (versions 0–3).
    public var errorCode: Int16
    /// The error in words (versions 1–3).
    public var errorMessage: String?
    /// The broker's id (versions 0–3).
    public var nodeID: Int32
    /// The address to connect to (versions 0–3).
    public var host: String
    /// The port to connect to (versions 0–3).
    public var port: Int32
    /// One coordinator per key (versions 4–6).
    public var coordinators: [Coordinator]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        nodeID: Int32 = 0,
        host: String = "",
        port: Int32 = 0,
        coordinators: [Coordinator] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.nodeID = nodeID
        self.host = host
        self.port = port
        self.coordinators = coordinators
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        if version <= 3 {
            self.errorCode = try reader.readInt16()
        }
        if version >= 1 && version <= 3 {
            self.errorMessage = try reader.readNullableString(compact: flexible)
        }
        if version <= 3 {
            self.nodeID = try reader.readInt32()
            self.host = try reader.readString(compact: flexible)
            self.port = try reader.readInt32()
        }
        if version >= 4 {
            let coordinatorsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 14)
            self.coordinators.reserveCapacity(coordinatorsCount)
            for _ in 0..<coordinatorsCount {
                self.coordinators.append(try Coordinator(from: &reader, version: version))
            }
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        if version <= 3 {
            buffer.writeInteger(self.errorCode)
        }
        if version >= 1 && version <= 3 {
            buffer.writeNullableWireString(self.errorMessage, compact: flexible)
        }
        if version <= 3 {
            buffer.writeInteger(self.nodeID)
            buffer.writeWireString(self.host, compact: flexible)
            buffer.writeInteger(self.port)
        }
        if version >= 4 {
            buffer.writeArrayCount(self.coordinators.count, compact: flexible)
            for element in self.coordinators {
                element.encode(to: &buffer, version: version)
            }
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 4–6.
    public struct Coordinator: Sendable, Equatable {
        /// A group or transactional id.
        public var key: String
        /// The broker's id.
        public var nodeID: Int32
        /// The address to connect to.
        public var host: String
        /// The port to connect to.
        public var port: Int32
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The error in words.
        public var errorMessage: String?

        /// Memberwise; every field may be left at its default.
        public init(
            key: String = "",
            nodeID: Int32 = 0,
            host: String = "",
            port: Int32 = 0,
            errorCode: Int16 = 0,
            errorMessage: String? = nil
        ) {
            self.key = key
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.key = try reader.readString(compact: true)
            self.nodeID = try reader.readInt32()
            self.host = try reader.readString(compact: true)
            self.port = try reader.readInt32()
            self.errorCode = try reader.readInt16()
            self.errorMessage = try reader.readNullableString(compact: true)
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeWireString(self.key, compact: true)
            buffer.writeInteger(self.nodeID)
            buffer.writeWireString(self.host, compact: true)
            buffer.writeInteger(self.port)
            buffer.writeInteger(self.errorCode)
            buffer.writeNullableWireString(self.errorMessage, compact: true)
            buffer.writeUnsignedVarint(0)
        }
    }
}
