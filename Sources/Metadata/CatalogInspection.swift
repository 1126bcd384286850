import Foundation
import GRDB

/// What a catalog file holds, as found without changing it.
public struct CatalogInspection: Equatable, Sendable {
    /// Offset of the last record of `__metadata` applied; -1 if none.
    public var appliedOffset: Int64
    public var catalog: Catalog
}

extension MetadataStore {
    /// Has SQLite check the whole catalog file of a server that does not run, and reads it; nil if there is no file.
    /// The file and its journal are copied to the system's temporary directory first: SQLite cannot open a database with
    /// a journal that a killed process has left without writing to it or beside it.
    /// Throws `damaged`, `newerSchema` or `unavailable`.
    public static func inspect(path: String) throws(MetadataError) -> CatalogInspection? {
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return nil }
        let directory = files.temporaryDirectory.appendingPathComponent("catalog-\(UUID().uuidString)")
        defer { try? files.removeItem(at: directory) }
        let copy = directory.appendingPathComponent("metadata.sqlite").path
        do {
            try files.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for suffix in ["", "-wal"] where files.fileExists(atPath: path + suffix) {
                try files.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
        } catch {
            throw .unavailable(path: path, reason: "it cannot be copied to \(directory.path): \(error)")
        }
        do {
            return try DatabaseQueue(path: copy).read { try inspect($0, path: path) }
        } catch let error as MetadataError {
            throw error
        } catch let error as DatabaseError where isAboutTheCopy(error) {
            throw .unavailable(path: path, reason: "its copy in \(directory.path): \(error)")
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    private static func inspect(_ db: Database, path: String) throws -> CatalogInspection {
        let verdict = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") ?? "SQLite gave no verdict"
        guard verdict == "ok" else { throw MetadataError.damaged(path: path, reason: verdict) }
        guard try !CatalogTables.migrator.hasBeenSuperseded(db) else { throw MetadataError.newerSchema(path: path) }
        // A process that was killed in its first moments has left no tables.
        guard try CatalogTables.migrator.hasCompletedMigrations(db) else {
            return CatalogInspection(appliedOffset: -1, catalog: Catalog())
        }
        return CatalogInspection(
            appliedOffset: try CatalogTables.appliedOffset(db), catalog: try CatalogTables.catalog(db))
    }

    private static func isAboutTheCopy(_ error: DatabaseError) -> Bool {
        [.SQLITE_IOERR, .SQLITE_FULL, .SQLITE_CANTOPEN].contains(error.resultCode)
    }
}
