/// What becomes of a log's old segments.
public struct CleanupPolicy: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Removed by age and size.
    public static let delete = CleanupPolicy(rawValue: 1)
    /// Reduced to the newest record of each key.
    public static let compact = CleanupPolicy(rawValue: 2)
}

/// Whose clock a record's time is of.
public enum MessageTimestampType: String, Sendable {
    case createTime = "CreateTime"
    case logAppendTime = "LogAppendTime"
}

/// A topic's settings in force, as values, as far as they have an effect. The defaults are Kafka's. `Int64.max` milliseconds: never.
public struct TopicConfiguration: Equatable, Sendable {
    public var cleanupPolicy: CleanupPolicy = .delete
    /// -1: of any age.
    public var retentionMS: Int64 = 604_800_000
    /// -1: no limit.
    public var retentionBytes: Int64 = -1

    public var deleteRetentionMS: Int64 = 86_400_000
    /// From 0 to 1.
    public var cleanableDirtyRatioMin = 0.5
    public var compactionLagMSMin: Int64 = 0
    public var compactionLagMSMax: Int64 = .max

    public var segmentBytes = 1 << 30
    public var segmentMS: Int64 = 604_800_000
    public var segmentIndexBytes = 10 << 20
    public var indexIntervalBytes = 4096

    /// Records after which a log is synced; `Int64.max`: left to the broker's rule.
    public var flushMessages: Int64 = .max
    /// Time after which a log is synced; `Int64.max`: left to the broker's rule.
    public var flushMS: Int64 = .max

    public var messageBytesMax = 1_048_588
    public var messageTimestampType: MessageTimestampType = .createTime
    /// How far a create time may lie before the broker's.
    public var messageTimestampBeforeMSMax: Int64 = .max
    /// How far a create time may lie after the broker's.
    public var messageTimestampAfterMSMax: Int64 = .max

    /// Kafka's defaults.
    public init() {}

    /// The values in force. A given value that is not valid is passed over: validate before storing.
    public init(_ layers: ConfigLayers) {
        let values = Values(layers: layers)
        values.read("retention.ms", into: &retentionMS)
        values.read("retention.bytes", into: &retentionBytes)
        values.read("delete.retention.ms", into: &deleteRetentionMS)
        values.read("min.compaction.lag.ms", into: &compactionLagMSMin)
        values.read("max.compaction.lag.ms", into: &compactionLagMSMax)
        values.read("segment.bytes", into: &segmentBytes)
        values.read("segment.ms", into: &segmentMS)
        values.read("segment.index.bytes", into: &segmentIndexBytes)
        values.read("index.interval.bytes", into: &indexIntervalBytes)
        values.read("flush.messages", into: &flushMessages)
        values.read("flush.ms", into: &flushMS)
        values.read("max.message.bytes", into: &messageBytesMax)
        if case .double(let ratio)? = values["min.cleanable.dirty.ratio"] { cleanableDirtyRatioMin = ratio }
        if case .string(let name)? = values["message.timestamp.type"], let type = MessageTimestampType(rawValue: name) {
            messageTimestampType = type
        }
        if case .list(let names)? = values["cleanup.policy"] {
            cleanupPolicy = []
            if names.contains("delete") { cleanupPolicy.insert(.delete) }
            if names.contains("compact") { cleanupPolicy.insert(.compact) }
        }
        // The older setting stands for each of the two that replaced it and that says nothing.
        var difference = Int64.max
        values.read("message.timestamp.difference.max.ms", into: &difference)
        values.read("message.timestamp.before.max.ms", into: &messageTimestampBeforeMSMax)
        values.read("message.timestamp.after.max.ms", into: &messageTimestampAfterMSMax)
        if messageTimestampBeforeMSMax == .max { messageTimestampBeforeMSMax = difference }
        if messageTimestampAfterMSMax == .max { messageTimestampAfterMSMax = difference }
    }

    private struct Values {
        let layers: ConfigLayers

        subscript(name: String) -> ConfigValue? { ConfigSchema.topic[name].flatMap(layers.topicValue) }

        func read(_ name: String, into number: inout Int64) {
            if case .integer(let value)? = self[name] { number = value }
        }

        func read(_ name: String, into number: inout Int) {
            if case .integer(let value)? = self[name] { number = Int(value) }
        }

        func read(_ name: String, into flag: inout Bool) {
            if case .boolean(let value)? = self[name] { flag = value }
        }
    }
}

extension TopicConfiguration {
    /// Throws if a topic cannot have these settings: one is unknown or not valid, or two contradict each other, be it
    /// with one that the topic inherits.
    public static func validate(_ layers: ConfigLayers) throws(ConfigError) {
        try ConfigSchema.topic.validate(layers.topic)
        let configuration = TopicConfiguration(layers)
        let (least, most) = (configuration.compactionLagMSMin, configuration.compactionLagMSMax)
        guard least <= most else {
            throw ConfigError(
                .conflict, name: "min.compaction.lag.ms", value: "\(least)",
                reason: "is above max.compaction.lag.ms, which is \(most); lower it or raise the other")
        }
    }
}
