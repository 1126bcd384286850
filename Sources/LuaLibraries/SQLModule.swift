public import LuaRuntime

/// A database as scripts hold it: the one of a handler's transaction, or one that a script has opened.
open class SQLSession {
    /// nil once it is closed.
    public private(set) var database: SQLDatabase?
    /// Why statements are refused; nil if they are not.
    private let refusal: String?
    /// Whether statements are only for within a transaction, which somebody else begins and ends.
    private let needsTransaction: Bool

    public init(_ database: SQLDatabase, refusing reason: String? = nil, needsTransaction: Bool = false) {
        self.database = database
        refusal = reason
        self.needsTransaction = needsTransaction
    }

    /// Throws if the transaction is over that this session is for.
    public func checkTransaction() throws(LuaError) {
        guard needsTransaction, database?.isInTransaction == false else { return }
        throw LuaError(.host, "an earlier statement has ended the transaction")
    }

    public func close() { database = nil }

    func open() throws(LuaError) -> SQLDatabase {
        if let refusal { throw LuaError(.host, refusal) }
        guard let database else { throw LuaError(.argument, "the database is closed") }
        try checkTransaction()
        return database
    }
}

/// How scripts may open databases.
public struct SQLAccess {
    /// Whether scripts work on copies in memory, so that files stay as they are.
    public var isDryRun: Bool

    public init(isDryRun: Bool) { self.isDryRun = isDryRun }
}

/// Rows that a script goes through one by one.
final class SQLRows {
    private var statement: SQLStatement?
    /// Kept open for the statement.
    private let database: SQLDatabase
    private let generation: Int

    init(_ statement: SQLStatement, of database: SQLDatabase) {
        self.statement = statement
        self.database = database
        generation = database.generation
        statement.hold()
    }

    deinit { close() }

    /// Pushes the next row; false at the end.
    func next(on stack: LuaStack) throws(SQLError) -> Bool {
        guard generation == database.generation else {
            throw SQLError(code: 0, message: "these rows ended with their transaction")
        }
        guard let statement else { return false }
        guard try statement.step() else {
            close()
            return false
        }
        statement.pushRow(on: stack)
        return true
    }

    func close() {
        statement?.reset()
        statement = nil
    }
}

/// Statements of SQL, for scripts and for handlers.
public enum SQLModule {
    /// `platform.sql` of scripts. `savepoint` and `tx` are the prelude's, on the functions of `forPrelude`.
    public static let module = HostModule(
        "sql",
        about: """
            SQLite databases. Values for `?` follow the statement; a table gives those of `:name`s. Integers, floats and \
            blobs come back as they were; NULL is nil, in a row a field that is not there. Strings that are not UTF-8 are \
            stored as blobs.
            """,
        [
            HostFunction(
                "sql.open", [.required("path", .string, "`:memory:` has no file")],
                returns: [.value(.object("Database"))], at: .script,
                about: """
                    Opens a file of SQLite, or makes it. Commits are durable when they return. With `--dry-run` it is a \
                    copy in memory.
                    """,
                example: "local db <close> = platform.sql.open(\"orders.db\")"
            ) { call in
                let access = try call.vm.service(SQLAccess.self)
                do throws(SQLError) {
                    let path = call.string(1)
                    let database = access.isDryRun ? try SQLDatabase(copying: path) : try SQLDatabase(path: path)
                    call.vm.push(SQLSession(database), class: "Database", on: call.stack)
                } catch {
                    throw LuaError(.host, "\(error)")
                }
                return .pushed(1)
            },
            HostFunction(
                "Database:close", [.optional("reason", .any)], at: .script,
                about: "Closes the file; a `<close>` variable does so by itself."
            ) { call in
                try call.object(1, as: SQLSession.self).close()
                return .nothing
            },
            HostFunction(
                "Database:tx", [.required("body", .function)], returns: [.value(.any, "what the body returned")],
                at: .script, mayWait: true,
                about: """
                    Calls a function with the database in a transaction: committed at its return, undone by an error.
                    """,
                example: "db:tx(function(tx) tx:exec(\"INSERT INTO done VALUES (?)\", id) end)", body: nil),
            HostFunction(
                "Database:bulk", [.required("statement", .string), .required("rows", .any)],
                returns: [.value(.integer, "how many")], at: .script, mayWait: true,
                about: """
                    Executes a statement for each row that an iterator gives, or an array holds, a thousand to a \
                    transaction. A row is a table of values, by position or name.
                    """,
                example: "db:bulk(\"INSERT INTO orders VALUES (?, ?)\", rows)", body: nil),
        ] + statements(of: "Database", at: .script) + rows)

    /// The functions of `tx`, the transaction that a handler runs in.
    public static let transaction: [HostFunction] = statements(of: "Transaction", at: .transaction)

    /// exec, query, one, scalar and savepoint, as methods of a class whose objects are of `SQLSession`.
    private static func statements(of name: String, at points: Point) -> [HostFunction] {
        let parameters: [HostFunction.Parameter] = [.required("statement", .string), .rest(.any, "its values")]
        let variable = name == "Database" ? "db" : "tx"
        return [
            HostFunction(
                "\(name):exec", parameters,
                returns: [.value(.integer, "rows changed"), .value(.integer, "id of the latest row inserted")],
                at: points, about: "Executes a statement. Raises SQLite's error.",
                example: "\(variable):exec(\"INSERT INTO orders(id, cents) VALUES (?, ?)\", id, cents)"
            ) { call in
                try withStatement(of: call) { statement, database in
                    while try statement.step() {}
                    statement.reset()
                    let (count, rowID) = database.latestChanges
                    call.stack.push(count)
                    call.stack.push(rowID)
                    return .pushed(2)
                }
            },
            HostFunction(
                "\(name):query", parameters, returns: [.value(.object("Rows"), "an iterator of tables by column")],
                at: points, about: "The rows of a statement, read as the loop goes on.",
                example: "for row in \(variable):query(\"SELECT id FROM orders\") do … end"
            ) { call in
                try withStatement(of: call, staysOpen: true) { statement, database in
                    call.vm.push(SQLRows(statement, of: database), class: "Rows", on: call.stack)
                    return .pushed(1)
                }
            },
            HostFunction(
                "\(name):one", parameters, returns: [.value(.table("table<string, any>"))], at: points,
                about: "The first row of a statement as a table by column; nil if there is none."
            ) { call in
                try withStatement(of: call) { statement, _ in
                    guard try statement.step() else { return call.answer(.none) }
                    statement.pushRow(on: call.stack)
                    return .pushed(1)
                }
            },
            HostFunction(
                "\(name):scalar", parameters, returns: [.value(.any)], at: points,
                about: "The first column of a statement's first row; nil if there is none.",
                example: "local count = \(variable):scalar(\"SELECT count(*) FROM orders\")"
            ) { call in
                try withStatement(of: call) { statement, _ in
                    guard try statement.step() else { return call.answer(.none) }
                    statement.push(0, on: call.stack)
                    return .pushed(1)
                }
            },
            HostFunction(
                "\(name):savepoint", [.required("body", .function)],
                returns: [.value(.boolean), .value(.any, "what the body returned, or its error")], at: points,
                about: """
                    Calls a function whose changes are undone if it fails: true and what it returned, or false and its \
                    error.
                    """, body: nil),
        ]
    }

    /// The rows of a query, of scripts and handlers.
    public static let rows: [HostFunction] = {
        let points: Point = [.script, .transaction]
        return [
            HostFunction(
                "Rows:next", [.rest(.any)], returns: [.value(.table("table<string, any>"))], at: points,
                about: "The next row; nil at the end. A loop calls it."
            ) { call in
                let rows = try call.object(1, as: SQLRows.self)
                do throws(SQLError) {
                    guard try rows.next(on: call.stack) else { return call.answer(.none) }
                } catch {
                    throw LuaError(.host, "\(error)")
                }
                return .pushed(1)
            },
            HostFunction("Rows:close", [.optional("reason", .any)], at: points, about: "Ends it before its last row.") {
                call in
                try call.object(1, as: SQLRows.self).close()
                return .nothing
            },
        ]
    }()

    /// The host's statements that the prelude's `tx` and `savepoint` are made of.
    public static let forPrelude = HostModule(
        "internal", about: "For the prelude alone.",
        [
            HostFunction(
                "internal.control", [.required("database", .any), .required("statement", .string)],
                at: [.script, .transaction], about: "One of BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE."
            ) { call in
                let database = try call.object(1, as: SQLSession.self).open()
                do throws(SQLError) { try database.run(call.string(2)) } catch {
                    throw LuaError(.host, "\(error)")
                }
                return .nothing
            }
        ])

    /// Prepares and binds the statement that is argument 2 on the database that is argument 1.
    private static func withStatement(
        of call: HostCall, staysOpen: Bool = false,
        _ body: (SQLStatement, SQLDatabase) throws -> HostResult
    ) throws -> HostResult {
        let database = try call.object(1, as: SQLSession.self).open()
        do {
            let statement = try database.prepare(call.string(2))
            defer { if !staysOpen { statement.reset() } }
            try statement.bind(call.stack, from: 3)
            return try body(statement, database)
        } catch let error as SQLError {
            throw LuaError(.host, "\(error)")
        }
    }
}
