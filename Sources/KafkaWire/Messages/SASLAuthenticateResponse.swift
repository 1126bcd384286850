// Generated from Descriptors/SaslAuthenticate.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Carries one SASL token each way.
///
/// Covers versions 0–2, flexible from 2.
public struct SASLAuthenticateResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...2 }

    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The error in words.
    public var errorMessage: String?
    /// A token of the SASL mechanism.
    public var authBytes: ByteBuffer
    /// Milliseconds until the client must authenticate again; 0 for never (versions 1–2).
    public var sessionLifetimeMS: Int64

    /// Memberwise; every field may be left at its default.
    public init(
        errorCode: Int16 = 0,
        errorMessage: String? = nil,
        authBytes: ByteBuffer = ByteBuffer(),
        sessionLifetimeMS: Int64 = 0
    ) {
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.authBytes = authBytes
        self.sessionLifetimeMS = sessionLifetimeMS
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        self.errorCode = try reader.readInt16()
        self.errorMessage = try reader.readNullableString(compact: flexible)
        self.authBytes = try reader.readBytes(compact: flexible)
        if version >= 1 {
            self.sessionLifetimeMS = try reader.readInt64()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeInteger(self.errorCode)
        buffer.writeNullableWireString(self.errorMessage, compact: flexible)
        buffer.writeWireBytes(self.authBytes, compact: flexible)
        if version >= 1 {
            buffer.writeInteger(self.sessionLifetimeMS)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
