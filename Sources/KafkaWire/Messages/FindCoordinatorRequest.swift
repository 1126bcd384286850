// Generated from Descriptors/FindCoordinator.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Names the broker that serves a group or a transactional id.
///
/// Covers versions 0–6, flexible from 3.
public struct FindCoordinatorRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = FindCoordinatorResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .findCoordinator }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...6 }

    /// A group or transactional id (versions 0–3).
    public var key: String
    /// 0 group, 1 transactional id (versions 1–6).
    public var keyType: Int8
    /// Groups or transactional ids (versions 4–6).
    public var coordinatorKeys: [String]

    /// Memberwise; every field may be left at its default.
    public init(
        key: String = "",
        keyType: Int8 = 0,
        coordinatorKeys: [String] = []
    ) {
        self.key = key
        self.keyType = keyType
        self.coordinatorKeys = coordinatorKeys
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        if version <= 3 {
            self.key = try reader.readString(compact: flexible)
        }
        if version >= 1 {
            self.keyType = try reader.readInt8()
        }
        if version >= 4 {
            let coordinatorKeysCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 1)
            self.coordinatorKeys.reserveCapacity(coordinatorKeysCount)
            for _ in 0..<coordinatorKeysCount {
                self.coordinatorKeys.append(try reader.readString(compact: flexible))
            }
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        if version <= 3 {
            buffer.writeWireString(self.key, compact: flexible)
        }
        if version >= 1 {
            buffer.writeInteger(self.keyType)
        }
        if version >= 4 {
            buffer.writeArrayCount(self.coordinatorKeys.count, compact: flexible)
            for element in self.coordinatorKeys {
                buffer.writeWireString(element, compact: flexible)
            }
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
