import LogStorage
import Replication
import TestSupport
import Testing

@testable import BrokerEngine

/// Logs that are flushed late are flushed as often as they say, and the others are left alone.
@Suite struct FlushScheduleTests {
    private func topic(_ name: String, id: UInt64, _ flush: FlushPolicy, disk: SimulatedDisk) throws -> Topic {
        var configuration = LogConfiguration()
        configuration.flush = flush
        let log = try SegmentedLog.open(
            directory: "/logs/\(name)-0", disk: disk, configuration: configuration, nowMS: 0)
        let replicated = ReplicatedLog(name: LogName(topic: name, partition: 0), log: log, leaderEpoch: 0) { _ in }
        return Topic(
            name: name, id: TopicID(high: 0, low: id), isInternal: false,
            partitions: [Partition(topic: name, index: 0, log: replicated)], settings: [:],
            logConfiguration: configuration)
    }

    @Test func eachTopicIsFlushedAtItsInterval() throws {
        let disk = SimulatedDisk(seed: 1)
        let topics = [
            try topic("fast", id: 1, .interval(milliseconds: 30), disk: disk),
            try topic("slow", id: 2, .interval(milliseconds: 100), disk: disk),
            try topic("at-once", id: 3, .group, disk: disk), try topic("never", id: 4, .os, disk: disk),
        ]
        var schedule = FlushSchedule()
        var flushes: [String: Int] = [:]
        var nowMS = 0
        var waitMS = schedule.advance(by: 0, topics) { flushes[$0.name.topic, default: 0] += 1 }
        while nowMS < 600 {
            nowMS += waitMS
            waitMS = schedule.advance(by: waitMS, topics) { flushes[$0.name.topic, default: 0] += 1 }
            #expect((1...100).contains(waitMS))
        }
        #expect(flushes == ["fast": 20, "slow": 6])
    }

    @Test func withoutSuchTopicsThereIsNothingToWaitFor() throws {
        var schedule = FlushSchedule()
        let topics = [try topic("at-once", id: 1, .group, disk: SimulatedDisk(seed: 1))]
        #expect(schedule.advance(by: 10, topics) { _ in Issue.record("flushed") } == .max)
    }
}
