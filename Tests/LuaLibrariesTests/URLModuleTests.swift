import LuaRuntime
import Testing

@testable import LuaLibraries

struct URLModuleTests {
    private let host: LibraryHost

    init() throws { host = try LibraryHost([URLModule.module]) }

    private func parse(_ text: String) throws -> [LuaValue] {
        host.vm.setGlobal("text", to: .string(text))
        return try host.call("return platform.url.parse(text)")
    }

    @Test func allPartsAreFound() throws {
        let parts = try parse("HTTP://us%40er:p%3Aw@API.internal:8080/a%2Fb/c?x=1&y=a+b&x=2#top")
        #expect(
            parts == [
                .fields([
                    "scheme": .string("http"), "user": .string("us@er"), "password": .string("p:w"),
                    "host": .string("api.internal"), "port": .integer(8080), "path": .string("/a%2Fb/c"),
                    "query": .string("x=1&y=a+b&x=2"), "fragment": .string("top"),
                    "params": .fields(["x": .string("2"), "y": .string("a b")]),
                ])
            ])
    }

    /// The parts as "scheme|user|password|host|port|path|query|fragment", `-` for none.
    static let texts = [
        ("http://a", "http|-|-|a|-||-|-"), ("http://a/", "http|-|-|a|-|/|-|-"), ("http://a:/", "http|-|-|a|-|/|-|-"),
        ("http://[2001:DB8::1]:80/", "http|-|-|2001:db8::1|80|/|-|-"), ("mailto:a@b", "mailto|-|-|-|-|a@b|-|-"),
        ("//h/p", "-|-|-|h|-|/p|-|-"), ("/p?q", "-|-|-|-|-|/p|q|-"), ("?", "-|-|-|-|-|||-"), ("", "-|-|-|-|-||-|-"),
        ("#f?x", "-|-|-|-|-||-|f?x"), ("a/b:c", "-|-|-|-|-|a/b:c|-|-"), ("file:///etc", "file|-|-||-|/etc|-|-"),
        ("http://u@h", "http|u|-|h|-||-|-"), ("http://:p@h", "http||p|h|-||-|-"), ("x:", "x|-|-|-|-||-|-"),
        ("http://h?a@b:c/d", "http|-|-|h|-||a@b:c/d|-"), ("urn:a:b", "urn|-|-|-|-|a:b|-|-"),
        ("http://h/[a]|{b}", "http|-|-|h|-|/[a]|{b}|-|-"), ("http://h:65535", "http|-|-|h|65535||-|-"),
    ]

    @Test(arguments: texts) func eachPartIsWhereItBelongs(text: String, parts: String) throws {
        host.vm.setGlobal("text", to: .string(text))
        let result = try host.call(
            """
            local url, out = assert(platform.url.parse(text)), {}
            for i, name in ipairs { "scheme", "user", "password", "host", "port", "path", "query", "fragment" } do
                local value = url[name]
                out[i] = value == nil and "-" or tostring(value)
            end
            return table.concat(out, "|"), platform.url.parse(platform.url.build(url)).path == url.path
                or platform.url.build(url)
            """)
        #expect(result.first == .string(parts))
    }

    /// What is no URL is told apart with a reason, and never raises.
    static let mistakes = [
        ("http://a b", "byte 0x20 at 9"), ("http://a\nb", "byte 0x0a at 9"), ("http://ü", "byte 0xc3 at 8"),
        ("http://a\\b", "byte 0x5c at 9"), ("http://a:x", "no port"), ("http://a:65536", "no port"),
        ("http://a:123456", "no port"), ("http://a:-1", "no port"), ("http://[::1", "IPv6"),
        ("http://[1.2.3.4]", "IPv6"),
        ("http://[::1]x", "no port"), ("http://a@b@c", "no name of a host"), ("1x:y", "no scheme"), (":x", "no scheme"),
        ("http://a/%4", "'%' at byte 10"), ("http://a/%zz", "'%' at byte 10"), ("http://a[b", "no name of a host"),
    ]

    @Test(arguments: mistakes) func aMistakeIsNamed(text: String, reason: String) throws {
        let result = try parse(text)
        #expect(result.first == LuaValue.none)
        #expect(result.last?.text?.contains(reason) == true, "\(result)")
    }

    @Test(arguments: texts) func whatIsBuiltOfThePartsReadsAsTheSame(text: String, parts: String) throws {
        let url = try URLText(text.utf8)
        let again = try URLText(url.text)
        // A path's brackets are encoded; nothing else differs.
        var decoded = [url, again]
        for index in decoded.indices { decoded[index].path = PercentEncoding.decode(decoded[index].path) ?? [] }
        #expect(decoded[0] == decoded[1])
    }

    /// Goal: who is asked is who was judged. Method: random texts out of what has a meaning in URLs; whatever can be
    /// read is written in a form that reads the same, and is written the same.
    @Test func noTextReadsInTwoWays() throws {
        var random = SeededNumbers(seed: 3)
        let pieces = [
            "http", "x", ":", "/", "//", "@", "?", "#", "[", "]", "::1", "%41", "%2F", "%", ".", "..", "80", "a", "B",
            "&",
            "=", " ", "\\", "ü", "+", ";", "|", "99999", "127.0.0.1", "-",
        ]
        var readCount = 0
        for _ in 0..<50_000 {
            let count = random.next() % 12
            let text = (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            guard let url = try? URLText(text.utf8) else { continue }
            readCount += 1
            let again = try URLText(url.text)
            #expect(again.text == url.text, "\(text)")
            let isSame = (again.scheme, again.host, again.port) == (url.scheme, url.host, url.port)
            #expect(isSame && again.user == url.user && again.password == url.password, "\(text)")
        }
        #expect(readCount > 5_000)
    }

    static let built = [
        ("{ scheme = 'https', host = 'Example.com', path = '/a b' }", "https://example.com/a%20b"),
        ("{ scheme = 'http', host = '::1', port = 8080 }", "http://[::1]:8080"),
        ("{ scheme = 'http', host = 'h', path = 'x', params = { b = 2, a = 'ü&' } }", "http://h/x?a=%C3%BC%26&b=2"),
        ("{ path = '/%41%zz', query = 'a b', fragment = '#' }", "/%41%25zz?a%20b#%23"),
        ("{ path = 'a:b' }", "./a:b"), ("{ path = '//x' }", "/.//x"), ("{}", ""),
        ("{ scheme = 'http', host = 'h', user = 'a:b', password = 'c@d' }", "http://a%3Ab:c%40d@h"),
        ("{ scheme = 'http', host = 'h', params = { a = { 1, true } } }", "http://h?a=1&a=true"),
    ]

    @Test(arguments: built) func partsMakeAURL(parts: String, text: String) throws {
        #expect(try host.call("return platform.url.build \(parts)") == [.string(text)])
    }

    static let unbuildable = [
        "{ host = 'a/b' }", "{ host = 'a@b' }", "{ host = 'a:80' }", "{ scheme = 'a/b' }", "{ scheme = '' }",
        "{ host = 'h', port = 65536 }", "{ host = 'h', port = -1 }", "{ port = 80 }", "{ user = 'u' }",
        "{ host = 'h', password = 'p' }", "{ hots = 'h' }", "{ path = 1 }", "{ host = 'a b' }", "{ 'a' }",
        "{ host = 'h', port = '80' }", "{ host = 'h', port = 80.5 }",
    ]

    /// Whatever a part holds, it cannot become another part.
    @Test(arguments: unbuildable) func partsThatMakeNoURLAreRefused(parts: String) throws {
        #expect(throws: LuaError.self) { try host.call("return platform.url.build \(parts)") }
    }

    /// The examples of RFC 3986, section 5.4, against http://a/b/c/d;p?q.
    static let references = [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"), (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."),
        ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
    ]

    @Test(arguments: references) func aReferenceLeadsWhereTheStandardSays(reference: String, target: String) throws {
        host.vm.setGlobal("reference", to: .string(reference))
        #expect(try host.call("return platform.url.resolve('http://a/b/c/d;p?q', reference)") == [.string(target)])
    }

    @Test func everyByteSurvivesEncoding() throws {
        let results = try host.call(
            """
            local bytes = {}
            for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
            local all = table.concat(bytes)
            local text = platform.url.encode(all)
            local query = platform.url.query { { all, all } }
            local _, pairs = platform.url.parse_query(query)
            return platform.url.decode(text) == all, text:find("[^%w%%%-%._~]"), pairs[1][1] == all, pairs[1][2] == all
            """)
        #expect(results == [.boolean(true), .none, .boolean(true), .boolean(true)])
    }

    @Test func queriesAreReadAsFormsSendThem() throws {
        let results = try host.call("return platform.url.parse_query('a=1&&b&a=2+3&=x&c=%3D=')")
        let all = [["a", "1"], ["b", ""], ["a", "2 3"], ["", "x"], ["c", "=="]]
        #expect(
            results == [
                .fields(["a": .string("2 3"), "b": .string(""), "": .string("x"), "c": .string("==")]),
                .array(all.map { .array($0.map { .string($0) }) }),
            ])
        #expect(try host.call("return (platform.url.parse_query('a=%'))") == [.none])
        #expect(try host.call("return (platform.url.parse_query(('a&'):rep(1001)))") == [.none])
        #expect(try host.call("return (platform.url.decode('%4'))") == [.none])
    }
}
