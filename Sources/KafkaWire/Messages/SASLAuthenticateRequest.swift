// Generated from Descriptors/SaslAuthenticate.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Carries one SASL token each way.
///
/// Covers versions 0–2, flexible from 2.
public struct SASLAuthenticateRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = SASLAuthenticateResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .saslAuthenticate }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...2 }

    /// A token of the SASL mechanism.
    public var authBytes: ByteBuffer

    /// Memberwise; every field may be left at its default.
    public init(
        authBytes: ByteBuffer = ByteBuffer()
    ) {
        self.authBytes = authBytes
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        self.authBytes = try reader.readBytes(compact: flexible)
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeWireBytes(self.authBytes, compact: flexible)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
