import BrokerEngine
import Hummingbird
import LogStorage
import Replication

/// Whether this process can do its work, as far as whoever wires it knows.
public enum Readiness: Equatable, Sendable {
    /// All listeners are up and storage takes writes.
    case ready
    /// It cannot, or not yet; the reason is shown to whoever asks.
    case unready(reason: String)
}

extension AdminService {
    /// `/healthz`: the process is alive. `/readyz`: it can do its work.
    func addHealthRoutes(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in
            try Response.json(HealthAnswer(status: "alive"))
        }
        router.get("/readyz") { _, _ in
            let damages = try await self.blocking { self.damages() }
            let answer = ReadinessAnswer(self.readiness(), damages: damages)
            return try Response.json(answer, status: answer.reason == nil ? .ok : .serviceUnavailable)
        }
    }

    /// What recovery found wrong with the logs beyond torn tails, which are cut and no loss.
    private func damages() -> [DamagedLog] {
        var found: [DamagedLog] = []
        for topic in broker.topics {
            for partition in topic.partitions {
                for damage in partition.log.figures.damages {
                    if case .tornTail = damage.kind { continue }
                    found.append(DamagedLog(log: partition.log.name, damage: damage))
                }
            }
        }
        return found
    }
}

private struct HealthAnswer: Encodable {
    var status: String
}

/// A stretch of a log's file that recovery found invalid.
struct DamagedLog: Encodable, Equatable {
    var topic: String
    var partition: Int32
    /// `rot` for records lost in place, `quarantined` for what was cut off and kept aside: the log itself is sound.
    var kind: String
    var description: String
}

extension DamagedLog {
    init(log: LogName, damage: LogDamage) {
        topic = log.topic
        partition = log.partition
        kind =
            switch damage.kind {
            case .tornTail: "torn_tail"
            case .rot: "rot"
            case .quarantined: "quarantined"
            }
        description = damage.description
    }
}

/// The body of `/readyz`.
struct ReadinessAnswer: Encodable {
    var status: String
    /// Nil if ready.
    var reason: String?
    var damages: [DamagedLog]

    init(_ readiness: Readiness, damages: [DamagedLog]) {
        let rotten = damages.filter { $0.kind == "rot" }
        switch readiness {
        case .unready(let reason):
            self.reason = reason
        case .ready where !rotten.isEmpty:
            let names = Set(rotten.map { "\($0.topic)-\($0.partition)" }).sorted()
            reason =
                "damaged logs: \(names.joined(separator: ", ")); reads of the damaged records fail, "
                + "restore the files named under damages from a copy and restart"
        case .ready:
            reason = nil
        }
        status = reason == nil ? "ready" : "unready"
        self.damages = damages
    }
}
