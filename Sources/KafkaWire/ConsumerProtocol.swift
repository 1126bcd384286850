// Consumers put their own structures into the opaque bytes of JoinGroup and SyncGroup: an int16 version, then the
// fields of that version. Later versions only append fields, so a reader takes what it knows and leaves the rest.

public import NIOCore

extension ConsumerProtocolSubscription {
    /// Reads the metadata of a JoinGroup member whose protocol type is `consumer`.
    public init(metadata: ByteBuffer) throws(WireError) {
        var reader = WireReader(metadata)
        let version = try readEmbeddedVersion(from: &reader, newest: Self.validVersions.upperBound)
        try self.init(from: &reader, version: version)
    }

    /// The metadata of a JoinGroup member.
    public func metadata(version: Int16) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(version)
        self.encode(to: &buffer, version: version)
        return buffer
    }
}

extension ConsumerProtocolAssignment {
    /// Reads the assignment of a SyncGroup response; no bytes at all are an empty assignment.
    public init(assignment: ByteBuffer) throws(WireError) {
        self.init()
        guard assignment.readableBytes > 0 else { return }
        var reader = WireReader(assignment)
        let version = try readEmbeddedVersion(from: &reader, newest: Self.validVersions.upperBound)
        try self.init(from: &reader, version: version)
    }

    /// The assignment of a SyncGroup request.
    public func assignment(version: Int16) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(version)
        self.encode(to: &buffer, version: version)
        return buffer
    }
}

private func readEmbeddedVersion(from reader: inout WireReader, newest: Int16) throws(WireError) -> Int16 {
    let version = try reader.readInt16()
    guard version >= 0 else { throw WireError(.negativeVersion(Int(version)), at: 0) }
    return min(version, newest)
}
