import LuaRuntime
import Testing

@testable import Plugins

@Suite struct SourceFindingsTests {
    private func problems(_ text: String, points: Point = [.select, .prepare, .handle]) -> [String] {
        SourceFindings(text, file: "p.lua", points: points, registry: PluginRegistry.shared).problems
    }

    @Test("what a plugin usually says is in order")
    func fine() {
        #expect(
            problems(
                """
                -- platform.nothing in a comment; [[ and this ]]
                local json, text = platform.json, "platform.nothing"
                local function helper(a, b) local c <const> = a + b; return c end
                local M = {}
                function M.go(x) for i, v in ipairs(x) do if v then goto done end end ::done:: return x end
                return platform.plugin {
                    name = "p", version = "1.0.0", api = 1,
                    select = function(msg, n, cfg) return helper(msg:hash(), n) % n end,
                    prepare = function(msg) return platform.http.get("https://a") end,
                    handle = function(msg, tx, prepared) local s = json.encode(prepared); tx:exec("x", s, platform.null) end,
                }
                """) == [])
    }

    @Test("names that are not there are found with a hint")
    func names() {
        let found = problems(
            """
            local counter = 0
            local function select(msg, n)
                conter = platform.json.decod(msg.value)
                return platform.hsh.partition(msg.key, n)
            end
            return platform.plugin { select = select }
            """)
        #expect(
            found == [
                "p.lua:3: 'conter' is not declared: did you mean 'counter'?",
                "p.lua:3: there is no platform.json.decod: did you mean platform.json.decode?",
                "p.lua:4: there is no platform.hsh.partition: did you mean platform.hash.partition?",
            ])
    }

    @Test("waits in a pure point are found through the functions it calls, and through aliases")
    func waits() {
        let found = problems(
            """
            local http = platform.http
            local function ask(key)
                return http.get("https://a/" .. key)
            end
            local function pick(msg, n)
                return #ask(msg.key) % n
            end
            return platform.plugin {
                select = pick,
                prepare = function(msg) return ask(msg.key) end,
                handle = function(msg, tx)
                    platform.http.post("https://a")
                end,
            }
            """)
        #expect(
            found == [
                "p.lua:3: platform.http.get waits and cannot be called in select; it can in scripts, prepare, every",
                "p.lua:12: platform.http.post waits and cannot be called in handle; it can in scripts, prepare, every",
            ])
    }

    @Test("any text comes to an end", arguments: 0..<200)
    func damage(seed: Int) {
        let text = """
            local a = [==[ x ]==] function f(a, ...) return "s\\"" .. 'x' end -- [[ c ]]
            for i = 1, 2 do if a then repeat until b end end t = { [1] = 2, x = function() end }
            """
        var bytes = Array(text.utf8)
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
        for _ in 0..<(seed % 7 + 1) {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let index = Int(state % UInt64(bytes.count))
            if state & 1 == 0 { bytes.remove(at: index) } else { bytes[index] = UInt8(truncatingIfNeeded: state >> 8) }
        }
        _ = problems(String(decoding: bytes, as: UTF8.self))
        #expect(SourceTokens(text).tokens.count > 30)
    }
}
