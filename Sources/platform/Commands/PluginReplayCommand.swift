import ArgumentParser
import Foundation
import KafkaClient
import KafkaWire
import LogStorage
import Plugins

/// Real records through a plugin that is not bound to them.
struct PluginReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Give records of a topic to a plugin, and show what it decides.",
        discussion: """
            Nothing is written: handlers run on a database in memory, what they send goes nowhere. With --against, another \
            version gets the same records, and only differences are shown; the status is 1 if there are any.
            """)

    @OptionGroup var client: ClientOptions
    @Argument(help: "Plugin file or directory.") var plugin: String
    @Option(help: "Topic.") var topic: String
    @Option(
        name: [.customLong("from")], parsing: .unconditional,
        help: "Where to begin in each partition: beginning, an offset, -N for the last N, s@TIME.")
    var start = ConsumeStart(position: .earliest)
    @Option(name: .shortAndLong, help: "End after so many records.") var count = 1_000
    @Option(help: "Another version of the plugin.") var against: String?
    @Option(help: "Partitions to select from; those of the topic without it.") var partitions: Int32?
    @Flag(help: "Print each decision as one JSON line.") var json = false

    private struct Line: Encodable {
        var partition: Int32
        var offset: Int64
        var key: String?
        var decisions: [String: String]
        var against: [String: String]?
    }

    func validate() throws {
        if count < 1 { throw ValidationError("--count \(count) is less than 1") }
    }

    func run() async throws {
        let records = try await client.withClient { try await read($0) }
        let differenceCount = try await PluginReplayCommand.decide(self, records.records, records.partitionCount)
        if against != nil {
            Output.notice("\(records.records.count) records, \(differenceCount) decided otherwise")
            if differenceCount > 0 { throw ExitCode.failure }
        }
    }

    private struct Read: Sendable {
        var records: [PluginReplay.Input]
        var partitionCount: Int32
    }

    /// What there is now, at most `count` records, in the order in which it comes.
    private func read(_ client: KafkaClient) async throws -> Read {
        let known = try await client.existingTopic(topic).partitions.map(\.partitionIndex)
        let places = Dictionary(uniqueKeysWithValues: known.map { (TopicPartition(topic, $0), start.position) })
        let consumer = Consumer(client: client)
        consumer.assign(try await client.offsets(of: places))
        let ends = try await client.offsets(of: places.mapValues { _ in .latest })
        var records: [PluginReplay.Input] = []
        while records.count < count,
            !consumer.positions.allSatisfy({ place, position in position >= ends[place] ?? 0 })
        {
            for batches in try await consumer.poll() {
                try batches.forEach { offset, timestampMS, view in
                    guard records.count < count else { return false }
                    var record = Record(copying: view, baseTimestampMS: 0)
                    record.timestampMS = timestampMS
                    records.append(
                        PluginReplay.Input(
                            topic: topic, partition: batches.partition.partition, offset: offset, record: record))
                    return true
                }
            }
        }
        return Read(records: records, partitionCount: partitions ?? Int32(known.count))
    }

    /// Shows what is decided; how often the two versions differ.
    @MainActor private static func decide(
        _ command: PluginReplayCommand, _ records: [PluginReplay.Input], _ partitionCount: Int32
    ) async throws -> Int {
        let first = try PluginReplay(try PluginBundle.read(command.plugin))
        let second = try command.against.map { try PluginReplay(try PluginBundle.read($0)) }
        var differenceCount = 0
        for input in records {
            let decisions = await first.decide(input, partitionCount: partitionCount)
            let others = await second?.decide(input, partitionCount: partitionCount)
            if let others {
                guard others != decisions else { continue }
                differenceCount += 1
            }
            let key = input.record.key.map { String(decoding: $0, as: UTF8.self) }
            guard !command.json else {
                try Output.json(
                    Line(
                        partition: input.partition, offset: input.offset, key: key, decisions: decisions,
                        against: others))
                continue
            }
            let place = "\(input.partition)@\(input.offset) \(key ?? "null")"
            Output.line("\(place): \(text(decisions))" + (others.map { ", against \(text($0))" } ?? ""))
        }
        return differenceCount
    }

    private static func text(_ decisions: [String: String]) -> String {
        decisions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
