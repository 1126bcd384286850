import Foundation
import GRDB
import Synchronization

/// The catalog's tables in SQLite: a view of the `__metadata` log, brought forward in transactions that also hold the
/// offset they have reached, so that the view is some prefix of the log at any instant. It can always be rebuilt.
///
/// One connection, which alone writes and checkpoints, and which locks the file against any other: SQLite before 3.51.3
/// may corrupt a file in WAL mode that two connections write or checkpoint at once. WAL with synchronous=NORMAL, as the
/// log is what is durable: a view that lost its last transactions to a power failure is brought forward again.
///
/// Every call blocks, for a write to the disk at most. Calls from several threads are taken one by one.
public final class MetadataStore: Sendable {
    private let database: DatabaseQueue
    private let path: String
    /// Why the file may not be used any more: set once, at the first disk error.
    private let loss = Mutex<MetadataError?>(nil)

    /// How long to wait for another program that has the file open, e.g. an operator's `sqlite3`.
    private static let busyTimeoutSeconds = 5.0

    /// Opens or creates the file and checks it whole. Throws `damaged`, `newerSchema` or `unavailable`.
    public static func open(path: String) throws(MetadataError) -> MetadataStore {
        try MetadataStore(path: path, busyTimeoutSeconds: busyTimeoutSeconds)
    }

    /// As `open(path:)`, but sets a damaged file aside and begins an empty one, to be brought forward from the log's
    /// beginning. Then `damage` says what was wrong and is to be reported.
    public static func openOrRebuild(path: String) throws(MetadataError) -> (
        store: MetadataStore, damage: MetadataError?
    ) {
        do {
            return (try open(path: path), nil)
        } catch {
            guard case .damaged = error else { throw error }
            setAside(path)
            return (try open(path: path), error)
        }
    }

    /// A store in memory.
    public convenience init() throws(MetadataError) {
        try self.init(path: ":memory:", busyTimeoutSeconds: 0)
    }

    init(path: String, busyTimeoutSeconds: Double) throws(MetadataError) {
        self.path = path
        var configuration = GRDB.Configuration()
        configuration.label = "metadata"
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.prepareDatabase { db in
            // Exclusive before WAL: then SQLite needs no shared memory file, and no second connection can be opened.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" || mode == "memory" else {
                throw DatabaseError(
                    resultCode: .SQLITE_CANTOPEN,
                    message: "no WAL mode there, only '\(mode ?? "none")': use a local disk")
            }
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            let migrator = CatalogTables.migrator
            guard try !database.read(migrator.hasBeenSuperseded) else { throw MetadataError.newerSchema(path: path) }
            try database.read { try MetadataStore.quickCheck($0, path: path) }
            try migrator.migrate(database)
        } catch let error as MetadataError {
            throw error
        } catch let error as DatabaseError where MetadataStore.isDamage(error) {
            throw .damaged(path: path, reason: "\(error)")
        } catch {
            throw .unavailable(path: path, reason: "\(error)")
        }
    }

    /// Offset of the last record applied; -1 if none.
    public func appliedOffset() throws(MetadataError) -> Int64 {
        try perform("reading the applied offset") { try $0.read(CatalogTables.appliedOffset) }
    }

    /// Applies records in one transaction with the offset reached. Those that were applied before are passed over; of
    /// the others each must follow on the one before, else `gap` is thrown. An error leaves the tables as they were.
    public func apply(_ records: [(offset: Int64, record: MetadataRecord)]) throws(MetadataError) {
        try perform("applying records") { database in
            try database.write { db in
                let start = try CatalogTables.appliedOffset(db)
                var applied = start
                for (offset, record) in records where offset > applied {
                    guard offset == applied + 1 else {
                        throw MetadataError.gap(expectedOffset: applied + 1, foundOffset: offset)
                    }
                    try CatalogTables.apply(record, db)
                    applied = offset
                }
                if applied > start { try CatalogTables.setAppliedOffset(applied, db) }
            }
        }
    }

    /// All that the tables hold.
    public func catalog() throws(MetadataError) -> Catalog {
        try perform("loading the catalog") { try $0.read(CatalogTables.catalog) }
    }

    /// Empties the tables, to be filled again from offset 0. For a view that is ahead of its log.
    public func reset() throws(MetadataError) {
        try perform("emptying the tables") { try $0.write(CatalogTables.removeAll) }
    }

    /// Has SQLite check the whole file. Throws `damaged` with the first of what it found.
    public func quickCheck() throws(MetadataError) {
        try perform("checking the file") { database in
            try database.read { try MetadataStore.quickCheck($0, path: self.path) }
        }
    }

    private static func quickCheck(_ db: Database, path: String) throws {
        let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "SQLite gave no verdict"
        guard verdict == "ok" else { throw MetadataError.damaged(path: path, reason: verdict) }
    }

    // MARK: Errors

    private func perform<Result>(
        _ operation: String, _ body: (DatabaseQueue) throws -> Result
    ) throws(MetadataError) -> Result {
        if let loss = loss.withLock({ $0 }) { throw loss }
        do {
            return try body(database)
        } catch {
            throw failure(error, during: operation)
        }
    }

    /// Translates an error. After a failed fsync the kernel drops the pages it could not write and forgets the error,
    /// so a second attempt may seem to succeed on a file that is not whole: the file is not used again.
    func failure(_ error: any Error, during operation: String) -> MetadataError {
        switch error {
        case let error as MetadataError:
            return error
        case let error as DatabaseError where error.resultCode == .SQLITE_IOERR:
            let lost = MetadataError.lost(path: path, reason: "\(error)")
            loss.withLock { $0 = lost }
            // Closed first: SQLite removes the journal by its name when it closes, which may be that of the next store.
            try? database.close()
            MetadataStore.setAside(path)
            return lost
        case let error as DatabaseError where MetadataStore.isDamage(error):
            return .damaged(path: path, reason: "\(error)")
        default:
            return .failed(operation: operation, reason: "\(error)")
        }
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    /// Renames the file and its journal to names ending in `.damaged`, over those of an earlier time. Not being able to
    /// is no error of its own: the next open finds the file as it is.
    static func setAside(_ path: String) {
        for suffix in ["", "-wal", "-shm"] {
            let target = path + ".damaged" + suffix
            guard FileManager.default.fileExists(atPath: path + suffix) else { continue }
            try? FileManager.default.removeItem(atPath: target)
            try? FileManager.default.moveItem(atPath: path + suffix, toPath: target)
        }
    }
}
