import ArgumentParser
import KafkaClient
import KafkaWire

/// Administration of consumer groups.
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "List, describe, reset and delete consumer groups.",
        subcommands: [
            GroupListCommand.self, GroupDescribeCommand.self, GroupResetCommand.self, GroupDeleteOffsetsCommand.self,
            GroupDeleteCommand.self,
        ])
}

struct GroupListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the groups.")

    private struct Listing: Encodable {
        struct Group: Encodable {
            var name: String
            /// Empty if the server's version does not say.
            var state: String
            /// `consumer` for consumers; empty for a group that only has committed offsets.
            var protocolType: String
        }

        var groups: [Group]
    }

    @OptionGroup var client: ClientOptions
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let groups = try await client.withClient { client in
            // Each broker lists the groups that it coordinates.
            var groups: [Listing.Group] = []
            for broker in try await client.metadata(of: []).brokers {
                let listed = try await client.retrying { () async throws(KafkaClientError) in
                    let response = try await client.send(ListGroupsRequest(), to: .node(broker.nodeID))
                    try KafkaClientError.check(response.errorCode, "groups of node \(broker.nodeID)")
                    return response.groups
                }
                groups += listed.map {
                    Listing.Group(name: $0.groupID, state: $0.groupState, protocolType: $0.protocolType)
                }
            }
            return groups
        }.sorted { $0.name < $1.name }
        guard !json else { return try Output.json(Listing(groups: groups)) }
        guard !groups.isEmpty else { return Output.notice("There are no groups.") }
        var table = TextTable(.text("GROUP"), .text("STATE"), .text("PROTOCOL"))
        for group in groups { table.add(group.name, group.state, group.protocolType) }
        Output.line(table.text)
    }
}

struct GroupDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete groups with their committed offsets.",
        discussion: "A group with members is refused.")

    private struct Report: Encodable {
        var deleted: [String] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Groups.") var names: [String]
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let (report, failures) = try await client.withClient { client in try await delete(client) }
        if json {
            try Output.json(report)
        } else {
            for name in report.deleted { Output.line("Deleted group '\(name)'.".printable) }
        }
        try failures.exit()
    }

    private func delete(_ client: KafkaClient) async throws -> (Report, Failures) {
        var report = Report()
        var failures = Failures()
        for name in names.unique {
            do throws(KafkaClientError) {
                // Waits for a coordinator that is not ready yet; the deletion itself is sent once.
                _ = try await client.group(name)
                let response = try await client.send(
                    DeleteGroupsRequest(groupIDs: [name]), to: .coordinator(group: name))
                for answer in response.groups { try KafkaClientError.check(answer.errorCode, "group '\(name)'") }
                report.deleted.append(name)
            } catch {
                try failures.note(error, of: name)
            }
        }
        report.errors = failures.all
        return (report, failures)
    }
}
