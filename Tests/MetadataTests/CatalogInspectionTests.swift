import Foundation
import GRDB
import Testing

@testable import Metadata

/// A catalog file is checked and read without being changed, however its process ended.
@Suite struct CatalogInspectionTests {
    private func topic(_ name: String) -> MetadataRecord {
        .topicCreated(CatalogTopic(name: name, id: UUID(), partitionCount: 3, config: [:], isInternal: false))
    }

    private func contents(of directory: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            contents[name] = FileManager.default.contents(atPath: directory + "/" + name)
        }
        return contents
    }

    @Test("a catalog that was closed is read as it is")
    func closed() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, topic("a")), (1, topic("b"))])
        let before = try contents(of: scratch.path)
        let inspection = try #require(try MetadataStore.inspect(path: scratch.database))
        #expect(inspection.appliedOffset == 1)
        #expect(Set(inspection.catalog.topics.keys) == ["a", "b"])
        #expect(try contents(of: scratch.path) == before)
    }

    @Test("what a killed process has left in the journal counts, and stays there")
    func killed() throws {
        let scratch = try ScratchDirectory()
        let killed = try ScratchDirectory()
        let store = try MetadataStore.open(path: scratch.database)
        try store.apply([(0, topic("a"))])
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
            try FileManager.default.copyItem(atPath: scratch.path + "/" + name, toPath: killed.path + "/" + name)
        }
        let before = try contents(of: killed.path)
        #expect((before["metadata.sqlite-wal"]?.count ?? 0) > 0)
        let inspection = try #require(try MetadataStore.inspect(path: killed.database))
        #expect(inspection.appliedOffset == 0 && inspection.catalog.topics["a"]?.partitionCount == 3)
        #expect(try contents(of: killed.path) == before)
        #expect(try store.appliedOffset() == 0, "its own process goes on")
    }

    @Test("no file is nothing to check, an empty one an empty catalog")
    func absent() throws {
        let scratch = try ScratchDirectory()
        #expect(try MetadataStore.inspect(path: scratch.database) == nil)
        #expect(FileManager.default.createFile(atPath: scratch.database, contents: nil))
        #expect(try MetadataStore.inspect(path: scratch.database)?.appliedOffset == -1)
    }

    @Test(
        "damage is found wherever it is, and named with the file's own path", arguments: [0, 100, 4096, 8192, 12_288])
    func damaged(position: Int) throws {
        let scratch = try ScratchDirectory()
        do {
            try MetadataStore.open(path: scratch.database).apply(
                (0..<200).map { (Int64($0), topic("topic-\($0)")) })
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.database))
        try file.seek(toOffset: UInt64(position))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 100))
        try file.close()
        let error = #expect(throws: MetadataError.self) { try MetadataStore.inspect(path: scratch.database) }
        guard case .damaged(scratch.database, _)? = error else {
            Issue.record("not damaged: \(String(describing: error))")
            return
        }
    }

    @Test("a file of a newer program is not called damaged")
    func newerSchema() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, topic("a"))])
        try DatabaseQueue(path: scratch.database).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('access-control')")
        }
        #expect(throws: MetadataError.newerSchema(path: scratch.database)) {
            try MetadataStore.inspect(path: scratch.database)
        }
    }
}
