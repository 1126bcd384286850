// Generated from Descriptors/DescribeGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows state and members of consumer groups.
///
/// Covers versions 0–5, flexible from 5.
public struct DescribeGroupsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–5).
    public var throttleTimeMS: Int32
    /// The consumer groups.
    public var groups: [Group]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        groups: [Group] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.groups = groups
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 5
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        let groupsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 12)
        self.groups.reserveCapacity(groupsCount)
        for _ in 0..<groupsCount {
            self.groups.append(try Group(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 5
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeArrayCount(self.groups.count, compact: flexible)
        for element in self.groups {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–5.
    public struct Group: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The consumer group.
        public var groupID: String
        /// The state of the group, such as `Stable`.
        public var groupState: String
        /// What the group is for; `consumer` for consumers.
        public var protocolType: String
        /// The name of the assignor that the group chose.
        public var protocolData: String
        /// The members of the group.
        public var members: [Member]
        /// Bit set of the operations the client may do; the least int32 if not asked for (versions 3–5).
        public var authorizedOperations: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            groupID: String = "",
            groupState: String = "",
            protocolType: String = "",
            protocolData: String = "",
            members: [Member] = [],
            authorizedOperations: Int32 = -2147483648
        ) {
            self.errorCode = errorCode
            self.groupID = groupID
            self.groupState = groupState
            self.protocolType = protocolType
            self.protocolData = protocolData
            self.members = members
            self.authorizedOperations = authorizedOperations
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.errorCode = try reader.readInt16()
            self.groupID = try reader.readString(compact: flexible)
            self.groupState = try reader.readString(compact: flexible)
            self.protocolType = try reader.readString(compact: flexible)
            self.protocolData = try reader.readString(compact: flexible)
            let membersCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 7)
            self.members.reserveCapacity(membersCount)
            for _ in 0..<membersCount {
                self.members.append(try Member(from: &reader, version: version))
            }
            if version >= 3 {
                self.authorizedOperations = try reader.readInt32()
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 5
            buffer.writeInteger(self.errorCode)
            buffer.writeWireString(self.groupID, compact: flexible)
            buffer.writeWireString(self.groupState, compact: flexible)
            buffer.writeWireString(self.protocolType, compact: flexible)
            buffer.writeWireString(self.protocolData, compact: flexible)
            buffer.writeArrayCount(self.members.count, compact: flexible)
            for element in self.members {
                element.encode(to: &buffer, version: version)
            }
            if version >= 3 {
                buffer.writeInteger(self.authorizedOperations)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–5.
    public struct Member: Sendable, Equatable {
        /// The id that the coordinator gave the member; empty before it has one.
        public var memberID: String
        /// The name of a static member; nil for a dynamic one (versions 4–5).
        public var groupInstanceID: String?
        /// The name the client gave itself.
        public var clientID: String
        /// The host that the member came from.
        public var clientHost: String
        /// The bytes the member joined with.
        public var memberMetadata: ByteBuffer
        /// The bytes the member received from the group's leader.
        public var memberAssignment: ByteBuffer

        /// Memberwise; every field may be left at its default.
        public init(
            memberID: String = "",
            groupInstanceID: String? = nil,
            clientID: String = "",
            clientHost: String = "",
            memberMetadata: ByteBuffer = ByteBuffer(),
            memberAssignment: ByteBuffer = ByteBuffer()
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.memberMetadata = memberMetadata
            self.memberAssignment = memberAssignment
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 5
            self.memberID = try reader.readString(compact: flexible)
            if version >= 4 {
                self.groupInstanceID = try reader.readNullableString(compact: flexible)
            }
            self.clientID = try reader.readString(compact: flexible)
            self.clientHost = try reader.readString(compact: flexible)
            self.memberMetadata = try reader.readBytes(compact: flexible)
            self.memberAssignment = try reader.readBytes(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 5
            buffer.writeWireString(self.memberID, compact: flexible)
            if version >= 4 {
                buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
            }
            buffer.writeWireString(self.clientID, compact: flexible)
            buffer.writeWireString(self.clientHost, compact: flexible)
            buffer.writeWireBytes(self.memberMetadata, compact: flexible)
            buffer.writeWireBytes(self.memberAssignment, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
