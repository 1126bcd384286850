import BrokerEngine
import Hummingbird
import LogStorage

/// Whether this process can do its work, as far as whoever wires it knows.
public enum Readiness: Equatable, Sendable {
    /// All listeners are up and storage takes writes.
    case ready
    /// It cannot, or not yet; the reason is shown to whoever asks.
    case unready(reason: String)
}

extension AdminService {
    /// `/healthz`: the process is alive. `/readyz`: it can do its work and keep its promises.
    func addHealthRoutes(to router: Router<AdminRequestContext>) {
        router.get("/healthz") { _, _ in
            try Response.json(HealthAnswer(status: "alive"))
        }
        router.get("/readyz") { _, _ in
            let answer = try await self.blocking { self.readinessAnswer() }
            return try Response.json(answer, status: answer.reason == nil ? .ok : .serviceUnavailable)
        }
    }

    private func readinessAnswer() -> ReadinessAnswer {
        ReadinessAnswer(readiness(), faults: broker.logFaults, catalogFile: broker.catalogFileFault)
    }
}

private struct HealthAnswer: Encodable {
    var status: String
}

/// The body of `/readyz`.
struct ReadinessAnswer: Encodable {
    /// What is wrong with one log.
    struct Fault: Encodable, Equatable {
        var topic: String
        var partition: Int32
        /// `offline`; `refusing` for a disk that takes no more at the moment; `rot` for acknowledged records damaged in
        /// place; `quarantined` for what was cut off and kept aside, where the log itself is sound.
        var kind: String
        var description: String

        init(_ fault: LogFault) {
            topic = fault.log.topic
            partition = fault.log.partition
            kind = fault.kind.rawValue
            description = fault.reason
        }
    }

    var status: String
    /// Which promises cannot be kept, and what to do; nil if ready.
    var reason: String?
    /// Damaged stretches of logs.
    var damages: [Fault]
    /// Logs that take no records until a restart.
    var offline: [Fault]
    /// Logs whose last append the disk refused.
    var refusing: [Fault]
    /// Why the file `metadata.sqlite` is behind its log; nil if it is not. Nothing is lost by it.
    var catalogFile: String?

    init(_ readiness: Readiness, faults: [LogFault], catalogFile: String? = nil) {
        var reasons: [String] = []
        if case .unready(let reason) = readiness { reasons.append(reason) }
        if let names = ReadinessAnswer.names(faults, .offline) {
            reasons.append(
                "offline logs: \(names); they take no records, see the disk errors under offline, mend the disk and "
                    + "restart")
        }
        if let names = ReadinessAnswer.names(faults, .refusing) {
            reasons.append(
                "appends fail: \(names); see the disk errors under refusing, free space; no restart is needed")
        }
        if let names = ReadinessAnswer.names(faults, .rot) {
            reasons.append(
                "damaged logs: \(names); reads of the damaged records fail, restore the files named under damages from a "
                    + "copy and restart")
        }
        reason = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        status = reason == nil ? "ready" : "unready"
        damages = faults.filter { $0.kind == .rot || $0.kind == .quarantined }.map(Fault.init)
        refusing = faults.filter { $0.kind == .refusing }.map(Fault.init)
        offline = faults.filter { $0.kind == .offline }.map(Fault.init)
        self.catalogFile = catalogFile
    }

    /// The logs with faults of a kind; nil if there are none. A failed disk takes many at once: beyond ten only counted.
    private static func names(_ faults: [LogFault], _ kind: LogFault.Kind) -> String? {
        let names = Set(faults.filter { $0.kind == kind }.map { "\($0.log)" }).sorted()
        guard names.count > 10 else { return names.isEmpty ? nil : names.joined(separator: ", ") }
        return names.prefix(10).joined(separator: ", ") + " and \(names.count - 10) more"
    }
}
