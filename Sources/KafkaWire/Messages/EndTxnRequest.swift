// Generated from Descriptors/EndTxn.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Commits or aborts a transaction.
///
/// Covers versions 0–3, flexible from 3.
public struct EndTxnRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = EndTxnResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .endTxn }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...3 }

    /// The name under which a producer's transactions continue after a restart; nil without transactions.
    public var transactionalID: String
    /// The producer's id; -1 for none.
    public var producerID: Int64
    /// The epoch that fences older producers of the same id; -1 for none.
    public var producerEpoch: Int16
    /// True to commit, false to abort.
    public var committed: Bool

    /// Memberwise; every field may be left at its default.
    public init(
        transactionalID: String = "",
        producerID: Int64 = 0,
        producerEpoch: Int16 = 0,
        committed: Bool = false
    ) {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.committed = committed
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        self.transactionalID = try reader.readString(compact: flexible)
        self.producerID = try reader.readInt64()
        self.producerEpoch = try reader.readInt16()
        self.committed = try reader.readBool()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        buffer.writeWireString(self.transactionalID, compact: flexible)
        buffer.writeInteger(self.producerID)
        buffer.writeInteger(self.producerEpoch)
        buffer.writeWireBool(self.committed)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
