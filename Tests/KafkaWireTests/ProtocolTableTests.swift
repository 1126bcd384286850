import Testing

@testable import KafkaWire

@Suite("APIs, errors and ids")
struct ProtocolTableTests {
    @Test("The table names every API once, in order of keys")
    func table() {
        #expect(APIVersions.all.count == APIKey.allCases.count)
        #expect(APIVersions.all.map(\.key.rawValue) == APIVersions.all.map(\.key.rawValue).sorted())
        #expect(Set(APIVersions.all.map(\.name)).count == APIVersions.all.count)
        #expect(APIKey.apiVersions.name == "ApiVersions")
    }

    @Test("A key and version from the wire is an API only if it can be read")
    func lookup() {
        #expect(APIVersions.api(key: 0, version: 9) == .produce)
        #expect(APIVersions.api(key: 0, version: 2) == nil)
        #expect(APIVersions.api(key: 0, version: 10) == nil)
        #expect(APIVersions.api(key: 9999, version: 0) == nil)
    }

    @Test("Produce is advertised from 0, for the clients that take it as a sign of compression")
    func advertisedProduce() {
        #expect(APIKey.produce.api.advertisedVersions == 0...9)
        #expect(APIKey.fetch.api.advertisedVersions == APIKey.fetch.validVersions)
    }

    @Test("Error codes have the protocol's names")
    func errors() {
        #expect(KafkaError.unknownTopicOrPartition.rawValue == 3)
        #expect(KafkaError.unknownTopicOrPartition.name == "UNKNOWN_TOPIC_OR_PARTITION")
        #expect(KafkaError.fencedInstanceID.rawValue == 82)
        #expect(KafkaError.notLeaderOrFollower.isRetriable)
        #expect(!KafkaError.messageTooLarge.isRetriable)
        #expect(KafkaError(rawValue: 0) == .noError)
        #expect(KafkaError.allCases.map(\.rawValue) == Array(-1...127))
    }

    @Test("An id prints as Kafka's tools print it")
    func uuids() throws {
        #expect(KafkaUUID.zero.description == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(KafkaUUID(hi: 0, lo: 1).description == "AAAAAAAAAAAAAAAAAAAAAQ")
        #expect(KafkaUUID(hi: .max, lo: .max).description == "_____________________w")
        let id = KafkaUUID(hi: 0x0123_4567_89ab_cdef, lo: 0xfedc_ba98_7654_3210)
        #expect(id.description == "ASNFZ4mrze_-3LqYdlQyEA")
        #expect(KafkaUUID(id.description) == id)
        #expect(KafkaUUID("ASNFZ4mrze_-3LqYdlQyEB") == nil)
        #expect(KafkaUUID("ASNFZ4mrze_-3LqYdlQyE") == nil)
        #expect(KafkaUUID("ASNFZ4mrze+-3LqYdlQyEA") == nil)
    }
}
