import GRDBSQLite

/// One connection to an SQLite file, for scripts' statements and the host's own. Durable: with synchronous=FULL what a
/// transaction wrote is on the disk when its commit returns. The file keeps its journal mode, a new one has a rollback
/// journal, as SQLite before 3.51.3 may corrupt a file in WAL mode that two connections write or checkpoint at once.
///
/// SQLite's own interface and not a package's: scripts' statements are prepared under an authorizer of ours, and values go
/// between Lua's stack and SQLite without a copy in between. Confined to one thread or actor.
public final class SQLDatabase {
    let handle: OpaquePointer
    public let path: String
    private let authorizer = SQLAuthorizer()
    /// Prepared statements by their text, the host's apart from the scripts', which are checked.
    private var statements: [StatementKey: SQLStatement] = [:]

    private struct StatementKey: Hashable {
        var text: String
        var isHost: Bool
    }

    /// Above this many, all prepared statements are dropped: scripts that build texts are the only ones that get there.
    static let statementCountMax = 256
    static let busyTimeoutMS: Int32 = 5_000
    static let statementBytesMax: Int32 = 1 << 20
    /// Of one value or row.
    static let valueBytesMax: Int32 = 64 << 20

    /// Opens or creates a file; ":memory:" has none. Tables that begin with `reservedPrefix` are the host's: scripts can
    /// neither see nor change them.
    public init(path: String, reservedPrefix: String = "_platform_", allowsTemporaryTables: Bool = true)
        throws(SQLError)
    {
        self.path = path
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
            sqlite3_close_v2(handle)
            throw SQLError(code: code, message: "cannot open '\(path)': \(reason)")
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, SQLDatabase.busyTimeoutMS)
        sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, SQLDatabase.statementBytesMax)
        _disableDoubleQuotedStringLiterals(handle)
        authorizer.reservedPrefix = reservedPrefix
        authorizer.allowsTemporaryTables = allowsTemporaryTables
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, SQLDatabase.valueBytesMax)
        for pragma in [
            "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF",
        ] {
            try run("PRAGMA \(pragma)")
        }
        sqlite3_set_authorizer(handle, authorize, Unmanaged.passUnretained(authorizer).toOpaque())
    }

    /// A copy in memory of a file as it is now; empty if there is none.
    public convenience init(copying path: String) throws(SQLError) {
        try self.init(path: ":memory:")
        var source: OpaquePointer?
        defer { sqlite3_close_v2(source) }
        guard path != ":memory:", sqlite3_open_v2(path, &source, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else { return }
        guard let backup = sqlite3_backup_init(handle, "main", source, "main") else { throw error(SQLITE_ERROR, nil) }
        let code = sqlite3_backup_step(backup, -1)
        sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE else {
            throw SQLError(code: code, message: "cannot copy '\(path)': \(String(cString: sqlite3_errstr(code)))")
        }
    }

    deinit {
        statements = [:]
        sqlite3_close_v2(handle)
    }

    // MARK: The host's statements

    /// Runs one or several statements without values.
    public func run(_ text: String) throws(SQLError) {
        let code = withRights(ofHost: true) { sqlite3_exec(handle, text, nil, nil, nil) }
        guard code == SQLITE_OK else { throw error(code, text) }
    }

    /// Runs one or several statements of a script's, without values.
    public func runForScript(_ text: String) throws(SQLError) {
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, text) }
    }

    /// Runs a statement of the host's that is prepared once, and has no values.
    public func execute(_ text: StaticString) throws(SQLError) {
        let statement = try prepare("\(text)", isHost: true)
        defer { statement.reset() }
        while try statement.step() {}
    }

    /// Runs a statement of the host's with values.
    @discardableResult
    public func run(_ text: String, _ values: SQLValue...) throws(SQLError) -> Int {
        let statement = try prepare(text, isHost: true)
        defer { statement.reset() }
        for (index, value) in values.enumerated() { try statement.bind(value, at: Int32(index) + 1) }
        while try statement.step() {}
        return Int(sqlite3_changes64(handle))
    }

    /// Calls `body` with each row of a statement of the host's.
    public func rows(_ text: String, _ values: SQLValue..., body: (SQLStatement) throws -> Void) throws {
        let statement = try prepare(text, isHost: true)
        defer { statement.reset() }
        for (index, value) in values.enumerated() { try statement.bind(value, at: Int32(index) + 1) }
        while try statement.step() { try body(statement) }
    }

    public func begin() throws(SQLError) { try execute("BEGIN IMMEDIATE") }
    public func commit() throws(SQLError) { try execute("COMMIT") }
    /// Ends the transaction, if SQLite has not done so itself.
    public func rollBack() throws(SQLError) { if isInTransaction { try run("ROLLBACK") } }
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    // MARK: Statements

    /// A statement, ready to be bound: prepared once, until there are too many. A script's is checked against what
    /// scripts may do. Throws on more than one statement in a text.
    public func prepare(_ text: String, isHost: Bool = false) throws(SQLError) -> SQLStatement {
        let key = StatementKey(text: text, isHost: isHost)
        if let statement = statements[key], !statement.isInUse { return statement }
        let statement = try withRights(ofHost: isHost) { () throws(SQLError) in
            try SQLStatement(database: self, text: text, isHost: isHost)
        }
        if statements.count >= SQLDatabase.statementCountMax { statements = [:] }
        statements[key] = statement
        return statement
    }

    /// Ends all rows that somebody still goes through: an open statement would hold up the end of its transaction.
    public func endOpenRows() {
        generation += 1
        var statement = sqlite3_next_stmt(handle, nil)
        while let open = statement {
            if sqlite3_stmt_busy(open) != 0 { sqlite3_reset(open) }
            statement = sqlite3_next_stmt(handle, open)
        }
    }

    /// How often open rows were ended.
    private(set) var generation = 0

    /// Rows changed by the latest statement, and the row id of the latest row inserted.
    public var latestChanges: (count: Int64, rowID: Int64) {
        (sqlite3_changes64(handle), sqlite3_last_insert_rowid(handle))
    }

    /// Has a statement of a script end with an error once `isDue` says so; nil ends that. `isDue` is asked every few
    /// thousand steps of SQLite's machine.
    public func interruptStatements(when isDue: (@Sendable () -> Bool)?) {
        authorizer.isDue = isDue
        guard isDue != nil else { return sqlite3_progress_handler(handle, 0, nil, nil) }
        sqlite3_progress_handler(
            handle, SQLDatabase.stepsPerLook, checkDue, Unmanaged.passUnretained(authorizer).toOpaque())
    }

    /// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
    private static let stepsPerLook: Int32 = 4_000

    /// Has the authorizer judge what is prepared in `body` as the host's or as a script's.
    func withRights<Result, Failure: Error>(
        ofHost isHost: Bool, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = authorizer.isHost
        authorizer.isHost = isHost
        defer { authorizer.isHost = before }
        return try body()
    }

    func error(_ code: Int32, _ text: String?) -> SQLError {
        let message =
            code == SQLITE_INTERRUPT
            ? "the statement took longer than its handler may" : String(cString: sqlite3_errmsg(handle))
        return SQLError(code: sqlite3_extended_errcode(handle), message: message, statement: text)
    }
}

/// A value that the host binds.
public enum SQLValue {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}
