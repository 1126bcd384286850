import Foundation
import LogStorage
import Logging
import Metadata
import Replication
import Synchronization

/// Creating, deleting and altering topics. All of it blocks.
extension Broker {
    /// What a topic is to be made of.
    public struct TopicRequest: Sendable {
        public var name: String
        /// -1: the broker's default.
        public var partitionCount: Int32
        /// -1: the broker's default. On one node only 1 can be had.
        public var replicationFactor: Int16
        public var settings: [String: String]

        public init(
            name: String, partitionCount: Int32 = -1, replicationFactor: Int16 = -1, settings: [String: String] = [:]
        ) {
            self.name = name
            self.partitionCount = partitionCount
            self.replicationFactor = replicationFactor
            self.settings = settings
        }
    }

    /// Creates a topic durably; its partitions can be written to when this returns.
    /// With `validateOnly` only says whether it could be.
    @discardableResult
    public func createTopic(_ request: TopicRequest, isInternal: Bool = false, validateOnly: Bool = false)
        throws(BrokerError) -> Topic?
    {
        let count = request.partitionCount == -1 ? configuration.defaultPartitionCount : request.partitionCount
        try checkName(request.name, isInternal: isInternal)
        guard count > 0 else {
            throw .invalidPartitionCount(count: count, reason: "must be at least 1")
        }
        guard count <= configuration.partitionCountMax else {
            throw .invalidPartitionCount(count: count, reason: "above the limit of \(configuration.partitionCountMax)")
        }
        guard request.replicationFactor == -1 || request.replicationFactor == 1 else {
            throw .invalidReplicationFactor(
                factor: request.replicationFactor, reason: "this broker is one node: use 1 or leave it to the default")
        }
        try Broker.checkSettings(request.settings)
        return try administration.withLock { administration throws(BrokerError) in
            guard !administration.isClosed else { throw .shuttingDown }
            guard topic(request.name) == nil else { throw .topicExists(name: request.name) }
            try checkCollision(request.name)
            if validateOnly { return nil }
            let entry = CatalogTopic(
                name: request.name, id: UUID(), partitionCount: count, config: request.settings, isInternal: isInternal)
            try administration.metadata.commit([.topicCreated(entry)], nowMS: nowMS())
            do throws(LogError) {
                let topic = try Broker.openTopic(
                    entry, directory: administration.directory, existing: [], leaderEpoch: leaderEpoch,
                    groupCommit: groupCommit, dynamicBroker: administration.metadata.catalog.brokerConfig,
                    defaults: configuration.logDefaults, nowMS: nowMS(), logger: logger)
                registry.withLock { $0[request.name] = topic }
                note(unopened: 0..<count, of: request.name, reason: nil)
                return topic
            } catch {
                undoCreation(of: entry, &administration)
                throw .log(error)
            }
        }
    }

    /// Takes back a topic whose logs could not be made, so that it is not there instead of being broken. Where that cannot
    /// be written either, the next start makes its logs.
    private func undoCreation(of entry: CatalogTopic, _ administration: inout Administration) {
        do throws(BrokerError) {
            try administration.metadata.commit([.topicDeleted(name: entry.name)], nowMS: nowMS())
        } catch {
            logger.error(
                "a topic that cannot be opened stays", metadata: ["topic": "\(entry.name)", "error": "\(error)"])
            note(unopened: 0..<entry.partitionCount, of: entry.name, reason: "\(error)")
            return
        }
        for index in 0..<entry.partitionCount {
            let name = LogName(topic: entry.name, partition: index)
            do throws(DiskError) {
                try administration.directory.removeLog(name)
            } catch {
                logger.warning("log of no topic left behind", metadata: ["log": "\(name)", "error": "\(error)"])
            }
        }
    }

    /// Adds empty partitions to a topic, up to `count` in all.
    public func addPartitions(topic name: String, upTo count: Int32, validateOnly: Bool = false) throws(BrokerError) {
        try administration.withLock { administration throws(BrokerError) in
            guard !administration.isClosed else { throw .shuttingDown }
            guard let topic = topic(name) else { throw .unknownTopic(name: name) }
            guard !topic.isInternal else { throw .internalTopic(name: name) }
            guard Int(count) > topic.partitions.count else {
                throw .invalidPartitionCount(
                    count: count, reason: "topic '\(name)' has \(topic.partitions.count) partitions, they can only grow"
                )
            }
            guard count <= configuration.partitionCountMax else {
                throw .invalidPartitionCount(
                    count: count, reason: "above the limit of \(configuration.partitionCountMax)")
            }
            if validateOnly { return }
            try administration.metadata.commit([.partitionsAdded(topic: name, count: count)], nowMS: nowMS())
            var partitions = topic.partitions
            do throws(LogError) {
                for index in Int32(partitions.count)..<count {
                    let logName = LogName(topic: name, partition: index)
                    let segmented = try administration.directory.openLog(
                        logName, configuration: topic.logConfiguration, isNew: true, nowMS: nowMS())
                    let log = ReplicatedLog(name: logName, log: segmented, leaderEpoch: leaderEpoch) { [groupCommit] in
                        groupCommit.schedule($0)
                    }
                    partitions.append(Partition(topic: name, index: index, log: log))
                }
            } catch {
                note(unopened: Int32(topic.partitions.count)..<count, of: name, reason: "\(error)")
                throw .log(error)
            }
            note(unopened: Int32(topic.partitions.count)..<count, of: name, reason: nil)
            replace(
                topic, partitions: partitions, settings: topic.settings,
                dynamicBroker: administration.metadata.catalog.brokerConfig)
        }
    }

    /// Deletes a topic: from the catalog first, then its files. If files cannot be removed the topic is gone all the same;
    /// the error names the first of them.
    public func deleteTopic(_ name: String) throws(BrokerError) {
        let failure = try administration.withLock { administration throws(BrokerError) -> DiskError? in
            guard !administration.isClosed else { throw .shuttingDown }
            guard let topic = topic(name) else { throw .unknownTopic(name: name) }
            guard !topic.isInternal else { throw .internalTopic(name: name) }
            try administration.metadata.commit([.topicDeleted(name: name)], nowMS: nowMS())
            registry.withLock { $0[name] = nil }
            faults.forgetUnopened(of: name)
            for partition in topic.partitions { partition.log.close() }
            var failure: DiskError?
            for partition in topic.partitions {
                do throws(DiskError) {
                    try administration.directory.removeLog(partition.log.name)
                } catch {
                    logger.error(
                        "files of a deleted log are left",
                        metadata: ["log": "\(partition.log.name)", "error": "\(error)"])
                    failure = failure ?? error
                }
            }
            return failure
        }
        deletionObserver.withLock { $0 }?(name)
        if let failure { throw .log(.disk(failure)) }
    }

    /// Changes a topic's settings as `change` says, which is given the present ones and the broker's dynamic ones: two
    /// changes at once both stand.
    func changeSettings(
        ofTopic name: String, validateOnly: Bool,
        _ change: (_ topic: [String: String], _ dynamicBroker: [String: String]) throws(BrokerError) -> [String: String]
    ) throws(BrokerError) {
        try administration.withLock { administration throws(BrokerError) in
            guard !administration.isClosed else { throw .shuttingDown }
            guard let topic = topic(name) else { throw .unknownTopic(name: name) }
            let dynamicBroker = administration.metadata.catalog.brokerConfig
            let settings = try change(topic.settings, dynamicBroker)
            try Broker.checkSettings(settings)
            if validateOnly { return }
            try administration.metadata.commit([.topicConfigChanged(topic: name, config: settings)], nowMS: nowMS())
            replace(topic, partitions: topic.partitions, settings: settings, dynamicBroker: dynamicBroker)
        }
    }

    /// Changes the broker's dynamic settings as `change` says, which is given the present ones.
    func changeDynamicSettings(
        validateOnly: Bool, _ change: ([String: String]) throws(BrokerError) -> [String: String]
    ) throws(BrokerError) {
        try administration.withLock { administration throws(BrokerError) in
            guard !administration.isClosed else { throw .shuttingDown }
            let settings = try change(administration.metadata.catalog.brokerConfig)
            if validateOnly { return }
            try administration.metadata.commit([.brokerConfigChanged(config: settings)], nowMS: nowMS())
            for topic in topics {
                replace(topic, partitions: topic.partitions, settings: topic.settings, dynamicBroker: settings)
            }
        }
    }

    /// Notes that the catalog has partitions whose logs could not be made, which a restart tries again; or with nil
    /// that they are there.
    private func note(unopened indices: Range<Int32>, of topic: String, reason: String?) {
        for index in indices { faults.note(unopened: LogName(topic: topic, partition: index), reason: reason) }
    }

    private func replace(
        _ topic: Topic, partitions: [Partition], settings: [String: String], dynamicBroker: [String: String]
    ) {
        let logConfiguration = TopicSettings.logConfiguration(
            of: settings, dynamicBroker: dynamicBroker, defaults: configuration.logDefaults)
        for partition in partitions { partition.log.configure(logConfiguration) }
        let changed = Topic(
            name: topic.name, id: topic.id, isInternal: topic.isInternal, partitions: partitions, settings: settings,
            logConfiguration: logConfiguration)
        registry.withLock { $0[topic.name] = changed }
    }

    /// A producer id that no producer of this cluster has had. Reserved in blocks, so that most calls write nothing;
    /// a crash loses the rest of a block.
    public func makeProducerID() throws(BrokerError) -> Int64 {
        try administration.withLock { administration throws(BrokerError) in
            guard !administration.isClosed else { throw .shuttingDown }
            if administration.producerIDs.isEmpty {
                let start = administration.metadata.catalog.producerIDsEnd
                try administration.metadata.commit(
                    [.producerIDsReserved(end: start + Broker.producerIDBlock)], nowMS: nowMS())
                administration.producerIDs = start..<start + Broker.producerIDBlock
            }
            return administration.producerIDs.removeFirst()
        }
    }

    private static let producerIDBlock: Int64 = 1000
}

extension Broker {
    /// Raises a partition's start to `offset` (-1: its committed end), durably; returns the new start.
    public func deleteRecords(topic name: String, partition index: Int32, before offset: Int64) throws(BrokerError)
        -> Int64
    {
        guard let topic = topic(name) else { throw .unknownTopic(name: name) }
        guard !topic.isInternal else { throw .internalTopic(name: name) }
        let log = try topic.partition(index).log
        let start: Int64
        let removed: RemovedSegments
        do throws(LogError) {
            (start, removed) = try log.deleteRecords(before: offset)
        } catch {
            throw .log(error)
        }
        // Durable before it is acknowledged, and before the records are gone.
        try storeCheckpoints(required: log.name)
        do throws(DiskError) { try log.discard(removed) } catch { throw .log(.disk(error)) }
        return start
    }
}
