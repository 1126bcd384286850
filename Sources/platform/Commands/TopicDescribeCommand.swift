import ArgumentParser
import KafkaClient
import KafkaWire

struct TopicDescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show topics: partitions, offsets, sizes, settings.",
        discussion: """
            RECORDS counts from the start offset to the end offset; a compacted topic holds fewer. BYTES is what the \
            leader has on its disk. Only settings given to the topic are shown; all others are the server's.
            """)

    private struct Report: Encodable {
        var topics: [TopicDescription] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topics; all without any.") var names: [String] = []
    @Flag(help: "Without names: show the server's own topics too.") var `internal` = false
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let (report, failures) = try await client.withClient { client in try await describe(client) }
        if json {
            try Output.json(report)
        } else {
            if names.isEmpty, report.topics.isEmpty { Output.notice("There are no topics.") }
            if !report.topics.isEmpty { Output.line(report.topics.map(\.text).joined(separator: "\n\n")) }
        }
        try failures.exit()
    }

    private func describe(_ client: KafkaClient) async throws -> (Report, Failures) {
        var report = Report()
        var failures = Failures()
        var known: [MetadataResponse.Topic] = []
        let answers = try await client.metadata(of: names.isEmpty ? nil : names.unique).topics
        for topic in answers.sorted(by: { $0.name ?? "" < $1.name ?? "" }) {
            let name = topic.name ?? ""
            if names.isEmpty, topic.errorCode != 0 || topic.isInternal && !`internal` { continue }
            do throws(KafkaClientError) {
                try KafkaClientError.check(topic.errorCode, "topic '\(name)'")
                known.append(topic)
            } catch {
                try failures.note(error, of: name)
            }
        }
        let settings = try await client.settingsGiven(to: known.compactMap(\.name))
        let sizesBytes = try await client.sizesBytes(of: known)
        for topic in known {
            let name = topic.name ?? ""
            do throws(KafkaClientError) {
                report.topics.append(
                    try await client.describe(topic, settings: settings[name] ?? [:], sizesBytes: sizesBytes))
            } catch {
                try failures.note(error, of: name)
            }
        }
        report.errors = failures.all
        return (report, failures)
    }
}
