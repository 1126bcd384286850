import LuaRuntime
import Synchronization
import Testing

@testable import LuaLibraries

struct LogModuleTests {
    private final class Written: Sendable {
        let lines = Mutex<[LogLine]>([])
        let nowMS = Atomic<Int64>(0)
        var texts: [String] { lines.withLock { $0.map { "\($0.level.rawValue) \($0)" } } }
    }

    private let written = Written()
    private let log: ScriptLog
    private let host: LibraryHost

    init() throws {
        let written = written
        log = ScriptLog(to: LogSink { line in written.lines.withLock { $0.append(line) } })
        host = try LibraryHost([LogModule.module(nowMS: { written.nowMS.load(ordering: .relaxed) })])
        host.vm.provide(log)
    }

    @Test func aLineHasItsLevelAndFields() throws {
        try host.call(
            """
            local log = platform.log
            log.debug("a") log.info("b", {}) log.warn("c", { n = 1, s = "x y", t = { 1, { k = "v" } }, e = "" })
            log.error("d", { q = 'a"b', null = platform.null, f = 1.5, b = true })
            """)
        #expect(
            written.texts == [
                "debug a", "info b", #"warn c e="" n=1 s="x y" t="[1,{\"k\":\"v\"}]""#,
                #"error d b=true f=1.5 null=null q="a\"b""#,
            ])
    }

    /// What comes from outside cannot look like a line of its own.
    @Test func aLineIsOneLine() throws {
        try host.call(#"platform.log.info("a\nERROR b\r\27[2J", { k = "\n\0" })"#)
        #expect(written.texts == [#"info a\nERROR b\u{d}\u{1b}[2J k="\\n\\u{0}""#])
    }

    @Test func aLongLineIsCut() throws {
        try host.call("platform.log.info(('ü'):rep(5000), { a = 1 })")
        try host.call("platform.log.info('m', { a = 1, b = ('x'):rep(5000), c = 2 })")
        let lines = written.lines.withLock { $0 }
        #expect(lines[0].description.utf8.count <= 4_096 && lines[0].message.utf8.count > 4_090)
        #expect(lines[0].message.hasSuffix("ü…") && lines[0].fields.isEmpty)
        #expect(lines[1].description == "m a=1")
    }

    @Test func aFloodIsCounted() throws {
        try host.call("for i = 1, 350 do platform.log.info('line ' .. i) end")
        #expect(written.texts.count == 100 && written.texts.last == "info line 100")
        written.nowMS.store(999, ordering: .relaxed)
        try host.call("platform.log.info('x')")
        #expect(written.texts.count == 100)
        written.nowMS.store(1_000, ordering: .relaxed)
        try host.call("platform.log.info('y') platform.log.info('z')")
        #expect(written.texts.dropFirst(100) == ["warn suppressed 251 lines", "info y", "info z"])
        try host.call("for i = 1, 100 do platform.log.info('w') end")
        log.finish()
        log.finish()
        #expect(written.texts.count == 100 + 3 + 98 + 1)
        #expect(written.texts.last == "warn suppressed 2 lines")
    }

    @Test func tablesThatAreNoFieldsAreRefused() throws {
        #expect { try host.call("platform.log.info('m', { f = string.len })") } throws: {
            "\($0)".contains("a function cannot be passed here")
        }
        #expect { try host.call("platform.log.info(nil)") } throws: { "\($0)".contains("string expected, got nil") }
    }
}
