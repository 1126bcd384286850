import Foundation
import GRDB
import TestSupport
import Testing

@testable import Metadata

@Suite struct MetadataStoreTests {
    private func topic(_ name: String) -> MetadataRecord {
        .topicCreated(CatalogTopic(name: name, id: UUID(), partitionCount: 1, config: [:], isInternal: false))
    }

    @Test("an empty store is the catalog of an empty log")
    func empty() throws {
        let store = try MetadataStore()
        #expect(try store.appliedOffset() == -1)
        #expect(try store.catalog() == Catalog())
    }

    /// Goal: the tables show what the log adds up to. Method: random changes in batches of random size, some of them
    /// applied again, the file closed and opened in between.
    @Test("the tables equal the fold of the log", arguments: UInt64(0)..<30)
    func equalsFold(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var changes = RandomCatalogChanges(seed: seed)
        let log = changes.log(count: 120)
        let scratch = try ScratchDirectory()
        var store = try MetadataStore.open(path: scratch.database)
        var next = 0
        while next < log.count {
            let start = random.int(in: 0...next)
            let end = min(log.count, next + random.int(in: 0...9))
            try store.apply(Array(log[start..<end]))
            next = max(next, end)
            #expect(try store.appliedOffset() == Int64(next) - 1, "seed \(seed)")
            #expect(try store.catalog() == Catalog(following: log[..<next].map(\.record)), "seed \(seed)")
            if random.chance(1, in: 8) {
                store = try MetadataStore()
                store = try MetadataStore.open(path: scratch.database)
            }
        }
    }

    /// Goal: after a crash at any instant the tables are some prefix of the log. Method: the files as they are while
    /// the store is open, with the journal cut anywhere, opened as another store.
    @Test("after a crash the tables are a prefix of the log", arguments: UInt64(0)..<40)
    func prefixAfterCrash(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var changes = RandomCatalogChanges(seed: seed)
        let log = changes.log(count: 40)
        let (running, crashed) = (try ScratchDirectory(), try ScratchDirectory())
        let store = try MetadataStore.open(path: running.database)
        for entry in log { try store.apply([entry]) }

        try FileManager.default.copyItem(atPath: running.database, toPath: crashed.database)
        let journal = try #require(FileManager.default.contents(atPath: running.database + "-wal"))
        try #require(journal.count > 40 * 4096, "each change must stand in the journal")
        let kept = random.int(in: 0...journal.count)
        try journal.prefix(kept).write(to: URL(fileURLWithPath: crashed.database + "-wal"))

        let survivor = try MetadataStore.open(path: crashed.database)
        let applied = try survivor.appliedOffset()
        #expect(
            try survivor.catalog() == Catalog(following: log.prefix(Int(applied) + 1).map(\.record)), "seed \(seed)")
        #expect(kept < journal.count || applied == 39)
        try survivor.apply(log)
        #expect(try survivor.catalog() == store.catalog(), "seed \(seed)")
    }

    @Test("a gap is refused, and nothing before it in the same call is applied")
    func gap() throws {
        let store = try MetadataStore()
        try store.apply([(0, topic("a"))])
        #expect(throws: MetadataError.gap(expectedOffset: 1, foundOffset: 2)) { try store.apply([(2, topic("c"))]) }
        #expect(throws: MetadataError.gap(expectedOffset: 2, foundOffset: 3)) {
            try store.apply([(0, topic("a")), (1, topic("b")), (3, topic("d"))])
        }
        #expect(try store.appliedOffset() == 0)
        #expect(try store.catalog().topics.keys.sorted() == ["a"])
    }

    @Test("records that were applied are passed over, even if they differ")
    func replay() throws {
        let store = try MetadataStore()
        try store.apply([(0, topic("a")), (1, topic("b"))])
        try store.apply([(0, topic("other")), (1, .topicDeleted(name: "b")), (2, topic("c"))])
        try store.apply([])
        #expect(try store.appliedOffset() == 2)
        #expect(try store.catalog().topics.keys.sorted() == ["a", "b", "c"])
    }

    @Test("a reset store begins at offset 0 again")
    func reset() throws {
        let store = try MetadataStore()
        try store.apply([
            (0, topic("a")), (1, .brokerConfigChanged(config: ["a": "b"])), (2, .producerIDsReserved(end: 7)),
        ])
        try store.reset()
        #expect(try store.appliedOffset() == -1)
        #expect(try store.catalog() == Catalog())
        try store.apply([(0, topic("b"))])
        #expect(try store.catalog().topics.keys.sorted() == ["b"])
    }

    @Test("a row that no program wrote is damage")
    func unsoundRow() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, topic("a"))])
        try edit(scratch.database, "UPDATE topic SET kind = 'square'")
        let store = try MetadataStore.open(path: scratch.database)
        let error = #expect(throws: MetadataError.self) { try store.catalog() }
        #expect(error.map { "\($0)" }?.contains("topic 'a' is of kind 'square'") == true)
    }

    private func edit(_ path: String, _ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }
}
