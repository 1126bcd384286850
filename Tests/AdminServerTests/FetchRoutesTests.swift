import BrokerEngine
import Foundation
import Hummingbird
import HummingbirdTesting
import LogStorage
import Replication
import TestSupport
import Testing

@testable import AdminServer

@Suite struct FetchRoutesTests {
    /// Appends as a Kafka client would, with a codec of its choice.
    private func append(_ values: [String], to topic: Topic, codec: CompressionCodec = .none) throws {
        var builder = RecordBatchBuilder(codec: codec)
        for value in values { builder.append(Record(value: Array(value.utf8), timestampMS: 1_600_000_000_000)) }
        var bytes = try builder.build()
        let waiter = ThreadSignal()
        final class Latch: CommitWaiter {
            let signal: ThreadSignal
            init(_ signal: ThreadSignal) { self.signal = signal }
            func committed() { signal.signal() }
        }
        let log = topic.partitions[0].log
        var inflation = InflationBudget()
        let outcome = try bytes.withUnsafeMutableBytes {
            try topic.partitions[0].append(
                $0, configuration: topic.logConfiguration, nowMS: 1_600_000_000_000, inflation: &inflation)
        }
        if !log.whenCommitted(outcome.endOffset, Latch(waiter)) { waiter.wait() }
    }

    private func values(_ answer: Answer) -> [String] { answer.json["records"].elements.map { $0["value"].text } }

    @Test func aRecordComesBackAsItWasSent() async throws {
        try await ServedBroker.withClient { served, client in
            let body = """
                {"records":[{"key":"k\\u0000é","value":{"base64":"AP8="},"timestamp":1650000000000,
                  "headers":{"traceID":"t","manyTimes":["1",{"base64":"/w=="},null],"none":null}},{"value":null}]}
                """
            _ = try await client.post("/v1/topics/orders/records", body)
            let answer = try await client.get("/v1/topics/orders/records")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "application/json; charset=utf-8")
            #expect(
                answer.json == [
                    "topic": "orders", "partition": 0, "next_offset": 2, "committed_offset": 2, "log_start_offset": 0,
                    "records": [
                        [
                            "offset": 0, "timestamp": 1_650_000_000_000, "key": "k\u{0}é", "value": ["base64": "AP8="],
                            "headers": ["traceID": "t", "manyTimes": ["1", ["base64": "/w=="], .null], "none": .null],
                        ],
                        [
                            "offset": 1, "timestamp": .integer(served.clock.nowMS), "key": .null, "value": .null,
                            "headers": [:],
                        ],
                    ],
                ])
        }
    }

    /// Whatever the limit and however records lie in batches, following `next_offset` sees each record once.
    @Test(arguments: [1, 2, 3, 7, 100])
    func pagesJoinWithoutGapOrOverlap(limit: Int) async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            let codecs = CompressionCodec.allCases
            let expected = (0..<23).map { "value \($0)" }
            for (index, start) in stride(from: 0, to: 23, by: 4).enumerated() {
                try append(Array(expected[start..<min(start + 4, 23)]), to: topic, codec: codecs[index % codecs.count])
            }
            var seen: [String] = []
            var offset: Int64 = 0
            while offset < 23 {
                let answer = try await client.get("/v1/topics/orders/records?offset=\(offset)&limit=\(limit)")
                #expect(answer.json["records"].count == min(limit, 23 - Int(offset)))
                #expect(answer.json["records"][0]["offset"].number == offset)
                seen += values(answer)
                let next = answer.json["next_offset"].number
                try #require(next > offset)
                offset = next
            }
            #expect(seen == expected)
        }
    }

    @Test func anAnswerIsLimitedInBytesButHoldsAtLeastOneRecord() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.readBytesMax = 250
        try await ServedBroker.withClient(settings) { served, client in
            let topic = try served.createTopic("orders")
            let large = String(repeating: "x", count: 1000)
            let small = String(repeating: "y", count: 100)
            try append([large, small, small, small], to: topic)
            #expect(values(try await client.get("/v1/topics/orders/records")) == [large])
            #expect(values(try await client.get("/v1/topics/orders/records?offset=1")) == [small, small])
        }
    }

    @Test func readingMayBeginAtEitherEnd() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            try append(["a", "b", "c"], to: topic)
            try topic.partitions[0].log.deleteRecords(before: 1).1.discard()
            let earliest = try await client.get("/v1/topics/orders/records?offset=earliest")
            #expect(values(earliest) == ["b", "c"])
            #expect(earliest.json["log_start_offset"] == 1)
            let latest = try await client.get("/v1/topics/orders/records?offset=latest")
            #expect(latest.json["records"] == [])
            #expect(latest.json["next_offset"] == 3)
            let below = try await client.get("/v1/topics/orders/records?offset=0")
            #expect(below.status == 422)
            #expect(below.errorCode == "offset_out_of_range")
            #expect(below.errorMessage.contains("1 to 3"))
            #expect(try await client.get("/v1/topics/orders/records?offset=4").status == 422)
        }
    }

    @Test(arguments: [
        ("?offset=-1", "invalid_parameter"), ("?offset=first", "invalid_parameter"), ("?limit=0", "invalid_parameter"),
        ("?limit=10001", "invalid_parameter"), ("?wait-ms=30001", "invalid_parameter"),
        ("?wait_ms=5", "unknown_parameter"), ("?partition=-1", "invalid_parameter"), ("", "partition_required"),
    ])
    func badQueriesAreRefused(query: String, code: String) async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 2)
            let answer = try await client.get("/v1/topics/orders/records\(query)")
            #expect(answer.status == 400)
            #expect(answer.errorCode == .string(code))
        }
    }

    @Test func unknownTopicsAndPartitionsAreNotFound() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            #expect(try await client.get("/v1/topics/other/records").errorCode == "unknown_topic")
            #expect(served.broker.topic("other") == nil)
            let answer = try await client.get("/v1/topics/orders/records?partition=1")
            #expect(answer.status == 404)
            #expect(answer.errorCode == "unknown_partition")
        }
    }

    @Test func damagedRecordsAreAnErrorAndNotSkipped() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            try append(["a"], to: topic)
            try append(["b"], to: topic)
            let path = "/data/logs/orders-0/00000000000000000000.log"
            let isEdited = served.disk.edit(path) { bytes in bytes[RecordBatchLayout.records + 3] ^= 1 }
            #expect(isEdited)
            let answer = try await client.get("/v1/topics/orders/records")
            #expect(answer.status == 500)
            #expect(answer.errorCode == "damaged_log")
            #expect(values(try await client.get("/v1/topics/orders/records?offset=1")) == ["b"])
        }
    }

    // MARK: Waiting

    /// Waits, without a clock, until a read is parked.
    private func untilParked(_ served: ServedBroker) async {
        while served.server.service.waitingReads.takenNow == 0 { await Task.yield() }
    }

    @Test func aReadThatWaitsIsWokenByTheNextRecord() async throws {
        try await ServedBroker.withClient { served, client in
            let topic = try served.createTopic("orders")
            async let waiting = client.get("/v1/topics/orders/records?wait-ms=30000")
            await untilParked(served)
            try append(["a"], to: topic)
            let answer = try await waiting
            #expect(values(answer) == ["a"])
            #expect(served.server.service.waitingReads.takenNow == 0)
        }
    }

    @Test func aReadThatWaitsInVainIsAnsweredWithNothing() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            let answer = try await client.get("/v1/topics/orders/records?wait-ms=10")
            #expect(answer.status == 200)
            #expect(answer.json["records"] == [])
            #expect(answer.json["next_offset"] == 0)
        }
    }

    @Test func aReadThatWaitsLearnsThatItsTopicIsGone() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders")
            async let waiting = client.get("/v1/topics/orders/records?wait-ms=30000")
            await untilParked(served)
            // Whether the read is on the log's list by now or not: it looks again once it is.
            try await Task.detached { try served.broker.deleteTopic("orders") }.value
            let answer = try await waiting
            #expect(answer.status == 404)
        }
    }

    @Test func onlySoManyReadsMayWait() async throws {
        var settings = ServedBroker.Settings()
        settings.admin.waitingReadCountMax = 1
        try await ServedBroker.withClient(settings) { served, client in
            let topic = try served.createTopic("orders")
            async let waiting = client.get("/v1/topics/orders/records?wait-ms=30000")
            await untilParked(served)
            // Would last half a minute if it waited.
            let second = try await client.get("/v1/topics/orders/records?wait-ms=30000")
            #expect(second.json["records"] == [])
            try append(["a"], to: topic)
            #expect(values(try await waiting) == ["a"])
        }
    }
}
