import LuaRuntime
import Testing

@testable import Plugins

@Suite struct OperatorFileTests {
    private func read(_ text: String) throws(PluginError) -> OperatorFile {
        try OperatorFile(text: text, path: "bindings.lua", environment: { $0 == "SALT" ? "s" : nil })
    }

    @Test("bindings and grants are read")
    func reads() throws {
        let file = try read(
            """
            grant("orders", { sql = true, produce = { "invoices", "dlq.*" }, env = { "REGION" } })
            bind { plugin = "orders", topic = { "a", "b" }, point = "handle", config = { salt = env("SALT") },
                   _host = { group = "billing", retries = 3, backoff = "2s", from = "latest" } }
            """)
        #expect(file.grants["orders"]?.names == ["sql", "produce:invoices", "produce:dlq.*", "env:REGION"])
        let binding = try #require(file.bindings.first)
        #expect(binding.topics == ["a", "b"])
        #expect(binding.config == .fields(["salt": .string("s")]))
        #expect(binding.host.backoffMS == 2_000)
        #expect(binding.host.startsAtLatest)
        #expect(binding.onError == .closed)
        #expect(binding.id == "handle/billing/a+b")
    }

    @Test(
        "mistakes have a line and say what to write",
        arguments: [
            ("bind { plugin = \"p\" }", "has to name its point"),
            ("bind { plugin = \"p\", point = \"selct\", topic = \"t\" }", "did you mean 'select'?"),
            ("bind { plugin = \"p\", point = \"select\" }", "has to name its topic"),
            ("bind { plugin = \"p\", point = \"every\", topic = \"t\" }", "belongs to no topic"),
            (
                "\nbind { plugin = \"p\", point = \"select\", topic = \"t\", _host = { on_error = \"opne\" } }",
                "bindings.lua:2:"
            ),
            ("grant(\"p\", { sqll = true })", "did you mean 'sql'?"),
            ("while true do end", "budget"),
            (
                "bind { plugin = \"p\", point = \"select\", topic = \"t\" } bind { plugin = \"q\", point = \"select\", topic = \"t\" }",
                "there can be one"
            ),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: PluginError.self) { try read(text) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test("what is asked for and not granted is said as the line that grants it")
    func missing() throws {
        var asked = Capabilities()
        asked.sql = true
        asked.produce = ["invoices", "dlq.orders"]
        var granted = Capabilities()
        granted.produce = ["dlq.*"]
        #expect(
            asked.missing(from: granted, plugin: "p") == "grant(\"p\", { sql = true, produce = { \"invoices\" } })")
        granted.sql = true
        granted.produce.append("*")
        #expect(asked.missing(from: granted, plugin: "p") == nil)
    }
}
