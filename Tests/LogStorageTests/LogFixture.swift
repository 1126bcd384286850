import LogStorage
import TestSupport
import Testing

/// A log on a simulated disk, small enough that segments, index entries and snapshots come soon.
final class LogFixture {
    static let directory = "/data/logs/orders-0"

    var disk: SimulatedDisk
    var log: SegmentedLog
    var configuration: LogConfiguration

    init(seed: UInt64 = 1, _ change: (inout LogConfiguration) -> Void = { _ in }) throws {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 4096
        configuration.indexIntervalBytes = 200
        change(&configuration)
        self.configuration = configuration
        disk = SimulatedDisk(seed: seed)
        try disk.createDirectory(LogFixture.directory)
        for path in ["/", "/data", "/data/logs"] { try disk.syncDirectory(path) }
        log = try SegmentedLog.open(
            directory: LogFixture.directory, disk: disk, configuration: configuration, nowMS: 1000)
        try log.flush()
    }

    /// Opens the log again, as the next process would, on what a crash has left or on the same disk.
    func reopen(
        crashing: Bool = false, recoveryPoint: Int64 = 0, logStartOffset: Int64 = 0, nowMS: Int64 = 1000
    ) throws {
        if crashing { disk = disk.crash() }
        log = try SegmentedLog.open(
            directory: LogFixture.directory, disk: disk, configuration: configuration, recoveryPoint: recoveryPoint,
            logStartOffset: logStartOffset, nowMS: nowMS)
        try log.flush()
    }

    /// Appends batches of one record each, with values "0", "1" … after those that are there, 100 bytes of padding in
    /// the key, and times 1000, 1010 …
    func fill(_ count: Int, padding: Int = 100, leaderEpoch: Int32 = 0) throws {
        for _ in 0..<count {
            let number = log.endOffset
            let key = String(repeating: "k", count: padding)
            try log.append(
                clientBatch([record("\(number)", key: key, timestampMS: 1000 + number * 10)]), leaderEpoch: leaderEpoch)
        }
    }

    func names() throws -> [String] { try disk.list(LogFixture.directory).sorted() }

    func path(_ name: String) -> String { LogFixture.directory + "/" + name }

    /// Values of all records from the start, which `fill` has made the offsets.
    func values() throws -> [String] { try log.readAll().compactMap(\.text) }
}

/// "0", "1" … as `LogFixture.fill` makes them.
func numbers(_ range: Range<Int>) -> [String] { range.map(String.init) }
