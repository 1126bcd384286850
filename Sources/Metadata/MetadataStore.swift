import Foundation
import GRDB

/// The catalog's tables in SQLite: a view of the `__metadata` log, brought forward in transactions that also hold the
/// offset they have reached, so that the view is some prefix of the log at any instant. It can always be rebuilt.
///
/// One connection, which alone writes and checkpoints. WAL with synchronous=NORMAL: the log is durable, a view that
/// lost its last transactions to a power failure is replayed. Every call blocks; the owner serialises.
public final class MetadataStore: Sendable {
    private let database: DatabaseQueue

    /// Opens or creates the file. A file that SQLite finds damaged is replaced: the log has all it held.
    public static func open(path: String) throws -> MetadataStore {
        do {
            let store = try MetadataStore(path: path)
            try store.check()
            return store
        } catch let error as DatabaseError where isDamage(error) {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            return try MetadataStore(path: path)
        }
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    /// A store in memory.
    public convenience init() throws { try self.init(path: ":memory:") }

    private init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.label = "metadata"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        try MetadataStore.migrator.migrate(database)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("catalog") { db in
            try db.execute(
                sql: """
                    CREATE TABLE topic (
                        name TEXT PRIMARY KEY NOT NULL, id TEXT NOT NULL, partition_count INTEGER NOT NULL,
                        is_internal INTEGER NOT NULL) STRICT;
                    CREATE TABLE topic_config (
                        topic TEXT NOT NULL REFERENCES topic(name) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
                        PRIMARY KEY (topic, key)) STRICT;
                    CREATE TABLE broker_config (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
                    CREATE TABLE progress (
                        row INTEGER PRIMARY KEY CHECK (row = 0), applied_offset INTEGER NOT NULL,
                        producer_ids_end INTEGER NOT NULL) STRICT;
                    INSERT INTO progress VALUES (0, -1, 0);
                    """)
        }
        return migrator
    }

    private func check() throws {
        let verdict = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check") }
        guard verdict == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict ?? "quick_check gave nothing")
        }
    }

    /// Offset of the last record applied; -1 if none.
    public func appliedOffset() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT applied_offset FROM progress") ?? -1 }
    }

    /// Applies records in the order of their offsets, in one transaction with the offset reached. Those that were
    /// applied before are passed over.
    public func apply(_ records: [(offset: Int64, record: MetadataRecord)]) throws {
        guard let last = records.last else { return }
        try database.write { db in
            let applied = try Int64.fetchOne(db, sql: "SELECT applied_offset FROM progress") ?? -1
            for entry in records where entry.offset > applied { try MetadataStore.apply(entry.record, db) }
            try db.execute(
                sql: "UPDATE progress SET applied_offset = max(applied_offset, ?)", arguments: [last.offset])
        }
    }

    private static func apply(_ record: MetadataRecord, _ db: Database) throws {
        switch record {
        case .topicCreated(let topic):
            try db.execute(sql: "DELETE FROM topic WHERE name = ?", arguments: [topic.name])
            try db.execute(
                sql: "INSERT INTO topic VALUES (?, ?, ?, ?)",
                arguments: [topic.name, topic.id.uuidString, topic.partitionCount, topic.isInternal])
            try insert(topic.config, ofTopic: topic.name, db)
        case .partitionsAdded(let topic, let count):
            try db.execute(sql: "UPDATE topic SET partition_count = ? WHERE name = ?", arguments: [count, topic])
        case .topicConfigChanged(let topic, let config):
            try db.execute(sql: "DELETE FROM topic_config WHERE topic = ?", arguments: [topic])
            guard try Bool.fetchOne(db, sql: "SELECT 1 FROM topic WHERE name = ?", arguments: [topic]) != nil else { return }
            try insert(config, ofTopic: topic, db)
        case .topicDeleted(let name):
            try db.execute(sql: "DELETE FROM topic WHERE name = ?", arguments: [name])
        case .brokerConfigChanged(let config):
            try db.execute(sql: "DELETE FROM broker_config")
            for (key, value) in config {
                try db.execute(sql: "INSERT INTO broker_config VALUES (?, ?)", arguments: [key, value])
            }
        case .producerIDsReserved(let end):
            try db.execute(
                sql: "UPDATE progress SET producer_ids_end = max(producer_ids_end, ?)", arguments: [end])
        }
    }

    private static func insert(_ config: [String: String], ofTopic topic: String, _ db: Database) throws {
        for (key, value) in config {
            try db.execute(sql: "INSERT INTO topic_config VALUES (?, ?, ?)", arguments: [topic, key, value])
        }
    }

    /// All that the tables hold.
    public func catalog() throws -> Catalog {
        try database.read { db in
            var catalog = Catalog()
            for row in try Row.fetchAll(db, sql: "SELECT name, id, partition_count, is_internal FROM topic") {
                let name: String = row["name"]
                let id: String = row["id"]
                guard let id = UUID(uuidString: id) else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "topic \(name) has the id '\(id)'")
                }
                catalog.topics[name] = CatalogTopic(
                    name: name, id: id, partitionCount: row["partition_count"], config: [:],
                    isInternal: row["is_internal"])
            }
            for row in try Row.fetchAll(db, sql: "SELECT topic, key, value FROM topic_config") {
                let (topic, key): (String, String) = (row["topic"], row["key"])
                catalog.topics[topic]?.config[key] = row["value"]
            }
            for row in try Row.fetchAll(db, sql: "SELECT key, value FROM broker_config") {
                let key: String = row["key"]
                catalog.brokerConfig[key] = row["value"]
            }
            catalog.producerIDsEnd = try Int64.fetchOne(db, sql: "SELECT producer_ids_end FROM progress") ?? 0
            return catalog
        }
    }

    /// Empties the tables, to be filled again from the log's beginning.
    public func reset() throws {
        try database.write { db in
            try db.execute(
                sql: """
                    DELETE FROM topic; DELETE FROM broker_config;
                    UPDATE progress SET applied_offset = -1, producer_ids_end = 0;
                    """)
        }
    }
}
