import Foundation
import GRDB

// The tables of the catalog:
//
//     topic      name │ id │ partition_count │ kind │ is_internal │ config     one row a topic; config is a JSON object
//     broker     row 0 │ config │ producer_ids_end │ applied_offset            one row
//
// `applied_offset` is that of the last record of `__metadata` that the rows show; -1: none. It changes only in the
// transaction that applies the record.

/// Reads and writes the catalog's tables inside a transaction of the caller's.
enum CatalogTables {
    /// Steps from an empty file to the tables above. Steps are added, never changed: they are known by their names.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("catalog") { db in
            try db.execute(
                sql: """
                    CREATE TABLE topic (
                        name TEXT PRIMARY KEY NOT NULL, id TEXT NOT NULL, partition_count INTEGER NOT NULL,
                        kind TEXT NOT NULL, is_internal INTEGER NOT NULL, config TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE broker (
                        row INTEGER PRIMARY KEY CHECK (row = 0), config TEXT NOT NULL,
                        producer_ids_end INTEGER NOT NULL, applied_offset INTEGER NOT NULL) STRICT;
                    INSERT INTO broker VALUES (0, '{}', 0, -1);
                    """)
        }
        return migrator
    }

    static func appliedOffset(_ db: Database) throws -> Int64 {
        guard let offset = try Int64.fetchOne(db, sql: "SELECT applied_offset FROM broker") else {
            throw unsound("table broker has no row")
        }
        return offset
    }

    static func setAppliedOffset(_ offset: Int64, _ db: Database) throws {
        try db.execute(sql: "UPDATE broker SET applied_offset = ?", arguments: [offset])
    }

    /// Follows a change as `Catalog.apply` does.
    static func apply(_ record: MetadataRecord, _ db: Database) throws {
        switch record {
        case .topicCreated(let topic):
            try db.execute(
                sql: "INSERT OR REPLACE INTO topic VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    topic.name, topic.id.uuidString, topic.partitionCount, topic.kind.rawValue, topic.isInternal,
                    try json(topic.config),
                ])
        case .partitionsAdded(let topic, let count):
            try db.execute(sql: "UPDATE topic SET partition_count = ? WHERE name = ?", arguments: [count, topic])
        case .topicConfigChanged(let topic, let config):
            try db.execute(sql: "UPDATE topic SET config = ? WHERE name = ?", arguments: [try json(config), topic])
        case .topicDeleted(let name):
            try db.execute(sql: "DELETE FROM topic WHERE name = ?", arguments: [name])
        case .brokerConfigChanged(let config):
            try db.execute(sql: "UPDATE broker SET config = ?", arguments: [try json(config)])
        case .producerIDsReserved(let end):
            try db.execute(sql: "UPDATE broker SET producer_ids_end = max(producer_ids_end, ?)", arguments: [end])
        }
    }

    static func catalog(_ db: Database) throws -> Catalog {
        var catalog = Catalog()
        for row in try Row.fetchAll(db, sql: "SELECT * FROM topic") {
            let (name, id, kind): (String, String, String) = (row["name"], row["id"], row["kind"])
            guard let id = UUID(uuidString: id) else { throw unsound("topic '\(name)' has the id '\(id)'") }
            guard let kind = TopicKind(rawValue: kind) else { throw unsound("topic '\(name)' is of kind '\(kind)'") }
            catalog.topics[name] = CatalogTopic(
                name: name, id: id, partitionCount: row["partition_count"], kind: kind,
                config: try config(row["config"]), isInternal: row["is_internal"])
        }
        guard let row = try Row.fetchOne(db, sql: "SELECT config, producer_ids_end FROM broker") else {
            throw unsound("table broker has no row")
        }
        catalog.brokerConfig = try config(row["config"])
        catalog.producerIDsEnd = row["producer_ids_end"]
        return catalog
    }

    static func removeAll(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM topic;
                UPDATE broker SET config = '{}', producer_ids_end = 0, applied_offset = -1;
                """)
    }

    private static func json(_ config: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(config), as: UTF8.self)
    }

    private static func config(_ json: String) throws -> [String: String] {
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        } catch {
            throw unsound("settings '\(json)' are no JSON object of strings")
        }
    }

    private static func unsound(_ message: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: message)
    }
}
