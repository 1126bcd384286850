// Request header    v1: int16 key, int16 version, int32 correlation id, nullable string client id
//                   v2: the same and tagged fields; the client id keeps its int16 length
// Response header   v0: int32 correlation id
//                   v1: the same and tagged fields
//
// Flexible versions have the later header, with one exception: responses of ApiVersions always have v0, so that a
// client can read the refusal of a version it guessed.

public import NIOCore

/// What precedes every request.
public struct RequestHeader: Equatable, Sendable {
    /// The API's key as it came; it may be one we do not know.
    public var apiKey: Int16
    /// The API's version as it came; it may be one we do not serve.
    public var apiVersion: Int16
    /// Chosen by the client, repeated in the response.
    public var correlationID: Int32
    /// The name the client gave itself.
    public var clientID: String?

    /// The header of a request that is to be sent.
    public init(api: APIKey, version: Int16, correlationID: Int32, clientID: String?) {
        self.apiKey = api.rawValue
        self.apiVersion = version
        self.correlationID = correlationID
        self.clientID = clientID
    }

    /// Reads a header; for an unknown API only up to the correlation id, since the rest has no known form.
    public init(from reader: inout WireReader) throws(WireError) {
        self.apiKey = try reader.readInt16()
        self.apiVersion = try reader.readInt16()
        self.correlationID = try reader.readInt32()
        guard let api = APIKey(rawValue: self.apiKey) else { return }
        self.clientID = try reader.readNullableString(compact: false)
        if api.isFlexible(version: self.apiVersion) { try reader.skipTaggedFields() }
    }

    /// The API, if this module knows it.
    public var api: APIKey? { APIKey(rawValue: self.apiKey) }

    /// Writes the header in the form that key and version ask for.
    public func encode(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(self.apiKey, self.apiVersion, self.correlationID)
        buffer.writeNullableWireString(self.clientID, compact: false)
        if self.api?.isFlexible(version: self.apiVersion) == true { buffer.writeUnsignedVarint(0) }
    }
}

/// What precedes every response.
public struct ResponseHeader: Equatable, Sendable {
    /// The one of the request.
    public var correlationID: Int32

    /// The header of a response that is to be sent.
    public init(correlationID: Int32) {
        self.correlationID = correlationID
    }

    /// Reads the header of a response to `api` at `version`.
    public init(from reader: inout WireReader, api: APIKey, version: Int16) throws(WireError) {
        self.correlationID = try reader.readInt32()
        if api.hasFlexibleResponseHeader(version: version) { try reader.skipTaggedFields() }
    }

    /// Writes the header of a response to `api` at `version`.
    public func encode(to buffer: inout ByteBuffer, api: APIKey, version: Int16) {
        buffer.writeInteger(self.correlationID)
        if api.hasFlexibleResponseHeader(version: version) { buffer.writeUnsignedVarint(0) }
    }
}
