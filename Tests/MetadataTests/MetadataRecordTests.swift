import Foundation
import Metadata
import Testing

@Suite struct MetadataRecordTests {
    private static let id = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"

    /// Goal: a record written by this program is read by every later one, so its bytes may not change.
    @Test(
        "the bytes on disk are these",
        arguments: [
            (
                MetadataRecord.topicCreated(
                    CatalogTopic(
                        name: "orders", id: UUID(uuidString: id) ?? UUID(), partitionCount: 3, kind: .fifo,
                        config: ["retention.ms": "1000", "cleanup.policy": "compact"], isInternal: false)),
                "topic/orders",
                #"{"change":"topic-created","config":{"cleanup.policy":"compact","retention.ms":"1000"},"#
                    + #""id":"6BA7B810-9DAD-11D1-80B4-00C04FD430C8","isInternal":false,"kind":"fifo","#
                    + #""partitions":3,"topic":"orders","version":1}"#
            ),
            (
                .partitionsAdded(topic: "orders", count: 8), "topic-partitions/orders",
                #"{"change":"partitions-added","partitions":8,"topic":"orders","version":1}"#
            ),
            (
                .topicConfigChanged(topic: "orders", config: ["a": "b/c"]), "topic-config/orders",
                #"{"change":"topic-config-changed","config":{"a":"b/c"},"topic":"orders","version":1}"#
            ),
            (
                .topicDeleted(name: "orders"), "topic/orders",
                #"{"change":"topic-deleted","topic":"orders","version":1}"#
            ),
            (
                .brokerConfigChanged(config: [:]), "broker-config",
                #"{"change":"broker-config-changed","config":{},"version":1}"#
            ),
            (
                .producerIDsReserved(end: 9_223_372_036_854_775_807), "producer-ids",
                #"{"change":"producer-ids-reserved","end":9223372036854775807,"version":1}"#
            ),
        ])
    func bytes(record: MetadataRecord, key: String, value: String) throws {
        #expect(String(decoding: record.key, as: UTF8.self) == key)
        #expect(String(decoding: try record.value, as: UTF8.self) == value)
        #expect(try MetadataRecord(key: Array(key.utf8), value: Array(value.utf8)) == record)
    }

    @Test("random records are read back as they were written", arguments: UInt64(0)..<50)
    func roundTrip(seed: UInt64) throws {
        var changes = RandomCatalogChanges(seed: seed)
        for _ in 0..<40 {
            let record = changes.next()
            #expect(try MetadataRecord(key: record.key, value: record.value) == record, "seed \(seed)")
        }
    }

    @Test("a later format may add fields")
    func addedField() throws {
        let value = #"{"change":"topic-deleted","topic":"a","version":1,"reason":"spring cleaning"}"#
        #expect(try MetadataRecord(key: Array("topic/a".utf8), value: Array(value.utf8)) == .topicDeleted(name: "a"))
    }

    @Test(
        "what cannot be read says why",
        arguments: [
            (#"{"change":"topic-deleted","topic":"a","version":2}"#, "format 2 is not known"),
            (#"{"altered":"beyond recognition","version":7}"#, "format 7 is not known"),
            (#"{"change":"topic-deleted","topic":"a","version":0}"#, "format 0 is not known"),
            (#"{"change":"topic-painted","topic":"a","version":1}"#, "change 'topic-painted' is not known"),
            (#"{"change":"topic-deleted","version":1}"#, "lacks the field 'topic'"),
            (#"{"change":"partitions-added","topic":"a","version":1}"#, "lacks the field 'partitions'"),
            (#"{"change":"topic-deleted","topic":"b","version":1}"#, "speaks of 'topic/b'"),
            (#"{"change":"producer-ids-reserved","end":1,"version":1}"#, "speaks of 'producer-ids'"),
            (#"{"change":"topic-deleted","topic":"a"}"#, "not the JSON expected"),
            (#"{"change":"topic-deleted","topic":5,"version":1}"#, "not the JSON expected"),
            ("", "not the JSON expected"),
            ("[]", "not the JSON expected"),
            (topic(id: "nobody", kind: "normal"), "'nobody' is not a UUID"),
            (topic(id: id, kind: "square"), "topic kind 'square' is not known"),
        ])
    func unreadable(value: String, reason: String) {
        let error = #expect(throws: MetadataError.self) {
            try MetadataRecord(key: Array("topic/a".utf8), value: Array(value.utf8))
        }
        guard case .unreadableRecord("topic/a", let text)? = error else {
            Issue.record("not an unreadable record: \(String(describing: error))")
            return
        }
        #expect(text.contains(reason))
    }

    private static func topic(id: String, kind: String) -> String {
        #"{"change":"topic-created","config":{},"id":"\#(id)","isInternal":false,"kind":"\#(kind)","partitions":1,"#
            + #""topic":"a","version":1}"#
    }
}
