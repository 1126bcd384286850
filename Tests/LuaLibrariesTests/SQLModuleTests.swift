import Foundation
import LuaRuntime
import Testing

@testable import LuaLibraries

@Suite struct SQLModuleTests {
    static let registry = HostRegistry([SQLModule.module, SQLModule.forPrelude])

    /// Runs a script with a database of its own; gives its results.
    private func run(_ text: String, isDryRun: Bool = false) throws -> [LuaValue] {
        let vm = try LuaVM(registry: SQLModuleTests.registry)
        vm.provide(SQLAccess(isDryRun: isDryRun))
        try vm.call(try vm.load(SQLPrelude.text, name: SQLPrelude.chunkName), at: .load, budget: .unlimited)
        let function = try vm.load(text, name: "test.lua")
        return try vm.call(function, at: .script, budget: .unlimited)
    }

    private static let opening = """
        local db <close> = platform.sql.open(":memory:")
        db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")

        """

    @Test("values come back as they were")
    func values() throws {
        let results = try run(
            SQLModuleTests.opening + #"""
                for _, v in ipairs { 9007199254740993, -1, 1.5, "text", "\xff\x00", "", true } do
                    db:exec("INSERT INTO t(v) VALUES (?)", v)
                end
                db:exec("INSERT INTO t(v) VALUES (?)", nil)
                local out = {}
                for row in db:query("SELECT v FROM t ORDER BY id") do out[#out + 1] = row.v end
                return out, db:scalar("SELECT group_concat(typeof(v)) FROM t"), db:scalar("SELECT v FROM t WHERE id = 8")
                """#)
        #expect(
            results == [
                .array([
                    .integer(9_007_199_254_740_993), .integer(-1), .number(1.5), .string("text"), .bytes([0xff, 0]),
                    .string(""), .integer(1),
                ]), .string("integer,integer,real,text,blob,text,integer,null"), .none,
            ])
    }

    @Test("a transaction is undone by an error and kept without")
    func transactions() throws {
        let results = try run(
            SQLModuleTests.opening + """
                local ok, message = pcall(db.tx, db, function(tx) tx:exec("INSERT INTO t VALUES (1, 1)") error("no") end)
                local result = db:tx(function(tx) tx:exec("INSERT INTO t VALUES (2, 2)") return "done" end)
                db:tx(function(tx)
                    tx:exec("INSERT INTO t VALUES (3, 3)")
                    local ok = tx:savepoint(function() tx:exec("INSERT INTO t VALUES (4, 4)") error("inner") end)
                    assert(not ok)
                end)
                return ok, message:match("no$"), result, db:scalar("SELECT group_concat(id) FROM t")
                """)
        #expect(results == [.boolean(false), .string("no"), .string("done"), .string("2,3")])
    }

    @Test("names, bulk, changes and one")
    func statements() throws {
        let results = try run(
            SQLModuleTests.opening + """
                local rows = {}
                for i = 1, 2500 do rows[i] = { i, "v" .. i } end
                local count = db:bulk("INSERT INTO t VALUES (?, ?)", rows)
                db:bulk("INSERT INTO t VALUES (:id, :v)", { { id = 5000, v = 1 } })
                local changed = db:exec("UPDATE t SET v = 0 WHERE id <= 10")
                return count, changed, db:one("SELECT id, v FROM t WHERE id = :id", { id = 11 }),
                    db:one("SELECT id FROM t WHERE id = 9999")
                """)
        #expect(
            results == [
                .integer(2500), .integer(10), .fields(["id": .integer(11), "v": .string("v11")]), .none,
            ])
    }

    @Test(
        "what scripts may not do is refused",
        arguments: [
            "ATTACH 'x.db' AS x", "PRAGMA synchronous = OFF", "BEGIN", "COMMIT", "SAVEPOINT a",
            "SELECT load_extension('x')", "CREATE TABLE _platform_x (a)", "DELETE FROM _platform_offsets",
            "CREATE TRIGGER y AFTER INSERT ON _platform_offsets BEGIN SELECT 1; END",
        ])
    func refused(statement: String) throws {
        let database = try SQLDatabase(path: ":memory:")
        try database.run("CREATE TABLE _platform_offsets (a)")
        #expect(throws: SQLError.self) {
            let statement = try database.prepare(statement)
            _ = try statement.step()
        }
        #expect(try database.run("INSERT INTO _platform_offsets VALUES (?)", .integer(1)) == 1)
    }

    @Test("mistakes are named")
    func mistakes() throws {
        for (script, message) in [
            ("db:exec('INSERT INTO t VALUES (?, ?)', 1)", "has 2 parameters, there are 1 values"),
            ("db:exec('SELECT 1; SELECT 2')", "more than one statement"),
            ("db:exec('SELEC 1')", "near \"SELEC\": syntax error"),
            ("db:exec('SELECT :a', { b = 1 })", "no parameter :b"),
            ("db:exec('SELECT ?', print)", "value 1 is a function"),
            ("db:close() db:exec('SELECT 1')", "the database is closed"),
        ] {
            let error = #expect(throws: LuaError.self) {
                try run(SQLModuleTests.opening + script.replacing("print", with: "tostring"))
            }
            #expect(error?.message.contains(message) == true, "\(script): \(String(describing: error))")
        }
    }

    @Test("a dry run leaves the file as it was")
    func dryRun() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).db").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let open = "local db <close> = platform.sql.open('\(path)') "
        _ = try run(open + "db:exec('CREATE TABLE t (a)') db:exec('INSERT INTO t VALUES (1)')")
        let inside = try run(
            open + "db:exec('INSERT INTO t VALUES (2)') return db:scalar('SELECT sum(a) FROM t')", isDryRun: true)
        let after = try run(open + "return db:scalar('SELECT sum(a) FROM t')")
        #expect(inside == [.integer(3)])
        #expect(after == [.integer(1)])
    }

    @Test("a statement that takes too long is stopped")
    func stopped() throws {
        let database = try SQLDatabase(path: ":memory:")
        database.interruptStatements { true }
        let statement = try database.prepare(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
        let error = #expect(throws: SQLError.self) { _ = try statement.step() }
        #expect(error?.message.contains("longer") == true)
        database.interruptStatements(when: nil)
        #expect(try database.prepare("SELECT 1").step())
    }

    @Test("a statement of the host's is still its own when SQLite prepares it anew")
    func preparedAnew() throws {
        let database = try SQLDatabase(path: ":memory:")
        try database.run("CREATE TABLE _platform_x (a)")
        for round in 1...3 {
            #expect(try database.run("INSERT INTO _platform_x VALUES (?)", .integer(1)) == 1)
            // A change of the schema has every statement prepared anew at its next step.
            try database.runForScript("CREATE TABLE t\(round) (a)")
        }
        let statement = try database.prepare("SELECT a FROM t1")
        try database.run("CREATE TABLE _platform_y (a)")
        #expect(try statement.step() == false)
    }

    @Test("rows outlive the script's hold on the database")
    func rows() throws {
        let results = try run(
            """
            local function open()
                local db = platform.sql.open(":memory:")
                return db:query("SELECT 1 AS a UNION SELECT 2")
            end
            local rows = open()
            collectgarbage()
            local sum = 0
            for row in rows do sum = sum + row.a end
            return sum
            """)
        #expect(results == [.integer(3)])
    }
}
