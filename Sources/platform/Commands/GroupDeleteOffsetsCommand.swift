import ArgumentParser
import KafkaClient
import KafkaWire

struct GroupDeleteOffsetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-offsets", abstract: "Forget where a group has been in a topic.",
        discussion: "Refused while a member of the group reads the topic.")

    private struct Report: Encodable {
        var name: String
        var topic: String
        var deletedPartitions: [Int32] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Group.") var name: String
    @Option(help: "Topic; it need not exist any more.") var topic: String
    @Option(name: .shortAndLong, help: "Partition; may be repeated. All without it.") var partition: [Int32] = []
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let (report, failures) = try await client.withClient { client in try await delete(client) }
        if json {
            try Output.json(report)
        } else if !report.deletedPartitions.isEmpty {
            let places = report.deletedPartitions.map { TopicPartition(topic, $0) }
            Output.line("Deleted offsets of group '\(name)': \(PartitionRanges.text(places))".printable)
        }
        try failures.exit()
    }

    private func delete(_ client: KafkaClient) async throws -> (Report, Failures) {
        var report = Report(name: name, topic: topic)
        var failures = Failures()
        _ = try await client.group(name)
        let committed = try await client.committedOffsets(ofGroup: name).keys.filter { $0.topic == topic }
            .map(\.partition).sorted()
        guard !committed.isEmpty else {
            throw CommandError("group '\(name)' has no committed offsets in topic '\(topic)'")
        }
        let wanted = partition.isEmpty ? committed : partition
        if let absent = wanted.first(where: { !committed.contains($0) }) {
            throw CommandError(
                "group '\(name)' has no committed offset in partition \(absent) of topic '\(topic)', only in "
                    + PartitionRanges.text(committed.map { TopicPartition(topic, $0) }))
        }
        let response = try await client.send(
            OffsetDeleteRequest(
                groupID: name,
                topics: [.init(name: topic, partitions: wanted.map { .init(partitionIndex: $0) })]),
            to: .coordinator(group: name))
        try KafkaClientError.check(response.errorCode, "group '\(name)'")
        for answer in response.topics.flatMap(\.partitions) {
            let place = TopicPartition(topic, answer.partitionIndex)
            do throws(KafkaClientError) {
                try KafkaClientError.check(answer.errorCode, "group '\(name)' in \(place)")
                report.deletedPartitions.append(answer.partitionIndex)
            } catch {
                try failures.note(error, of: "\(place)")
            }
        }
        report.deletedPartitions.sort()
        report.errors = failures.all
        return (report, failures)
    }
}
