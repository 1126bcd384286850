import Testing

@testable import LuaRuntime

/// Scripts that wait for their host.
struct TaskTests {
    static let waits: [(String, [LuaValue])] = [
        ("return platform.t.wait(1)", [.integer(1)]),
        ("local a = platform.t.wait(1) return a, platform.t.wait(2)", [.integer(1), .integer(2)]),
        ("return pcall(platform.t.wait, 3)", [.boolean(true), .integer(3)]),
        ("return (pcall(platform.t.wait_in_vain))", [.boolean(false)]),
        ("return xpcall(platform.t.wait, error, 3)", [.boolean(true), .integer(3)]),
        ("return (xpcall(platform.t.wait_in_vain, function(e) return e end))", [.boolean(false)]),
        (
            "local t = setmetatable({}, {__index = function(t, k) return platform.t.wait(k) end}) return t.x",
            [.string("x")]
        ),
        (
            """
            local function count(_, i) return platform.t.wait((i or 0) < 3 and (i or 0) + 1 or nil) end
            local last
            for i in count do last = i end
            return last
            """, [.integer(3)]
        ),
        (
            """
            local r
            do local x <close> = setmetatable({}, {__close = function() r = platform.t.wait(9) end}) end
            return r
            """, [.integer(9)]
        ),
        (
            """
            local f = coroutine.wrap(function() coroutine.yield(platform.t.wait(1)) return platform.t.wait(2) end)
            return f(), f()
            """, [.integer(1), .integer(2)]
        ),
        (
            """
            local co = coroutine.create(function()
                return coroutine.wrap(function() return platform.t.wait(5) end)()
            end)
            return coroutine.resume(co)
            """, [.boolean(true), .integer(5)]
        ),
        ("return coroutine.wrap(function() return pcall(platform.t.wait_in_vain) end)() == false", [.boolean(true)]),
    ]

    @Test(arguments: waits) func aWaitComesBack(text: String, results: [LuaValue]) async throws {
        let vm = try TestHost.makeVM()
        #expect(try await TestHost.run(text, in: vm) == results)
    }

    /// Variables are closed also after an error, and closing may wait.
    @Test func closingWaitsAfterAnError() async throws {
        let vm = try TestHost.makeVM()
        let text = """
            closed = ""
            local function variable(name)
                return setmetatable({}, { __close = function() closed = closed .. platform.t.wait(name) end })
            end
            local a <close> = variable("a")
            local ok = pcall(function()
                local b <close> = variable("b")
                error("inner")
            end)
            local c <close> = variable("c")
            error("outer")
            """
        await #expect { try await TestHost.run(text, in: vm) } throws: {
            ($0 as? LuaError)?.message == "outer" && ($0 as? LuaError)?.traceback == ["test.lua:11: in the main chunk"]
        }
        #expect(try TestHost.call("return closed", in: vm) == [.string("bca")])
    }

    static let impossible = [
        "table.sort({2, 1}, function() platform.t.wait() end)",
        "string.gsub('x', 'x', function() platform.t.wait() end)",
        "table.sort({2, 1}, coroutine.wrap(function() platform.t.wait() end))",
        "tostring(setmetatable({}, {__tostring = function() platform.t.wait() return '' end}))",
    ]

    @Test(arguments: impossible) func whereNothingCanWaitAnErrorSaysSo(text: String) async throws {
        let vm = try TestHost.makeVM()
        await #expect { try await TestHost.run(text, in: vm) } throws: { "\($0)".contains("'t.wait' waits") }
        #expect(try await TestHost.run("return platform.t.wait(1)", in: vm) == [.integer(1)])
    }

    @Test func theTraceShowsTheScriptsFrames() async throws {
        let vm = try TestHost.makeVM()
        let text = """
            local function inner()
                platform.t.wait_in_vain()
            end
            local function outer()
                inner()
            end
            outer()
            """
        do {
            try await TestHost.run(text, in: vm)
            Issue.record("it did not fail")
        } catch {
            #expect(error.message == "the host says no")
            #expect(error.place == .init(source: "test.lua", line: 2))
            #expect(
                error.traceback == [
                    "test.lua:2: in function 'inner'", "test.lua:5: in function 'outer'",
                    "test.lua:7: in the main chunk",
                ])
        }
    }

    /// Tasks of one state take turns where they wait.
    @Test func tasksRunSideBySide() async throws {
        let vm = try TestHost.makeVM()
        let order = try await TestHost.run(
            """
            order = {}
            function step(name) for i = 1, 3 do order[#order + 1] = name .. i platform.t.wait() end end
            """, in: vm)
        #expect(order == [])
        let (a, b) = (try vm.load("step('a')", name: "a.lua"), try vm.load("step('b')", name: "b.lua"))
        for _ in 0..<200 {
            try await vm.run(a, at: .script, budget: .unlimited)
            try await vm.run(b, at: .script, budget: .unlimited)
        }
        #expect(try TestHost.call("return #order", in: vm) == [.integer(1200)])
    }
}
