// Generated from Descriptors/ApiVersions.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the APIs and versions that a broker serves.
///
/// Covers versions 0–4, flexible from 3.
public struct APIVersionsRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = APIVersionsResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .apiVersions }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// The client library (versions 3–4).
    public var clientSoftwareName: String
    /// The version of the client library (versions 3–4).
    public var clientSoftwareVersion: String

    /// Memberwise; every field may be left at its default.
    public init(
        clientSoftwareName: String = "",
        clientSoftwareVersion: String = ""
    ) {
        self.clientSoftwareName = clientSoftwareName
        self.clientSoftwareVersion = clientSoftwareVersion
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 3
        if version >= 3 {
            self.clientSoftwareName = try reader.readString(compact: flexible)
            self.clientSoftwareVersion = try reader.readString(compact: flexible)
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 3
        if version >= 3 {
            buffer.writeWireString(self.clientSoftwareName, compact: flexible)
            buffer.writeWireString(self.clientSoftwareVersion, compact: flexible)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }
}
