// Generated from Descriptors/SyncGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Carries the leader's assignment to the members of a generation.
///
/// Covers versions 0–5, flexible from 4.
public struct SyncGroupRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = SyncGroupResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .syncGroup }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// The consumer group.
    public var groupID: String
    /// The generation of the group; -1 outside of one.
    public var generationID: Int32
    /// The id that the coordinator gave the member; empty before it has one.
    public var memberID: String
    /// The name of a static member; nil for a dynamic one (versions 3–5).
    public var groupInstanceID: String?
    /// What the group is for; `consumer` for consumers (version 5).
    public var protocolType: String?
    /// The name of the assignor that the group chose (version 5).
    public var protocolName: String?
    /// What each receives; in the admin APIs, the brokers of each new partition.
    public var assignments: [Assignment]

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        generationID: Int32 = 0,
        memberID: String = "",
        groupInstanceID: String? = nil,
        protocolType: String? = nil,
        protocolName: String? = nil,
        assignments: [Assignment] = []
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
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
        if version >= 5 {
            self.protocolType = try reader.readNullableString(compact: flexible)
            self.protocolName = try reader.readNullableString(compact: flexible)
        }
        let assignmentsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.assignments.reserveCapacity(assignmentsCount)
        for _ in 0..<assignmentsCount {
            self.assignments.append(try Assignment(from: &reader, version: version))
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
        if version >= 5 {
            buffer.writeNullableWireString(self.protocolType, compact: flexible)
            buffer.writeNullableWireString(self.protocolName, compact: flexible)
        }
        buffer.writeArrayCount(self.assignments.count, compact: flexible)
        for element in self.assignments {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–5.
    public struct Assignment: Sendable, Equatable {
        /// The id that the coordinator gave the member; empty before it has one.
        public var memberID: String
        /// Bytes that the group's protocol defines, handed to one member.
        public var assignment: ByteBuffer

        /// Memberwise; every field may be left at its default.
        public init(
            memberID: String = "",
            assignment: ByteBuffer = ByteBuffer()
        ) {
            self.memberID = memberID
            self.assignment = assignment
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.memberID = try reader.readString(compact: flexible)
            self.assignment = try reader.readBytes(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeWireString(self.memberID, compact: flexible)
            buffer.writeWireBytes(self.assignment, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
