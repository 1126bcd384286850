import Testing

@testable import LuaLibraries

struct SQLErrorTests {
    @Test func namesTheStatement() {
        let error = SQLError(code: 1, message: "no such table: orders", statement: "SELECT * FROM orders")
        #expect("\(error)" == "SQLite: no such table: orders in 'SELECT * FROM orders'")
    }

    @Test func cutsLongStatements() {
        let error = SQLError(code: 1, message: "m", statement: String(repeating: "x", count: 300))
        #expect("\(error)".count < 230)
    }
}
