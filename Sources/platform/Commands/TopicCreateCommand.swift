import ArgumentParser
import KafkaClient
import KafkaWire

struct TopicCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create topics.")

    fileprivate struct Report: Encodable {
        struct Topic: Encodable {
            var name: String
            /// False if it existed already, which --if-not-exists accepts.
            var isCreated: Bool
            @NullIfAbsent var id: String?
            @NullIfAbsent var partitionCount: Int32?
            @NullIfAbsent var replicationFactor: Int16?
        }

        var topics: [Topic] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topics.") var names: [String]
    @Option(name: .shortAndLong, help: "Partitions; the server's default without it.") var partitions: Int32?
    @Option(help: "Replicas of each partition; the server's default without it.") var replicationFactor: Int16?
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting of the topic; may be repeated.", valueName: "name=value"),
        transform: { try TopicSetting($0) })
    var settings: [TopicSetting] = []
    @Flag(help: "Accept that a topic exists already; it stays as it is.") var ifNotExists = false
    @Flag(help: "Print one JSON document.") var json = false

    func validate() throws {
        if let partitions, partitions < 1 { throw ValidationError("--partitions \(partitions) is less than 1") }
        if let replicationFactor, replicationFactor < 1 {
            throw ValidationError("--replication-factor \(replicationFactor) is less than 1")
        }
        try TopicSetting.checkUnique(settings.map(\.name))
    }

    func run() async throws {
        let topics = names.unique.map { name in
            CreateTopicsRequest.Topic(
                name: name, numPartitions: partitions ?? -1, replicationFactor: replicationFactor ?? -1,
                configs: settings.map { .init(name: $0.name, value: $0.value) })
        }
        let answers = try await client.withClient { client in
            try await client.send(
                CreateTopicsRequest(topics: topics, timeoutMS: TopicCommand.timeoutMS), to: .controller
            ).topics
        }
        var report = Report()
        var failures = Failures()
        for answer in answers {
            do throws(KafkaClientError) {
                try KafkaClientError.check(
                    answer.errorCode, "topic '\(answer.name)'", detail: answer.errorMessage)
                report.topics.append(.init(answer))
            } catch {
                if ifNotExists, error.code == .refused(.topicAlreadyExists) {
                    report.topics.append(
                        .init(name: answer.name, isCreated: false, id: nil, partitionCount: nil, replicationFactor: nil)
                    )
                } else {
                    try failures.note(error, of: answer.name)
                }
            }
        }
        report.errors = failures.all
        if json { try Output.json(report) } else { report.topics.forEach { Output.line($0.text) } }
        try failures.exit()
    }
}

extension TopicCreateCommand.Report.Topic {
    fileprivate init(_ answer: CreateTopicsResponse.Topic) {
        // Servers before version 5 and 7 of the API do not say.
        self.init(
            name: answer.name, isCreated: true, id: answer.topicID == .zero ? nil : answer.topicID.description,
            partitionCount: answer.numPartitions < 0 ? nil : answer.numPartitions,
            replicationFactor: answer.replicationFactor < 0 ? nil : answer.replicationFactor)
    }

    fileprivate var text: String {
        guard isCreated else { return "Topic '\(name)' existed already.".printable }
        guard let partitionCount else { return "Created topic '\(name)'.".printable }
        return "Created topic '\(name)' with \(partitionCount) \(partitionCount == 1 ? "partition" : "partitions")."
            .printable
    }
}
