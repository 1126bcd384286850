import BrokerEngine
import Replication
import Testing

@testable import AdminServer

@Suite struct GroupRoutesTests {
    /// Commits an offset and returns once it is durable.
    private func commit(_ offset: Int64, topic: String, group: String, _ served: ServedBroker) async throws {
        try served.groups.prepare()
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            served.groups.commitOffsets(
                OffsetCommit(
                    groupID: group,
                    topics: [OffsetTopic(topic: topic, partitions: [.init(partition: 0, offset: offset)])])
            ) { _ in done.resume() }
        }
    }

    @Test func aGroupShowsItsOffsetsAndItsLag() async throws {
        try await ServedBroker.withClient { served, client in
            let body = #"{"records":[{"value":"a"},{"value":"b"},{"value":"c"}]}"#
            _ = try await client.post("/v1/topics/orders/records", body)
            try await commit(1, topic: "orders", group: "bill/ing", served)

            #expect(
                try await client.get("/v1/groups").json == [
                    "groups": [["group": "bill/ing", "state": "Empty", "protocol_type": ""]]
                ])
            let group = try await client.get("/v1/groups/bill%2Fing").json
            #expect(group["state"] == "Empty")
            #expect(group["members"] == [])
            #expect(group["lag"] == 2)
            #expect(
                group["offsets"] == [
                    [
                        "topic": "orders", "partition": 0, "offset": 1, "metadata": "", "committed_offset": 3, "lag": 2,
                    ]
                ])
        }
    }

    @Test func membersAreShownWithTheirPartitions() async throws {
        try await ServedBroker.withClient { served, client in
            try served.groups.prepare()
            let member = try await GroupOfOne.join("billing", served.groups, assigned: [("orders", [0, 2])])
            let group = try await client.get("/v1/groups/billing").json
            #expect(group["state"] == "Stable")
            #expect(group["protocol_type"] == "consumer")
            #expect(group["protocol"] == "range")
            #expect(group["leader"] == .string(member))
            #expect(group["members"].count == 1)
            #expect(group["members"][0]["member_id"] == .string(member))
            #expect(group["members"][0]["client_id"] == "test-client")
            #expect(group["members"][0]["assignment"] == [["topic": "orders", "partitions": [0, 2]]])
        }
    }

    @Test func anUnknownGroupIsNotFound() async throws {
        try await ServedBroker.withClient { _, client in
            let answer = try await client.get("/v1/groups/nobody")
            #expect(answer.status == 404)
            #expect(answer.errorCode == "unknown_group")
        }
    }

    @Test func aGroupAheadOfTheEndHasNoLag() {
        #expect(groupLag(offset: 3, committedOffset: 10) == 7)
        #expect(groupLag(offset: 99, committedOffset: 10) == 0)
    }
}
