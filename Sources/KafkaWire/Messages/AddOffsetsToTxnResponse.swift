// Generated from Descriptors/AddOffsetsToTxn.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Enters a group's offsets into a transaction.
///
/// Covers versions 0–3, flexible from 3.
public struct AddOffsetsToTxnResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        self.throttleTimeMS = try reader.readInt32()
        self.errorCode = try reader.readInt16()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeInteger(self.errorCode)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
