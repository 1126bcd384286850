// Generated from Descriptors/ListGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the groups that a broker coordinates.
///
/// Covers versions 0–5, flexible from 3.
public struct ListGroupsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 1–5).
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The consumer groups.
    public var groups: [Group]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        groups: [Group] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.groups = groups
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        if version >= 1 {
            self.throttleTimeMS = try reader.readInt32()
        }
        self.errorCode = try reader.readInt16()
        let groupsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
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
        let flexible = version >= 3
        if version >= 1 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeInteger(self.errorCode)
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
        /// The consumer group.
        public var groupID: String
        /// What the group is for; `consumer` for consumers.
        public var protocolType: String
        /// The state of the group, such as `Stable` (versions 4–5).
        public var groupState: String
        /// The kind of the group, such as `classic` (version 5).
        public var groupType: String

        /// Memberwise; every field may be left at its default.
        public init(
            groupID: String = "",
            protocolType: String = "",
            groupState: String = "",
            groupType: String = ""
        ) {
            self.groupID = groupID
            self.protocolType = protocolType
            self.groupState = groupState
            self.groupType = groupType
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 3
            self.groupID = try reader.readString(compact: flexible)
            self.protocolType = try reader.readString(compact: flexible)
            if version >= 4 {
                self.groupState = try reader.readString(compact: flexible)
            }
            if version >= 5 {
                self.groupType = try reader.readString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 3
            buffer.writeWireString(self.groupID, compact: flexible)
            buffer.writeWireString(self.protocolType, compact: flexible)
            if version >= 4 {
                buffer.writeWireString(self.groupState, compact: flexible)
            }
            if version >= 5 {
                buffer.writeWireString(self.groupType, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
