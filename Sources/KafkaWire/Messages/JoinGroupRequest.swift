// Generated from Descriptors/JoinGroup.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Enters a consumer group and waits for the next generation.
///
/// Covers versions 0–9, flexible from 6.
public struct JoinGroupRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = JoinGroupResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .joinGroup }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...9 }

    /// The consumer group.
    public var groupID: String
    /// Milliseconds without a heartbeat after which the member is removed.
    public var sessionTimeoutMS: Int32
    /// Milliseconds that members have to rejoin; -1 for the session timeout (versions 1–9).
    public var rebalanceTimeoutMS: Int32
    /// The id that the coordinator gave the member; empty before it has one.
    public var memberID: String
    /// The name of a static member; nil for a dynamic one (versions 5–9).
    public var groupInstanceID: String?
    /// What the group is for; `consumer` for consumers.
    public var protocolType: String
    /// The assignors the member supports, the preferred one first.
    public var protocols: [GroupProtocol]
    /// Why, in words (versions 8–9).
    public var reason: String?

    /// Memberwise; every field may be left at its default.
    public init(
        groupID: String = "",
        sessionTimeoutMS: Int32 = 0,
        rebalanceTimeoutMS: Int32 = -1,
        memberID: String = "",
        groupInstanceID: String? = nil,
        protocolType: String = "",
        protocols: [GroupProtocol] = [],
        reason: String? = nil
    ) {
        self.groupID = groupID
        self.sessionTimeoutMS = sessionTimeoutMS
        self.rebalanceTimeoutMS = rebalanceTimeoutMS
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.protocolType = protocolType
        self.protocols = protocols
        self.reason = reason
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 6
        self.groupID = try reader.readString(compact: flexible)
        self.sessionTimeoutMS = try reader.readInt32()
        if version >= 1 {
            self.rebalanceTimeoutMS = try reader.readInt32()
        }
        self.memberID = try reader.readString(compact: flexible)
        if version >= 5 {
            self.groupInstanceID = try reader.readNullableString(compact: flexible)
        }
        self.protocolType = try reader.readString(compact: flexible)
        let protocolsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.protocols.reserveCapacity(protocolsCount)
        for _ in 0..<protocolsCount {
            self.protocols.append(try GroupProtocol(from: &reader, version: version))
        }
        if version >= 8 {
            self.reason = try reader.readNullableString(compact: flexible)
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 6
        buffer.writeWireString(self.groupID, compact: flexible)
        buffer.writeInteger(self.sessionTimeoutMS)
        if version >= 1 {
            buffer.writeInteger(self.rebalanceTimeoutMS)
        }
        buffer.writeWireString(self.memberID, compact: flexible)
        if version >= 5 {
            buffer.writeNullableWireString(self.groupInstanceID, compact: flexible)
        }
        buffer.writeWireString(self.protocolType, compact: flexible)
        buffer.writeArrayCount(self.protocols.count, compact: flexible)
        for element in self.protocols {
            element.encode(to: &buffer, version: version)
        }
        if version >= 8 {
            buffer.writeNullableWireString(self.reason, compact: flexible)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–9.
    public struct GroupProtocol: Sendable, Equatable {
        /// The name.
        public var name: String
        /// In groups, bytes that the group's protocol defines; with offsets, text kept beside the offset.
        public var metadata: ByteBuffer

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            metadata: ByteBuffer = ByteBuffer()
        ) {
            self.name = name
            self.metadata = metadata
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 6
            self.name = try reader.readString(compact: flexible)
            self.metadata = try reader.readBytes(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 6
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeWireBytes(self.metadata, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
