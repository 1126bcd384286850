import Testing

@testable import KafkaClient

@Suite struct RangeAssignmentTests {
    private func partitions(_ topic: String, _ range: Range<Int32>) -> [TopicPartition] {
        range.map { TopicPartition(topic, $0) }
    }

    @Test func theFirstMembersGetOneMoreWhereTheyDoNotDivide() {
        let assignment = RangeAssignment.assign(
            ["m2": ["t"], "m1": ["t"], "m3": ["t"]], partitionCounts: ["t": 7])
        #expect(assignment["m1"] == partitions("t", 0..<3))
        #expect(assignment["m2"] == partitions("t", 3..<5))
        #expect(assignment["m3"] == partitions("t", 5..<7))
    }

    @Test func onlySubscribersGetPartitionsOfATopic() {
        let assignment = RangeAssignment.assign(
            ["a": ["t", "u"], "b": ["u"]], partitionCounts: ["t": 2, "u": 2])
        #expect(Set(assignment["a"] ?? []) == Set(partitions("t", 0..<2) + partitions("u", 0..<1)))
        #expect(assignment["b"] == partitions("u", 1..<2))
    }

    @Test func membersBeyondThePartitionsGetNone() {
        let assignment = RangeAssignment.assign(["a": ["t"], "b": ["t"]], partitionCounts: ["t": 1])
        #expect(assignment == ["a": partitions("t", 0..<1), "b": []])
    }

    @Test func topicsThatDoNotExistAreLeftOut() {
        #expect(RangeAssignment.assign(["a": ["missing"]], partitionCounts: [:]) == ["a": []])
    }
}
