import NIOCore
import Testing

@testable import KafkaWire

@Suite("Fields and versions")
struct VersionFieldTests {
    @Test("A field that a version lacks is not written and reads as its default")
    func absentField() throws {
        let request = FetchRequest(maxBytes: 5, sessionID: 77, sessionEpoch: 3, rackID: "r1")
        var buffer = ByteBuffer()
        request.encode(to: &buffer, version: 6)
        var reader = WireReader(buffer)
        let read = try FetchRequest(from: &reader, version: 6)
        #expect(read == FetchRequest(maxBytes: 5, sessionID: 0, sessionEpoch: -1, rackID: ""))
        #expect(reader.bytesRemaining == 0)
    }

    @Test("Nil is empty in a version that has no null: all topics in Metadata 0, null from 1")
    func nilBeforeNullable() throws {
        var buffer = ByteBuffer()
        MetadataRequest(topics: nil).encode(to: &buffer, version: 0)
        #expect([UInt8](buffer: buffer) == [0, 0, 0, 0])
        buffer.clear()
        MetadataRequest(topics: nil).encode(to: &buffer, version: 1)
        #expect([UInt8](buffer: buffer) == [0xff, 0xff, 0xff, 0xff])
    }

    @Test("Tagged fields with default values are never written, others are")
    func taggedDefaults() throws {
        var buffer = ByteBuffer()
        APIVersionsResponse(apiKeys: []).encode(to: &buffer, version: 3)
        // Error code, empty compact array, throttle time, no tagged fields.
        #expect([UInt8](buffer: buffer) == [0, 0, 1, 0, 0, 0, 0, 0])

        buffer.clear()
        let response = APIVersionsResponse(finalizedFeaturesEpoch: 2, zkMigrationReady: true)
        response.encode(to: &buffer, version: 3)
        #expect(
            [UInt8](buffer: buffer) == [0, 0, 1, 0, 0, 0, 0, 2, 1, 8, 0, 0, 0, 0, 0, 0, 0, 2, 3, 1, 1])
        var reader = WireReader(buffer)
        #expect(try APIVersionsResponse(from: &reader, version: 3) == response)
    }

    @Test("Known tagged fields are found among unknown ones")
    func knownAmongUnknown() throws {
        let bytes: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 3, 1, 8, 0, 0, 0, 0, 0, 0, 0, 2, 2, 1, 1, 0x80, 1, 2, 0xff, 0xff]
        var reader = WireReader(ByteBuffer(bytes: bytes))
        #expect(try APIVersionsResponse(from: &reader, version: 3) == APIVersionsResponse(finalizedFeaturesEpoch: 2))
        #expect(reader.bytesRemaining == 0)
    }

    @Test("A tagged field's value may not reach beyond its size")
    func taggedFieldTooShort() {
        // finalizedFeaturesEpoch, tag 1, claims seven bytes for an int64.
        let bytes: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2]
        var reader = WireReader(ByteBuffer(bytes: bytes))
        #expect(throws: WireError(.truncated(neededBytes: 8, remainingBytes: 7), at: 10)) {
            try APIVersionsResponse(from: &reader, version: 3)
        }
    }

    @Test("Records are handed on unread")
    func opaqueRecords() throws {
        let records = ByteBuffer(string: "no record batch at all")
        let request = ProduceRequest(
            acks: -1, timeoutMS: 1500,
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 3, records: records), .init()])])
        for version in ProduceRequest.validVersions {
            var buffer = ByteBuffer()
            request.encode(to: &buffer, version: version)
            var reader = WireReader(buffer)
            let read = try ProduceRequest(from: &reader, version: version)
            #expect(read.topics[0].partitions[0].records == records)
            #expect(read.topics[0].partitions[1].records == nil)
        }
    }
}
