public import LogStorage
import Logging
import Replication
import Synchronization

/// Something about a log that whoever runs the broker has to know.
public struct LogFault: Equatable, Sendable {
    public enum Kind: String, Sendable {
        /// It takes no appends any more, or could not be opened: a disk failed.
        case offline
        /// The disk refused its last append, within the last minute: in practice it is full. Reads work, and so do
        /// appends once there is space.
        case refusing
        /// Records that were acknowledged fail their check; reads of them do too. The rest can be read and written.
        case rot
        /// What was cut off and kept aside; the log itself is sound.
        case quarantined
    }

    public var log: LogName
    public var kind: Kind
    /// What is wrong, and where.
    public var reason: String

    /// Whether a promise of this log cannot be kept: that it takes records, or that it has what was acknowledged.
    public var breaksPromise: Bool { kind != .quarantined }

    public init(log: LogName, kind: Kind, reason: String) {
        self.log = log
        self.kind = kind
        self.reason = reason
    }
}

/// What went wrong outside the logs that are open. Safe to use from any thread.
final class BrokerFaults: Sendable {
    private struct State {
        var unopened: [LogName: String] = [:]
        var catalogFile: String?
        var hasReportedRefusals = false
    }

    private let state = Mutex(State())

    /// Why logs that the catalog has could not be opened.
    var unopened: [LogName: String] { state.withLock { $0.unopened } }

    /// Why the catalog's file is behind its log; nil: it is not.
    var catalogFile: String? {
        get { state.withLock { $0.catalogFile } }
        set { state.withLock { $0.catalogFile = newValue } }
    }

    /// Notes whether appends are being refused; returns whether that is news.
    func note(isRefusing: Bool) -> Bool {
        state.withLock { state in
            defer { state.hasReportedRefusals = isRefusing }
            return state.hasReportedRefusals != isRefusing
        }
    }

    /// Notes that a log could not be opened, or with nil that it is open.
    func note(unopened name: LogName, reason: String?) { state.withLock { $0.unopened[name] = reason } }

    /// The topic is gone.
    func forgetUnopened(of topic: String) {
        state.withLock { $0.unopened = $0.unopened.filter { $0.key.topic != topic } }
    }
}

extension Broker {
    /// What is wrong with the logs, `__metadata` included, as of one moment; sorted by name.
    public var logFaults: [LogFault] {
        var found = faults.unopened.map { LogFault(log: $0.key, kind: .offline, reason: $0.value) }
        let nowMS = nowMS()
        for log in [metadataLog] + topics.flatMap({ $0.partitions.map(\.log) }) {
            let figures = log.figures
            if let refusal = figures.refusal, nowMS - refusal.timeMS < Broker.refusalShownMS {
                found.append(LogFault(log: log.name, kind: .refusing, reason: "\(refusal.error)"))
            }
            if let reason = figures.offlineReason {
                found.append(LogFault(log: log.name, kind: .offline, reason: reason))
            }
            for damage in figures.damages {
                switch damage.kind {
                // Cut, and no loss: no acknowledgement covered it.
                case .tornTail: continue
                case .rot: found.append(LogFault(log: log.name, kind: .rot, reason: "\(damage)"))
                case .quarantined: found.append(LogFault(log: log.name, kind: .quarantined, reason: "\(damage)"))
                }
            }
        }
        return found.sorted { ($0.log.topic, $0.log.partition) < ($1.log.topic, $1.log.partition) }
    }

    /// How long a refusal counts if nobody tries again.
    private static let refusalShownMS: Int64 = 60_000

    /// Says once that the disk refuses appends, and once that it no longer does: each refused client is told itself.
    func reportRefusals() {
        let refusing = logFaults.filter { $0.kind == .refusing }
        guard faults.note(isRefusing: !refusing.isEmpty) else { return }
        if let first = refusing.first {
            logger.error(
                "appends fail",
                metadata: ["logs": "\(refusing.count)", "first": "\(first.log)", "error": "\(first.reason)"])
        } else {
            logger.notice("appends no longer fail")
        }
    }

    /// Why the catalog's file is behind its log; nil: it is not. No promise is broken by it, as the log has everything.
    public var catalogFileFault: String? { faults.catalogFile }
}
