import LogStorage
import Synchronization

/// Names and settings of topics, checked before anything is committed.
extension Broker {
    /// Topics that belong to the broker: clients can neither create nor write to them.
    static let reservedNames: Set<String> = [MetadataLog.name.topic, GroupCoordinator.topicName]

    /// Throws if no topic may have this name. Internal topics may have a reserved one.
    public func checkName(_ name: String, isInternal: Bool) throws(BrokerError) {
        do { try TopicName.validate(name) } catch { throw .invalidTopicName(name: name, reason: "\(error)") }
        guard isInternal || !Broker.reservedNames.contains(name) else {
            throw .invalidTopicName(name: name, reason: "the name is reserved for the broker's own topic")
        }
    }

    /// Throws if a topic exists whose name differs only in '.' and '_': metrics could not tell them apart.
    func checkCollision(_ name: String) throws(BrokerError) {
        if let other = TopicName.collidingName(of: name, among: registry.withLock { Array($0.keys) }) {
            throw .invalidTopicName(name: name, reason: "'.' and '_' count as equal, and topic '\(other)' exists")
        }
    }

    static func checkSettings(_ settings: [String: String]) throws(BrokerError) {
        do { try TopicSettings.validate(settings) } catch { throw .invalidConfig(reason: "\(error)") }
    }

    static func logConfiguration(of settings: [String: String], defaults: LogConfiguration) -> LogConfiguration {
        TopicSettings.logConfiguration(of: settings, defaults: defaults)
    }
}
