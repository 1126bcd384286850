// Generated from Descriptors/DescribeCluster.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows cluster id, controller and brokers.
///
/// Covers versions 0–1, flexible throughout.
public struct DescribeClusterResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The error in words.
    public var errorMessage: String?
    /// 1 brokers, 2 controllers (version 1).
    public var endpointType: Int8
    /// The id of the cluster.
    public var clusterID: String
    /// The broker that is the controller; -1 if there is none.
    public var controllerID: Int32
    /// The brokers that are alive.
    public var brokers: [Broker]
    /// Bit set of the operations the client may do on the cluster; the least int32 if not asked for.
    public var clusterAuthorizedOperations: Int32

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        endpointType: Int8 = 1,
        clusterID: String = "",
        controllerID: Int32 = -1,
        brokers: [Broker] = [],
        clusterAuthorizedOperations: Int32 = -2147483648
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.endpointType = endpointType
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.brokers = brokers
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.throttleTimeMS = try reader.readInt32()
        self.errorCode = try reader.readInt16()
        self.errorMessage = try reader.readNullableString(compact: true)
        if version >= 1 {
            self.endpointType = try reader.readInt8()
        }
        self.clusterID = try reader.readString(compact: true)
        self.controllerID = try reader.readInt32()
        let brokersCount = try reader.readArrayCount(compact: true, elementBytesMin: 11)
        self.brokers.reserveCapacity(brokersCount)
        for _ in 0..<brokersCount {
            self.brokers.append(try Broker(from: &reader, version: version))
        }
        self.clusterAuthorizedOperations = try reader.readInt32()
        try reader.skipTaggedFields()
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeInteger(self.errorCode)
        buffer.writeNullableWireString(self.errorMessage, compact: true)
        if version >= 1 {
            buffer.writeInteger(self.endpointType)
        }
        buffer.writeWireString(self.clusterID, compact: true)
        buffer.writeInteger(self.controllerID)
        buffer.writeArrayCount(self.brokers.count, compact: true)
        for element in self.brokers {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeInteger(self.clusterAuthorizedOperations)
        buffer.writeUnsignedVarint(0)
    }

    /// A structure of versions 0–1.
    public struct Broker: Sendable, Equatable {
        /// The broker.
        public var brokerID: Int32
        /// The address to connect to.
        public var host: String
        /// The port to connect to.
        public var port: Int32
        /// The rack or zone of the broker.
        public var rack: String?

        /// Memberwise; every field may be left at its default.
        public init(
            brokerID: Int32 = 0,
            host: String = "",
            port: Int32 = 0,
            rack: String? = nil
        ) {
            self.brokerID = brokerID
            self.host = host
            self.port = port
            self.rack = rack
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.brokerID = try reader.readInt32()
            self.host = try reader.readString(compact: true)
            self.port = try reader.readInt32()
            self.rack = try reader.readNullableString(compact: true)
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.brokerID)
            buffer.writeWireString(self.host, compact: true)
            buffer.writeInteger(self.port)
            buffer.writeNullableWireString(self.rack, compact: true)
            buffer.writeUnsignedVarint(0)
        }
    }
}
