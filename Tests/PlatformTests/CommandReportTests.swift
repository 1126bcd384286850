import Foundation
import KafkaClient
import Testing

@testable import platform

@Suite("Reports of topic and group commands") struct CommandReportTests {
    // MARK: Tables

    @Test("texts begin in one column, numbers end in one, and no line ends with spaces")
    func table() {
        var table = TextTable(.text("TOPIC"), .number("RECORDS"), .text("NOTE"))
        table.add("a", "5", "x")
        table.add("orders-of-today", "1234567890", "")
        #expect(
            table.text == """
                TOPIC               RECORDS  NOTE
                a                         5  x
                orders-of-today  1234567890  -
                """)
    }

    @Test("a name cannot end the line or move the cursor")
    func controlCharacters() {
        var table = TextTable(.text("GROUP"))
        table.add("a\nb\u{1b}[2J")
        #expect(table.text == "GROUP\na\\u{a}b\\u{1b}[2J")
        #expect("größe 日本".printable == "größe 日本")
    }

    @Test("facts have their values in one column")
    func facts() {
        #expect(TextTable.facts([("state", "Empty"), ("total lag", "")]) == "state      Empty\ntotal lag  -")
    }

    @Test("partitions are told in ranges, by topic")
    func ranges() {
        let places = [5, 0, 2, 1, 7, 6, 9].map { TopicPartition("b", $0) } + [TopicPartition("a", 3)]
        #expect(PartitionRanges.text(places) == "a[3] b[0-2,5-7,9]")
        #expect(PartitionRanges.text([TopicPartition]()) == "")
    }

    // MARK: Groups

    private let member = GroupDescription.Member(
        memberID: "m-1", clientID: "c", host: "/127.0.0.1", instanceID: nil,
        assignment: [.init(topic: "t", partitions: [0, 1])])

    private func group(
        committed: [TopicPartition: Int64], ends: [TopicPartition: Int64], members: [GroupDescription.Member] = []
    ) -> GroupDescription {
        GroupDescription(
            name: "g", state: "Stable", protocolType: "consumer", protocolName: "range", members: members,
            committed: committed, ends: ends)
    }

    @Test("lag is what lies between committed offset and end; it counts where both are known")
    func lag() {
        let group = group(
            committed: [
                TopicPartition("t", 0): 10, TopicPartition("gone", 0): 3, TopicPartition("shorter", 0): 9,
            ],
            ends: [TopicPartition("t", 0): 25, TopicPartition("t", 1): 100, TopicPartition("shorter", 0): 4],
            members: [member])
        #expect(group.partitions.map(\.topic) == ["gone", "shorter", "t", "t"])
        #expect(group.partitions.map(\.lag) == [nil, 0, 15, nil])
        #expect(group.partitions.map(\.memberID) == [nil, nil, "m-1", "m-1"])
        #expect(group.totalLag == 15)
    }

    @Test("in JSON a field without a value is null, not absent")
    func nulls() throws {
        let group = group(committed: [TopicPartition("gone", 0): 3], ends: [:])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(group.partitions), as: UTF8.self)
        let expected =
            #"[{"committedOffset":3,"endOffset":null,"lag":null,"memberID":null,"partition":0,"topic":"gone"}]"#
        #expect(text == expected)
    }

    // MARK: Failures

    @Test("an error on a name is noted with what to do; one that all names share ends the command")
    func failures() throws {
        var failures = Failures()
        try failures.note(.refused(3, "topic 'a'"), of: "a")
        #expect(failures.all.first?.error == "UNKNOWN_TOPIC_OR_PARTITION")
        #expect(failures.all.first?.message.hasSuffix("; `platform topic list` shows the topics that exist") == true)
        #expect(throws: KafkaClientError.self) {
            try failures.note(KafkaClientError(.connectionLost, "connection ended"), of: "b")
        }
        #expect(failures.all.map(\.name) == ["a"])
    }

    @Test("each name counts once, in the order given")
    func uniqueNames() {
        #expect(["b", "a", "b", "c", "a"].unique == ["b", "a", "c"])
    }
}
