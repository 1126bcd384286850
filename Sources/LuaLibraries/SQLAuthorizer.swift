import GRDBSQLite

/// What scripts may do in SQL, as SQLite asks it when a statement is prepared: everything with their own tables; no other
/// files, no transactions but the host's, no settings of the connection, none of the host's tables.
final class SQLAuthorizer {
    var isHost = false
    var reservedPrefix = ""
    /// A temporary table hides one of its name, the host's too.
    var allowsTemporaryTables = true
    var isDue: (@Sendable () -> Bool)?

    /// Functions of SQL that reach outside the database.
    private static let deniedFunctions: Set<String> = ["load_extension", "readfile", "writefile", "edit"]
    /// Settings of the connection that can be read, and say something about the schema.
    private static let allowedPragmas: Set<String> = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "user_version", "data_version",
    ]

    func permits(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Bool {
        if isHost { return true }
        switch action {
        case SQLITE_ATTACH, SQLITE_DETACH, SQLITE_TRANSACTION, SQLITE_SAVEPOINT: return false
        case SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_VIEW, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_INDEX:
            return allowsTemporaryTables && !isReserved(first) && !isReserved(second)
        case SQLITE_PRAGMA: return SQLAuthorizer.allowedPragmas.contains(text(first))
        case SQLITE_FUNCTION: return !SQLAuthorizer.deniedFunctions.contains(text(second))
        case SQLITE_CREATE_VTABLE, SQLITE_DROP_VTABLE:
            return !isReserved(first)
        // Of an index or trigger the first is its own name, the second its table's.
        case SQLITE_CREATE_INDEX, SQLITE_CREATE_TRIGGER, SQLITE_DROP_INDEX, SQLITE_DROP_TRIGGER, SQLITE_ALTER_TABLE:
            return !isReserved(first) && !isReserved(second)
        default: return !isReserved(first)
        }
    }

    private func text(_ characters: UnsafePointer<CChar>?) -> String {
        characters.map { String(cString: $0).lowercased() } ?? ""
    }

    private func isReserved(_ name: UnsafePointer<CChar>?) -> Bool {
        !reservedPrefix.isEmpty && text(name).hasPrefix(reservedPrefix)
    }
}

func authorize(
    context: UnsafeMutableRawPointer?, action: Int32, first: UnsafePointer<CChar>?, second: UnsafePointer<CChar>?,
    database: UnsafePointer<CChar>?, trigger: UnsafePointer<CChar>?
) -> Int32 {
    guard let context else { return SQLITE_DENY }
    let authorizer = Unmanaged<SQLAuthorizer>.fromOpaque(context).takeUnretainedValue()
    return authorizer.permits(action, first, second) ? SQLITE_OK : SQLITE_DENY
}

func checkDue(context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    let authorizer = Unmanaged<SQLAuthorizer>.fromOpaque(context).takeUnretainedValue()
    return authorizer.isDue?() == true ? 1 : 0
}
