import LuaRuntime
import Testing

/// What no script may do: run on after its budget.
@Suite(.serialized) struct StopTests {
    /// Each ran past a watchdog that only arms a hook, or is a plain loop.
    static let hangs = [
        "while true do end",
        "while true do pcall(error) end",
        "while true do pcall(function() while true do end end) end",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end",
        "while true do coroutine.wrap(function() pcall(coroutine.wrap(function() while true do end end)) end)() end",
        "xpcall(function() error('x') end, function() while true do end end)",
        "local t <close> = setmetatable({}, {__close = function() while true do end end})",
        """
        local co = coroutine.create(function()
            local t <close> = setmetatable({}, {__close = function() while true do end end})
            coroutine.yield()
        end)
        coroutine.resume(co)
        coroutine.close(co)
        """,
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "string.rep('', math.maxinteger)  while true do string.rep('', 1 << 62) end",
        "while true do pcall(string.find, ('x'):rep(4e6), 'x-y') end",
        "while true do pcall(string.gsub, ('x'):rep(4e6), '.', pcall) end",
        "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 'x')",
        "table.remove(setmetatable({}, {__len = function() return 1 << 60 end}), 1)",
        "table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, math.maxinteger)",
        "while true do local t = {} for i = 1, 1e5 do t[i] = -i end table.sort(t) end",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
        "while true do platform.t.add(1) end",
        "local function f() return f() end f()",
        "for _ in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end",
        "while true do platform.json.decode(('['):rep(50) .. (']'):rep(50)) end",
        "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "load('while true do end')()",
        "local s = ('\\1'):rep(1900000) while true do string.format('%q', s) end",
        "local s, n = ('x'):rep(4e6), ('x'):rep(200) .. 'y' while true do s:find(n, 1, true) end",
        "local p = ('a?'):rep(1e6) while true do pcall(string.find, 'x', p) end",
        "while true do platform.json.get('[' .. ('1,'):rep(1e6) .. '1]', '[1000000]') end",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do platform.msgpack.encode(t) end",
    ]

    @Test(arguments: hangs) func aHangIsStopped(text: String) throws {
        let vm = try TestHost.makeVM()
        let clock = ContinuousClock()
        let start = clock.now
        let error = #expect(throws: LuaError.self) { try TestHost.call(text, in: vm, sliceMS: 20) }
        #expect(error?.code == .stopped, "\(String(describing: error))")
        #expect(error?.message.contains("budget of 20 ms") == true, "\(String(describing: error))")
        // Two ticks late at most; the rest is for a busy machine.
        #expect(clock.now - start < .milliseconds(1_000))
        #expect(try TestHost.call("return 1 + 1", in: vm) == [.integer(2)])
    }

    @Test func aTaskIsStoppedAndTheNextOneRuns() async throws {
        let vm = try TestHost.makeVM()
        let function = try vm.load("platform.t.wait() while true do end", name: "test.lua")
        await #expect { try await vm.run(function, at: .script, budget: LuaBudget(sliceMS: 10)) } throws: {
            ($0 as? LuaError)?.code == .stopped
        }
        #expect(try await TestHost.run("return platform.t.wait(7)", in: vm) == [.integer(7)])
    }

    /// A script that keeps calling its host has a limit too.
    @Test func theTotalBudgetGoesOnThroughHostCalls() throws {
        let vm = try TestHost.makeVM()
        let function = try vm.load("while true do platform.t.add(1) end", name: "test.lua")
        #expect { try vm.call(function, at: .script, budget: LuaBudget(sliceMS: 1_000, totalMS: 30)) } throws: {
            ($0 as? LuaError)?.code == .stopped
        }
    }

    @Test func aFinalizerIsRefused() throws {
        let vm = try TestHost.makeVM()
        #expect {
            try TestHost.call("setmetatable({}, {__gc = function() while true do end end})", in: vm)
        } throws: {
            "\($0)".contains("__gc is not available")
        }
    }
}
