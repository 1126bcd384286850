// Generated from Descriptors/InitProducerId.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Gives a producer its id and epoch.
///
/// Covers versions 0–5, flexible from 2.
public struct InitProducerIDRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = InitProducerIDResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .initProducerID }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...5 }

    /// The name under which a producer's transactions continue after a restart; nil without transactions.
    public var transactionalID: String?
    /// Milliseconds after which an open transaction is aborted.
    public var transactionTimeoutMS: Int32
    /// The producer's id; -1 for none (versions 3–5).
    public var producerID: Int64
    /// The epoch that fences older producers of the same id; -1 for none (versions 3–5).
    public var producerEpoch: Int16

    /// Memberwise; every field may be left at its default.
    public init(
        transactionalID: String? = nil,
        transactionTimeoutMS: Int32 = 0,
        producerID: Int64 = -1,
        producerEpoch: Int16 = -1
    ) {
        self.transactionalID = transactionalID
        self.transactionTimeoutMS = transactionTimeoutMS
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        self.transactionalID = try reader.readNullableString(compact: flexible)
        self.transactionTimeoutMS = try reader.readInt32()
        if version >= 3 {
            self.producerID = try reader.readInt64()
            self.producerEpoch = try reader.readInt16()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeNullableWireString(self.transactionalID, compact: flexible)
        buffer.writeInteger(self.transactionTimeoutMS)
        if version >= 3 {
            buffer.writeInteger(self.producerID)
            buffer.writeInteger(self.producerEpoch)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
