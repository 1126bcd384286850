// Generated from Descriptors/SaslHandshake.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Chooses a SASL mechanism.
///
/// Covers versions 0–1, none of them flexible.
public struct SASLHandshakeResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...1 }

    /// A `KafkaError`; 0 for none.
    public var errorCode: Int16
    /// The SASL mechanisms on offer.
    public var mechanisms: [String]

    /// Memberwise; every field may be left at its default.
    public init(
        errorCode: Int16 = 0,
        mechanisms: [String] = []
    ) {
        self.errorCode = errorCode
        self.mechanisms = mechanisms
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        self.errorCode = try reader.readInt16()
        let mechanismsCount = try reader.readArrayCount(compact: false, elementBytesMin: 2)
        self.mechanisms.reserveCapacity(mechanismsCount)
        for _ in 0..<mechanismsCount {
            self.mechanisms.append(try reader.readString(compact: false))
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        buffer.writeInteger(self.errorCode)
        buffer.writeArrayCount(self.mechanisms.count, compact: false)
        for element in self.mechanisms {
            buffer.writeWireString(element, compact: false)
        }
    }
}
