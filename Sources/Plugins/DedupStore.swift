import LuaLibraries

// The windows of dedup bindings on disk, `_dedup.sqlite` beside the handlers' databases. Stored on disk: columns are added,
// never renamed. Rows come late, in batches; how far they reach in each partition is noted with them, so that a start
// reads the rest back from the log.

/// The table of keys. Confined to one thread at a time by its owner's lock.
final class DedupStore {
    private let database: SQLDatabase

    init(path: String) throws(SQLError) {
        database = try SQLDatabase(path: path)
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS key (
                binding TEXT NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, topic TEXT NOT NULL,
                topic_id TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
                PRIMARY KEY (binding, high, low)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS reach (
                binding TEXT NOT NULL, topic TEXT NOT NULL, topic_id TEXT NOT NULL, partition INTEGER NOT NULL,
                next_offset INTEGER NOT NULL, PRIMARY KEY (binding, topic, partition)) WITHOUT ROWID;
            """)
    }

    /// Writes keys and how far they reach, durably.
    func write(
        _ binding: String, _ entries: [(DedupKey, DedupWindow.Entry)], reach: [TopicPosition: Int64], nowMS: Int64
    ) throws(SQLError) {
        try database.begin()
        do {
            for (key, entry) in entries {
                try database.run(
                    "INSERT OR REPLACE INTO key VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .text(binding),
                    .integer(Int64(bitPattern: key.high)), .integer(Int64(bitPattern: key.low)), .text(entry.topic),
                    .text(entry.topicID), .integer(Int64(entry.partition)), .integer(entry.offset),
                    .integer(entry.expiresMS))
            }
            for (position, offset) in reach {
                try database.run(
                    "INSERT OR REPLACE INTO reach VALUES (?, ?, ?, ?, ?)", .text(binding), .text(position.topic),
                    .text(position.topicID), .integer(Int64(position.partition)), .integer(offset))
            }
            try database.commit()
        } catch {
            try? database.rollBack()
            throw error
        }
    }

    func forget(_ binding: String, expiredBefore nowMS: Int64) throws(SQLError) {
        try database.run("DELETE FROM key WHERE binding = ? AND expires_ms <= ?", .text(binding), .integer(nowMS))
    }

    /// Calls `body` with each key that still counts, the first to expire first.
    func load(_ binding: String, nowMS: Int64, _ body: (DedupKey, DedupWindow.Entry) -> Void) throws {
        try database.rows(
            """
            SELECT high, low, topic, partition, offset, expires_ms, topic_id FROM key WHERE binding = ? AND expires_ms > ?
            ORDER BY expires_ms
            """, .text(binding), .integer(nowMS)
        ) { row in
            body(
                DedupKey(high: UInt64(bitPattern: row.integer(0)), low: UInt64(bitPattern: row.integer(1))),
                DedupWindow.Entry(
                    topic: row.text(2), topicID: row.text(6), partition: Int32(row.integer(3)), offset: row.integer(4),
                    expiresMS: row.integer(5)))
        }
    }

    func reach(_ binding: String) throws -> [TopicPosition: Int64] {
        var reach: [TopicPosition: Int64] = [:]
        try database.rows(
            "SELECT topic, topic_id, partition, next_offset FROM reach WHERE binding = ?", .text(binding)
        ) { row in
            reach[TopicPosition(topic: row.text(0), topicID: row.text(1), partition: Int32(row.integer(2)))] =
                row.integer(3)
        }
        return reach
    }
}
