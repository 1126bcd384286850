import AdminServer
import ArgumentParser
import Dispatch
import Foundation
import Glibc
import KafkaClient
import LogStorage
import Synchronization

/// Sends lines, or JSON lines, as records.
struct ProduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "produce", abstract: "Send lines from stdin or files to a topic.",
        discussion: """
            Each line is a record's value. With --json each line is a record as `consume --json` prints it: only "value" \
            must be given. Records are acknowledged as durable before the command ends with 0, each is written once, and \
            the order in a partition is that of the lines. Records with a key go where Kafka's Java client sends them.

            Delimiters and --key know \\n, \\t, \\r, \\0, \\\\ and \\xNN.
            """)

    @OptionGroup var client: ClientOptions
    @Argument(help: "Topic; created if the server does that.") var topic: String
    @Argument(help: "Files to read instead of stdin, in this order; - is stdin.") var files: [String] = []
    @Flag(help: "Lines are records in JSON.") var json = false
    @Option(name: .shortAndLong, help: "Partition; without it the key decides, or records are spread in batches.")
    var partition: Int32?
    @Option(name: .shortAndLong, help: "Key of all records.") var key: String?
    @Option(name: [.customShort("K"), .long], help: "What stands between key and value on a line.")
    var keyDelimiter: String?
    @Option(name: [.customShort("D"), .long], help: "What ends a record; a line end without it.") var delimiter = "\\n"
    @Option(name: [.customShort("H"), .long], help: "Header of all records, as name=value; may be repeated.")
    var header: [String] = []
    @Flag(name: [.customShort("Z"), .long], help: "An empty value or key is null: a tombstone on a compacted topic.")
    var nullEmpty = false
    @Option(name: [.customShort("z"), .customLong("compression")], help: "Codec of the batches.")
    var codec = CodecArgument(.none)
    @Option(name: .shortAndLong, help: "Who must have a record before it counts as written.")
    var acks = AcknowledgementArgument(.all)
    @Option(help: "Seconds in which a record must be acknowledged, however often it is sent; then the command fails.")
    var timeout: Int64 = 30
    @Flag(name: .shortAndLong, help: "Say nothing but errors.") var quiet = false

    /// How long a signal waits for what was read to be acknowledged.
    private static let flushSecondsAtSignal = 5

    func validate() throws {
        if Escapes.bytes(of: delimiter)?.isEmpty ?? true {
            throw ValidationError("--delimiter '\(delimiter)' must have at least one character and known escapes only")
        }
        if let keyDelimiter, Escapes.bytes(of: keyDelimiter)?.isEmpty ?? true {
            throw ValidationError(
                "--key-delimiter '\(keyDelimiter)' must have at least one character and known escapes only")
        }
        if key != nil, keyDelimiter != nil { throw ValidationError("--key and --key-delimiter exclude each other") }
        if json, key != nil || keyDelimiter != nil || !header.isEmpty || nullEmpty {
            throw ValidationError("--json lines carry keys, headers and nulls themselves; leave out -k, -K, -H and -Z")
        }
        for text in header where !text.contains("=") {
            throw ValidationError("--header '\(text)' is not name=value")
        }
        if timeout < 1 { throw ValidationError("--timeout \(timeout) is less than 1 second") }
        if let partition, partition < 0 { throw ValidationError("--partition \(partition) is negative") }
    }

    func run() async throws {
        var configuration = ProducerConfiguration()
        configuration.codec = codec.codec
        configuration.acknowledgement = acks.acknowledgement
        configuration.deliveryTimeoutMS = timeout * 1000
        try await client.withClient { client in
            let progress = ProgressLine()
            let tally = ProduceTally(progress)
            let retries = RetryNotices(progress, timeoutSeconds: timeout, isQuiet: quiet)
            let producer = try await Producer.open(
                client, topic: topic, configuration: configuration, onDelivery: { tally.add($0) },
                onRetry: { retries.add($0) })
            let interruption = Interruption { signal in
                let end: @Sendable (String?) -> Never = { problem in
                    progress.clear()
                    if let problem { Output.notice("platform produce: \(problem)") }
                    if !quiet { Output.notice(tally.summary(of: topic)) }
                    _exit(128 + signal)
                }
                // What was read is sent; what was not is for the next time.
                Task {
                    do { try await producer.flush() } catch { end("\(error)") }
                    end(nil)
                }
                DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(ProduceCommand.flushSecondsAtSignal)) {
                    end("not everything was acknowledged within \(ProduceCommand.flushSecondsAtSignal) s")
                }
            }
            var source = RecordSource(self)
            var failure: (any Error)?
            do {
                for file in files.isEmpty ? ["-"] : files { try await send(file, through: &source, to: producer) }
            } catch { failure = error }
            // What came before a record at fault is good.
            do { try await producer.flush() } catch { failure = failure ?? error }
            progress.clear()
            if !quiet { Output.notice(tally.summary(of: topic)) }
            withExtendedLifetime(interruption) {}
            if let failure { throw failure }
        }
    }

    private func send(_ file: String, through source: inout RecordSource, to producer: Producer) async throws {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError("cannot open \(file): \(String(cString: strerror(errno)).lowercased())")
        }
        defer { if file != "-" { close(descriptor) } }
        source.name = file == "-" ? "stdin" : file
        source.lineNumber = 0
        var lines = LineReader(
            descriptor: descriptor, name: source.name, delimiter: Escapes.bytes(of: delimiter) ?? [])
        var goesOn = true
        while goesOn {
            var hasRoom = true
            goesOn = try lines.readSome { line in
                if try !source.append(line, to: producer) { hasRoom = false }
            }
            if !hasRoom { try await producer.waitForRoom() }
        }
    }
}

/// Makes records of lines.
private struct RecordSource {
    var name = ""
    var lineNumber = 0
    private let isJSON: Bool
    private let key: [UInt8]?
    private let keyDelimiter: [UInt8]?
    private let headers: [Record.Header]
    private let nullsEmpty: Bool
    private let partition: Int32?

    init(_ command: ProduceCommand) {
        isJSON = command.json
        key = command.key.map { Escapes.bytes(of: $0) ?? Array($0.utf8) }
        keyDelimiter = command.keyDelimiter.flatMap { Escapes.bytes(of: $0) }
        headers = command.header.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Record.Header(String(parts[0]), Array(parts[1].utf8))
        }
        nullsEmpty = command.nullEmpty
        partition = command.partition
    }

    /// Returns whether there is room for more.
    mutating func append(_ line: UnsafeRawBufferPointer, to producer: Producer) throws -> Bool {
        lineNumber += 1
        let nowMS = Clocks.wallMS()
        if isJSON {
            // An empty line holds nothing; files often end with one.
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return true }
            do {
                let (record, partition) = try RecordJSON.decode(line, nowMS: nowMS)
                return try producer.append(record, partition: self.partition ?? partition)
            } catch let error as RecordJSON.Failure {
                throw CommandError("\(name), line \(lineNumber): \(error)")
            }
        }
        if let key {
            return try key.withUnsafeBytes { try send(key: $0, value: line, nowMS, producer) }
        }
        guard let keyDelimiter else { return try send(key: nil, value: line, nowMS, producer) }
        guard let split = RecordSource.find(keyDelimiter, in: line) else {
            throw CommandError(
                "\(name), line \(lineNumber): no '\(String(decoding: keyDelimiter, as: UTF8.self))' between key and value"
            )
        }
        return try send(
            key: UnsafeRawBufferPointer(rebasing: line[..<split]),
            value: UnsafeRawBufferPointer(rebasing: line[(split + keyDelimiter.count)...]), nowMS, producer)
    }

    private func send(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer, _ nowMS: Int64, _ producer: Producer
    ) throws -> Bool {
        try producer.append(
            key: nullsEmpty && key?.isEmpty == true ? nil : key, value: nullsEmpty && value.isEmpty ? nil : value,
            headers: headers, timestampMS: nowMS, partition: partition)
    }

    private static func find(_ pattern: [UInt8], in line: UnsafeRawBufferPointer) -> Int? {
        guard line.count >= pattern.count else { return nil }
        return (0...line.count - pattern.count).first { line[$0..<$0 + pattern.count].elementsEqual(pattern) }
    }
}

/// Tells once of each reason why records are sent again, so that a wait explains itself.
private final class RetryNotices: Sendable {
    private let progress: ProgressLine
    private let timeoutSeconds: Int64
    private let isQuiet: Bool
    private let known = Mutex<Set<String>>([])

    init(_ progress: ProgressLine, timeoutSeconds: Int64, isQuiet: Bool) {
        self.progress = progress
        self.timeoutSeconds = timeoutSeconds
        self.isQuiet = isQuiet
    }

    func add(_ error: KafkaClientError) {
        guard !isQuiet, known.withLock({ $0.insert(error.message).inserted }) else { return }
        progress.clear()
        Output.notice("platform produce: \(error); trying again for up to \(timeoutSeconds) s")
    }
}

/// Counts what is acknowledged.
private final class ProduceTally: Sendable {
    private let counts = Mutex((records: 0, partitions: Set<Int32>()))
    private let start = ContinuousClock.now
    private let progress: ProgressLine

    init(_ progress: ProgressLine) { self.progress = progress }

    func add(_ delivery: Producer.Delivery) {
        let records = counts.withLock { counts in
            counts.records += delivery.recordCount
            counts.partitions.insert(delivery.partition)
            return counts.records
        }
        progress.show("\(records) records written")
    }

    func summary(of topic: String) -> String {
        let (records, partitions) = counts.withLock { ($0.records, $0.partitions.count) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let (written, places) = (Output.count(records, "record"), Output.count(partitions, "partition"))
        return "\(written) written to \(places) of '\(topic)' in \(rounded(seconds)) s"
    }

    private func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
