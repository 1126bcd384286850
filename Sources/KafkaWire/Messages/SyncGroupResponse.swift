// Generated from Descriptors/SyncGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Carries the leader's assignment to the members of a generation.
///
/// Covers versions 0–5, flexible from 4.
public struct SyncGroupResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–5).
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// What the group is for; `consumer` for consumers (version 5).
    public var protocolType: String?
    /// The name of the assignor that the group chose (version 5).
    public var protocolName: String?
    /// Bytes that the group's protocol defines, handed to one member.
    public var assignment: ByteBuffer

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        protocolType: String? = nil,
        protocolName: String? = nil,
        assignment: ByteBuffer = ByteBuffer()
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        self.errorCode = try reader.readInt16()
        if version >= 5 {
            self.protocolType = try reader.readNullableString(compact: flexible)
            self.protocolName = try reader.readNullableString(compact: flexible)
        }
        self.assignment = try reader.readBytes(compact: flexible)
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeInteger(self.errorCode)
        if version >= 5 {
            buffer.writeNullableWireString(self.protocolType, compact: flexible)
            buffer.writeNullableWireString(self.protocolName, compact: flexible)
        }
        buffer.writeWireBytes(self.assignment, compact: flexible)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
