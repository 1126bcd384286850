/// Something a check of a data directory has found.
public struct VerificationFinding: Equatable, Sendable {
    /// How bad it is. Stable names: the command line prints them.
    public enum Severity: String, Sendable, CaseIterable {
        /// Records are lost or cannot be read, or a file is that guards them.
        case damage
        /// A file that is made from the records is wrong: no record is lost, but answers may be wrong until it is rebuilt.
        case derived
        /// Nothing is wrong: what a crash leaves and the next start settles, and what is not this program's.
        case notice
    }

    public var severity: Severity
    public var path: String
    /// Byte within the file, if it is about one.
    public var position: Int?
    public var reason: String
    /// What to do about it.
    public var remedy: String

    public init(severity: Severity, path: String, position: Int? = nil, reason: String, remedy: String) {
        self.severity = severity
        self.path = path
        self.position = position
        self.reason = reason
        self.remedy = remedy
    }
}

extension VerificationFinding: CustomStringConvertible {
    /// One line.
    public var description: String {
        "\(severity.rawValue): \(path)\(position.map { " at byte \($0)" } ?? ""): \(reason); \(remedy)"
    }
}

/// What a check of a data directory has come to.
public struct VerificationReport: Equatable, Sendable {
    public var findings: [VerificationFinding] = []
    public var logCount = 0
    public var segmentCount = 0
    public var batchCount = 0
    public var recordCount = 0
    /// In segment files.
    public var byteCount = 0
    /// Offset after the last sound batch of each log.
    public var endOffsets: [LogName: Int64] = [:]
    /// Logs that a checkpoint knows and that have no directory: deleted, or lost. A catalog of topics can tell.
    public var logsWithoutDirectory: [LogName] = []

    public init() {}

    /// Nothing was found but notices.
    public var isSound: Bool { findings.allSatisfy { $0.severity == .notice } }
}

/// How far a check has come.
public struct VerificationProgress: Equatable, Sendable {
    /// The file being read.
    public var path: String
    public var bytesDone: Int
    public var bytesTotal: Int
}
