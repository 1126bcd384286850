public import LogStorage

/// Why the broker refused or failed a call. Servers translate it to their protocol's codes, in one place each.
public enum BrokerError: Error, Equatable {
    case unknownTopic(name: String)
    case unknownPartition(topic: String, partition: Int32)
    case topicExists(name: String)
    case invalidTopicName(name: String, reason: String)
    case invalidPartitionCount(count: Int32, reason: String)
    case invalidReplicationFactor(factor: Int16, reason: String)
    case invalidConfig(reason: String)
    case invalidRequest(reason: String)
    case config(ConfigError)
    /// Internal topics are the broker's own to write.
    case internalTopic(name: String)
    case log(LogError)
    /// The catalog could not be read or written.
    case metadata(reason: String)
    case shuttingDown
}

extension BrokerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownTopic(let name): "topic '\(name)' does not exist"
        case .unknownPartition(let topic, let partition): "topic '\(topic)' has no partition \(partition)"
        case .topicExists(let name): "topic '\(name)' exists already"
        case .invalidTopicName(let name, let reason): "topic name '\(name)': \(reason)"
        case .invalidPartitionCount(let count, let reason): "partition count \(count): \(reason)"
        case .invalidReplicationFactor(let factor, let reason): "replication factor \(factor): \(reason)"
        case .invalidConfig(let reason), .invalidRequest(let reason): reason
        case .config(let error): "\(error)"
        case .internalTopic(let name): "topic '\(name)' is internal: only the broker writes to it"
        case .log(let error): "\(error)"
        case .metadata(let reason): "catalog: \(reason)"
        case .shuttingDown: "the broker is shutting down"
        }
    }
}
