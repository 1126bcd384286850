// Generated from Descriptors/InitProducerId.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Gives a producer its id and epoch.
///
/// Covers versions 0–5, flexible from 2.
public struct InitProducerIDResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The producer's id; -1 for none.
    public var producerID: Int64
    /// The epoch that fences older producers of the same id; -1 for none.
    public var producerEpoch: Int16

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        producerID: Int64 = -1,
        producerEpoch: Int16 = 0
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        self.throttleTimeMS = try reader.readInt32()
        self.errorCode = try reader.readInt16()
        self.producerID = try reader.readInt64()
        self.producerEpoch = try reader.readInt16()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeInteger(self.throttleTimeMS)
        buffer.writeInteger(self.errorCode)
        buffer.writeInteger(self.producerID)
        buffer.writeInteger(self.producerEpoch)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
