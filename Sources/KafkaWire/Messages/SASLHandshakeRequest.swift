// Generated from Descriptors/SaslHandshake.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Chooses a SASL mechanism.
///
/// Covers versions 0–1, none of them flexible.
public struct SASLHandshakeRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = SASLHandshakeResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .saslHandshake }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

    /// The SASL mechanism to use.
    public var mechanism: String

    /// Memberwise; every field may be left at its default.
    public init(
        mechanism: String = ""
    ) {
        self.mechanism = mechanism
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.mechanism = try reader.readString(compact: false)
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeWireString(self.mechanism, compact: false)
    }
}
