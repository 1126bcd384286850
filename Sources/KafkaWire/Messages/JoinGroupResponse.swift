// Generated from Descriptors/JoinGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Enters a consumer group and waits for the next generation.
///
/// Covers versions 0–9, flexible from 6.
public struct JoinGroupResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...9 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 2–9).
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The generation of the group; -1 outside of one.
    public var generationID: Int32
    /// What the group is for; `consumer` for consumers (versions 7–9).
    public var protocolType: String?
    /// The name of the assignor that the group chose (nil only in versions 7–9, elsewhere written as empty).
    public var protocolName: String?
    /// The member that makes the assignment.
    public var leader: String
    /// Whether the leader should leave the assignment as it is (version 9).
    public var skipAssignment: Bool
    /// The id that the coordinator gave the member; empty before it has one.
    public var memberID: String
    /// The members of the group.
    public var members: [Member]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        generationID: Int32 = -1,
        protocolType: String? = nil,
        protocolName: String? = nil,
        leader: String = "",
        skipAssignment: Bool = false,
        memberID: String = "",
        members: [Member] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.generationID = generationID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leader = leader
        self.skipAssignment = skipAssignment
        self.memberID = memberID
        self.members = members
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 6
        if version >= 2 {
            self.throttleTimeMS = try reader.readInt32()
        }
        self.errorCode = try reader.readInt16()
        self.generationID = try reader.readInt32()
        if version >= 7 {
            self.protocolType = try reader.readNullableString(compact: flexible)
        }
        self.protocolName = try reader.readNullableString(compact: flexible, nullable: version >= 7)
        self.leader = try reader.readString(compact: flexible)
        if version >= 9 {
            self.skipAssignment = try reader.readBool()
        }
        self.memberID = try reader.readString(compact: flexible)
        let membersCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
        self.members.reserveCapacity(membersCount)
        for _ in 0..<membersCount {
            self.members.append(try Member(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 6
        if version >= 2 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeInteger(self.errorCode)
        buffer.writeInteger(self.generationID)
        if version >= 7 {
            buffer.writeNullableWireString(self.protocolType, compact: flexible)
        }
        buffer.writeNullableWireString(self.protocolName, compact: flexible, nullable: version >= 7)
        buffer.writeWireString(self.leader, compact: flexible)
        if version >= 9 {
            buffer.writeWireBool(self.skipAssignment)
        }
        buffer.writeWireString(self.memberID, compact: flexible)
        buffer.writeArrayCount(self.members.count, compact: flexible)
        for element in self.members {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–9.
    public struct Member: Sendable, Equatable {
        /// The id that the coordinator gave the member; empty before it has one.
        public var memberID: String
        /// The name of a static member; nil for a dynamic one (versions 5–9).
        public var groupInstanceID: String?
        /// In groups, bytes that the group's protocol defines; with offsets, text kept beside the offset.
        public var metadata: ByteBuffer

        /// Memberwise; every field may be left at its default.
        public init(
            memberID: String = "",
            groupInstanceID: String? = nil,
            metadata: ByteBuffer = ByteBuffer()
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.metadata = metadata
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 6
            self.memberID = try reader.readString(compact: flexible)
            if version >= 5 {
                self.groupInstanceID = try reader.readNullableString(compact: flexible)
            }
            self.metadata = try reader.readBytes(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 6
            buffer.writeWireString(self.memberID, compact: flexible)
            if version >= 5 {
                buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
            }
            buffer.writeWireBytes(self.metadata, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
