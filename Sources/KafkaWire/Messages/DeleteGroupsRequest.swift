// Generated from Descriptors/DeleteGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Deletes empty consumer groups.
///
/// Covers versions 0–2, flexible from 2.
public struct DeleteGroupsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = DeleteGroupsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .deleteGroups }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...2 }

    /// The consumer groups.
    public var groupIDs: [String]

    /// Memberwise; every field may be left at its default.
    public init(
        groupIDs: [String] = []
    ) {
        self.groupIDs = groupIDs
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        let groupIDsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
        self.groupIDs.reserveCapacity(groupIDsCount)
        for _ in 0..<groupIDsCount {
            self.groupIDs.append(try reader.readString(compact: flexible))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeArrayCount(self.groupIDs.count, compact: flexible)
        for element in self.groupIDs {
            buffer.writeWireString(element, compact: flexible)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
