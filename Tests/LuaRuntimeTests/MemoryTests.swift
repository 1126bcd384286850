import Testing

@testable import LuaRuntime

/// Memory runs out for scripts with an error, never for the host.
struct MemoryTests {
    static let hogs = [
        "local t = {} while true do t[#t + 1] = {} end",
        "return ('x'):rep(1e9)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = platform.t.garbage(100000) end",
        "local function f() f() f() end f()",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
        "local t = {} for i = 1, 1e9 do t[i] = tostring(i) end return table.concat(t)",
        "return platform.t.garbage(64 << 20)",
    ]

    @Test(arguments: hogs) func aHogMeetsTheCap(text: String) throws {
        var limits = LuaLimits()
        limits.memoryBytesMax = 8 << 20
        let vm = try TestHost.makeVM(limits)
        #expect(throws: LuaError.self) { try TestHost.call(text, in: vm, sliceMS: 30_000) }
        vm.collectGarbage()
        #expect(vm.usedBytes < 4 << 20)
        #expect(try TestHost.call("return 1 + 1", in: vm) == [.integer(2)])
    }

    /// Goal: no allocation is made outside a protected call while the cap holds. Method: refuse each in turn.
    @Test func everyAllocationMayFail() throws {
        let text = """
            local t = {}
            for i = 1, 3 do t[i] = platform.t.echo({ a = i, b = "text " .. i, c = { 1, 2 } }) end
            local co = coroutine.wrap(function(...) coroutine.yield(platform.t.object()) return ... end)
            co("x") co("y")
            pcall(platform.t.fail)
            pcall(error, { message = "m" })
            table.sort(t, function(a, b) return a.a > b.a end)
            local s = platform.json.encode(t) .. table.concat({ "a", "b" }, ",")
            return platform.json.decode(s:match("^(.-)a,b$")), s:gsub("t", "%0%0"), ("x"):rep(100)
            """
        var failures = 0
        for count in 0..<2_000 {
            let vm = try TestHost.makeVM()
            let function = try vm.load(text, name: "test.lua")
            vm.failAllocations(after: count)
            do {
                try vm.call(function, at: .script, budget: LuaBudget(sliceMS: 10_000))
            } catch {
                failures += 1
            }
            vm.failAllocations(after: nil)
            #expect(try TestHost.call("return 2", in: vm) == [.integer(2)], "after \(count) allocations")
        }
        // All of the script's own allocations, and then some counts at which it got through.
        #expect(failures > 40 && failures < 2_000)
    }

    @Test func compilingMeetsTheCapToo() throws {
        var limits = LuaLimits()
        limits.memoryBytesMax = 1 << 20
        let vm = try TestHost.makeVM(limits)
        let text = "return {" + (0..<100_000).map { "{x = \($0)}" }.joined(separator: ",") + "}"
        #expect { try vm.load(text, name: "big.lua") } throws: { ($0 as? LuaError)?.code == .outOfMemory }
        #expect(try TestHost.call("return 2", in: vm) == [.integer(2)])
    }
}
