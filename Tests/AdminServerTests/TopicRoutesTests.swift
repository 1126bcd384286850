import BrokerEngine
import Testing

@testable import AdminServer

@Suite struct TopicRoutesTests {
    @Test func topicsAreListedByName() async throws {
        try await ServedBroker.withClient { served, client in
            #expect(try await client.get("/v1/topics").json == ["topics": []])
            try served.createTopic("orders", partitions: 3)
            try served.groups.prepare()
            #expect(
                try await client.get("/v1/topics").json == [
                    "topics": [
                        ["name": "__consumer_offsets", "partition_count": 8, "internal": true],
                        ["name": "orders", "partition_count": 3, "internal": false],
                    ]
                ])
        }
    }

    @Test func aTopicIsDescribedWithItsPartitions() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders", partitions: 2, settings: ["retention.ms": "1000"])
            _ = try await client.post("/v1/topics/orders/records", #"{"value":"a","partition":1}"#)
            let answer = try await client.get("/v1/topics/orders")
            #expect(answer.status == 200)
            #expect(answer.json["settings"] == ["retention.ms": "1000"])
            #expect(answer.json["id"].text.count == 22)
            #expect(answer.json["partitions"].count == 2)
            let written = answer.json["partitions"][1]
            #expect(written["partition"] == 1)
            #expect(written["log_start_offset"] == 0)
            #expect(written["committed_offset"] == 1)
            #expect(written["log_end_offset"] == 1)
            #expect(written["size_bytes"].number > 61)
            #expect(written["segment_count"] == 1)
            #expect(written["damages"] == [])
            #expect(answer.json["partitions"][0]["log_end_offset"] == 0)
        }
    }

    @Test func namesInThePathAreDecoded() async throws {
        try await ServedBroker.withClient { served, client in
            try served.createTopic("orders.v1")
            #expect(try await client.get("/v1/topics/orders%2ev1").json["name"] == "orders.v1")
            #expect(try await client.get("/v1/topics/%ff").errorCode == "invalid_path")
            let unknown = try await client.get("/v1/topics/sl%2Fash")
            #expect(unknown.status == 404)
            #expect(unknown.errorMessage.contains("'sl/ash'"))
        }
    }

    @Test func identitiesAreWrittenAsKafkaWritesThem() {
        #expect(TopicID(high: 0, low: 0).base64URL == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(TopicID(high: 0xfbff_ffff_ffff_ffff, low: .max).base64URL == "-____________________w")
    }
}
