import NIOCore
import Testing

@testable import KafkaWire

/// A message that can be made of random values, each valid in `version`; fields the version lacks keep their defaults.
protocol RandomMessage: KafkaMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self
}

/// One kind of message, without its type, so that a test can run over all of them.
struct MessageCase: Sendable, CustomTestStringConvertible {
    let name: String
    let versions: ClosedRange<Int16>
    /// The bytes of a random message.
    let randomBytes: @Sendable (_ version: Int16, _ random: inout RandomValues) -> ByteBuffer
    /// Reads a message and writes it again; throws what the reader throws.
    let recode: @Sendable (_ bytes: ByteBuffer, _ version: Int16) throws -> Recoded
    /// Expects a random message to survive writing and reading.
    let expectRoundTrip: @Sendable (_ version: Int16, _ random: inout RandomValues) throws -> Void

    struct Recoded: Equatable {
        var bytes: ByteBuffer
        var unreadBytes: Int
    }

    var testDescription: String { self.name }

    static func of<Message: RandomMessage>(_ type: Message.Type, _ name: String) -> MessageCase {
        MessageCase(
            name: name, versions: Message.validVersions,
            randomBytes: { version, random in
                var buffer = ByteBuffer()
                Message.random(version: version, using: &random).encode(to: &buffer, version: version)
                return buffer
            },
            recode: { bytes, version in
                var reader = WireReader(bytes)
                let message = try Message(from: &reader, version: version)
                var buffer = ByteBuffer()
                message.encode(to: &buffer, version: version)
                return Recoded(bytes: buffer, unreadBytes: reader.bytesRemaining)
            },
            expectRoundTrip: { version, random in
                let message = Message.random(version: version, using: &random)
                var buffer = ByteBuffer()
                message.encode(to: &buffer, version: version)
                var reader = WireReader(buffer)
                let read = try Message(from: &reader, version: version)
                #expect(read == message, "version \(version)")
                #expect(reader.bytesRemaining == 0, "version \(version)")
            })
    }
}

/// The seeds of a test run; a failure names its seed, and it is kept by adding it here.
let seeds: [UInt64] = [1, 2, 3]
