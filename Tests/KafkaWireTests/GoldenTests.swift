import Foundation
import NIOCore
import Testing

@testable import KafkaWire

/// Bytes of real clients, read and written again.
@Suite("Golden bytes")
struct GoldenTests {
    /// A frame that a client sent, or that it was sent and accepted.
    struct Capture: Sendable, CustomTestStringConvertible {
        var client: String
        var line: Int
        var isRequest: Bool
        var api: APIKey
        var version: Int16
        var frame: ByteBuffer

        var testDescription: String {
            "\(self.client):\(self.line) \(self.isRequest ? "request" : "response") \(self.api.name) \(self.version)"
        }
    }

    @Test("A client's request is read whole and written again byte for byte", arguments: try captures(ofRequests: true))
    func request(_ capture: Capture) throws {
        var reader = WireReader(capture.frame)
        let header = try RequestHeader(from: &reader)
        #expect(header.api == capture.api)
        #expect(header.apiVersion == capture.version)

        let body = try capture.api.message("request").recode(reader.remainder, capture.version)
        #expect(body.unreadBytes == 0)
        var written = ByteBuffer()
        header.encode(to: &written)
        written.writeImmutableBuffer(body.bytes)
        #expect(written == capture.frame)
    }

    @Test("A response that a client accepted comes out the same", arguments: try captures(ofRequests: false))
    func response(_ capture: Capture) throws {
        var reader = WireReader(capture.frame)
        let header = try ResponseHeader(from: &reader, api: capture.api, version: capture.version)

        let body = try capture.api.message("response").recode(reader.remainder, capture.version)
        #expect(body.unreadBytes == 0)
        var written = ByteBuffer()
        header.encode(to: &written, api: capture.api, version: capture.version)
        written.writeImmutableBuffer(body.bytes)
        #expect(written == capture.frame)
    }

    @Test("What a client means is what is read: a Produce of librdkafka")
    func produceOfLibrdkafka() throws {
        let capture = try #require(
            Self.captures(ofRequests: true).first { $0.client.hasPrefix("kcat") && $0.api == .produce })
        var reader = WireReader(capture.frame)
        #expect(try RequestHeader(from: &reader).clientID == "rdkafka")
        let request = try ProduceRequest(from: &reader, version: capture.version)
        #expect(request.transactionalID == nil)
        #expect(request.acks == -1)
        #expect(request.topics.map(\.name) == ["orders"])
        let records = try #require(request.topics.first?.partitions.first?.records)
        // Magic, behind base offset, length and leader epoch.
        #expect(records.getInteger(at: records.readerIndex + 16, as: UInt8.self) == 2)
    }

    @Test("What a client means is what is read: a JoinGroup of the Java client")
    func joinGroupOfJava() throws {
        let capture = try #require(
            Self.captures(ofRequests: true).last { $0.client.hasPrefix("kafka-clients") && $0.api == .joinGroup })
        var reader = WireReader(capture.frame)
        _ = try RequestHeader(from: &reader)
        let request = try JoinGroupRequest(from: &reader, version: capture.version)
        #expect(request.groupID == "g")
        #expect(request.sessionTimeoutMS == 6000)
        #expect(request.protocolType == "consumer")
        #expect(request.protocols.map(\.name) == ["range", "cooperative-sticky"])
        let metadata = try #require(request.protocols.first?.metadata)
        let subscription = try ConsumerProtocolSubscription(metadata: metadata)
        #expect(subscription.topics == ["orders"])
        #expect(subscription.rackID == "r1")
    }

    private static func captures(ofRequests isRequest: Bool) throws -> [Capture] {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        var captures: [Capture] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path()).sorted() {
            guard file.hasSuffix(".hex") else { continue }
            let text = try String(contentsOf: directory.appending(path: file), encoding: .utf8)
            for (index, line) in text.split(separator: "\n").enumerated() where !line.hasPrefix("#") {
                let words = line.split(separator: " ").map(String.init)
                try #require(words.count == 4, "\(file):\(index + 1)")
                guard (words[0] == "request") == isRequest else { continue }
                captures.append(
                    Capture(
                        client: file, line: index + 1, isRequest: isRequest,
                        api: try #require(APIKey.allCases.first { $0.name == words[1] }),
                        version: try #require(Int16(words[2])), frame: try ByteBuffer(plainHexEncodedBytes: words[3])))
            }
        }
        return captures
    }
}

extension APIKey {
    /// The message of this API in the given role.
    fileprivate func message(_ role: String) throws -> MessageCase {
        try #require(everyMessage.first { $0.name.lowercased() == "\(self)\(role)".lowercased() })
    }
}
