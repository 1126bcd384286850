public import NIOCore

/// A request, a response or an embedded structure.
///
/// `version` must lie in `validVersions`; outside it the bytes are those of the nearest version and mean nothing to
/// anyone.
public protocol KafkaMessage: Equatable, Sendable {
    /// The versions that can be read and written.
    static var validVersions: ClosedRange<Int16> { get }

    /// Reads the fields that `version` has; the others keep their defaults. Bytes after the last field stay unread.
    init(from reader: inout WireReader, version: Int16) throws(WireError)

    /// Writes the fields that `version` has and leaves out the others.
    func encode(to buffer: inout ByteBuffer, version: Int16)
}

/// The asking half of an API.
public protocol KafkaRequest: KafkaMessage {
    associatedtype Response: KafkaMessage

    /// The API this request belongs to.
    static var apiKey: APIKey { get }
}

extension KafkaRequest {
    /// Appends a whole frame to `buffer`: length, header, this request.
    public func encodeFrame(to buffer: inout ByteBuffer, version: Int16, correlationID: Int32, clientID: String?) {
        let frame = Frame.begin(in: &buffer)
        RequestHeader(api: Self.apiKey, version: version, correlationID: correlationID, clientID: clientID)
            .encode(to: &buffer)
        self.encode(to: &buffer, version: version)
        Frame.end(frame, in: &buffer)
    }

    /// Appends a whole frame to `buffer`: length, header, the response to a request of this kind.
    public static func encodeFrame(
        of response: Response, to buffer: inout ByteBuffer, version: Int16, correlationID: Int32
    ) {
        let frame = Frame.begin(in: &buffer)
        ResponseHeader(correlationID: correlationID).encode(to: &buffer, api: Self.apiKey, version: version)
        response.encode(to: &buffer, version: version)
        Frame.end(frame, in: &buffer)
    }
}
