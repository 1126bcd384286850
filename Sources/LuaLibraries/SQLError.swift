/// What SQLite refused, in its words.
public struct SQLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// SQLite's extended result code.
    public var code: Int32
    public var message: String
    /// The statement, if one was at fault.
    public var statement: String?

    public init(code: Int32, message: String, statement: String? = nil) {
        self.code = code
        self.message = message
        self.statement = statement
    }

    public var description: String {
        guard let statement else { return "SQLite: \(message)" }
        let shown = statement.count > 200 ? statement.prefix(200) + "…" : statement[...]
        return "SQLite: \(message) in '\(shown)'"
    }
}
