// Generated from Descriptors/DeleteGroups.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Deletes empty consumer groups.
///
/// Covers versions 0–2, flexible from 2.
public struct DeleteGroupsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...2 }

    /// Milliseconds for which a quota held the request back; 0 for none.
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
        let flexible = version >= 2
        self.throttleTimeMS = try reader.readInt32()
        let groupsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
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
        let flexible = version >= 2
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeArrayCount(self.groups.count, compact: flexible)
        for element in self.groups {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–2.
    public struct Group: Sendable, Equatable {
        /// The consumer group.
        public var groupID: String
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16

        /// Memberwise; every field may be left at its default.
        public init(
            groupID: String = "",
            errorCode: Int16 = 0
        ) {
            self.groupID = groupID
            self.errorCode = errorCode
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            self.groupID = try reader.readString(compact: flexible)
            self.errorCode = try reader.readInt16()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeWireString(self.groupID, compact: flexible)
            buffer.writeInteger(self.errorCode)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
