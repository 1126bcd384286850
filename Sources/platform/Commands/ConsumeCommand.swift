import ArgumentParser
import KafkaClient
import KafkaWire
import Synchronization

/// Prints the records of topics.
struct ConsumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume", abstract: "Print the records of topics, and wait for more.",
        discussion: """
            Without a group, all partitions are read from --offset on. With --group, the partitions are shared with the \
            group's other members, and reading goes on where the group has been; --offset beginning or end says where to \
            begin where it has not been yet. What is printed is committed, so that a record is printed at least once.

            --format knows %s value, %S its size, %k key, %K its size, %t topic, %p partition, %o offset, %T timestamp in \
            ms, %h headers and %%; it, --delimiter and --key-delimiter know \\n, \\t, \\r, \\0, \\\\ and \\xNN. Ctrl-C ends it.
            """)

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topics.") var topics: [String]
    @Option(name: .shortAndLong, help: "Share the partitions with the members of this group.") var group: String?
    @Option(name: .shortAndLong, help: "Partition; may be repeated. All without it.") var partition: [Int32] = []
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: "Where to begin: beginning, end, an offset, -N for the last N, s@TIME in ms or ISO 8601.")
    var offset = ConsumeStart(position: .earliest)
    @Option(name: .shortAndLong, help: "End after so many records.") var count: Int?
    @Flag(name: [.customShort("e"), .long], help: "End at the end of the partitions.") var exit = false
    @Flag(help: "Print each record as one JSON line.") var json = false
    @Option(name: .shortAndLong, help: "Print each record in this form.") var format: String?
    @Option(name: [.customShort("K"), .long], help: "Print the key before the value, and this between them.")
    var keyDelimiter: String?
    @Option(name: [.customShort("D"), .long], help: "What to print after a record; a line end without it.")
    var delimiter = "\\n"

    func validate() throws {
        if topics.isEmpty { throw ValidationError("name at least one topic") }
        if let count, count < 1 { throw ValidationError("--count \(count) is less than 1") }
        if json, format != nil || keyDelimiter != nil { throw ValidationError("--json excludes --format and -K") }
        if let format, RecordPrinter.pieces(of: format) == nil {
            throw ValidationError("--format '\(format)' has a letter after % or \\ that is not known; see --help")
        }
        for (name, text) in [("delimiter", delimiter), ("key-delimiter", keyDelimiter ?? "")]
        where Escapes.bytes(of: text) == nil {
            throw ValidationError("--\(name) '\(text)' has an unknown escape")
        }
        guard group != nil else { return }
        if !partition.isEmpty { throw ValidationError("--group shares the partitions out; leave out --partition") }
        guard offset.position == .earliest || offset.position == .latest else {
            throw ValidationError("with --group, --offset is beginning or end; `platform group reset` moves a group")
        }
    }

    func run() async throws {
        try await client.withClient { client in
            let interrupted = Interrupted()
            let interruption = Interruption { _ in interrupted.set() }
            let printer = RecordPrinter(form)
            if let group {
                let source = try await GroupSource(client, group: group, topics: topics, start: offset.position)
                try await consume(source, printer, interrupted)
            } else {
                let source = try await PartitionSource(
                    client, topics: topics, partitions: partition, start: offset.position)
                try await consume(source, printer, interrupted)
            }
            withExtendedLifetime(interruption) {}
        }
    }

    private var form: RecordPrinter.Form {
        if json { return .json }
        if let pieces = format.flatMap({ RecordPrinter.pieces(of: $0) }) { return .format(pieces) }
        return .plain(
            keyDelimiter: keyDelimiter.flatMap { Escapes.bytes(of: $0) }, delimiter: Escapes.bytes(of: delimiter) ?? [])
    }

    private func consume(
        _ source: some RecordSupply, _ initialPrinter: RecordPrinter, _ interrupted: Interrupted
    ) async throws {
        var printer = initialPrinter
        var rest = count ?? .max
        var ends = try await source.ends()
        while rest > 0, !interrupted.isSet {
            let fetched = try await source.poll()
            for batches in fetched {
                guard rest > 0 else {
                    // Not printed, so not to be committed.
                    source.rewind(batches.partition, to: batches.position)
                    continue
                }
                var next = batches.nextOffset
                try batches.forEach { offset, timestampMS, record in
                    if rest == 0 {
                        next = offset
                        return false
                    }
                    try printer.print(record, in: batches.partition, offset: offset, timestampMS: timestampMS)
                    rest -= 1
                    return true
                }
                if next != batches.nextOffset { source.rewind(batches.partition, to: next) }
            }
            try printer.flush()
            guard exit, rest > 0 else { continue }
            // A member of a group gets partitions with its first poll, and others later.
            if source.positions.keys.contains(where: { ends[$0] == nil }) { ends = try await source.ends() }
            if source.positions.allSatisfy({ partition, position in position >= ends[partition] ?? .max }) { break }
        }
        try await source.close()
    }
}

/// Something that is set once and looked at often.
private final class Interrupted: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// Where records come from: partitions that were named, or those that a group gives.
private protocol RecordSupply {
    /// The partitions being read, which may change from poll to poll, and where.
    var positions: [TopicPartition: Int64] { get }
    func poll() async throws -> [FetchedBatches]
    /// The ends of the partitions being read, as of now.
    func ends() async throws -> [TopicPartition: Int64]
    /// What was returned from this offset on counts as not read.
    func rewind(_ partition: TopicPartition, to offset: Int64)
    func close() async throws
}

private struct PartitionSource: RecordSupply {
    private let client: KafkaClient
    private let consumer: Consumer

    init(_ client: KafkaClient, topics: [String], partitions: [Int32], start: Position) async throws {
        self.client = client
        var configuration = ConsumerConfiguration()
        configuration.reset = .fail
        consumer = Consumer(client: client, configuration: configuration)
        var wanted: [TopicPartition: Position] = [:]
        for name in topics {
            let known = try await client.existingTopic(name).partitions.map(\.partitionIndex)
            for partition in partitions where !known.contains(partition) {
                throw CommandError("topic '\(name)' has no partition \(partition); it has 0 to \(known.count - 1)")
            }
            for partition in partitions.isEmpty ? known : partitions {
                wanted[TopicPartition(name, partition)] = start
            }
        }
        let offsets = try await client.offsets(of: wanted)
        if case .offset(let offset) = start {
            let starts = try await client.offsets(of: wanted.mapValues { _ in .earliest })
            let ends = try await client.offsets(of: wanted.mapValues { _ in .latest })
            for (place, end) in ends.sorted(by: { TopicPartition.precedes($0.key, $1.key) }) {
                guard let first = starts[place], offset < first || offset > end else { continue }
                throw CommandError(
                    "offset \(offset) is outside partition \(place.partition) of topic '\(place.topic)', which holds "
                        + "\(first) to \(end - 1) and goes on at \(end)")
            }
        }
        consumer.assign(offsets)
    }

    var positions: [TopicPartition: Int64] { consumer.positions }
    func poll() async throws -> [FetchedBatches] { try await consumer.poll() }
    func ends() async throws -> [TopicPartition: Int64] {
        try await client.offsets(of: consumer.positions.mapValues { _ in .latest })
    }
    func rewind(_ partition: TopicPartition, to offset: Int64) { consumer.rewind(partition, to: offset) }
    func close() {}
}

private struct GroupSource: RecordSupply {
    private let client: KafkaClient
    private let member: GroupConsumer

    init(_ client: KafkaClient, group: String, topics: [String], start: Position) async throws {
        self.client = client
        // A group waits for a topic for ever; the person who typed the name wants to know.
        for name in topics { _ = try await client.existingTopic(name) }
        var configuration = GroupConsumer.Configuration()
        configuration.consumer.reset = start == .latest ? .latest : .earliest
        member = GroupConsumer(client: client, group: group, topics: topics, configuration: configuration)
    }

    var positions: [TopicPartition: Int64] { member.positions }
    func poll() async throws -> [FetchedBatches] { try await member.poll() }
    func ends() async throws -> [TopicPartition: Int64] {
        try await client.offsets(of: member.positions.mapValues { _ in .latest })
    }
    func rewind(_ partition: TopicPartition, to offset: Int64) { member.rewind(partition, to: offset) }
    func close() async throws { try await member.leave() }
}

extension KafkaClient {
    /// A topic that has to be there already.
    func existingTopic(_ name: String) async throws(KafkaClientError) -> MetadataResponse.Topic {
        try await retrying { () async throws(KafkaClientError) in
            do throws(KafkaClientError) { return try await self.topic(name) } catch {
                guard error.code == .refused(.unknownTopicOrPartition) else { throw error }
                // Not to be tried again: waiting helps only where somebody creates it.
                throw KafkaClientError(
                    .invalidArgument, "there is no topic '\(name)'; `platform topic list` names them")
            }
        }
    }
}
