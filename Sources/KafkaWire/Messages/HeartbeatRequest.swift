// Generated from Descriptors/Heartbeat.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Keeps a group member alive and tells it of a rebalance.
///
/// Covers versions 0–4, flexible from 4.
public struct HeartbeatRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = HeartbeatResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .heartbeat }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// The consumer group.
    public var groupID: String
    /// The generation of the group; -1 outside of one.
    public var generationID: Int32
    /// The id that the coordinator gave the member; empty before it has one.
    public var memberID: String
    /// The name of a static member; nil for a dynamic one (versions 3–4).
    public var groupInstanceID: String?

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        generationID: Int32 = 0,
        memberID: String = "",
        groupInstanceID: String? = nil
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        self.groupID = try reader.readString(compact: flexible)
        self.generationID = try reader.readInt32()
        self.memberID = try reader.readString(compact: flexible)
        if version >= 3 {
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        buffer.writeWireString(self.groupID, compact: flexible)
        buffer.writeInteger(self.generationID)
        buffer.writeWireString(self.memberID, compact: flexible)
        if version >= 3 {
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
