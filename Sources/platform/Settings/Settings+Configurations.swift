import BrokerEngine
import KafkaServer
import LogStorage
import NIOCore
import Plugins

/// What the parts of the server are started with. Addresses and ports are flags of their own, so not here.
extension Settings {
    var brokerConfiguration: BrokerConfiguration {
        var configuration = BrokerConfiguration()
        configuration.nodeID = Int32(clamping: node.id)
        configuration.defaultPartitionCount = Int32(clamping: kafka.defaultPartitions)
        configuration.createsTopicsOnDemand = kafka.autoCreateTopics
        configuration.offsetsPartitionCount = Int32(clamping: kafka.offsetsPartitions)
        configuration.logDefaults = logConfiguration
        configuration.startSettings = kafkaConfig
        configuration.checkpointIntervalMS = Int(clamping: log.checkpointInterval.milliseconds)
        configuration.retentionIntervalMS = Int(clamping: log.retentionCheckInterval.milliseconds)
        return configuration
    }

    /// What topics have that do not set it themselves.
    private var logConfiguration: LogConfiguration {
        var configuration = LogConfiguration()
        configuration.batchBytesMax = kafka.messageBytesMax.count
        configuration.segmentBytes = log.segmentBytes.count
        configuration.retentionMS = log.retention?.milliseconds ?? -1
        configuration.retentionBytes = log.retentionBytes?.bytes ?? -1
        configuration.flush =
            switch log.flush {
            case .group: .group
            case .interval: .interval(milliseconds: Int(clamping: log.flushInterval.milliseconds))
            case .os: .os
            }
        return configuration
    }

    var groupConfiguration: GroupConfiguration {
        var configuration = GroupConfiguration()
        configuration.sessionTimeoutMSMin = Int32(clamping: group.sessionTimeoutMin.milliseconds)
        configuration.sessionTimeoutMSMax = Int32(clamping: group.sessionTimeoutMax.milliseconds)
        configuration.initialRebalanceDelayMS = group.initialRebalanceDelay.milliseconds
        configuration.offsetsRetentionMS = group.offsetsRetention.milliseconds
        return configuration
    }

    /// `host` is what clients are told to connect to unless the settings name another.
    func kafkaConfiguration(advertising host: String) -> KafkaServerConfiguration {
        var configuration = KafkaServerConfiguration()
        configuration.requestBytesMax = kafka.requestBytesMax.count
        configuration.requestsInFlightMax = kafka.requestsInFlightMax
        configuration.unsentBytesMax = kafka.unsentBytesMax.count
        configuration.idleTimeout = TimeAmount(kafka.idleTimeout)
        configuration.advertisedHost = kafka.advertisedHost.isEmpty ? host : kafka.advertisedHost
        configuration.advertisedPort = kafka.advertisedPort
        return configuration
    }

    func pluginConfiguration(dataDirectory: String) -> PluginHost.Configuration {
        var configuration = PluginHost.Configuration(databaseDirectory: dataDirectory + "/plugins")
        configuration.directory = plugins.path.isEmpty ? nil : plugins.path
        configuration.watchesFiles = plugins.reload == .watch
        configuration.shadowCallCount = plugins.shadowCalls
        configuration.shadowMS = plugins.shadowTime.milliseconds
        configuration.limits.loadTimeMS = UInt32(clamping: plugins.loadTime.milliseconds)
        configuration.limits.pureTimeMS = UInt32(clamping: plugins.pureTime.milliseconds)
        configuration.limits.sliceMS = UInt32(clamping: plugins.slice.milliseconds)
        configuration.limits.handlerTimeMS = UInt32(clamping: plugins.handlerTime.milliseconds)
        configuration.limits.memoryBytes = plugins.memoryMax.count
        configuration.limits.pureMemoryBytes = plugins.memoryMax.count / 4
        return configuration
    }
}
