import Dispatch
import LogStorage
import Logging
import Metadata
import Replication
import Synchronization
import TestSupport
import Testing

@testable import BrokerEngine

/// A broker on a disk in memory.
private struct BrokerFixture {
    let disk: SimulatedDisk
    let store: MetadataStore
    let broker: Broker

    init(
        disk: SimulatedDisk = SimulatedDisk(seed: 1), _ configure: (inout BrokerConfiguration) -> Void = { _ in }
    ) throws {
        self.disk = disk
        store = try MetadataStore()
        var configuration = BrokerConfiguration()
        configure(&configuration)
        broker = try Broker(
            directory: try LogDirectory(path: "/data", disk: disk, makeClusterID: { "id" }, processID: 1),
            metadata: store, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, nowMS: { 1000 },
            onStorageFailure: { _ in })
    }

    /// The next start on the same disk, after the broker has stopped.
    func restarted() throws -> BrokerFixture { try BrokerFixture(disk: disk) }
}

@Suite struct CatalogFileTests {
    /// Given a catalog file that lost what it had, so that it refuses the next change as a gap.
    /// Then the change stands all the same, as its log has it, and the one after it brings the file forward.
    @Test("A catalog file that falls behind its log is brought forward by the next change")
    func fallsBehind() throws {
        let fixture = try BrokerFixture()
        let broker = fixture.broker
        defer { broker.stop() }
        try broker.createTopic(.init(name: "a"))
        try fixture.store.reset()

        try broker.createTopic(.init(name: "b"))
        #expect(broker.topic("b") != nil)
        #expect(broker.catalogFileFault?.contains("0") == true)
        #expect(try fixture.store.catalog().topics.isEmpty)

        try broker.createTopic(.init(name: "c"))
        #expect(broker.catalogFileFault == nil)
        #expect(try fixture.store.catalog().topics.keys.sorted() == ["a", "b", "c"])
        #expect(try fixture.store.appliedOffset() == broker.metadataLog.extent.endOffset - 1)
        #expect(broker.logFaults.isEmpty)
    }

    @Test("A change that the log refuses has no effect, and the next one works")
    func logRefuses() throws {
        let fixture = try BrokerFixture()
        let broker = fixture.broker
        defer { broker.stop() }
        fixture.disk.failCall(1, of: .write)
        #expect(throws: BrokerError.self) { try broker.createTopic(.init(name: "a")) }
        #expect(broker.topic("a") == nil)
        #expect(try fixture.store.catalog().topics.isEmpty)
        try broker.createTopic(.init(name: "a"))
        #expect(try fixture.store.catalog().topics.keys.sorted() == ["a"])
    }
}

@Suite struct BrokerSettingEntriesTests {
    private func entries(_ broker: Broker, listeners: [String: String] = [:]) -> [String: ConfigEntry] {
        Dictionary(
            uniqueKeysWithValues: broker.brokerSettingEntries(names: nil, listeners: listeners).map { ($0.name, $0) })
    }

    @Test("What the broker was started with shows as such, and what it was not as a default")
    func broker() throws {
        let fixture = try BrokerFixture {
            $0.nodeID = 7
            $0.defaultPartitionCount = 3
            $0.logDefaults.retentionMS = 1000
            $0.logDefaults.compactionMapBytesMax = 1 << 20
            $0.startSettings = ["log.retention.ms": "1000", "auto.create.topics.enable": "true"]
        }
        defer { fixture.broker.stop() }
        let found = entries(fixture.broker, listeners: ["listeners": "PLAINTEXT://127.0.0.1:9092"])
        for (name, value) in [
            ("broker.id", "7"), ("node.id", "7"), ("log.dirs", "/data/logs"), ("num.partitions", "3"),
            ("log.retention.ms", "1000"), ("auto.create.topics.enable", "true"),
            ("listeners", "PLAINTEXT://127.0.0.1:9092"), ("log.cleaner.dedupe.buffer.size", "1048576"),
        ] {
            #expect(found[name]?.value == value, "\(name)")
            #expect(found[name]?.source == .staticBroker, "\(name)")
        }
        #expect(found["offsets.topic.num.partitions"]?.source == .default)
        #expect(found["log.segment.bytes"]?.source == .default)
    }

    @Test("A topic shows that it has a value from the broker's start, and what else it might have")
    func topic() throws {
        let fixture = try BrokerFixture {
            $0.logDefaults.retentionMS = 1000
            $0.startSettings = ["log.retention.ms": "1000", "log.segment.bytes": "1073741824"]
        }
        let broker = fixture.broker
        defer { broker.stop() }
        try broker.createTopic(.init(name: "a", settings: ["segment.bytes": "2048"]))
        let found = try broker.settingEntries(ofTopic: "a", names: ["retention.ms", "segment.bytes", "preallocate"])
        #expect(found.map(\.name) == ["preallocate", "retention.ms", "segment.bytes"])
        #expect(found.map(\.source) == [.default, .staticBroker, .topic])
        #expect(found.map(\.value) == ["false", "1000", "2048"])
        #expect(
            found[1].synonyms == [
                ConfigSynonym(name: "log.retention.ms", value: "1000", source: .staticBroker),
                ConfigSynonym(name: "log.retention.hours", value: "168", source: .default),
            ])
        // Given, though it is the default.
        #expect(found[2].synonyms.map(\.source) == [.topic, .staticBroker, .default])
    }

    @Test("The memory of a compaction is shown as it is")
    func compactionMemory() {
        #expect(
            ConfigSchema.broker["log.cleaner.dedupe.buffer.size"]?.defaultValue
                == "\(LogConfiguration().compactionMapBytesMax)")
    }
}

@Suite struct BrokerAdministrationTests {
    private func given(_ broker: Broker, topic: String) -> [String: String] { broker.topic(topic)?.settings ?? [:] }

    @Test(
        "Settings replaced are all there is, settings changed leave the others, and a list starts at what it inherits")
    func alterations() throws {
        let fixture = try BrokerFixture()
        let broker = fixture.broker
        defer { broker.stop() }
        try broker.createTopic(.init(name: "a", settings: ["retention.ms": "1"]))
        try broker.alterSettings(ofTopic: "a", replacing: [("segment.bytes", "4096")], validateOnly: true)
        #expect(given(broker, topic: "a") == ["retention.ms": "1"])
        try broker.alterSettings(ofTopic: "a", replacing: [("segment.bytes", "4096")], validateOnly: false)
        #expect(given(broker, topic: "a") == ["segment.bytes": "4096"])
        try broker.alterBrokerSettings(
            applying: [.init(name: "log.cleanup.policy", operation: .set, value: "compact")], validateOnly: false)
        try broker.alterSettings(
            ofTopic: "a", applying: [.init(name: "cleanup.policy", operation: .append, value: "delete")],
            validateOnly: false)
        #expect(given(broker, topic: "a") == ["segment.bytes": "4096", "cleanup.policy": "compact,delete"])
        #expect(throws: BrokerError.self) {
            try broker.alterSettings(ofTopic: "b", replacing: [], validateOnly: false)
        }
    }

    /// Each thread changes a setting of its own, over and over: no change may be lost to another's.
    @Test("Settings changed at the same time all stand")
    func concurrentAlterations() throws {
        let fixture = try BrokerFixture()
        let broker = fixture.broker
        defer { broker.stop() }
        try broker.createTopic(.init(name: "a"))
        let names = ["retention.ms", "retention.bytes", "segment.bytes"]
        for round in 1...20 {
            let lost = Mutex<[any Error]>([])
            DispatchQueue.concurrentPerform(iterations: names.count) { index in
                do {
                    try broker.alterSettings(
                        ofTopic: "a", applying: [.init(name: names[index], operation: .set, value: "\(round)000")],
                        validateOnly: false)
                    try broker.alterBrokerSettings(
                        applying: [.init(name: "log.\(names[index])", operation: .set, value: "\(round)000")],
                        validateOnly: false)
                } catch { lost.withLock { $0.append(error) } }
            }
            #expect(lost.withLock { $0.map { "\($0)" } } == [])
            #expect(given(broker, topic: "a") == Dictionary(uniqueKeysWithValues: names.map { ($0, "\(round)000") }))
        }
    }

    @Test("A topic with the longest name there may be is created, deleted, and found as it was left")
    func longestName() throws {
        let fixture = try BrokerFixture()
        let name = String(repeating: "n", count: 249)
        try fixture.broker.createTopic(.init(name: name))
        try fixture.broker.deleteTopic(name)
        try fixture.broker.createTopic(.init(name: name))
        #expect(throws: BrokerError.self) { try fixture.broker.createTopic(.init(name: name + "n")) }
        fixture.broker.stop()
        let next = try fixture.restarted()
        defer { next.broker.stop() }
        #expect(next.broker.topic(name)?.partitions.count == 1)
        #expect(next.broker.logFaults.isEmpty)
    }

    @Test("A topic of which a log could not be made is not there, nor after the next start")
    func undone() throws {
        let fixture = try BrokerFixture()
        fixture.disk.failCall(2, of: .createDirectory)
        #expect(throws: BrokerError.self) { try fixture.broker.createTopic(.init(name: "a", partitionCount: 3)) }
        #expect(fixture.broker.topic("a") == nil)
        fixture.broker.stop()
        let next = try fixture.restarted()
        defer { next.broker.stop() }
        #expect(next.broker.topic("a") == nil)
        try next.broker.createTopic(.init(name: "a", partitionCount: 3))
        #expect(next.broker.topic("a")?.partitions.count == 3)
    }
}

@Suite struct LateFlushTests {
    /// Given checkpoints that never come, so that nothing but the interval can be the cause.
    @Test("Records that are acknowledged at once are synced after the interval")
    func interval() throws {
        let fixture = try BrokerFixture {
            $0.logDefaults.flush = .interval(milliseconds: 20)
            $0.checkpointIntervalMS = 3_600_000
        }
        let broker = fixture.broker
        defer { broker.stop() }
        let topic = try #require(try broker.createTopic(.init(name: "a")))
        let synced = DispatchSemaphore(value: 0)
        fixture.disk.setSyncHook { path in
            if path.hasSuffix("a-0/00000000000000000000.log") { synced.signal() }
        }
        broker.start()
        _ = try topic.partitions[0].append(
            [Record(value: [1], timestampMS: 1000)], configuration: topic.logConfiguration, nowMS: 1000)
        #expect(topic.partitions[0].log.extent.committedOffset == 1)
        #expect(synced.wait(timeout: .now() + 30) == .success)
    }
}
