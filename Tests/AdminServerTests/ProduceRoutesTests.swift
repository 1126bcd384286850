import BrokerEngine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LogStorage
import NIOCore
import Replication
import Synchronization
import TestSupport
import Testing

@testable import AdminServer

@Suite struct ProduceRoutesTests {
    @Test func recordsAreStoredInTheirOrder() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders", partitions: 2)
            let answer = try await client.post(
                "/v1/topics/orders/records",
                #"{"records":[{"partition":1,"value":"a"},{"partition":0,"value":"b"},{"partition":1,"value":"c"}]}"#)
            #expect(answer.status == 200)
            #expect(
                answer.json == [
                    "records": [
                        ["partition": 1, "offset": 0], ["partition": 0, "offset": 0], ["partition": 1, "offset": 1],
                    ]
                ])
            #expect(topic.partitions[1].log.extent.committedOffset == 2)
            let stored = try await client.get("/v1/topics/orders/records?partition=1")
            #expect(stored.json["records"].elements.map { $0["value"].text } == ["a", "c"])
        }
    }

    /// An answer means fsynced: while the sync is held up there is none, and none before its time is over.
    @Test func nothingIsAnsweredBeforeItIsOnDisk() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.commitWaitMSMax = 20
        try await ServedBroker.withClient(settings) { served, client in
            let topic = try served.createTopic("orders")
            let gate = ThreadSignal()
            served.disk.setSyncHook { path in if path.hasSuffix(".log") { gate.wait() } }
            let late = try await client.post("/v1/topics/orders/records", #"{"value":"a"}"#)
            #expect(late.status == 503)
            #expect(late.errorCode == "commit_timeout")
            #expect(topic.partitions[0].log.extent == .init(logStartOffset: 0, committedOffset: 0, endOffset: 1))

            served.disk.setSyncHook(nil)
            gate.signal()
            let inTime = try await client.post("/v1/topics/orders/records", #"{"value":"b"}"#)
            #expect(inTime.json["records"] == [["partition": 0, "offset": 1]])
            #expect(topic.partitions[0].log.extent.committedOffset == 2)
        }
    }

    /// A log that closes tells its waiters, although what they wait for is not committed, before it waits itself for the
    /// flush under way.
    @Test func aLogThatClosesBeforeTheCommitIsAnError() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            let gate = ThreadSignal()
            let reached = AsyncStream<Void>.makeStream()
            served.disk.setSyncHook { path in
                reached.continuation.yield()
                gate.wait()
            }
            async let pending = client.post("/v1/topics/orders/records", #"{"value":"a"}"#)
            _ = await reached.stream.first { _ in true }
            served.disk.setSyncHook(nil)
            async let closed: Void = withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    topic.partitions[0].log.close()
                    continuation.resume()
                }
            }
            let answer = try await pending
            gate.signal()
            await closed
            #expect(answer.status == 503)
            #expect(answer.errorCode == "log_closed")
        }
    }

    @Test func keysGoWhereTheJavaClientSendsThem() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 10)
            let answer = try await client.post(
                "/v1/topics/orders/records",
                #"{"records":[{"key":"foobar","value":""},{"key":"21","value":""},{"key":{"base64":"Zm9vYmFy"},"value":""}]}"#
            )
            let partitions = answer.json["records"].elements.map { $0["partition"].number }
            let expected = [-790_332_482, -973_932_308, -790_332_482].map { (hash: Int32) in Int64((hash & .max) % 10) }
            #expect(partitions == expected)
        }
    }

    @Test func recordsWithoutAKeyAreSpreadOverThePartitions() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 3)
            var partitions: [Int64] = []
            for _ in 0..<6 {
                let answer = try await client.post("/v1/topics/orders/records", #"{"value":"x"}"#)
                partitions.append(answer.json["records"][0]["partition"].number)
            }
            #expect(partitions == [0, 1, 2, 0, 1, 2])
        }
    }

    @Test func aPlainBodyIsOneRecord() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 10)
            let binary = try await client.post(
                "/v1/topics/orders/records?key=foob%61r", bytes: [0xff, 0x00], type: "application/octet-stream")
            let partition = Int64((Int32(-790_332_482) & .max) % 10)
            #expect(binary.json["records"] == [["partition": .integer(partition), "offset": 0]])
            let text = try await client.post(
                "/v1/topics/orders/records?partition=9", #"{"not":"json""#, type: "text/plain; charset=utf-8")
            #expect(text.status == 200)

            let stored = try await client.get("/v1/topics/orders/records?partition=\(partition)")
            #expect(stored.json["records"][0]["key"] == "foobar")
            #expect(stored.json["records"][0]["value"] == ["base64": "/wA="])
            let other = try await client.get("/v1/topics/orders/records?partition=9")
            #expect(other.json["records"][0]["key"] == .null)
            #expect(other.json["records"][0]["value"] == #"{"not":"json""#)
        }
    }

    @Test func curlWithoutAContentTypeMeansJSON() async throws {
        try await ServedBroker.withClient { _, client in
            for type in [nil, "application/x-www-form-urlencoded", "application/cloudevents+json"] {
                let answer = try await client.post("/v1/topics/orders/records", #"{"value":"a"}"#, type: type)
                #expect(answer.status == 200, "\(type ?? "none")")
            }
            let answer = try await client.post("/v1/topics/orders/records", "a", type: "image/png")
            #expect(answer.status == 415)
            #expect(answer.errorMessage.contains("'image/png'"))
        }
    }

    @Test func unknownTopicsAreCreatedOnlyIfTheBrokerSaysSo() async throws {
        try await ServedBroker.withClient { served, client in
            #expect(try await client.post("/v1/topics/new-one/records", #"{"value":"a"}"#).status == 200)
            #expect(served.broker.topic("new-one") != nil)
            let badName = try await client.post("/v1/topics/not%20a%20name/records", #"{"value":"a"}"#)
            #expect(badName.status == 422)
            #expect(badName.errorCode == "invalid_topic_name")
        }
        var settings = ServedBroker.Settings()
        settings.broker.createsTopicsOnDemand = false
        try await ServedBroker.withClient(settings) { served, client in
            let answer = try await client.post("/v1/topics/new-one/records", #"{"value":"a"}"#)
            #expect(answer.status == 404)
            #expect(answer.errorCode == "unknown_topic")
            #expect(served.broker.topics.isEmpty)
        }
    }

    @Test func internalTopicsCannotBeWrittenTo() async throws {
        try await ServedBroker.withClient { served, client in
            try served.groups.prepare()
            let answer = try await client.post("/v1/topics/__consumer_offsets/records", #"{"value":"a"}"#)
            #expect(answer.status == 403)
            #expect(answer.errorCode == "internal_topic")
        }
    }

    @Test func oneBadRecordDoesNotTakeTheOthersWithIt() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            let answer = try await client.post(
                "/v1/topics/orders/records",
                #"{"records":[{"value":"a"},{"value":"b","partition":7},{"value":"c","timestamp":-1},{"value":"d"}]}"#)
            #expect(answer.status == 207)
            #expect(answer.json["error"] == .missing)
            let records = answer.json["records"]
            #expect(records[0] == ["partition": 0, "offset": 0])
            #expect(records[1]["error"]["code"] == "unknown_partition")
            #expect(records[2]["error"]["code"] == "timestamp_out_of_range")
            #expect(records[3] == ["partition": 0, "offset": 1])
            let stored = try await client.get("/v1/topics/orders/records")
            #expect(stored.json["records"].elements.map { $0["value"].text } == ["a", "d"])
        }
    }

    @Test func ifNoRecordIsStoredTheRequestHasFailed() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 2)
            let answer = try await client.post("/v1/topics/orders/records", #"{"value":"a","partition":2}"#)
            #expect(answer.status == 404)
            #expect(answer.errorCode == "unknown_partition")
            #expect(answer.errorMessage == "topic 'orders' has no partition 2; it has 0 to 1")
            #expect(answer.json["records"].count == 1)
        }
    }

    @Test func malformedBodiesStoreNothing() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            let malformed = try await client.post("/v1/topics/orders/records", #"{"records":[{"value":"a"},"#)
            #expect(malformed.status == 400)
            #expect(malformed.errorCode == "malformed_json")
            let misspelt = try await client.post(
                "/v1/topics/orders/records", #"{"records":[{"value":"a"},{"valeu":"b"}]}"#)
            #expect(misspelt.status == 422)
            #expect(topic.partitions[0].log.extent.endOffset == 0)
        }
    }

    @Test func compactedTopicsNeedKeys() async throws {
        var settings = ServedBroker.Settings()
        settings.broker.logDefaults.isCompacted = true
        try await ServedBroker.withClient(settings) { served, client in
            try served.createTopic("state")
            let answer = try await client.post(
                "/v1/topics/state/records", #"{"records":[{"value":"a"},{"key":"k","value":null}]}"#)
            #expect(answer.json["records"][0]["error"]["code"] == "key_required")
            #expect(answer.json["records"][1]["offset"] == 0)
        }
    }

    // MARK: Sizes

    @Test func bodiesAboveTheLimitAreRefused() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.bodyBytesMax = 1000
        try await ServedBroker.withClient(settings) { served, client in
            let exact = String(repeating: "x", count: 1000)
            #expect(try await client.post("/v1/topics/orders/records", exact, type: "text/plain").status == 200)
            let answer = try await client.post("/v1/topics/orders/records", exact + "x", type: "text/plain")
            #expect(answer.status == 413)
            #expect(answer.errorCode == "body_too_large")
            #expect(answer.errorMessage.contains("has 1001 bytes, the limit is 1000"))
            #expect(served.server.service.bodyBudget.takenNow == 0)
        }
    }

    @Test func bodiesOfAllRequestsTogetherAreLimited() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.bodiesBytesMax = 10
        try await ServedBroker.withClient(settings) { _, client in
            let answer = try await client.post("/v1/topics/orders/records", "more than ten bytes", type: "text/plain")
            #expect(answer.status == 503)
            #expect(answer.errorCode == "busy")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(try await client.post("/v1/topics/orders/records", "few", type: "text/plain").status == 200)
        }
    }

    /// More than a batch may hold is cut into several, and a record that fits into none is refused alone.
    @Test func largeRequestsAreCutIntoBatches() async throws {
        var settings = ServedBroker.Settings()
        settings.broker.logDefaults.batchBytesMax = 2000
        try await ServedBroker.withClient(settings) { served, client in
            let topic = try served.createTopic("orders")
            let sizes = [900, 900, 900, 3000, 10, 1900, 10]
            let records = sizes.map { #"{"value":"\#(String(repeating: "x", count: $0))"}"# }
            let answer = try await client.post(
                "/v1/topics/orders/records", #"{"records":[\#(records.joined(separator: ","))]}"#)
            #expect(answer.status == 207)
            #expect(answer.json["records"][3]["error"]["code"] == "record_too_large")
            #expect(
                answer.json["records"].elements.compactMap { $0["offset"] == .missing ? nil : $0["offset"].number }
                    == [0, 1, 2, 3, 4, 5])
            #expect(topic.partitions[0].log.extent.committedOffset == 6)
            let stored = try await client.get("/v1/topics/orders/records")
            #expect(
                stored.json["records"].elements.map { $0["value"].text.utf8.count } == [900, 900, 900, 10, 1900, 10])
        }
    }
}
