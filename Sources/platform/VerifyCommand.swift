import ArgumentParser
import Foundation
import Glibc
import LogStorage

/// Checks the data directory of a server that does not run, and says what is wrong where.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a data directory that no server uses; changes nothing.",
        discussion: """
            Reads everything once: every batch with its checksum and records, indexes, producer snapshots, checkpoints \
            and the catalog. Findings go to stdout, one a line: how bad (damage: records are lost or unreadable; derived: \
            a file made from the records is wrong; notice: nothing is wrong, a crash may leave it), file, byte, reason \
            and what to do. The last line sums up. Progress is shown on stderr if that is a terminal.

            Exit status: 0 sound (notices at most), 1 damage or a wrong derived file, 2 the directory is in use, is not a \
            data directory or cannot be read, 64 wrong usage.
            """)

    @Argument(help: "Data directory, as given to serve --data-dir.") var directory: String
    @Flag(help: "Print one JSON object instead of lines.") var json = false

    func validate() throws {
        if directory.isEmpty { throw ValidationError("DIR is empty: name the data directory") }
    }

    func run() throws {
        var path = directory
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let clock = ContinuousClock()
        let start = clock.now
        let progress = ProgressLine()
        var report = VerificationReport()
        do throws(LogDirectoryError) {
            var verifier = try LogVerifier(path: path, disk: POSIXDisk()) { progress.show($0.text) }
            report = try verifier.run()
            // The verifier holds the directory's lock until here.
            report.findings += withExtendedLifetime(verifier) {
                CatalogVerification(directory: path, report: report).findings
            }
        } catch {
            progress.clear()
            FileHandle.standardError.write(Data("platform verify: \(VerifyCommand.line(of: error))\n".utf8))
            throw ExitCode(2)
        }
        progress.clear()
        let summary = VerifySummary(path, report, seconds: (clock.now - start) / .seconds(1))
        if json {
            print(try summary.json)
        } else {
            for finding in report.findings { print(finding) }
            print(summary.line)
        }
        if !report.isSound { throw ExitCode(1) }
    }

    private static func line(of error: LogDirectoryError) -> String {
        switch error {
        case .locked(let path, let pid): "\(path) is in use by process \(pid): stop it first, or check a copy"
        case .foreignFormat(let path, let reason): "\(path) is not a data directory of this program: \(reason)"
        case .disk(let error): "\(error)"
        }
    }
}

/// The outcome of a check as it is printed.
struct VerifySummary: Encodable {
    struct Finding: Encodable {
        var severity: String
        var path: String
        var byte: Int?
        var reason: String
        var remedy: String
    }

    var directory: String
    var sound: Bool
    var logs: Int
    var segments: Int
    var batches: Int
    var records: Int
    var bytes: Int
    var seconds: Double
    /// Findings by severity.
    var counts: [String: Int] = [:]
    var findings: [Finding]

    init(_ directory: String, _ report: VerificationReport, seconds: Double) {
        self.directory = directory
        sound = report.isSound
        logs = report.logCount
        segments = report.segmentCount
        batches = report.batchCount
        records = report.recordCount
        bytes = report.byteCount
        self.seconds = (seconds * 1000).rounded() / 1000
        for severity in VerificationFinding.Severity.allCases {
            counts[severity.rawValue] = report.findings.count { $0.severity == severity }
        }
        findings = report.findings.map {
            Finding(
                severity: $0.severity.rawValue, path: $0.path, byte: $0.position, reason: $0.reason, remedy: $0.remedy)
        }
    }

    var line: String {
        let found = VerificationFinding.Severity.allCases.map { "\(counts[$0.rawValue] ?? 0) \($0.rawValue)" }
        return "\(directory): \(sound ? "sound" : "NOT SOUND") (\(found.joined(separator: ", "))): \(logs) logs, "
            + "\(segments) segments, \(batches) batches, \(records) records, \(bytes) bytes in \(seconds) s"
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension VerificationProgress {
    /// For a terminal.
    fileprivate var text: String {
        let percent = bytesTotal > 0 ? bytesDone * 100 / bytesTotal : 100
        let name = path.split(separator: "/").suffix(2).joined(separator: "/")
        return "\(percent) % of \(bytesTotal >> 20) MiB: \(name)"
    }
}
