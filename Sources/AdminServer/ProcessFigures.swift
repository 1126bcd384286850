import Foundation
import Glibc

/// What the kernel says of this process, under the meanings that Prometheus's client libraries give their
/// `process_…` metrics. Fields are nil where /proc does not have them.
struct ProcessFigures: Equatable, Sendable {
    var residentBytes: Int?
    var virtualBytes: Int?
    /// User and system time, seconds.
    var cpuSeconds: Double?
    var openFileCount: Int?
    var openFileCountMax: Int?
    var threadCount: Int?
    /// Seconds since 1970.
    var startTimeSeconds: Double?

    /// Asks the kernel; takes some tens of microseconds.
    static func read() -> ProcessFigures {
        var figures = ProcessFigures(
            statm: file("/proc/self/statm"), stat: file("/proc/self/stat"), systemStat: file("/proc/stat"),
            pageBytes: sysconf(CInt(_SC_PAGESIZE)), ticksPerSecond: sysconf(CInt(_SC_CLK_TCK)))
        // One of the descriptors is that of the listing itself.
        figures.openFileCount = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map {
            $0.count - 1
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.openFileCountMax = Int(clamping: limit.rlim_cur)
        }
        return figures
    }

    private static func file(_ path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        return (try? handle.readToEnd()).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ProcessFigures {
    /// Reads the files' contents: proc(5) has their fields.
    init(statm: String?, stat: String?, systemStat: String?, pageBytes: Int, ticksPerSecond: Int) {
        let pages = (statm ?? "").split(separator: " ").map { Int($0) }
        if pages.count >= 2 {
            virtualBytes = pages[0].map { $0 * pageBytes }
            residentBytes = pages[1].map { $0 * pageBytes }
        }
        // The second field is the program's name in brackets and may hold anything; what follows begins with field 3.
        let fields =
            (stat ?? "").split(separator: ")", omittingEmptySubsequences: false).last?.split(separator: " ") ?? []
        func field(_ number: Int) -> Int? { number - 3 < fields.count ? Int(fields[number - 3]) : nil }
        if let user = field(14), let system = field(15) {
            cpuSeconds = Double(user + system) / Double(ticksPerSecond)
        }
        threadCount = field(20)
        let bootSeconds = (systemStat ?? "").split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Int($0.dropFirst(6)) }
        if let startTicks = field(22), let bootSeconds {
            startTimeSeconds = Double(bootSeconds) + Double(startTicks) / Double(ticksPerSecond)
        }
    }
}
