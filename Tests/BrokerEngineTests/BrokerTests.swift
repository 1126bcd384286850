import LogStorage
import Logging
import Metadata
import Replication
import TestSupport
import Testing

@testable import BrokerEngine

/// A broker on a disk in memory.
private struct BrokerFixture {
    let disk = SimulatedDisk(seed: 1)
    let store: MetadataStore
    let broker: Broker

    init(_ configure: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        store = try MetadataStore()
        var configuration = BrokerConfiguration()
        configure(&configuration)
        broker = try Broker(
            directory: try LogDirectory(path: "/data", disk: disk, makeClusterID: { "id" }, processID: 1),
            metadata: store, configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, nowMS: { 1000 },
            onStorageFailure: { _ in })
    }
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
