import ArgumentParser
import KafkaClient
import KafkaWire

struct GroupResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Send a group to another place in a topic.",
        discussion: """
            --to takes earliest, latest, an offset, a time in ISO 8601 (the first record of that time or later; UTC without \
            a zone), or +N or -N from where the group is. What lies outside a partition becomes its start or its end. A \
            group with members is refused: stop them first. A group that does not exist is made.
            """)

    @OptionGroup var client: ClientOptions
    @Argument(help: "Group.") var name: String
    @Option(help: "Topic.") var topic: String
    @Option(name: .shortAndLong, help: "Partition; may be repeated. All without it.") var partition: [Int32] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to.", valueName: "earliest|latest|offset|time|+n|-n"),
        transform: { try ResetTarget($0) })
    var to: ResetTarget
    @Flag(help: "Only show what would be done.") var dryRun = false
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let report = try await client.withClient { client in
            let report = try await plan(client)
            if !dryRun { try await commit(report, client) }
            return report
        }
        guard !json else { return try Output.json(report) }
        var table = TextTable(.text("TOPIC"), .number("PARTITION"), .number("BEFORE"), .number("AFTER"))
        for partition in report.partitions {
            table.add(
                topic, "\(partition.partition)", partition.previousOffset.cell, "\(partition.committedOffset)")
        }
        Output.line(table.text)
        if dryRun { Output.notice("Nothing was changed: --dry-run.") }
    }

    /// What the reset does, without doing it.
    private func plan(_ client: KafkaClient) async throws(KafkaClientError) -> GroupResetReport {
        let partitions = try await client.partitions(partition, of: topic).map {
            TopicPartition(topic, $0.partitionIndex)
        }
        let group = try await client.groupIfPresent(name)
        if let group, group.groupState != "Empty" {
            let count = group.members.count
            throw KafkaClientError(
                .refused(.nonEmptyGroup),
                "group '\(name)' has \(count) \(count == 1 ? "member" : "members") and is \(group.groupState)")
        }
        let starts = try await client.offsets(of: partitions.reduce(into: [:]) { $0[$1] = Position.earliest })
        let ends = try await client.offsets(of: partitions.reduce(into: [:]) { $0[$1] = Position.latest })
        var found: [TopicPartition: Int64] = [:]
        if let position = to.position {
            found = try await client.offsets(of: partitions.reduce(into: [:]) { $0[$1] = position })
        }
        let committed = try await client.committedOffsets(ofGroup: name)
        var report = GroupResetReport(name: name, topic: topic, isDryRun: dryRun)
        for place in partitions {
            guard let start = starts[place], let end = ends[place] else { continue }
            guard let wanted = to.offset(committed: committed[place], found: found[place]) else {
                throw KafkaClientError(
                    .invalidArgument,
                    "group '\(name)' has no committed offset in \(place) to move from; give an offset, earliest or latest"
                )
            }
            let offset = min(max(wanted, start), end)
            if offset != wanted {
                Output.notice("\(place) holds offsets \(start) to \(end): \(offset) is taken for \(wanted).".printable)
            }
            report.partitions.append(
                .init(partition: place.partition, previousOffset: committed[place], committedOffset: offset))
        }
        return report
    }

    private func commit(_ report: GroupResetReport, _ client: KafkaClient) async throws(KafkaClientError) {
        // As no member: refused if the group has got one meanwhile.
        let response = try await client.send(
            OffsetCommitRequest(
                groupID: name, generationID: -1, memberID: "",
                topics: [
                    .init(
                        name: topic,
                        partitions: report.partitions.map {
                            .init(
                                partitionIndex: $0.partition, committedOffset: $0.committedOffset, committedMetadata: ""
                            )
                        })
                ]), to: .coordinator(group: name))
        for answer in response.topics.flatMap(\.partitions) {
            try KafkaClientError.check(
                answer.errorCode, "group '\(name)' in \(TopicPartition(topic, answer.partitionIndex))")
        }
    }
}

/// What a reset does or would do.
struct GroupResetReport: Encodable {
    struct Partition: Encodable {
        var partition: Int32
        /// Null if nothing was committed.
        @NullIfAbsent var previousOffset: Int64?
        var committedOffset: Int64
    }

    var name: String
    var topic: String
    var isDryRun: Bool
    var partitions: [Partition] = []
}
