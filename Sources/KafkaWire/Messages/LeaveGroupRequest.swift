// Generated from Descriptors/LeaveGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Removes members from a consumer group.
///
/// Covers versions 0–5, flexible from 4.
public struct LeaveGroupRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = LeaveGroupResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .leaveGroup }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// The consumer group.
    public var groupID: String
    /// The id that the coordinator gave the member; empty before it has one (versions 0–2).
    public var memberID: String
    /// The members of the group (versions 3–5).
    public var members: [Member]

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        memberID: String = "",
        members: [Member] = []
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.members = members
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        self.groupID = try reader.readString(compact: flexible)
        if version <= 2 {
            self.memberID = try reader.readString(compact: flexible)
        }
        if version >= 3 {
            let membersCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.members.reserveCapacity(membersCount)
            for _ in 0..<membersCount {
                self.members.append(try Member(from: &reader, version: version))
            }
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 4
        buffer.writeWireString(self.groupID, compact: flexible)
        if version <= 2 {
            buffer.writeWireString(self.memberID, compact: flexible)
        }
        if version >= 3 {
            buffer.writeArrayCount(self.members.count, compact: flexible)
            for element in self.members {
                element.encode(to: &buffer, version: version)
            }
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 3–5.
    public struct Member: Sendable, Equatable {
        /// The id that the coordinator gave the member; empty before it has one.
        public var memberID: String
        /// The name of a static member; nil for a dynamic one.
        public var groupInstanceID: String?
        /// Why, in words (version 5).
        public var reason: String?

        /// Memberwise; every field may be left at its default.
        public init(
            memberID: String = "",
            groupInstanceID: String? = nil,
            reason: String? = nil
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.reason = reason
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.memberID = try reader.readString(compact: flexible)
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
            if version >= 5 {
                self.reason = try reader.readNullableString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeWireString(self.memberID, compact: flexible)
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
            if version >= 5 {
                buffer.writeNullableWireString(self.reason, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
