// Generated from Descriptors/DescribeGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows state and members of consumer groups.
///
/// Covers versions 0–5, flexible from 5.
public struct DescribeGroupsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DescribeGroupsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .describeGroups }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// The consumer groups.
    public var groupIDs: [String]
    /// Whether to answer with the operations the client may do (versions 3–5).
    public var includeAuthorizedOperations: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        groupIDs: [String] = [],
        includeAuthorizedOperations: Bool = false
    ) {
        self.groupIDs = groupIDs
        self.includeAuthorizedOperations = includeAuthorizedOperations
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 5
        let groupIDsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
        self.groupIDs.reserveCapacity(groupIDsCount)
        for _ in 0..<groupIDsCount {
            self.groupIDs.append(try reader.readString(compact: flexible))
        }
        if version >= 3 {
            self.includeAuthorizedOperations = try reader.readBool()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 5
        buffer.writeArrayCount(self.groupIDs.count, compact: flexible)
        for element in self.groupIDs {
            buffer.writeWireString(element, compact: flexible)
        }
        if version >= 3 {
            buffer.writeWireBool(self.includeAuthorizedOperations)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
