import KafkaClient

/// Partitions of topics in few words: `orders[0-3,7] other[1]`.
enum PartitionRanges {
    static func text(_ partitions: some Sequence<TopicPartition>) -> String {
        Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }
            .map { topic, partitions in "\(topic)[\(ranges(partitions.map(\.partition)))]" }
            .joined(separator: " ")
    }

    private static func ranges(_ numbers: [Int32]) -> String {
        var ranges: [ClosedRange<Int32>] = []
        for number in Set(numbers).sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

extension TopicPartition {
    /// The order of listings: by topic, then by number.
    static func precedes(_ left: TopicPartition, _ right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}
