// Generated from Descriptors/DescribeCluster.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows cluster id, controller and brokers.
///
/// Covers versions 0–1, flexible throughout.
public struct DescribeClusterRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DescribeClusterResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .describeCluster }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

    /// Whether to answer with the operations the client may do on the cluster.
    public var includeClusterAuthorizedOperations: Bool
    /// 1 brokers, 2 controllers (version 1).
    public var endpointType: Int8

    /// Memberwise; every field may be left at its default.
    public init(
        includeClusterAuthorizedOperations: Bool = false,
        endpointType: Int8 = 1
    ) {
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.endpointType = endpointType
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.includeClusterAuthorizedOperations = try reader.readBool()
        if version >= 1 {
            self.endpointType = try reader.readInt8()
        }
        try reader.skipTaggedFields()
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeWireBool(self.includeClusterAuthorizedOperations)
        if version >= 1 {
            buffer.writeInteger(self.endpointType)
        }
        buffer.writeUnsignedVarint(0)
    }
}
