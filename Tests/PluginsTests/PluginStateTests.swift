import LogStorage
import LuaRuntime
import Testing

@testable import Plugins

@Suite struct PluginStateTests {
    private func state(_ body: String, limits: PluginLimits = .init(), files: [String: String] = [:])
        throws(PluginError) -> PluginState
    {
        let text = "return platform.plugin { name = \"p\", version = \"1.0.0\", api = 1,\n\(body)\n}"
        let bundle = PluginBundle(name: "p", path: "p", files: files.merging(["init.lua": text]) { $1 })
        return try PluginState(bundle, isPure: true, limits: limits)
    }

    private let records = [Record(key: Array("k".utf8), value: Array("v".utf8), timestampMS: 1)]

    @Test("select gets the message, the count and its settings")
    func select() throws {
        let state = try state(
            "config = { add = { \"integer\", default = 0 } }, select = function(msg, n, cfg) return (#msg.key + cfg.add) % n end"
        )
        try state.configure(["add": .integer(2)], context: [:])
        #expect(state.select(records, topic: "t", partitionCount: 10) == [.partition(3)])
    }

    @Test("modules of the plugin are its own")
    func modules() throws {
        let state = try state(
            "select = function(msg, n) return require(\"lib.pick\")(n) end",
            files: ["lib/pick.lua": "return function(n) return n - 1 end"])
        try state.configure([:], context: [:])
        #expect(state.select(records, topic: "t", partitionCount: 4) == [.partition(3)])
    }

    @Test(
        "what select may not answer is an error that says so",
        arguments: [
            ("return n", "select returned 4 (number): it has to be an integer from 0 to 3, or nil"),
            ("return -1", "select returned -1"), ("return \"1\"", "select returned 1 (string)"),
            ("return {}", "(table)"),
            ("return 0.5", "0.5"),
        ])
    func answers(body: String, message: String) throws {
        let state = try state("select = function(msg, n) \(body) end")
        try state.configure([:], context: [:])
        guard case .failed(let error) = state.select(records, topic: "t", partitionCount: 4)[0] else {
            Issue.record("it was taken")
            return
        }
        #expect(error.message.contains(message), "\(error)")
    }

    @Test("a secret is not shown and can be computed with")
    func secrets() throws {
        let state = try state(
            """
            config = { salt = { "string", secret = true } },
            select = function(msg, n, cfg)
                assert(not tostring(cfg.salt):find("hidden") and cfg.salt:equals("hidden"))
                return #cfg.salt:hmac("data") % n
            end
            """)
        try state.configure(["salt": .string("hidden")], context: [:])
        #expect(state.select(records, topic: "t", partitionCount: 33) == [.partition(32)])
    }

    @Test("a thousand loads leave nothing behind in the process that a state would hold")
    func loads() throws {
        for _ in 0..<1_000 {
            let state = try state("setup = function(cfg) end, select = function(msg, n) return 0 end")
            try state.configure([:], context: [:])
            #expect(state.select(records, topic: "t", partitionCount: 1) == [.partition(0)])
        }
    }

    @Test(
        "a manifest that is not right is refused with what to write",
        arguments: [
            ("select = 5", "select has to be a function"), ("slect = function() end", "did you mean 'select'?"),
            ("about = \"x\"", "no function for any of"),
            ("needs = { sqll = true }, select = function() end", "did you mean 'sql'?"),
            ("every = { soon = function() end }", "is no interval"),
            ("every = { [\"1s\"] = 5 }", "has to be a function"),
            ("handle = function() end, handle_batch = function() end", "not both"),
            ("prepare = function() end, select = function() end", "there is no handle"),
            ("schema = \"CREATE TABLE t (a)\", handle = function() end", "needs = { sql = true }"),
            ("limits = { time = \"fast\" }, select = function() end", "limits.time"),
            ("setup = function(a, b, c) end, select = function() end", "setup takes 3 parameters"),
        ])
    func manifests(body: String, message: String) {
        let error = #expect(throws: PluginError.self) { try state(body) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test("a setup that hangs or fails is an error with its line")
    func setup() throws {
        var limits = PluginLimits()
        limits.loadTimeMS = 50
        let hanging = try state("setup = function() while true do end end, select = function() end", limits: limits)
        #expect(throws: PluginError.self) { try hanging.configure([:], context: [:]) }
        let failing = try state(
            "setup = function(cfg, ctx)\n error(\"no \" .. ctx.plugin) end, select = function() end")
        let error = #expect(throws: PluginError.self) { try failing.configure([:], context: ["plugin": .string("p")]) }
        #expect(error?.message == "p/init.lua:3: no p")
        #expect(error?.sourceLine == "3 |  error(\"no \" .. ctx.plugin) end, select = function() end")
    }

    @Test("globals are refused, and functions that this point may not call")
    func sandbox() throws {
        for (body, message) in [
            ("counter = 1", "counter"), ("return undefined_name", "undefined_name"), ("io.open(\"x\")", "io"),
            ("platform.sql.open(\"x\")", "sql"),
        ] {
            let state = try state("select = function(msg, n) \(body) end")
            try state.configure([:], context: [:])
            guard case .failed(let error) = state.select(records, topic: "t", partitionCount: 4)[0] else {
                Issue.record("\(body) was taken")
                continue
            }
            #expect(error.message.contains(message), "\(error)")
        }
    }
}
