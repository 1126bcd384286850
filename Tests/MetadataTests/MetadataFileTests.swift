import Foundation
import GRDB
import Testing

@testable import Metadata

/// The file under the store: who may open it, and what is done with one that cannot be used.
@Suite struct MetadataFileTests {
    private let record = MetadataRecord.brokerConfigChanged(config: ["a": "b"])

    @Test("the file is in WAL mode, and no other connection gets in")
    func onlyConnection() throws {
        let scratch = try ScratchDirectory()
        let store = try MetadataStore.open(path: scratch.database)
        try store.apply([(0, record)])
        #expect(FileManager.default.fileExists(atPath: scratch.database + "-wal"))
        #expect(!FileManager.default.fileExists(atPath: scratch.database + "-shm"), "an exclusive lock needs none")
        let error = #expect(throws: MetadataError.self) {
            try MetadataStore(path: scratch.database, busyTimeoutSeconds: 0)
        }
        guard case .unavailable(scratch.database, _)? = error else {
            Issue.record("opened twice: \(String(describing: error))")
            return
        }
        #expect(throws: DatabaseError.self) {
            try DatabaseQueue(path: scratch.database).read { try Int.fetchOne($0, sql: "SELECT 1 FROM topic") }
        }
        #expect(try store.appliedOffset() == 0)
    }

    @Test("a closed store leaves one file")
    func closed() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, record)])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["metadata.sqlite"])
    }

    @Test("a path without a directory is named")
    func noDirectory() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path + "/nowhere/metadata.sqlite"
        let error = #expect(throws: MetadataError.self) { try MetadataStore.open(path: path) }
        #expect(error.map { "\($0)" }?.hasPrefix("catalog \(path) cannot be opened") == true)
    }

    @Test("a file that is no database, or a broken one, is damaged and says what to do", arguments: [0, 4096, 8192])
    func damaged(position: Int) throws {
        let scratch = try ScratchDirectory()
        try breakFile(scratch.database, at: position)
        let error = #expect(throws: MetadataError.self) { try MetadataStore.open(path: scratch.database) }
        guard case .damaged(scratch.database, _)? = error else {
            Issue.record("not damaged: \(String(describing: error))")
            return
        }
        #expect(error.map { "\($0)" }?.contains("move it away") == true)
        #expect(FileManager.default.fileExists(atPath: scratch.database), "opening must not remove it")
    }

    @Test("a damaged file is set aside, and the catalog begins anew")
    func rebuilt() throws {
        let scratch = try ScratchDirectory()
        try breakFile(scratch.database, at: 0)
        let broken = FileManager.default.contents(atPath: scratch.database)
        let (store, damage) = try MetadataStore.openOrRebuild(path: scratch.database)
        guard case .damaged? = damage else {
            Issue.record("no damage reported: \(String(describing: damage))")
            return
        }
        #expect(try store.appliedOffset() == -1)
        #expect(FileManager.default.contents(atPath: scratch.database + ".damaged") == broken)
        try store.apply([(0, record)])
    }

    @Test("a sound file is opened without damage")
    func sound() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, record)])
        let (store, damage) = try MetadataStore.openOrRebuild(path: scratch.database)
        #expect(damage == nil)
        #expect(try store.appliedOffset() == 0)
        try store.quickCheck()
    }

    @Test("a file of a newer program is left as it is")
    func newerSchema() throws {
        let scratch = try ScratchDirectory()
        try MetadataStore.open(path: scratch.database).apply([(0, record)])
        try DatabaseQueue(path: scratch.database).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('access-control')")
        }
        let before = FileManager.default.contents(atPath: scratch.database)
        let expected = MetadataError.newerSchema(path: scratch.database)
        #expect(throws: expected) { try MetadataStore.open(path: scratch.database) }
        #expect(throws: expected) { try MetadataStore.openOrRebuild(path: scratch.database) }
        #expect("\(expected)".contains("newer program"))
        #expect(FileManager.default.contents(atPath: scratch.database) == before)
    }

    /// Goal: a failed fsync ends the use of the file, since a second one would seem to succeed.
    @Test("after a disk error the store is not used again, and the next one begins anew")
    func diskError() throws {
        let scratch = try ScratchDirectory()
        let store = try MetadataStore.open(path: scratch.database)
        try store.apply([(0, record)])
        let error = store.failure(DatabaseError(resultCode: .SQLITE_IOERR_FSYNC), during: "a checkpoint")
        guard case .lost(scratch.database, _) = error else {
            Issue.record("not lost: \(error)")
            return
        }
        #expect(throws: error) { try store.appliedOffset() }
        #expect(throws: error) { try store.apply([(1, record)]) }
        let (next, damage) = try MetadataStore.openOrRebuild(path: scratch.database)
        #expect(damage == nil)
        #expect(try next.appliedOffset() == -1)
    }

    @Test("a full disk is an error that can be tried again")
    func fullDisk() throws {
        let store = try MetadataStore()
        let error = store.failure(DatabaseError(resultCode: .SQLITE_FULL), during: "applying records")
        guard case .failed("applying records", _) = error else {
            Issue.record("not a failure: \(error)")
            return
        }
        try store.apply([(0, record)])
    }

    /// Writes a sound file of several pages, then overwrites some bytes of it.
    private func breakFile(_ path: String, at position: Int) throws {
        do {
            let store = try MetadataStore.open(path: path)
            try store.apply(
                (0..<200).map { index in
                    (
                        Int64(index),
                        .topicCreated(
                            CatalogTopic(
                                name: "topic-\(index)", id: UUID(), partitionCount: 1, config: [:], isInternal: false))
                    )
                })
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(position))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 100))
        try file.close()
    }
}
