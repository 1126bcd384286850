import Synchronization

/// What a run has shown.
struct BenchReport: Encodable {
    struct Phase: Encodable {
        var recordsPerSecond: Double
        var bytesPerSecond: Double
        var clientCPUSecondsPerMillion: Double
        var serverCPUSecondsPerMillion: Double?
        /// From a batch's first record to its acknowledgement.
        var p50LatencyMS: Double?
        var p99LatencyMS: Double?
        var maxLatencyMS: Double?

        /// `latenciesNS` are sorted.
        init(_ elapsed: BenchBrokerCommand.Elapsed, records: Int, size: Int, latenciesNS: [Int64]) {
            recordsPerSecond = Double(records) / elapsed.seconds
            bytesPerSecond = recordsPerSecond * Double(size)
            clientCPUSecondsPerMillion = elapsed.clientCPUSeconds / Double(records) * 1e6
            serverCPUSecondsPerMillion = elapsed.serverCPUSeconds.map { $0 / Double(records) * 1e6 }
            guard !latenciesNS.isEmpty else { return }
            let percentile = { (share: Double) in
                Double(latenciesNS[min(latenciesNS.count - 1, Int(Double(latenciesNS.count) * share))]) / 1e6
            }
            p50LatencyMS = percentile(0.5)
            p99LatencyMS = percentile(0.99)
            maxLatencyMS = latenciesNS.last.map { Double($0) / 1e6 }
        }

        fileprivate var latencies: String? {
            guard let p50 = p50LatencyMS, let p99 = p99LatencyMS, let max = maxLatencyMS else { return nil }
            let texts = [p50, p99, max].map { BenchReport.text($0) }
            return "acknowledged p50 \(texts[0]) p99 \(texts[1]) max \(texts[2]) ms"
        }

        fileprivate func line(_ name: String) -> String {
            var parts = [
                "\(BenchReport.text(recordsPerSecond / 1e6)) M records/s",
                "\(BenchReport.text(bytesPerSecond / 1e6)) MB/s",
                "client CPU \(BenchReport.text(clientCPUSecondsPerMillion)) s/M",
            ]
            if let server = serverCPUSecondsPerMillion { parts.append("server CPU \(BenchReport.text(server)) s/M") }
            if let latencies { parts.append("\(latencies), waiting in the full buffer included") }
            return "\(name): " + parts.joined(separator: ", ")
        }
    }

    var records: Int
    var size: Int
    var partitions: Int32
    var connections: Int
    var produce: Phase
    var consume: Phase
    var roundTrips: Phase?
    var serverResidentBytes: Int?

    var text: String {
        var lines = [
            "\(records) records of \(size) bytes, \(partitions) partitions, \(connections) producing connections",
            produce.line("produce"), consume.line("consume"),
        ]
        if let roundTrips { lines.append("one at a time: \(roundTrips.latencies ?? "")") }
        if let bytes = serverResidentBytes { lines.append("server memory: \(bytes >> 20) MiB resident") }
        return lines.joined(separator: "\n")
    }

    /// Three digits that count.
    fileprivate static func text(_ value: Double) -> String {
        switch abs(value) {
        case 100...: "\(Int(value.rounded()))"
        case 10..<100: "\((value * 10).rounded() / 10)"
        case 1..<10: "\((value * 100).rounded() / 100)"
        default: "\((value * 1000).rounded() / 1000)"
        }
    }
}

/// The acknowledgement times of batches.
final class LatencyLog: Sendable {
    private let state = Mutex((latenciesNS: [Int64](), recordCount: 0))

    var recordCount: Int { state.withLock { $0.recordCount } }
    var sorted: [Int64] { state.withLock { $0.latenciesNS }.sorted() }

    func add(_ latencyNS: Int64, records: Int) {
        state.withLock { state in
            state.latenciesNS.append(latencyNS)
            state.recordCount += records
        }
    }
}
