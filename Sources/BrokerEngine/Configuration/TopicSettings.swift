import LogStorage

/// A topic's settings as its logs understand them. What the broker was started with stands in `defaults`.
public enum TopicSettings {
    /// Throws if a topic cannot have these settings.
    static func validate(_ given: [String: String], defaults: LogConfiguration = LogConfiguration()) throws(ConfigError)
    {
        try TopicConfiguration.validate(ConfigLayers(topic: given, staticBroker: staticBroker(defaults)))
    }

    /// The limits and policies in force for a topic's logs.
    static func logConfiguration(
        of given: [String: String], dynamicBroker: [String: String] = [:], defaults: LogConfiguration
    ) -> LogConfiguration {
        let topic = TopicConfiguration(
            ConfigLayers(topic: given, dynamicBroker: dynamicBroker, staticBroker: staticBroker(defaults)))
        var log = defaults
        log.batchBytesMax = topic.messageBytesMax
        log.segmentBytes = topic.segmentBytes
        log.segmentMS = topic.segmentMS
        log.indexIntervalBytes = topic.indexIntervalBytes
        log.indexBytesMax = topic.segmentIndexBytes
        log.retentionMS = topic.retentionMS
        log.retentionBytes = topic.retentionBytes
        log.deletesOldSegments = topic.cleanupPolicy.contains(.delete)
        log.isCompacted = topic.cleanupPolicy.contains(.compact)
        log.deleteRetentionMS = topic.deleteRetentionMS
        log.compactionLagMSMin = topic.compactionLagMSMin
        log.compactionLagMSMax = topic.compactionLagMSMax
        log.cleanableDirtyRatioMin = topic.cleanableDirtyRatioMin
        log.usesLogAppendTime = topic.messageTimestampType == .logAppendTime
        log.timestampBeforeMSMax = topic.messageTimestampBeforeMSMax
        log.timestampAfterMSMax = topic.messageTimestampAfterMSMax
        log.flush = flush(topic, broker: defaults.flush)
        return log
    }

    /// A topic may ask for an earlier sync than the broker's rule, never for a later one.
    private static func flush(_ topic: TopicConfiguration, broker: FlushPolicy) -> FlushPolicy {
        if topic.flushMessages == 1 || topic.flushMS == 0 { return .group }
        let wanted = Int(clamping: topic.flushMS)
        switch broker {
        case .group: return .group
        case .interval(let milliseconds): return .interval(milliseconds: min(milliseconds, wanted))
        case .os: return topic.flushMS == .max ? .os : .interval(milliseconds: wanted)
        }
    }

    /// What the broker was started with, by Kafka's names: just what differs from the defaults.
    static func staticBroker(_ log: LogConfiguration) -> [String: String] {
        let kafka = TopicConfiguration()
        var given: [String: String] = [:]
        func give<Value: Equatable>(_ name: String, _ value: Value, unless usual: Value) {
            if value != usual { given[name] = "\(value)" }
        }
        give("message.max.bytes", log.batchBytesMax, unless: kafka.messageBytesMax)
        give("log.segment.bytes", log.segmentBytes, unless: kafka.segmentBytes)
        give("log.roll.ms", log.segmentMS, unless: kafka.segmentMS)
        give("log.index.interval.bytes", log.indexIntervalBytes, unless: kafka.indexIntervalBytes)
        give("log.index.size.max.bytes", log.indexBytesMax, unless: kafka.segmentIndexBytes)
        give("log.retention.ms", log.retentionMS, unless: kafka.retentionMS)
        give("log.retention.bytes", log.retentionBytes, unless: kafka.retentionBytes)
        give("log.cleaner.delete.retention.ms", log.deleteRetentionMS, unless: kafka.deleteRetentionMS)
        give("log.cleaner.min.compaction.lag.ms", log.compactionLagMSMin, unless: kafka.compactionLagMSMin)
        give("log.cleaner.max.compaction.lag.ms", log.compactionLagMSMax, unless: kafka.compactionLagMSMax)
        give(
            "log.cleaner.dedupe.buffer.size", log.compactionMapBytesMax,
            unless: LogConfiguration().compactionMapBytesMax)
        give("log.cleaner.min.cleanable.ratio", log.cleanableDirtyRatioMin, unless: kafka.cleanableDirtyRatioMin)
        give("log.message.timestamp.before.max.ms", log.timestampBeforeMSMax, unless: kafka.messageTimestampBeforeMSMax)
        give("log.message.timestamp.after.max.ms", log.timestampAfterMSMax, unless: kafka.messageTimestampAfterMSMax)
        if log.usesLogAppendTime { given["log.message.timestamp.type"] = MessageTimestampType.logAppendTime.rawValue }
        let policies = (log.deletesOldSegments ? ["delete"] : []) + (log.isCompacted ? ["compact"] : [])
        if policies != ["delete"] { given["log.cleanup.policy"] = policies.joined(separator: ",") }
        return given
    }
}
