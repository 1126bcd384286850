public import LogStorage
public import Logging
public import Metadata
import Replication
import Synchronization

/// The broker: topics and their logs, one catalog, one group commit, one thread for what is due now and then.
///
/// Requests look topics up here and then work on the partition they found. Administration (creating, deleting,
/// altering) blocks on the disk and is serialised: call it from threads that may wait, never from an event loop.
public final class Broker: Sendable {
    /// What administration works on.
    struct Administration {
        let directory: LogDirectory
        var metadata: MetadataLog
        /// Half-open range of producer ids reserved in the catalog and not given out yet.
        var producerIDs: Range<Int64> = 0..<0
        var isClosed = false
    }

    public let configuration: BrokerConfiguration
    public let clusterID: String
    /// Where the logs' directories are.
    public let logsPath: String
    /// Epoch of this start: that of every leader on this node.
    public let leaderEpoch: Int32
    let logger: Logger
    let deletionObserver = Mutex<(@Sendable (String) -> Void)?>(nil)
    let groupCommit: GroupCommit
    let administration: Mutex<Administration>
    let metadataLog: ReplicatedLog
    let faults: BrokerFaults
    let registry = Mutex<[String: Topic]>([:])
    private let installedHooks = Mutex<(any BrokerHooks)?>(nil)
    private let maintenance = MaintenanceThread()
    private let flushTimer = FlushTimer()
    /// The wall clock, ms since 1970.
    public let nowMS: @Sendable () -> Int64

    /// Opens everything in a data directory. `onStorageFailure` is called once an fsync has failed: the process must
    /// end without another acknowledgement. Blocks for the time recovery takes.
    public init(
        directory: sending LogDirectory, metadata store: sending MetadataStore, configuration: BrokerConfiguration,
        logger: Logger, nowMS: @escaping @Sendable () -> Int64,
        onStorageFailure: @escaping @Sendable (DiskError) -> Void
    ) throws(BrokerError) {
        self.configuration = configuration
        self.logger = logger
        self.nowMS = nowMS
        clusterID = directory.clusterID
        logsPath = directory.path + "/logs"
        leaderEpoch = directory.leaderEpoch
        let groupCommit = GroupCommit(disk: directory.disk, onFailure: onStorageFailure)
        self.groupCommit = groupCommit
        groupCommit.start()
        let faults = BrokerFaults()
        self.faults = faults
        do throws(LogError) {
            let names = try Broker.names(in: directory)
            let segmented = try directory.openLog(
                MetadataLog.name, configuration: LogConfiguration(), isNew: !names.contains(MetadataLog.name),
                nowMS: nowMS())
            Broker.report(segmented.damages, logger: logger)
            let log = ReplicatedLog(name: MetadataLog.name, log: segmented, leaderEpoch: leaderEpoch) {
                groupCommit.schedule($0)
            }
            let metadata: MetadataLog
            do {
                metadata = try MetadataLog(log: log, store: store, faults: faults, logger: logger)
            } catch {
                throw .offline(reason: "\(error)")
            }
            metadataLog = log
            var topics: [String: Topic] = [:]
            for entry in metadata.catalog.topics.values {
                topics[entry.name] = try Broker.openTopic(
                    entry, directory: directory, existing: names, leaderEpoch: leaderEpoch, groupCommit: groupCommit,
                    dynamicBroker: metadata.catalog.brokerConfig, defaults: configuration.logDefaults, nowMS: nowMS(),
                    logger: logger)
            }
            for name in names where name != MetadataLog.name && topics[name.topic] == nil {
                logger.warning("log of no known topic left alone", metadata: ["log": "\(name)"])
            }
            registry.withLock { $0 = topics }
            administration = Mutex(Administration(directory: directory, metadata: metadata))
        } catch {
            groupCommit.stop()
            throw .log(error)
        }
    }

    private static func names(in directory: LogDirectory) throws(LogError) -> Set<LogName> {
        do { return Set(try directory.names()) } catch { throw .disk(error) }
    }

    static func report(_ damages: [LogDamage], logger: Logger) {
        for damage in damages {
            switch damage.kind {
            case .tornTail: logger.notice("\(damage)")
            case .rot, .quarantined: logger.error("\(damage)")
            }
        }
    }

    /// Opens or creates all logs of a topic.
    static func openTopic(
        _ entry: CatalogTopic, directory: LogDirectory, existing: Set<LogName>, leaderEpoch: Int32,
        groupCommit: GroupCommit, dynamicBroker: [String: String], defaults: LogConfiguration, nowMS: Int64,
        logger: Logger
    ) throws(LogError) -> Topic {
        let logConfiguration = TopicSettings.logConfiguration(
            of: entry.config, dynamicBroker: dynamicBroker, defaults: defaults)
        var partitions: [Partition] = []
        for index in 0..<entry.partitionCount {
            let name = LogName(topic: entry.name, partition: index)
            let segmented = try directory.openLog(
                name, configuration: logConfiguration, isNew: !existing.contains(name), nowMS: nowMS)
            report(segmented.damages, logger: logger)
            let log = ReplicatedLog(name: name, log: segmented, leaderEpoch: leaderEpoch) { groupCommit.schedule($0) }
            partitions.append(Partition(topic: entry.name, index: index, log: log))
        }
        return Topic(
            name: entry.name, id: TopicID(entry.id), isInternal: entry.isInternal, partitions: partitions,
            settings: entry.config, logConfiguration: logConfiguration)
    }

    // MARK: Looking up

    public func topic(_ name: String) -> Topic? { registry.withLock { $0[name] } }

    public func topic(id: TopicID) -> Topic? {
        registry.withLock { topics in topics.values.first { $0.id == id } }
    }

    /// All topics, sorted by name.
    public var topics: [Topic] { registry.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    /// Who decides where records go, if anybody does.
    public var hooks: (any BrokerHooks)? { installedHooks.withLock { $0 } }

    /// From now on `hooks` decide; nil ends that.
    public func install(_ hooks: (any BrokerHooks)?) { installedHooks.withLock { $0 = hooks } }

    /// Syncs so far, for metrics.
    public var syncCount: Int { groupCommit.syncCount }

    /// The broker settings given at run time, by Kafka's names.
    public var dynamicSettings: [String: String] {
        administration.withLock { $0.metadata.catalog.brokerConfig }
    }

    /// Has every deletion of a topic told, by its name, once it has happened.
    func whenTopicIsDeleted(_ observer: @escaping @Sendable (String) -> Void) {
        deletionObserver.withLock { $0 = observer }
    }

    // MARK: Starting and stopping

    /// Begins the checkpoints, late flushes, retention and compaction.
    public func start() {
        maintenance.start(self)
        flushTimer.start(self)
    }

    /// Flushes all logs, writes a checkpoint that lets the next start skip recovery, and lets go of the directory.
    public func stop() {
        maintenance.stop()
        flushTimer.stop()
        administration.withLock { $0.isClosed = true }
        for topic in topics {
            for partition in topic.partitions { partition.log.scheduleFlushIfBehind() }
        }
        groupCommit.stop()
        checkpoint(isLast: true)
    }

    /// Writes derived files of the logs written to since the last call, then the checkpoints of all.
    func checkpoint(isLast: Bool = false) {
        do throws(BrokerError) {
            try storeCheckpoints(isLast: isLast)
        } catch .shuttingDown {
            // The last checkpoint covers it.
        } catch {
            logger.error("checkpoints cannot be written", metadata: ["error": "\(error)"])
        }
    }

    /// The same, throwing if it did not come to be. A log whose files cannot be written keeps the checkpoint it has;
    /// that throws too if it is the one named by `required`.
    func storeCheckpoints(isLast: Bool = false, required: LogName? = nil) throws(BrokerError) {
        try administration.withLock { administration throws(BrokerError) in
            guard isLast || !administration.isClosed else { throw .shuttingDown }
            var checkpoints: [LogName: LogCheckpoint] = [:]
            // Taken under the lock: a log deleted since would leave its checkpoint to the next of its name.
            let logs = registry.withLock { topics in topics.values.flatMap { $0.partitions.map(\.log) } }
            for log in logs + [administration.metadata.log] {
                do throws(LogError) {
                    checkpoints[log.name] = try log.checkpoint(isLast: isLast)
                } catch {
                    logger.error("checkpoint failed", metadata: ["log": "\(log.name)", "error": "\(error)"])
                    if log.name == required { throw .log(error) }
                    checkpoints[log.name] = administration.directory.checkpoint(of: log.name)
                }
            }
            do throws(DiskError) {
                try administration.directory.store(checkpoints)
            } catch {
                throw .log(.disk(error))
            }
        }
    }
}
