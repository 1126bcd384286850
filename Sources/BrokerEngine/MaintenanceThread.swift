import LogStorage
import Logging
import Replication
import Synchronization

/// What is due now and then: checkpoints, retention, compaction.
final class MaintenanceThread: Sendable {
    private struct State {
        var thread: WorkerThread?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wake = ThreadSignal()

    func start(_ broker: Broker) {
        let thread = WorkerThread(name: "maintenance") { [self, weak broker] in
            var sinceRetentionMS = 0
            while !state.withLock({ $0.isStopping }) {
                guard let interval = broker?.configuration.checkpointIntervalMS else { return }
                wake.wait(timeoutMS: interval)
                guard let broker, !state.withLock({ $0.isStopping }) else { return }
                broker.checkpoint()
                broker.reportRefusals()
                sinceRetentionMS += interval
                if sinceRetentionMS >= broker.configuration.retentionIntervalMS {
                    sinceRetentionMS = 0
                    broker.applyRetention()
                    broker.compact()
                }
            }
        }
        state.withLock { $0.thread = thread }
    }

    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        wake.signal()
        thread?.join()
    }
}

extension Broker {
    /// Compacts the logs for which it is due. Takes as long as it takes; appends and reads go on meanwhile.
    public func compact() {
        for topic in topics where topic.logConfiguration.isCompacted {
            for partition in topic.partitions {
                do {
                    guard let outcome = try partition.log.compact(nowMS: nowMS()) else { continue }
                    Broker.report(outcome.damages, logger: logger)
                    logger.debug(
                        "compacted", metadata: ["log": "\(partition.log.name)", "outcome": "\(outcome)"])
                } catch {
                    logger.error("compaction failed", metadata: ["log": "\(partition.log.name)", "error": "\(error)"])
                }
            }
        }
    }

    /// Deletes what retention no longer keeps, in all logs.
    public func applyRetention() {
        for topic in topics {
            for partition in topic.partitions {
                do {
                    let removed = try partition.log.applyRetention(nowMS: nowMS())
                    try partition.log.discard(removed)
                } catch {
                    logger.error("retention failed", metadata: ["log": "\(partition.log.name)", "error": "\(error)"])
                }
            }
        }
    }
}
