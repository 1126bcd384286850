import ArgumentParser
import Foundation
import KafkaClient
import KafkaWire
import LogStorage
import NIOPosix

/// Writes records to a topic of its own, reads them back, and says how fast.
struct BenchBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "Produce, consume and round trips over the Kafka protocol.",
        discussion: """
            Any Kafka server can be measured. The topic is made for the run and deleted after it. The client works on the \
            same processors if the server is on the same machine: compare ratios of one run, not figures of two.
            """)

    @OptionGroup var client: ClientOptions
    @Flag(help: "Print one JSON object.") var json = false
    @Option(name: .shortAndLong, help: "Records to write and read.") var records = 1_000_000
    @Option(name: .shortAndLong, help: "Bytes of a record's value.") var size = 100
    @Option(name: .shortAndLong, help: "Partitions of the topic.") var partitions: Int32 = 1
    @Option(name: .shortAndLong, help: "Producers, each with a connection of its own.") var connections = 1
    @Option(help: "How long a batch waits for more, ms.") var lingerMS: Int64 = 5
    @Option(help: "The most bytes of a batch.") var batchBytes = 256 << 10
    @Option(name: .shortAndLong, help: "Who must have a record before it counts as written.")
    var acks = AcknowledgementArgument(.all)
    @Option(name: [.customShort("z"), .customLong("compression")], help: "Codec of the batches.")
    var codec = CodecArgument(.none)
    @Option(help: "Single records, each sent when the one before is acknowledged.") var roundTrips = 1_000
    @Option(help: "Process id of the server, if it is on this machine: its processor time and memory are shown.")
    var serverPID: Int32?

    func validate() throws {
        for (name, value, limits) in [
            ("records", records, 1...10_000_000_000), ("size", size, 0...1_000_000),
            ("partitions", Int(partitions), 1...100_000), ("connections", connections, 1...10_000),
            ("linger-ms", Int(lingerMS), 0...60_000), ("batch-bytes", batchBytes, 1_000...1_000_000),
            ("round-trips", roundTrips, 0...10_000_000),
        ] where !limits.contains(value) {
            throw ValidationError("--\(name) \(value) is not from \(limits.lowerBound) to \(limits.upperBound)")
        }
        if let serverPID, ProcessUsage(of: serverPID) == nil {
            throw ValidationError("--server-pid \(serverPID) is no process that can be looked at")
        }
    }

    func run() async throws {
        let topic = "bench-\(UInt32.random(in: 0 ... .max))"
        let report = try await client.withClient { client in
            try await create(topic, client)
            let outcome: Result<BenchReport, any Error>
            do { outcome = .success(try await measure(topic, client)) } catch { outcome = .failure(error) }
            _ = try? await client.send(
                DeleteTopicsRequest(topics: [.init(name: topic)], topicNames: [topic], timeoutMS: 30_000),
                to: .controller)
            return try outcome.get()
        }
        if json { try Output.json(report) } else { Output.line(report.text) }
    }

    private func create(_ topic: String, _ client: KafkaClient) async throws {
        let response = try await client.send(
            CreateTopicsRequest(
                topics: [.init(name: topic, numPartitions: partitions, replicationFactor: -1)], timeoutMS: 30_000),
            to: .controller)
        for answer in response.topics {
            try KafkaClientError.check(answer.errorCode, "topic '\(topic)'", detail: answer.errorMessage)
        }
    }

    // MARK: Measuring

    private func measure(_ topic: String, _ client: KafkaClient) async throws -> BenchReport {
        let progress = ProgressLine()
        let (latencies, producing) = try await timed { try await produce(topic, progress) }
        let (_, consuming) = try await timed { try await consume(topic, client, progress) }
        var report = BenchReport(
            records: records, size: size, partitions: partitions, connections: connections,
            produce: .init(producing, records: records, size: size, latenciesNS: latencies),
            consume: .init(consuming, records: records, size: size, latenciesNS: []))
        if roundTrips > 0 {
            let (latencies, elapsed) = try await timed { try await roundTrips(topic, client, progress) }
            report.roundTrips = .init(elapsed, records: roundTrips, size: size, latenciesNS: latencies)
        }
        report.serverResidentBytes = serverPID.flatMap { ProcessUsage(of: $0)?.residentBytes }
        progress.clear()
        return report
    }

    /// What a phase took: of the clock, of this process, of the server.
    struct Elapsed {
        var seconds: Double
        var clientCPUSeconds: Double
        var serverCPUSeconds: Double?
    }

    private func timed<Result>(_ body: () async throws -> Result) async throws -> (result: Result, elapsed: Elapsed) {
        let (server, mine) = (serverPID.flatMap { ProcessUsage(of: $0) }, ProcessUsage(of: getpid()))
        let start = ContinuousClock.now
        let result = try await body()
        let elapsed = Elapsed(
            seconds: (ContinuousClock.now - start) / .seconds(1),
            clientCPUSeconds: (ProcessUsage(of: getpid())?.cpuSeconds ?? 0) - (mine?.cpuSeconds ?? 0),
            serverCPUSeconds: server.flatMap { before in
                serverPID.flatMap { ProcessUsage(of: $0) }.map { $0.cpuSeconds - before.cpuSeconds }
            })
        return (result, elapsed)
    }

    /// Returns the time of each batch from its first record to its acknowledgement.
    private func produce(_ topic: String, _ progress: ProgressLine) async throws -> [Int64] {
        let latencies = LatencyLog()
        var configuration = ProducerConfiguration()
        configuration.acknowledgement = acks.acknowledgement
        configuration.codec = codec.codec
        configuration.lingerMS = lingerMS
        // What all producers hold together stays bounded, however many there are.
        configuration.bufferBytesMax = max(64 << 10, (64 << 20) / connections)
        configuration.batchBytesMax = min(batchBytes, configuration.bufferBytesMax / 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<connections {
                let share = records / connections + (index < records % connections ? 1 : 0)
                let configuration = configuration
                group.addTask {
                    try await client.withClient { client in
                        let producer = try await Producer.open(client, topic: topic, configuration: configuration) {
                            latencies.add($0.latencyNS, records: $0.recordCount)
                            progress.show("\(latencies.recordCount) of \(records) records written")
                        }
                        try await fill(producer, count: share)
                    }
                }
            }
            try await group.waitForAll()
        }
        return latencies.sorted
    }

    private func fill(_ producer: Producer, count: Int) async throws {
        let values = BenchValues(sizeBytes: size)
        var left = count
        while left > 0 {
            let nowMS = Clocks.wallMS()
            var hasRoom = true
            for index in 0..<min(left, 1_000) where hasRoom {
                hasRoom = try values.withValue(index) { try producer.append(key: nil, value: $0, timestampMS: nowMS) }
                left -= 1
            }
            if hasRoom { await Task.yield() } else { try await producer.waitForRoom() }
        }
        try await producer.flush()
    }

    private func consume(_ topic: String, _ client: KafkaClient, _ progress: ProgressLine) async throws {
        let consumer = Consumer(client: client)
        consumer.assign(Dictionary(uniqueKeysWithValues: (0..<partitions).map { (TopicPartition(topic, $0), 0) }))
        var count = 0
        while count < records {
            for batches in try await consumer.poll() {
                try batches.forEach { _, _, _ in
                    count += 1
                    return true
                }
            }
            progress.show("\(count) of \(records) records read")
        }
        guard count == records else { throw CommandError("\(count) records were read, \(records) were written") }
    }

    private func roundTrips(_ topic: String, _ client: KafkaClient, _ progress: ProgressLine) async throws -> [Int64] {
        var configuration = ProducerConfiguration()
        configuration.acknowledgement = acks.acknowledgement
        configuration.lingerMS = 0
        let producer = try await Producer.open(client, topic: topic, configuration: configuration)
        let values = BenchValues(sizeBytes: size)
        var latencies: [Int64] = []
        for index in 0..<roundTrips {
            let start = ContinuousClock.now
            _ = try values.withValue(index) {
                try producer.append(key: nil, value: $0, timestampMS: Clocks.wallMS(), partition: 0)
            }
            try await producer.flush()
            latencies.append(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
            progress.show("\(index) of \(roundTrips) round trips")
        }
        return latencies.sorted()
    }
}

/// Values that codecs neither shrink to nothing nor find random.
private struct BenchValues {
    private let bytes: [UInt8]
    private let sizeBytes: Int

    private static let varietyBytes = 4_096

    init(sizeBytes: Int) {
        self.sizeBytes = sizeBytes
        let letters = Array("abcdefghijklmnopqrstuvwxyz 0123456789".utf8)
        bytes = (0..<sizeBytes + BenchValues.varietyBytes).map { _ in letters[Int.random(in: 0..<letters.count)] }
    }

    func withValue<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let start = index &* 31 % BenchValues.varietyBytes
        return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + sizeBytes])) }
    }
}
