import ArgumentParser
import KafkaClient
import KafkaWire

struct GroupDescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show groups: state, members, committed offsets, lag.")

    private struct Report: Encodable {
        var groups: [GroupDescription] = []
        var errors: [Failures.Failure] = []
    }

    @OptionGroup var client: ClientOptions
    @Argument(help: "Groups.") var names: [String]
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let (report, failures) = try await client.withClient { client in try await describe(client) }
        if json {
            try Output.json(report)
        } else if !report.groups.isEmpty {
            Output.line(report.groups.map(\.text).joined(separator: "\n\n"))
        }
        try failures.exit()
    }

    private func describe(_ client: KafkaClient) async throws -> (Report, Failures) {
        var report = Report()
        var failures = Failures()
        for name in names.unique {
            do throws(KafkaClientError) {
                report.groups.append(try await GroupDescribeCommand.describe(name, client))
            } catch {
                try failures.note(error, of: name)
            }
        }
        report.errors = failures.all
        return (report, failures)
    }

    private static func describe(_ name: String, _ client: KafkaClient) async throws(KafkaClientError)
        -> GroupDescription
    {
        let group = try await client.group(name)
        let members = group.members.map { GroupDescription.Member($0, protocolType: group.protocolType) }
        let committed = try await client.committedOffsets(ofGroup: name)
        let places = Set(committed.keys).union(members.flatMap(\.places))
        // Offsets outlive their topics for a while.
        let existing = try await client.existing(places)
        let ends = try await client.offsets(of: existing.reduce(into: [:]) { $0[$1] = Position.latest })
        return GroupDescription(
            name: name, state: group.groupState, protocolType: group.protocolType, protocolName: group.protocolData,
            members: members, committed: committed, ends: ends)
    }
}

extension KafkaClient {
    /// A group as its coordinator knows it; asks again while the coordinator is not ready. Throws if there is no such group.
    nonisolated func group(_ name: String) async throws(KafkaClientError) -> DescribeGroupsResponse.Group {
        let group = try await groupIfPresent(name)
        guard let group else {
            throw KafkaClientError(.refused(.groupIDNotFound), "group '\(name)' does not exist")
        }
        return group
    }

    /// As `group`, nil if there is no such group.
    nonisolated func groupIfPresent(_ name: String) async throws(KafkaClientError) -> DescribeGroupsResponse.Group? {
        try await retrying { () async throws(KafkaClientError) in
            let response = try await self.send(DescribeGroupsRequest(groupIDs: [name]), to: .coordinator(group: name))
            guard let group = response.groups.first(where: { $0.groupID == name }) else {
                throw KafkaClientError(.malformedAnswer, "the answer on group '\(name)' does not name it")
            }
            // Up to version 5 of the API an unknown group is a dead one; from 6 on it is an error.
            if group.errorCode == KafkaError.groupIDNotFound.rawValue { return nil }
            try KafkaClientError.check(group.errorCode, "group '\(name)'")
            return group.groupState == "Dead" ? nil : group
        }
    }

    /// Everything that a group has committed.
    nonisolated func committedOffsets(ofGroup name: String) async throws(KafkaClientError) -> [TopicPartition: Int64] {
        try await retrying { () async throws(KafkaClientError) in
            // No topics means all. One group in the fields of versions up to 7 and of those from 8 on.
            let response = try await self.send(
                OffsetFetchRequest(
                    groupID: name, topics: nil, groups: [.init(groupID: name, memberEpoch: -1, topics: nil)]),
                to: .coordinator(group: name))
            let what = "committed offsets of group '\(name)'"
            try KafkaClientError.check(response.groups.first?.errorCode ?? response.errorCode, what)
            var found: [TopicPartition: Int64] = [:]
            for topic in response.groups.first?.topics ?? response.topics {
                for partition in topic.partitions {
                    let place = TopicPartition(topic.name, partition.partitionIndex)
                    try KafkaClientError.check(partition.errorCode, "\(what) in \(place)")
                    if partition.committedOffset >= 0 { found[place] = partition.committedOffset }
                }
            }
            return found
        }
    }

    /// Those of the partitions that exist and have a leader.
    nonisolated func existing(_ places: Set<TopicPartition>) async throws(KafkaClientError) -> Set<TopicPartition> {
        guard !places.isEmpty else { return [] }
        var existing = Set<TopicPartition>()
        for topic in try await metadata(of: Set(places.map(\.topic)).sorted()).topics where topic.errorCode == 0 {
            for partition in topic.partitions where partition.leaderID >= 0 {
                existing.insert(TopicPartition(topic.name ?? "", partition.partitionIndex))
            }
        }
        return existing.intersection(places)
    }
}
