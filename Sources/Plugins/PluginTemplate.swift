import Foundation
import LuaRuntime

/// The files that a plugin begins with: text that works, a test that passes.
public enum PluginTemplate {
    /// Points that a template can be made for.
    public static let points: [String] = Point.names.filter { PluginManifest.extensionPoints.contains($0.point) }.map(
        \.name)

    /// Texts by path within the plugin's directory. Throws if name or points are none.
    public static func files(name: String, points wanted: [String]) throws(PluginError) -> [String: String] {
        guard PluginManifest.isName(name) else {
            throw PluginError(
                .manifest, "'\(name)' is no name: lower-case letters, digits and -, a letter first, as order-router")
        }
        for point in wanted where !points.contains(point) {
            let hint = NearestName.of(point, among: points).map { ": did you mean '\($0)'?" }
            throw PluginError(
                .manifest, "there is no point '\(point)'\(hint ?? "; there are \(points.joined(separator: ", "))")")
        }
        var wanted = wanted
        if wanted.contains("prepare"), !wanted.contains("handle"), !wanted.contains("handle_batch") {
            wanted.append("handle")
        }
        let isHandler = wanted.contains("handle") || wanted.contains("handle_batch")
        var body = "return platform.plugin {\n    name = \"\(name)\", version = \"1.0.0\", api = 1,\n"
        body += "    about = \"What it decides, in a sentence\",\n"
        if isHandler {
            body += "    needs = { sql = true },\n"
            body += "    schema = \"CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, key TEXT, value TEXT)\",\n"
        }
        body +=
            "    config = {\n        field = { \"string\", default = \"id\", about = \"path in the JSON value\" },\n    },\n"
        for point in points where wanted.contains(point) { body += functions[point] ?? "" }
        body += "}\n"
        return [
            PluginBundle.mainFile: body,
            "test/\(name)_test.lua": test(points: wanted),
            "README.md": readme(name: name, points: wanted, isHandler: isHandler),
        ]
    }

    private static let functions: [String: String] = [
        "select": """
            -- The partition of a message, 0 to n - 1; nil leaves it to the host.
            select = function(msg, n, cfg)
                local hash = msg:hash(cfg.field)
                return hash and hash % n
            end,

        """,
        "dedup": """
            -- What makes two messages the same, and for how long; nil: each stands for itself.
            dedup = function(msg, cfg)
                return msg:json(cfg.field), "10m"
            end,

        """,
        "prepare": """
            -- Before the transaction: may wait, as platform.http does. What it returns is handle's third argument.
            prepare = function(msg, ctx)
                return { prepared_at = msg.timestamp }
            end,

        """,
        "handle": """
            -- In one transaction with the message's own bookkeeping. nil is done; "retry", "5s"; "dead", "why".
            handle = function(msg, tx, prepared)
                tx:exec("INSERT INTO seen(key, value) VALUES (?, ?)", msg.key, msg.value)
            end,

        """,
        "handle_batch": """
            -- Several messages in one transaction; if it fails, each comes again by itself.
            handle_batch = function(msgs, tx, prepared)
                for _, msg in ipairs(msgs) do
                    tx:exec("INSERT INTO seen(key, value) VALUES (?, ?)", msg.key, msg.value)
                end
            end,

        """,
        "every": """
            every = {
                ["30s"] = function(ctx)
                    platform.log.info("still here")
                end,
            },

        """,
        "health": """
            -- true, or false and why not; shown by /readyz.
            health = function(ctx)
                return true
            end,

        """,
    ]

    private static func test(points: [String]) -> String {
        var text = """
            -- Run by: platform plugin test

            describe("the plugin", function()
                local p
                before_each(function() p = t.plugin() end)

            """
        let cases: [(String, String)] = [
            (
                "select",
                """
                    it("keeps messages of one id together", function()
                        local first = p:select({ value = '{"id":"a"}' }, 8)
                        expect(p:select({ value = '{"id":"a","more":1}' }, 8)).equals(first)
                    end)

                """
            ),
            (
                "dedup",
                """
                    it("knows a message by its id", function()
                        expect(p:dedup { value = '{"id":"a"}' }).equals("a")
                    end)

                """
            ),
            (
                "handle",
                """
                    it("keeps each message", function()
                        expect(p:handle({ key = "k", value = '{"id":"a"}' }).verdict).equals("ok")
                        expect(p:rows("SELECT key FROM seen")).equals { { key = "k" } }
                    end)

                """
            ),
            (
                "handle_batch",
                """
                    it("keeps each message", function()
                        expect(p:handle({ key = "k", value = '{"id":"a"}' }).verdict).equals("ok")
                        expect(p:rows("SELECT key FROM seen")).has_size(1)
                    end)

                """
            ),
            (
                "every",
                """
                    it("runs every 30 seconds", function()
                        p:every("30s")
                    end)

                """
            ),
            (
                "health",
                """
                    it("is well", function()
                        expect(p:health()).equals(true)
                    end)

                """
            ),
        ]
        for (point, body) in cases where points.contains(point) { text += "\n" + body }
        return text + "end)\n"
    }

    private static func readme(name: String, points: [String], isHandler: Bool) -> String {
        let bound = points.filter { $0 != "prepare" }
        let bindings = bound.map { point in
            let topic = point == "every" || point == "health" ? "" : "topic = \"orders\", "
            return "bind { plugin = \"\(name)\", \(topic)point = \"\(point)\" }"
        }
        let grant = isHandler ? "grant(\"\(name)\", { sql = true })\n" : ""
        return """
            # \(name)

            ```sh
            platform plugin check \(name)
            platform plugin test \(name)
            ```

            In `bindings.lua` beside it:

            ```lua
            \(grant)\(bindings.joined(separator: "\n"))
            ```

            """
    }
}
