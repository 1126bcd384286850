import LogStorage
import Testing

@testable import BrokerEngine

@Suite struct TopicSettingsTests {
    /// Every field that topics can set, other than its default.
    private var unusual: LogConfiguration {
        var log = LogConfiguration()
        log.batchBytesMax = 1001
        log.segmentBytes = 1002
        log.segmentMS = 1003
        log.indexIntervalBytes = 1004
        log.indexBytesMax = 1005
        log.retentionMS = 1006
        log.retentionBytes = 1007
        log.deletesOldSegments = false
        log.isCompacted = true
        log.deleteRetentionMS = 1008
        log.compactionLagMSMin = 1009
        log.compactionLagMSMax = 1010
        log.cleanableDirtyRatioMin = 0.75
        log.usesLogAppendTime = true
        log.timestampBeforeMSMax = 1011
        log.timestampAfterMSMax = 1012
        log.flush = .interval(milliseconds: 1013)
        return log
    }

    @Test("a topic without settings has what the broker was started with")
    func inherited() {
        #expect(TopicSettings.logConfiguration(of: [:], defaults: LogConfiguration()) == LogConfiguration())
        #expect(TopicSettings.logConfiguration(of: [:], defaults: unusual) == unusual)
        #expect(TopicSettings.staticBroker(LogConfiguration()).isEmpty)
        var keepsAll = LogConfiguration()
        keepsAll.deletesOldSegments = false
        #expect(TopicSettings.logConfiguration(of: [:], defaults: keepsAll) == keepsAll)
    }

    @Test("each setting of a topic reaches its log")
    func given() {
        let given = [
            "max.message.bytes": "1001", "segment.bytes": "1002", "segment.ms": "1003", "index.interval.bytes": "1004",
            "segment.index.bytes": "1005", "retention.ms": "1006", "retention.bytes": "1007",
            "cleanup.policy": "compact",
            "delete.retention.ms": "1008", "min.compaction.lag.ms": "1009", "max.compaction.lag.ms": "1010",
            "min.cleanable.dirty.ratio": "0.75", "message.timestamp.type": "LogAppendTime",
            "message.timestamp.before.max.ms": "1011", "message.timestamp.after.max.ms": "1012", "flush.ms": "1013",
        ]
        var defaults = LogConfiguration()
        defaults.flush = .os
        #expect(TopicSettings.logConfiguration(of: given, defaults: defaults) == unusual)
    }

    @Test("a broker's setting changed at run time is stronger than at start, and weaker than the topic's")
    func dynamic() {
        let dynamic = ["log.retention.ms": "5"]
        #expect(TopicSettings.logConfiguration(of: [:], dynamicBroker: dynamic, defaults: unusual).retentionMS == 5)
        let given = ["retention.ms": "6"]
        #expect(TopicSettings.logConfiguration(of: given, dynamicBroker: dynamic, defaults: unusual).retentionMS == 6)
    }

    /// Goal: no topic's setting weakens what the broker promises.
    @Test(
        "a topic may ask for an earlier sync, never for a later one",
        arguments: [
            (FlushPolicy.group, [:], FlushPolicy.group), (.group, ["flush.ms": "60000"], .group),
            (.group, ["flush.messages": "1000"], .group),
            (.interval(milliseconds: 100), [:], .interval(milliseconds: 100)),
            (.interval(milliseconds: 100), ["flush.ms": "5000"], .interval(milliseconds: 100)),
            (.interval(milliseconds: 100), ["flush.ms": "50"], .interval(milliseconds: 50)),
            (.interval(milliseconds: 100), ["flush.ms": "0"], .group), (.os, [:], .os),
            (.os, ["flush.ms": "5000"], .interval(milliseconds: 5000)), (.os, ["flush.messages": "1"], .group),
            (.os, ["flush.messages": "1000"], .os),
        ])
    func flush(broker: FlushPolicy, given: [String: String], policy: FlushPolicy) {
        var defaults = LogConfiguration()
        defaults.flush = broker
        #expect(TopicSettings.logConfiguration(of: given, defaults: defaults).flush == policy)
    }

    @Test("a topic's settings are checked against those it inherits")
    func validated() throws {
        try TopicSettings.validate(["min.compaction.lag.ms": "2000"])
        #expect(throws: ConfigError.self) {
            try TopicSettings.validate(["min.compaction.lag.ms": "2000"], defaults: unusual)
        }
    }
}
