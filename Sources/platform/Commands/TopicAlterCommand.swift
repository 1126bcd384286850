import ArgumentParser
import KafkaClient
import KafkaWire

struct TopicAlterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alter", abstract: "Change a topic's settings, or add partitions.",
        discussion: """
            Everything is checked by the server before anything is changed. With more partitions, records with a key may \
            go to another partition than those before them.
            """)

    private struct Report: Encodable {
        var name: String
        /// Null if the count was not asked to change.
        @NullIfAbsent var partitionCount: Int32?
        var set: [String: String]
        var unset: [String]
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topic.") var name: String
    @Option(name: .shortAndLong, help: "Partitions to have; more than there are.") var partitions: Int32?
    @Option(
        name: .customLong("set"), help: ArgumentHelp("A setting; may be repeated.", valueName: "name=value"),
        transform: { try TopicSetting($0) })
    var settings: [TopicSetting] = []
    @Option(
        name: .customLong("unset"),
        help: ArgumentHelp("A setting to leave to the server; may be repeated.", valueName: "name"))
    var unsettings: [String] = []
    @Flag(help: "Print one JSON document.") var json = false

    func validate() throws {
        if let partitions, partitions < 1 { throw ValidationError("--partitions \(partitions) is less than 1") }
        guard partitions != nil || !settings.isEmpty || !unsettings.isEmpty else {
            throw ValidationError("nothing to change: give --partitions, --set or --unset")
        }
        try TopicSetting.checkUnique(settings.map(\.name) + unsettings)
    }

    func run() async throws {
        try await client.withClient { client in
            let changesBoth = partitions != nil && !(settings.isEmpty && unsettings.isEmpty)
            for isCheck in changesBoth ? [true, false] : [false] {
                try await alterSettings(client, isCheck: isCheck)
                try await addPartitions(client, isCheck: isCheck)
            }
        }
        if json {
            let set = settings.reduce(into: [:]) { $0[$1.name] = $1.value }
            return try Output.json(Report(name: name, partitionCount: partitions, set: set, unset: unsettings))
        }
        for setting in settings { Output.line("Set \(setting.name)=\(setting.value) on topic '\(name)'.".printable) }
        for setting in unsettings { Output.line("Unset \(setting) on topic '\(name)'.".printable) }
        if let partitions { Output.line("Topic '\(name)' has \(partitions) partitions.".printable) }
    }

    /// How a setting is to change (IncrementalAlterConfigs).
    private enum Operation {
        static let set: Int8 = 0
        static let delete: Int8 = 1
    }

    private func alterSettings(_ client: KafkaClient, isCheck: Bool) async throws(KafkaClientError) {
        guard !(settings.isEmpty && unsettings.isEmpty) else { return }
        let changes =
            settings.map {
                IncrementalAlterConfigsRequest.Config(
                    name: $0.name, configOperation: Operation.set, value: $0.value)
            } + unsettings.map { .init(name: $0, configOperation: Operation.delete, value: nil) }
        let response = try await client.send(
            IncrementalAlterConfigsRequest(
                resources: [
                    .init(resourceType: TopicCommand.resourceType, resourceName: name, configs: changes)
                ], validateOnly: isCheck), to: .controller)
        for answer in response.resources {
            try KafkaClientError.check(answer.errorCode, "topic '\(name)'", detail: answer.errorMessage)
        }
    }

    private func addPartitions(_ client: KafkaClient, isCheck: Bool) async throws(KafkaClientError) {
        guard let partitions else { return }
        let response = try await client.send(
            CreatePartitionsRequest(
                topics: [.init(name: name, count: partitions)], timeoutMS: TopicCommand.timeoutMS,
                validateOnly: isCheck), to: .controller)
        for answer in response.topics {
            try KafkaClientError.check(answer.errorCode, "topic '\(name)'", detail: answer.errorMessage)
        }
    }
}
