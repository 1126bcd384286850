import GRDBSQLite
public import LuaRuntime

/// A prepared statement: bound, stepped, reset. Confined like its database, which has to outlive its use.
public final class SQLStatement {
    private let statement: OpaquePointer
    private unowned let database: SQLDatabase
    let text: String
    /// Whether the authorizer lets it do everything: SQLite asks again when it prepares a statement anew, in a step.
    private let isHost: Bool
    /// Names of the columns, which a change of the schema may make others.
    private(set) var columnNames: [String] = []
    /// Between its first step and its reset: somebody reads its rows.
    private(set) var isInUse = false

    init(database: SQLDatabase, text: String, isHost: Bool) throws(SQLError) {
        self.database = database
        self.isHost = isHost
        self.text = text
        var statement: OpaquePointer?
        var hasMore = false
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    database.handle, bytes.baseAddress, Int32(clamping: bytes.count), UInt32(SQLITE_PREPARE_PERSISTENT),
                    &statement, &tail)
                if let tail, let start = bytes.baseAddress {
                    hasMore = UnsafeBufferPointer(rebasing: bytes[(tail - start)...]).contains {
                        !" \t\r\n;\0".utf8CString.dropLast().contains($0)
                    }
                }
                return code
            }
        }
        guard code == SQLITE_OK else { throw database.error(code, text) }
        guard let statement else {
            throw SQLError(code: SQLITE_MISUSE, message: "there is no statement", statement: text)
        }
        self.statement = statement
        guard !hasMore else {
            throw SQLError(
                code: SQLITE_MISUSE, message: "there is more than one statement: call once for each", statement: text)
        }
    }

    deinit { sqlite3_finalize(statement) }

    /// Keeps it for one reader, from before its first row.
    func hold() { isInUse = true }

    /// Makes it ready for other values.
    public func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
        isInUse = false
    }

    /// Goes to the next row; false at the end.
    public func step() throws(SQLError) -> Bool {
        isInUse = true
        let code = database.withRights(ofHost: isHost) { sqlite3_step(statement) }
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = database.error(code, text)
            reset()
            throw error
        }
    }

    // MARK: Values of the host

    func bind(_ value: SQLValue, at index: Int32) throws(SQLError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
            case .real(let number): sqlite3_bind_double(statement, index, number)
            case .text(let text): sqlite3_bind_text(statement, index, text, -1, SQLStatement.copied)
            case .blob(let bytes): bytes.withUnsafeBytes { bindBlob($0, at: index) }
            }
        guard code == SQLITE_OK else { throw database.error(code, text) }
    }

    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    public func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// The bytes of a text or blob.
    public func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    // MARK: Values of scripts

    /// Binds arguments from `first` on: each for a `?` in turn, or one table whose fields are the values of `:name`s.
    /// Strings that are not UTF-8 are blobs; nil, platform.null and fields that are not there are NULL.
    public func bind(_ stack: LuaStack, from first: Int) throws(SQLError) {
        let wanted = sqlite3_bind_parameter_count(statement)
        let given = max(0, stack.count - first + 1)
        if given == 1, stack.kind(at: first) == .table { return try bindNames(stack, table: first, count: wanted) }
        guard given == Int(wanted) else {
            throw SQLError(
                code: SQLITE_RANGE, message: "the statement has \(wanted) parameters, there are \(given) values",
                statement: text)
        }
        for index in 0..<wanted { try bind(stack, at: first + Int(index), parameter: index + 1) }
    }

    private func bindNames(_ stack: LuaStack, table: Int, count: Int32) throws(SQLError) {
        var known: Set<String> = []
        for parameter in stride(from: Int32(1), through: count, by: 1) {
            guard let characters = sqlite3_bind_parameter_name(statement, parameter) else {
                throw SQLError(
                    code: SQLITE_RANGE, message: "parameter \(parameter) has no name, as in :name, for a table's field",
                    statement: text)
            }
            let name = String(cString: characters + 1)
            known.insert(name)
            let outcome = stack.withField(name, of: table) { stack in
                Result { () throws(SQLError) in try bind(stack, at: stack.count, parameter: parameter) }
            }
            try outcome.get()
        }
        if let unknown = stack.unknownField(of: table, known: known) {
            throw SQLError(code: SQLITE_RANGE, message: "the statement has no parameter :\(unknown)", statement: text)
        }
    }

    private func bind(_ stack: LuaStack, at index: Int, parameter: Int32) throws(SQLError) {
        let code: Int32
        switch stack.kind(at: index) {
        case .none, .null: code = sqlite3_bind_null(statement, parameter)
        case .boolean: code = sqlite3_bind_int64(statement, parameter, stack.boolean(at: index) ? 1 : 0)
        case .integer: code = sqlite3_bind_int64(statement, parameter, stack.integer(at: index) ?? 0)
        case .number: code = sqlite3_bind_double(statement, parameter, stack.number(at: index) ?? 0)
        case .string:
            code =
                stack.withBytes(at: index) { bytes in
                    guard SQLStatement.isText(bytes) else { return bindBlob(bytes, at: parameter) }
                    return sqlite3_bind_text64(
                        statement, parameter, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                        UInt64(bytes.count), SQLStatement.copied, UInt8(SQLITE_UTF8))
                } ?? SQLITE_MISUSE
        default:
            throw SQLError(
                code: SQLITE_MISMATCH,
                message:
                    "value \(parameter) is a \(stack.typeName(at: index)): SQL has numbers, strings, booleans, nil",
                statement: text)
        }
        guard code == SQLITE_OK else { throw database.error(code, text) }
    }

    /// Pushes the current row as a table by the columns' names; NULL is a field that is not there.
    public func pushRow(on stack: LuaStack) {
        let count = sqlite3_column_count(statement)
        let preparedCount = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0)
        if columnNames.count != Int(count) || preparedCount != self.preparedCount {
            self.preparedCount = preparedCount
            columnNames = (0..<count).map { String(cString: sqlite3_column_name(statement, $0)) }
        }
        stack.pushTable(fieldCount: Int(count))
        for column in 0..<count {
            push(column, on: stack)
            stack.setField(columnNames[Int(column)], of: -2)
        }
    }

    /// How often SQLite had prepared it anew when the names were read.
    private var preparedCount: Int32 = 0

    /// Pushes a column of the current row.
    public func push(_ column: Int32, on stack: LuaStack) {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: stack.push(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: stack.push(sqlite3_column_double(statement, column))
        case SQLITE_NULL: stack.pushNil()
        default:
            stack.push(
                UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column))))
        }
    }

    // MARK: Bytes

    /// Has SQLite make a copy: the value may be gone before the statement is.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func bindBlob(_ bytes: UnsafeRawBufferPointer, at index: Int32) -> Int32 {
        guard let start = bytes.baseAddress else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return sqlite3_bind_blob64(statement, index, start, UInt64(bytes.count), SQLStatement.copied)
    }

    private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 && $0 != 0 }) { return true }
        return !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }
}
