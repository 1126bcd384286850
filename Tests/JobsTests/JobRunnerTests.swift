import Foundation
import LuaRuntime
import Synchronization
import Testing

@testable import Jobs

/// Scripts that need no server.
@MainActor struct JobRunnerTests {
    private final class Written: Sendable {
        let results = Mutex("")
        let lines = Mutex<[String]>([])
    }

    private struct Outcome {
        var status: Int32
        var results: String
        var lines: [String]
    }

    private static func run(
        _ text: String, arguments: [String] = [], directory: String = NSTemporaryDirectory(), isDryRun: Bool = false
    ) async throws -> Outcome {
        let written = Written()
        var configuration = JobConfiguration(path: directory + "/test.lua", text: text, bootstrap: [])
        configuration.arguments = arguments
        configuration.isDryRun = isDryRun
        configuration.checkpointDirectory = directory + "/checkpoints"
        let runner = try JobRunner(
            configuration,
            output: JobOutput(
                result: { text in written.results.withLock { $0 += text } }, flushResults: {},
                line: { line in written.lines.withLock { $0.append(line) } }, progress: { _ in }, clearProgress: {}))
        let status = await runner.run()
        return Outcome(
            status: status, results: written.results.withLock { $0 }, lines: written.lines.withLock { $0 })
    }

    /// A directory that is gone afterwards.
    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    @Test func resultsGoOutAndNotesBeside() async throws {
        let outcome = try await Self.run("print('a', 1) platform.out { n = 1 } platform.out('text')")
        #expect(outcome.status == 0)
        #expect(outcome.results == "{\"n\":1}\ntext\n")
        #expect(outcome.lines == ["a\t1"])
    }

    @Test func anErrorShowsItsLine() async throws {
        let outcome = try await Self.run("local x = nil\nlocal y = x.z\n")
        #expect(outcome.status == JobStatus.scriptError)
        let report = try #require(outcome.lines.first)
        #expect(report.contains("test.lua:2: attempt to index a nil value (local 'x')"))
        #expect(report.contains("\n  2 | local y = x.z\n"))
    }

    @Test func aScriptThatIsNoLuaIsAnError() async throws {
        let outcome = try await Self.run("local = 1")
        #expect(outcome.status == JobStatus.scriptError)
        #expect(outcome.lines.first?.contains("test.lua:1: <name> expected near '='") == true)
    }

    @Test func exitClosesAndEnds() async throws {
        let outcome = try await Self.run(
            """
            local c <close> = setmetatable({}, { __close = function() platform.out("closed") end })
            platform.exit(3, "three failed")
            platform.out("never")
            """)
        #expect(outcome.status == 3)
        #expect(outcome.results == "closed\n")
        #expect(outcome.lines == ["Error: three failed"])
    }

    @Test func wrongWordsAreUsage() async throws {
        let text = "local args = platform.args { { 'file', 'string', required = true } } platform.out(args.file)"
        #expect(try await Self.run(text).status == JobStatus.usage)
        #expect(try await Self.run(text, arguments: ["x.csv"]).results == "x.csv\n")
        let help = try await Self.run(text, arguments: ["--help"])
        #expect(help.status == 0 && help.results.contains("usage: platform run"))
    }

    @Test func tasksRunSideBySide() async throws {
        let outcome = try await Self.run(
            """
            local order, is_first_done = {}, false
            local function slow()
                while not is_first_done do platform.sleep(1) end
                order[#order + 1] = "slow"
                return "slow"
            end
            local function fast()
                order[#order + 1] = "fast"
                is_first_done = true
                return "fast"
            end
            local results = platform.all { slow, fast }
            platform.out(results)
            platform.out(order)
            local ok, message = pcall(platform.all, { function() error("no") end })
            platform.out(tostring(message))
            local sum = 0
            platform.each({ 1, 2, 3, 4, 5 }, { workers = 2 }, function(n) platform.sleep(1) sum = sum + n end)
            platform.out(sum)
            """)
        #expect(outcome.status == 0, "\(outcome.lines)")
        let lines = outcome.results.split(separator: "\n")
        #expect(lines.first == "[\"slow\",\"fast\"]")
        #expect(lines.dropFirst().first == "[\"fast\",\"slow\"]")
        #expect(lines.dropFirst(2).first?.contains("no") == true)
        #expect(lines.last == "15")
    }

    @Test func checkpointsOutliveTheScript() async throws {
        try await Self.withDirectory { directory in
            let text = """
                local ck = platform.checkpoint("load:orders/2026")
                platform.out(ck:get("line", 0))
                ck:set("line", ck:get("line", 0) + 10)
                """
            for line in [0, 10, 20] {
                let outcome = try await Self.run(text, directory: directory)
                #expect(outcome.results == "\(line)\n", "\(outcome.lines)")
            }
            let cleared = try await Self.run("platform.checkpoint('load:orders/2026'):clear()", directory: directory)
            #expect(cleared.status == 0)
            #expect(try await Self.run(text, directory: directory).results == "0\n")
        }
    }

    @Test func rowsOfACSVFile() async throws {
        try await Self.withDirectory { directory in
            try "id,amount,note\r\n1,10,\"a,\n\"\"b\"\"\"\r\n2,x,c\n3,30,d".write(
                toFile: directory + "/rows.csv", atomically: true, encoding: .utf8)
            let outcome = try await Self.run(
                """
                local bad = {}
                local rows = platform.csv.read("\(directory)/rows.csv", {
                    types = { amount = "integer" },
                    on_error = function(message, line) bad[#bad + 1] = line end,
                })
                for row in rows do platform.out { row.id, row.amount + 1, row.note, rows.line } end
                platform.out(bad)
                """)
            #expect(
                outcome.results == "[\"1\",11,\"a,\\n\\\"b\\\"\",2]\n[\"3\",31,\"d\",5]\n[4]\n", "\(outcome.lines)")
            let raised = try await Self.run(
                """
                for row in platform.csv.read("\(directory)/rows.csv", { types = { amount = "integer" } }) do end
                """)
            #expect(raised.status == 1 && raised.lines.first?.contains("rows.csv:4:") == true, "\(raised.lines)")
        }
    }

    @Test func linesOfJSON() async throws {
        try await Self.withDirectory { directory in
            let outcome = try await Self.run(
                """
                local path = "\(directory)/deep/rows.jsonl"
                platform.fs.write(path, '{"a":1}\\n\\n[2]\\n3')
                platform.jsonl.append(path, { b = 4 })
                """)
            #expect(outcome.status == 0, "\(outcome.lines)")
            let read = try await Self.run(
                "for value, line in platform.jsonl.read('\(directory)/deep/rows.jsonl') do platform.out { line, value } end"
            )
            #expect(read.status == 1)
            #expect(read.results == "[1,{\"a\":1}]\n[3,[2]]\n")
            #expect(read.lines.first?.contains("rows.jsonl:4:") == true)
        }
    }

    @Test func modulesStandBesideTheScript() async throws {
        try await Self.withDirectory { directory in
            try "return { twice = function(n) return n * 2 end }".write(
                toFile: directory + "/mod.lua", atomically: true, encoding: .utf8)
            try "local x = nil\nreturn x.y".write(toFile: directory + "/bad.lua", atomically: true, encoding: .utf8)
            let outcome = try await Self.run(
                "platform.out(require('mod').twice(21)) assert(require('mod') == require('mod'))", directory: directory)
            #expect(outcome.results == "42\n", "\(outcome.lines)")
            let missing = try await Self.run("require('nosuch')", directory: directory)
            #expect(missing.lines.first?.contains("module 'nosuch' not found") == true)
            let outside = try await Self.run("require('../secret')", directory: directory)
            #expect(outside.lines.first?.contains("module name '../secret'") == true)
            let bad = try await Self.run("require('bad')", directory: directory)
            #expect(bad.lines.first?.contains("2 | return x.y") == true, "\(bad.lines)")
        }
    }

    @Test func timesAndDurations() async throws {
        let outcome = try await Self.run(
            """
            local time = platform.time
            assert(time.format(0) == "1970-01-01T00:00:00.000Z")
            assert(time.format(1767225600123) == "2026-01-01T00:00:00.123Z")
            assert(time.parse("2026-01-01") == 1767225600000)
            assert(time.parse("2026-01-01T00:00:00") == 1767225600000)
            assert(time.parse("2026-01-01T01:00:00.123+01:00") == 1767225600123)
            local none, why = time.parse("yesterday")
            assert(none == nil and why:find("yesterday"))
            assert(time.duration("1m30s") == 90000 and time.duration("1.5s") == 1500 and time.duration(20) == 20)
            for _, text in ipairs { "", "s", "5", "5 s", "-1s", "1x", "1s2" } do
                local ok = pcall(time.duration, text)
                assert(ok == (text == "5"), text)
            end
            assert(math.abs(time.now() - os.time() * 1000) < 5000)
            assert(time.monotonic() <= time.monotonic())
            """)
        #expect(outcome.status == 0, "\(outcome.lines)")
    }

    @Test func identifiersHaveTheirFormAndOrder() async throws {
        let outcome = try await Self.run(
            """
            local form = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-([47])%x%x%x%-([89ab])%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
            local seen = {}
            for i = 1, 1000 do
                local id = platform.uuid.v4()
                assert(id:match(form) == "4" and not seen[id])
                seen[id] = true
            end
            local first = platform.uuid.v7()
            assert(first:match(form) == "7")
            local began = platform.time.now()
            repeat until platform.time.now() > began
            assert(first < platform.uuid.v7())
            """)
        #expect(outcome.status == 0, "\(outcome.lines)")
    }

    @Test func logLinesGoBesideTheResults() async throws {
        let outcome = try await Self.run(
            """
            platform.log.warn("late", { by = 3 })
            platform.out(platform.hex.encode(platform.crypto.md5(platform.url.encode("a b"))))
            for i = 1, 2000 do platform.log.debug("again") end
            """)
        #expect(outcome.status == 0)
        #expect(outcome.results == "4c85f5eb3a20b8ad41bddfdd57ff6347\n")
        #expect(outcome.lines.first == "warn: late by=3")
        // Each line was written or counted, however many seconds it took.
        let counted = outcome.lines.compactMap { line in
            line.wholeMatch(of: /warn: suppressed (\d+) lines/).flatMap { Int($0.1) }
        }
        let missing = counted.reduce(0, +)
        #expect(missing > 0)
        #expect(outcome.lines.count - counted.count + missing == 2_001)
    }

    /// Port 1 answers nobody: what is sent fails.
    @Test func aDryRunAsksWithoutChanging() async throws {
        let outcome = try await Self.run(
            """
            local url = "http://127.0.0.1:1/orders"
            platform.out(platform.http.post(url, { json = {} }).status)
            platform.out(platform.http.get(url) == nil)
            """, isDryRun: true)
        #expect(outcome.status == 0)
        #expect(outcome.results == "204\ntrue\n")
        #expect(
            outcome.lines.last?.hasSuffix("it would have been:\n  POST http://127.0.0.1:1: 1") == true,
            "\(outcome.lines)")
    }

    /// What a script may get wrong in a call is named with the value.
    nonisolated static let mistakes: [(String, String)] = [
        ("platform.sleep('soon')", "the duration is soon: write it as"),
        ("platform.exit(300)", "exit status 300 is not from 0 to 255"),
        ("platform.fs.open('/nosuch/file')", "/nosuch/file: no such file or directory"),
        ("platform.fs.append('/nosuch/file', 'x')", "/nosuch/file: no such file or directory"),
        ("platform.connect('nowhere:x')", "'nowhere:x' is not HOST:PORT"),
        ("platform.csv.read('/dev/null')", "there is no header: the file is empty"),
        ("platform.csv.read('/dev/null', { seperator = ';' })", "csv.read has no option 'seperator'"),
        ("platform.out(print)", "json: a function cannot be encoded"),
        ("platform.spawn(1)", "bad argument #1 to 'spawn' (function expected, got number)"),
        ("platform.checkpoint('')", "a checkpoint's name has 1 to 200 bytes"),
        ("platform.http.get('http://h/', { tiemout = 1 })", "no option 'tiemout'; did you mean 'timeout'?"),
        ("platform.http.post('http://h/', { json = 1, body = '' })", "a request has a body or json, not both"),
        ("platform.http.get()", "bad argument #1 to 'http.get' (string expected, got nil)"),
        ("platform.nosuch()", "attempt to call a nil value (field 'nosuch')"),
        ("platform.args { { '--x', 'date' } }", "there are string, integer, number, boolean, duration"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(text: String, message: String) async throws {
        let outcome = try await Self.run(text)
        #expect(outcome.status == JobStatus.scriptError)
        #expect(outcome.lines.first?.contains(message) == true, "\(outcome.lines)")
        #expect(outcome.lines.first?.contains("1 | \(text)") == true, "\(outcome.lines)")
    }
}
