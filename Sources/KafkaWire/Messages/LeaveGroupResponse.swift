// Generated from Descriptors/LeaveGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Removes members from a consumer group.
///
/// Covers versions 0–5, flexible from 4.
public struct LeaveGroupResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–5).
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The members of the group (versions 3–5).
    public var members: [Member]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        members: [Member] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.members = members
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 4
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        self.errorCode = try reader.readInt16()
        if version >= 3 {
            let membersCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 5)
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
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeInteger(self.errorCode)
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
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            memberID: String = "",
            groupInstanceID: String? = nil,
            errorCode: Int16 = 0
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.errorCode = errorCode
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 4
            self.memberID = try reader.readString(compact: flexible)
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
            self.errorCode = try reader.readInt16()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 4
            buffer.writeWireString(self.memberID, compact: flexible)
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
            buffer.writeInteger(self.errorCode)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
