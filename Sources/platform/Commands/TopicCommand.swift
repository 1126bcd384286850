import ArgumentParser
import KafkaClient
import KafkaWire

/// Administration of topics.
struct TopicCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "List, create, describe, alter, trim and delete topics.",
        subcommands: [
            TopicListCommand.self, TopicCreateCommand.self, TopicDescribeCommand.self, TopicAlterCommand.self,
            TopicTrimCommand.self, TopicDeleteCommand.self,
        ])

    /// How long the server may take over a change.
    static let timeoutMS: Int32 = 30_000
    /// What a setting belongs to, in the requests on settings: a topic.
    static let resourceType: Int8 = 2
}

struct TopicListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the topics.")

    private struct Listing: Encodable {
        struct Topic: Encodable {
            var name: String
            var id: String
            var isInternal: Bool
            var partitionCount: Int
            var replicationFactor: Int
        }

        var topics: [Topic]
    }

    @OptionGroup var client: ClientOptions
    @Flag(help: "List the server's own topics too.") var `internal` = false
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let topics = try await client.withClient { client in
            try await client.metadata(of: nil).topics.compactMap { topic -> Listing.Topic? in
                // Being deleted at this moment: no topic any more.
                guard topic.errorCode == 0, let name = topic.name, `internal` || !topic.isInternal else { return nil }
                return Listing.Topic(
                    name: name, id: topic.topicID.description, isInternal: topic.isInternal,
                    partitionCount: topic.partitions.count,
                    replicationFactor: topic.partitions.map(\.replicaNodes.count).max() ?? 0)
            }
        }.sorted { $0.name < $1.name }
        guard !json else { return try Output.json(Listing(topics: topics)) }
        guard !topics.isEmpty else { return Output.notice("There are no topics.") }
        var table = TextTable(.text("TOPIC"), .number("PARTITIONS"), .number("REPLICAS"))
        for topic in topics { table.add(topic.name, "\(topic.partitionCount)", "\(topic.replicationFactor)") }
        Output.line(table.text)
    }
}

struct TopicDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete topics with all their records.")

    private struct Report: Encodable {
        var deleted: [String] = []
        /// Only with --if-exists.
        var absent: [String] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topics.") var names: [String]
    @Flag(help: "Accept that a topic does not exist.") var ifExists = false
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        var report = Report()
        var failures = Failures()
        let answers = try await client.withClient { client in
            // By name in versions up to 5, by structure from 6 on.
            try await client.send(
                DeleteTopicsRequest(
                    topics: names.unique.map { .init(name: $0) }, topicNames: names.unique,
                    timeoutMS: TopicCommand.timeoutMS), to: .controller
            ).topics
        }
        for answer in answers {
            let name = answer.name ?? ""
            do throws(KafkaClientError) {
                try KafkaClientError.check(answer.errorCode, "topic '\(name)'", detail: answer.errorMessage)
                report.deleted.append(name)
            } catch {
                if ifExists, error.code == .refused(.unknownTopicOrPartition) {
                    report.absent.append(name)
                } else {
                    try failures.note(error, of: name)
                }
            }
        }
        report.errors = failures.all
        if json {
            try Output.json(report)
        } else {
            for name in report.deleted { Output.line("Deleted topic '\(name)'.".printable) }
            for name in report.absent { Output.line("Topic '\(name)' did not exist.".printable) }
        }
        try failures.exit()
    }
}
