import NIOCore
import Testing

@testable import KafkaWire

@Suite("Headers")
struct HeaderTests {
    @Test("A request header reads back in every version of every API", arguments: APIKey.allCases)
    func requestRoundTrip(api: APIKey) throws {
        for version in api.validVersions {
            for clientID in [nil, "", "rdkafka"] {
                let header = RequestHeader(api: api, version: version, correlationID: -7, clientID: clientID)
                var buffer = ByteBuffer()
                header.encode(to: &buffer)
                var reader = WireReader(buffer)
                #expect(try RequestHeader(from: &reader) == header)
                #expect(reader.bytesRemaining == 0)
            }
        }
    }

    @Test("Flexible versions carry tagged fields after a client id that stays classic")
    func flexibleRequest() throws {
        var classic = ByteBuffer()
        RequestHeader(api: .metadata, version: 8, correlationID: 1, clientID: "c").encode(to: &classic)
        #expect([UInt8](buffer: classic) == [0, 3, 0, 8, 0, 0, 0, 1, 0, 1, 0x63])
        var flexible = ByteBuffer()
        RequestHeader(api: .metadata, version: 9, correlationID: 1, clientID: "c").encode(to: &flexible)
        #expect([UInt8](buffer: flexible) == [0, 3, 0, 9, 0, 0, 0, 1, 0, 1, 0x63, 0])
    }

    @Test("A version that is newer than ours still has a header we can read")
    func futureVersion() throws {
        var buffer = ByteBuffer(bytes: [0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff, 1, 0, 2, 0xaa, 0xbb])
        buffer.writeInteger(UInt8(42))
        var reader = WireReader(buffer)
        let header = try RequestHeader(from: &reader)
        #expect(header.api == .apiVersions)
        #expect(header.apiVersion == 99)
        #expect(reader.bytesRemaining == 1)
    }

    @Test("The header of an unknown API is read as far as it is certain")
    func unknownAPI() throws {
        var reader = WireReader(ByteBuffer(bytes: [0x7f, 0xff, 0, 1, 0, 0, 0, 5, 0xde, 0xad]))
        let header = try RequestHeader(from: &reader)
        #expect(header.api == nil)
        #expect(header.apiKey == 0x7fff)
        #expect(header.correlationID == 5)
        #expect(reader.bytesRemaining == 2)
    }

    @Test("Responses of ApiVersions never have tagged fields in their header")
    func responseHeaders() throws {
        for api in APIKey.allCases {
            for version in api.validVersions {
                var buffer = ByteBuffer()
                ResponseHeader(correlationID: 9).encode(to: &buffer, api: api, version: version)
                let isFlexible = api != .apiVersions && api.isFlexible(version: version)
                #expect(buffer.readableBytes == (isFlexible ? 5 : 4), "\(api) \(version)")
                var reader = WireReader(buffer)
                #expect(try ResponseHeader(from: &reader, api: api, version: version).correlationID == 9)
                #expect(reader.bytesRemaining == 0)
            }
        }
    }

    @Test("A request and its response travel in frames")
    func frames() throws {
        var stream = ByteBuffer()
        HeartbeatRequest(groupID: "g", generationID: 4, memberID: "m")
            .encodeFrame(to: &stream, version: 4, correlationID: 11, clientID: nil)
        HeartbeatRequest.encodeFrame(of: HeartbeatResponse(errorCode: 27), to: &stream, version: 4, correlationID: 11)

        var reader = WireReader(try #require(try Frame.read(from: &stream, bytesMax: 1000)))
        #expect(try RequestHeader(from: &reader).correlationID == 11)
        #expect(try HeartbeatRequest(from: &reader, version: 4).generationID == 4)
        reader = WireReader(try #require(try Frame.read(from: &stream, bytesMax: 1000)))
        #expect(try ResponseHeader(from: &reader, api: .heartbeat, version: 4).correlationID == 11)
        #expect(try HeartbeatResponse(from: &reader, version: 4).errorCode == KafkaError.rebalanceInProgress.rawValue)
        #expect(stream.readableBytes == 0)
    }
}
