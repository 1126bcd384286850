import LuaRuntime
import Synchronization
import Testing

@testable import LuaLibraries

@Suite struct KeyValueModuleTests {
    static let registry = HostRegistry([KeyValueModule.module])

    /// Runs texts one after the other on one database, a second apart.
    private func run(_ texts: String...) throws -> [[LuaValue]] {
        let database = try SQLDatabase(path: ":memory:")
        let clock = Mutex<Int64>(1_000)
        let vm = try LuaVM(registry: KeyValueModuleTests.registry)
        vm.provide(KeyValueAccess { try KeyValueStore(database, nowMS: { clock.withLock { $0 } }) })
        return try texts.map { text in
            defer { clock.withLock { $0 += 1_000 } }
            return try vm.call(try vm.load(text, name: "test.lua"), at: .every, budget: .unlimited)
        }
    }

    @Test("values come back as they were")
    func values() throws {
        let results = try run(
            #"""
            local kv = platform.kv
            for i, value in ipairs { 9007199254740993, 1.5, "text", "\xff\x00", true, false } do kv.set("k" .. i, value) end
            kv.set("gone", 1)
            kv.set("gone", nil)
            return kv.get("k1"), kv.get("k2"), kv.get("k3"), kv.get("k4"), kv.get("k5"), kv.get("k6"), kv.get("gone")
            """#)
        #expect(
            results == [
                [
                    .integer(9_007_199_254_740_993), .number(1.5), .string("text"), .bytes([0xff, 0]), .boolean(true),
                    .boolean(false), .none,
                ]
            ])
    }

    @Test("add, incr, delete and scan")
    func changes() throws {
        let results = try run(
            """
            local kv = platform.kv
            local first, second = kv.add("a", 1), kv.add("a", 2)
            kv.incr("n")
            kv.set("b:2", "y") kv.set("b:1", "x") kv.set("c", 1)
            local out = {}
            for _, row in ipairs(kv.scan("b:")) do out[#out + 1] = row.key .. row.value end
            return first, second, kv.get("a"), kv.incr("n", 41), kv.delete("a"), kv.delete("a"), out, #kv.scan("", 2)
            """)
        #expect(
            results == [
                [
                    .boolean(true), .boolean(false), .integer(1), .integer(42), .boolean(true), .boolean(false),
                    .array([.string("b:1x"), .string("b:2y")]), .integer(2),
                ]
            ])
    }

    @Test("a value ends with its time, and begins anew")
    func ends() throws {
        let results = try run(
            "platform.kv.set('a', 5, { ttl = 1500 }) return platform.kv.get('a')",
            "return platform.kv.get('a'), platform.kv.add('a', 6)",
            "return platform.kv.get('a'), platform.kv.incr('a')", "return platform.kv.get('a')")
        #expect(
            results == [
                [.integer(5)], [.integer(5), .boolean(false)], [.none, .integer(1)], [.integer(1)],
            ])
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("platform.kv.set('a', {})", "make a string of a table"),
            ("platform.kv.set('a', 1, { tll = 5 })", "no option 'tll'"),
            ("platform.kv.set(('x'):rep(2000), 1)", "a key of 2000 bytes"),
            ("platform.kv.set('a', 'x') platform.kv.incr('a')", "is no integer"),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: LuaError.self) { try run(text) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
