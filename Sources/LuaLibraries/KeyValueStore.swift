/// Values by key in a plugin's database, which last. Within a handler they are part of its transaction. Stored on disk in
/// `_platform_kv`: columns are added, never renamed. Confined like its database.
public final class KeyValueStore {
    private let database: SQLDatabase
    /// A wall clock, milliseconds since 1970, for the end of values.
    private let nowMS: () -> Int64
    /// Keys and values together, as far as this connection knows.
    private var sizeBytes: Int64 = 0

    public static let keyBytesMax = 1 << 10
    public static let valueBytesMax = 1 << 20
    /// Of all keys and values of a plugin.
    public static let sizeBytesMax: Int64 = 64 << 20
    public static let scanCountMax: Int64 = 10_000

    public init(_ database: SQLDatabase, nowMS: @escaping () -> Int64) throws(SQLError) {
        self.database = database
        self.nowMS = nowMS
        // Its rows count from when they are written, so that a fresh connection knows how much there is.
        if !database.isInTransaction { try database.run(KeyValueStore.table) }
        do {
            try database.rows("SELECT total(length(key) + length(value)) FROM _platform_kv") {
                sizeBytes = $0.integer(0)
            }
        } catch let error as SQLError {
            throw error
        } catch {
            throw SQLError(code: 0, message: "\(error)")
        }
    }

    public static let table = """
        CREATE TABLE IF NOT EXISTS _platform_kv (
            key BLOB PRIMARY KEY, value NOT NULL, is_boolean INTEGER NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS _platform_kv_expiry ON _platform_kv (expires_ms)
            WHERE expires_ms < \(Int64.max)
        """

    /// Removes what has ended. Requires: the table is there.
    public static func expire(_ database: SQLDatabase, nowMS: Int64) throws(SQLError) {
        try database.run(
            "DELETE FROM _platform_kv WHERE expires_ms < \(Int64.max) AND expires_ms <= ?", .integer(nowMS))
    }

    /// What a value is bound as, and whether it stands for a boolean.
    typealias Stored = (value: SQLValue, isBoolean: Bool, sizeBytes: Int)

    func get(_ key: [UInt8], _ body: (SQLStatement, _ isBoolean: Bool) -> Void) throws {
        try database.rows(
            "SELECT value, is_boolean FROM _platform_kv WHERE key = ? AND expires_ms > ?", .blob(key), .integer(nowMS())
        ) { body($0, $0.integer(1) != 0) }
    }

    /// Sets a value; false, and nothing is changed, if `onlyIfAbsent` and there is one.
    func set(_ key: [UInt8], _ stored: Stored, ttlMS: Int64?, onlyIfAbsent: Bool) throws(SQLError) -> Bool {
        let size = Int64(key.count + stored.sizeBytes)
        guard sizeBytes + size <= KeyValueStore.sizeBytesMax else {
            throw SQLError(
                code: 0,
                message:
                    "the plugin's values take \(sizeBytes) bytes, the limit is \(KeyValueStore.sizeBytesMax): delete some"
            )
        }
        let now = nowMS()
        let expiresMS = ttlMS.map { now + $0 } ?? .max
        let update = onlyIfAbsent ? " WHERE expires_ms <= \(now)" : ""
        let count = try database.run(
            """
            INSERT INTO _platform_kv VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
            SET value = excluded.value, is_boolean = excluded.is_boolean, expires_ms = excluded.expires_ms\(update)
            """, .blob(key), stored.value, .integer(stored.isBoolean ? 1 : 0), .integer(expiresMS))
        if count > 0 { sizeBytes += size }
        return count > 0
    }

    func delete(_ key: [UInt8]) throws(SQLError) -> Bool {
        try database.run("DELETE FROM _platform_kv WHERE key = ?", .blob(key)) > 0
    }

    /// Adds to an integer, which begins at 0; the sum.
    func increment(_ key: [UInt8], by amount: Int64) throws -> Int64 {
        // One that has ended begins anew.
        try database.run(
            "DELETE FROM _platform_kv WHERE key = ? AND expires_ms <= ?", .blob(key), .integer(nowMS()))
        var sum: Int64?
        try database.rows(
            """
            INSERT INTO _platform_kv VALUES (?, ?, 0, \(Int64.max)) ON CONFLICT DO UPDATE
            SET value = value + excluded.value WHERE typeof(value) = 'integer' RETURNING value
            """, .blob(key), .integer(amount)
        ) { sum = $0.integer(0) }
        guard let sum else { throw SQLError(code: 0, message: "the value is no integer") }
        return sum
    }

    /// Calls `body` with the keys that begin with a prefix, in order.
    func scan(_ prefix: [UInt8], countMax: Int64, _ body: (SQLStatement, _ isBoolean: Bool) -> Void) throws {
        try database.rows(
            """
            SELECT key, value, is_boolean FROM _platform_kv WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1
            AND expires_ms > ?2 ORDER BY key LIMIT ?3
            """, .blob(prefix), .integer(nowMS()), .integer(min(countMax, KeyValueStore.scanCountMax))
        ) { body($0, $0.integer(2) != 0) }
    }
}
