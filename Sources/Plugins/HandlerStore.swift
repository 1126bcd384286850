import Crypto
import Foundation
import LuaLibraries

// The host's tables in a plugin's database. Stored on disk: columns are added, never renamed.
//
//     _platform_offsets     where each consumer goes on in each partition
//     _platform_dedup       keys of what has been handled, until they expire
//     _platform_parked      messages that are to be handled again, and those of their keys behind them
//     _platform_outbox      messages to be written to the log, in this order
//     _platform_sequences   the next sequence number of the outbox's producer in each partition
//     _platform_values      producer_id
//     _platform_kv          the plugin's own values: see `KeyValueStore`
//
// All of them change in the transaction in which the handler's own tables do, which is what makes an effect happen once.

/// What the host keeps beside a plugin's own tables. Confined like its database.
final class HandlerStore {
    let database: SQLDatabase

    /// Keys longer than this are replaced by their hash.
    static let dedupKeyBytesMax = 256

    init(path: String) throws(SQLError) {
        database = try SQLDatabase(path: path, allowsTemporaryTables: false)
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS _platform_offsets (
                consumer TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, topic_id TEXT NOT NULL,
                next_offset INTEGER NOT NULL, PRIMARY KEY (consumer, topic, partition)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS _platform_dedup (
                consumer TEXT NOT NULL, key BLOB NOT NULL, expires_ms INTEGER NOT NULL,
                PRIMARY KEY (consumer, key)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS _platform_parked (
                consumer TEXT NOT NULL, topic TEXT NOT NULL, topic_id TEXT NOT NULL, partition INTEGER NOT NULL,
                offset INTEGER NOT NULL, key BLOB, attempts INTEGER NOT NULL, due_ms INTEGER NOT NULL, reason TEXT NOT NULL,
                PRIMARY KEY (consumer, topic, topic_id, partition, offset)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS _platform_outbox (
                id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, sequence INTEGER NOT NULL,
                timestamp_ms INTEGER NOT NULL, key BLOB, value BLOB, headers BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS _platform_sequences (
                topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
                PRIMARY KEY (topic, partition)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS _platform_values (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            \(KeyValueStore.table);
            """)
    }

    // MARK: Offsets

    /// Where a consumer goes on; nil if it has not been there, or the topic is another of the same name.
    func offset(consumer: String, topic: String, topicID: String, partition: Int32) throws -> Int64? {
        var found: Int64?
        try database.rows(
            """
            SELECT next_offset FROM _platform_offsets
            WHERE consumer = ? AND topic = ? AND partition = ? AND topic_id = ?
            """, .text(consumer), .text(topic), .integer(Int64(partition)), .text(topicID)
        ) { found = $0.integer(0) }
        return found
    }

    func setOffset(consumer: String, topic: String, topicID: String, partition: Int32, _ offset: Int64)
        throws(SQLError)
    {
        try database.run(
            "INSERT OR REPLACE INTO _platform_offsets VALUES (?, ?, ?, ?, ?)", .text(consumer), .text(topic),
            .integer(Int64(partition)), .text(topicID), .integer(offset))
    }

    // MARK: Duplicates

    /// Takes note of a key; false if it is known and has not expired.
    func insertDedup(consumer: String, key: [UInt8], expiresMS: Int64, nowMS: Int64) throws(SQLError) -> Bool {
        let key = key.count <= HandlerStore.dedupKeyBytesMax ? key : Array(SHA256.hash(data: Data(key)))
        return try database.run(
            """
            INSERT INTO _platform_dedup VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET expires_ms = excluded.expires_ms WHERE expires_ms <= ?
            """, .text(consumer), .blob(key), .integer(expiresMS), .integer(nowMS)) > 0
    }

    /// Forgets keys whose time is over, at most so many at a time.
    func expireDedup(nowMS: Int64, countMax: Int64) throws(SQLError) {
        try database.run(
            """
            DELETE FROM _platform_dedup WHERE (consumer, key) IN (
                SELECT consumer, key FROM _platform_dedup WHERE expires_ms <= ? LIMIT ?)
            """, .integer(nowMS), .integer(countMax))
    }

    // MARK: Messages put off

    struct Parked: Equatable {
        var topic: String
        var topicID: String
        var partition: Int32
        var offset: Int64
        var key: [UInt8]?
        var attempts: Int64
        var dueMS: Int64
        var reason: String
    }

    func park(_ parked: Parked, consumer: String) throws(SQLError) {
        try database.run(
            "INSERT OR REPLACE INTO _platform_parked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", .text(consumer),
            .text(parked.topic), .text(parked.topicID), .integer(Int64(parked.partition)), .integer(parked.offset),
            parked.key.map { .blob($0) } ?? .null, .integer(parked.attempts), .integer(parked.dueMS),
            .text(parked.reason))
    }

    func unpark(_ parked: Parked, consumer: String) throws(SQLError) {
        try database.run(
            "DELETE FROM _platform_parked WHERE consumer = ? AND topic = ? AND topic_id = ? AND partition = ? AND offset = ?",
            .text(consumer), .text(parked.topic), .text(parked.topicID), .integer(Int64(parked.partition)),
            .integer(parked.offset))
    }

    func parked(consumer: String) throws -> [Parked] {
        var found: [Parked] = []
        try database.rows(
            """
            SELECT topic, partition, offset, key, attempts, due_ms, reason, topic_id FROM _platform_parked
            WHERE consumer = ? ORDER BY topic, partition, offset
            """, .text(consumer)
        ) { row in
            found.append(
                Parked(
                    topic: row.text(0), topicID: row.text(7), partition: Int32(row.integer(1)), offset: row.integer(2),
                    key: row.isNull(3) ? nil : row.bytes(3), attempts: row.integer(4), dueMS: row.integer(5),
                    reason: row.text(6)))
        }
        return found
    }

    // MARK: Messages to be written

    struct Outgoing {
        var id: Int64 = 0
        var topic: String
        var partition: Int32
        var sequence: Int64 = 0
        var timestampMS: Int64
        var key: [UInt8]?
        var value: [UInt8]?
        /// Count, then name and value of each with their lengths: see `HeaderBytes`.
        var headers: [UInt8]
    }

    func addOutgoing(_ outgoing: Outgoing) throws {
        var sequence: Int64 = 0
        try database.rows(
            """
            INSERT INTO _platform_sequences VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET next = next + 1
            RETURNING next - 1
            """, .text(outgoing.topic), .integer(Int64(outgoing.partition))
        ) { sequence = $0.integer(0) }
        try database.run(
            """
            INSERT INTO _platform_outbox (topic, partition, sequence, timestamp_ms, key, value, headers)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .text(outgoing.topic), .integer(Int64(outgoing.partition)), .integer(sequence),
            .integer(outgoing.timestampMS), outgoing.key.map { .blob($0) } ?? .null,
            outgoing.value.map { .blob($0) } ?? .null, .blob(outgoing.headers))
    }

    func outgoing(countMax: Int64) throws -> [Outgoing] {
        var found: [Outgoing] = []
        try database.rows(
            """
            SELECT id, topic, partition, sequence, timestamp_ms, key, value, headers FROM _platform_outbox
            ORDER BY id LIMIT ?
            """, .integer(countMax)
        ) { row in
            found.append(
                Outgoing(
                    id: row.integer(0), topic: row.text(1), partition: Int32(row.integer(2)), sequence: row.integer(3),
                    timestampMS: row.integer(4), key: row.isNull(5) ? nil : row.bytes(5),
                    value: row.isNull(6) ? nil : row.bytes(6), headers: row.bytes(7)))
        }
        return found
    }

    func removeOutgoing(upTo id: Int64) throws(SQLError) {
        try database.run("DELETE FROM _platform_outbox WHERE id <= ?", .integer(id))
    }

    // MARK: Values

    func value(_ name: String) throws -> Int64? {
        var found: Int64?
        try database.rows("SELECT value FROM _platform_values WHERE name = ?", .text(name)) { found = $0.integer(0) }
        return found
    }

    func setValue(_ name: String, _ value: Int64) throws(SQLError) {
        try database.run("INSERT OR REPLACE INTO _platform_values VALUES (?, ?)", .text(name), .integer(value))
    }
}
