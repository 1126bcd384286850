import Foundation
import Metadata
import Testing

@Suite struct CatalogTests {
    private let orders = CatalogTopic(
        name: "orders", id: UUID(), partitionCount: 3, config: ["retention.ms": "1000"], isInternal: false)

    @Test("a topic grows, changes its settings, goes, and comes back as another")
    func lifeOfATopic() {
        var catalog = Catalog()
        catalog.apply(.topicCreated(orders))
        catalog.apply(.partitionsAdded(topic: "orders", count: 8))
        catalog.apply(.topicConfigChanged(topic: "orders", config: ["cleanup.policy": "compact"]))
        var expected = orders
        expected.partitionCount = 8
        expected.config = ["cleanup.policy": "compact"]
        #expect(catalog.topics == ["orders": expected])

        catalog.apply(.topicDeleted(name: "orders"))
        #expect(catalog.topics.isEmpty)

        var again = orders
        again.id = UUID()
        catalog.apply(.topicCreated(again))
        #expect(catalog.topics["orders"] == again)
    }

    @Test("a change of a topic that does not exist has no effect")
    func changeOfNothing() {
        var catalog = Catalog()
        catalog.apply(.partitionsAdded(topic: "orders", count: 8))
        catalog.apply(.topicConfigChanged(topic: "orders", config: ["a": "b"]))
        catalog.apply(.topicDeleted(name: "orders"))
        #expect(catalog == Catalog())
    }

    @Test("reserved producer ids are never given back")
    func producerIDs() {
        var catalog = Catalog()
        catalog.apply(.producerIDsReserved(end: 2000))
        catalog.apply(.producerIDsReserved(end: 1000))
        #expect(catalog.producerIDsEnd == 2000)
    }

    /// Goal: a log that keeps only the newest record of each key is still the catalog's log.
    @Test("compacting a log does not change what it adds up to", arguments: UInt64(0)..<200)
    func compaction(seed: UInt64) {
        var changes = RandomCatalogChanges(seed: seed)
        let log = changes.log(count: 60)
        var newest: [[UInt8]: Int64] = [:]
        for (offset, record) in log { newest[record.key] = offset }
        let compacted = log.filter { newest[$0.record.key] == $0.offset }
        #expect(compacted.count < log.count)

        var whole = Catalog(following: log.map(\.record))
        var kept = Catalog(following: compacted.map(\.record))
        // The highest reservation may not be the newest record here, while a broker only ever reserves upwards.
        whole.apply(.producerIDsReserved(end: .max))
        kept.apply(.producerIDsReserved(end: .max))
        #expect(kept == whole, "seed \(seed)")
    }
}
