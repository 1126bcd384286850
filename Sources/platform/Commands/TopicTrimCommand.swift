import ArgumentParser
import KafkaClient
import KafkaWire

struct TopicTrimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trim", abstract: "Delete the oldest records of a topic.",
        discussion: "What lies before the offset is gone for good; offsets of the records that stay do not change.")

    private struct Report: Encodable {
        struct Partition: Encodable {
            var partition: Int32
            var startOffset: Int64
        }

        var name: String
        var partitions: [Partition] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topic.") var name: String
    @Option(help: ArgumentHelp("Delete the records before this offset.", valueName: "offset")) var before: Int64?
    @Flag(help: "Delete all records that are there now.") var all = false
    @Option(name: .shortAndLong, help: "Partition; may be repeated. All without it.") var partition: [Int32] = []
    @Flag(help: "Print one JSON document.") var json = false

    func validate() throws {
        guard (before != nil) != all else { throw ValidationError("give either --before OFFSET or --all") }
        if let before, before < 0 { throw ValidationError("--before \(before) is negative") }
    }

    /// Stands for the end of a partition (DeleteRecords).
    private static let end: Int64 = -1

    func run() async throws {
        let (report, failures) = try await client.withClient { client in try await trim(client) }
        if json {
            try Output.json(report)
        } else if !report.partitions.isEmpty {
            var table = TextTable(.number("PARTITION"), .number("START"))
            for partition in report.partitions { table.add("\(partition.partition)", "\(partition.startOffset)") }
            Output.line(table.text)
        }
        try failures.exit()
    }

    private func trim(_ client: KafkaClient) async throws -> (Report, Failures) {
        var report = Report(name: name)
        var failures = Failures()
        let partitions = try await client.partitions(partition, of: name)
        for (leader, led) in Dictionary(grouping: partitions, by: \.leaderID).sorted(by: { $0.key < $1.key }) {
            let wanted = led.map {
                DeleteRecordsRequest.Partition(partitionIndex: $0.partitionIndex, offset: before ?? Self.end)
            }
            let response = try await client.send(
                DeleteRecordsRequest(
                    topics: [.init(name: name, partitions: wanted)], timeoutMS: TopicCommand.timeoutMS),
                to: .node(leader))
            for answer in response.topics.flatMap(\.partitions) {
                do throws(KafkaClientError) {
                    try await check(answer, client)
                    report.partitions.append(
                        .init(partition: answer.partitionIndex, startOffset: answer.lowWatermark))
                } catch {
                    try failures.note(error, of: "\(TopicPartition(name, answer.partitionIndex))")
                }
            }
        }
        report.partitions.sort { $0.partition < $1.partition }
        report.errors = failures.all
        return (report, failures)
    }

    private func check(_ answer: DeleteRecordsResponse.Partition, _ client: KafkaClient)
        async throws(KafkaClientError)
    {
        let place = TopicPartition(name, answer.partitionIndex)
        if answer.errorCode == KafkaError.offsetOutOfRange.rawValue, let before {
            let end = try await client.offsets(of: [place: .latest])[place]
            throw KafkaClientError(
                .refused(.offsetOutOfRange),
                "\(place): --before \(before) is beyond the end, which is \(end.cell); --all deletes up to it")
        }
        try KafkaClientError.check(answer.errorCode, "\(place)")
    }
}

extension KafkaClient {
    /// The given partitions of a topic, or all of them, in order. Throws if there is no such topic or partition.
    nonisolated func partitions(_ wanted: [Int32], of name: String) async throws(KafkaClientError)
        -> [MetadataResponse.Partition]
    {
        let all = try await topic(name).partitions.sorted { $0.partitionIndex < $1.partitionIndex }
        if let absent = wanted.first(where: { number in !all.contains { $0.partitionIndex == number } }) {
            throw KafkaClientError(
                .invalidArgument, "topic '\(name)' has no partition \(absent); it has 0 to \(all.count - 1)")
        }
        return wanted.isEmpty ? all : all.filter { wanted.contains($0.partitionIndex) }
    }
}
