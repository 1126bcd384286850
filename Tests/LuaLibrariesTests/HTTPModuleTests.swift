import LuaRuntime
import Synchronization
import Testing

@testable import LuaLibraries

/// Scripts that ask a server of the test's own.
struct HTTPModuleTests {
    /// A state with `platform.http`, whose connections end with the call.
    @discardableResult
    private func withHost<Result>(
        _ access: HTTPAccess = .everything, _ body: (LibraryHost) async throws -> Result
    ) async throws -> Result {
        let host = try LibraryHost([HTTPModule.module, URLModule.module], prelude: HTTPPrelude.text)
        let clients = HTTPClientHolder()
        host.vm.provide(access)
        host.vm.provide(clients)
        do {
            let result = try await body(host)
            await clients.shutdown()
            return result
        } catch {
            await clients.shutdown()
            throw error
        }
    }

    /// Runs a text with `url`, a server's, against what it answers; gives the results and what the server was asked.
    private func run(
        _ text: String, _ access: HTTPAccess = .everything, at point: Point = .script,
        _ reply: @escaping @Sendable (String) -> CannedServer.Reply
    ) async throws -> (results: [LuaValue], asked: [String]) {
        try await CannedServer.with(reply) { server in
            let results = try await withHost(access) { host in
                host.vm.setGlobal("port", to: .integer(Int64(server.port)))
                host.vm.setGlobal("url", to: .string("http://127.0.0.1:\(server.port)"))
                return try await host.run(text, at: point)
            }
            return (results, server.asked)
        }
    }

    private func allowing(_ patterns: String...) -> HTTPAccess {
        HTTPAccess(hosts: patterns.compactMap(HTTPHostPattern.init))
    }

    // MARK: Requests and answers

    @Test func anAnswerHasAllOfIt() async throws {
        let (results, asked) = try await run(
            """
            local a = assert(platform.http.get(url .. "/a%20b?x=1#f"))
            return a.status, a.headers["x-two"], a.headers["content-type"], a.body, a.url == url .. "/a%20b?x=1"
            """
        ) { _ in CannedServer.answer("404 Not Found", ["X-Two: 1", "x-two: 2", "Content-Type: text/plain"], "gone") }
        #expect(
            results == [.integer(404), .string("1, 2"), .string("text/plain"), .string("gone"), .boolean(true)])
        #expect(asked.count == 1)
        #expect(asked.first?.hasPrefix("GET /a%20b?x=1 HTTP/1.1\r\n") == true)
        #expect(asked.first?.contains("user-agent: platform\r\n") == true)
    }

    @Test func valuesAreSentAndReadAsJSON() async throws {
        let (results, asked) = try await run(
            """
            local a = assert(platform.http.post(url, { json = { id = 7, list = platform.json.array {} } }))
            local b = assert(platform.http.request {
                method = "put", url = url, headers = { ["Content-Type"] = "application/x-own", ["x-n"] = 1 }, json = true,
            })
            return a:json().id, a:json("list[0]"), b:json("nosuch")
            """
        ) { _ in CannedServer.answer("200 OK", [], "{\"id\":9007199254740993,\"list\":[1.5]}") }
        #expect(results == [.integer(9_007_199_254_740_993), .number(1.5), .none])
        let (first, second) = (try #require(asked.first), try #require(asked.last))
        #expect(first.hasPrefix("POST / HTTP/1.1\r\n"))
        #expect(first.contains("content-type: application/json\r\n"))
        #expect(first.hasSuffix("\r\n\r\n{\"id\":7,\"list\":[]}") || first.hasSuffix("\r\n\r\n{\"list\":[],\"id\":7}"))
        #expect(second.hasPrefix("PUT / HTTP/1.1\r\n"))
        #expect(second.contains("Content-Type: application/x-own\r\n") && second.contains("x-n: 1\r\n"))
        #expect(!second.contains("application/json"))
        #expect(second.hasSuffix("\r\n\r\ntrue"))
    }

    @Test func whatIsNoJSONIsToldAsAFailure() async throws {
        let (results, _) = try await run("return platform.http.get(url):json()") { _ in
            CannedServer.answer("200 OK", [], "<html>")
        }
        #expect(results.first == LuaValue.none)
        #expect(results.last?.text?.contains("the answer is no JSON") == true)
    }

    @Test func bodiesAreBytes() async throws {
        let (results, asked) = try await run(
            #"""
            local a = platform.http.post(url, { body = "a\0b" })
            return a.body
            """#
        ) { _ in CannedServer.answer("200 OK", [], "\u{0}\r\n\u{1}") }
        #expect(results == [.bytes([0, 13, 10, 1])])
        #expect(asked.first?.hasSuffix("\r\n\r\na\u{0}b") == true)
    }

    @Test func aPasswordInAURLBecomesAHeader() async throws {
        let (results, asked) = try await run(
            """
            return (platform.http.get(("http://us%40er:p%3Aw@127.0.0.1:%d/"):format(port))).url
            """.replacing("%40", with: "%%40").replacing("%3A", with: "%%3A")
        ) { _ in CannedServer.answer("200 OK") }
        #expect(results.first?.text?.contains("us%40er") == false)
        #expect(asked.first?.contains("authorization: Basic dXNAZXI6cDp3\r\n") == true)
        #expect(asked.first?.contains("us%40er") == false)
    }

    // MARK: Redirects

    @Test func redirectsAreFollowed() async throws {
        let (results, asked) = try await run(
            "local a = platform.http.post(url .. '/a/b', { body = 'x', headers = { cookie = 'c' } }) return a.status, a.url"
        ) { request in
            request.hasPrefix("POST")
                ? CannedServer.answer("302 Found", ["location: ../c?d"]) : CannedServer.answer("200 OK")
        }
        #expect(results.first == .integer(200))
        #expect(results.last?.text?.hasSuffix("/c?d") == true)
        #expect(asked.last?.hasPrefix("GET /c?d HTTP/1.1\r\n") == true)
        #expect(asked.last?.contains("cookie: c\r\n") == true)
        #expect(asked.last?.hasSuffix("\r\n\r\n") == true)
    }

    @Test func aTemporaryRedirectKeepsMethodAndBody() async throws {
        let (_, asked) = try await run("platform.http.post(url .. '/1', { body = 'x' })") { request in
            request.hasPrefix("POST /1 ")
                ? CannedServer.answer("307 Temporary Redirect", ["location: /2"]) : CannedServer.answer("200 OK")
        }
        #expect(asked.last?.hasPrefix("POST /2 HTTP/1.1\r\n") == true)
        #expect(asked.last?.hasSuffix("\r\n\r\nx") == true)
    }

    /// What one server is to know is no other's business.
    @Test func credentialsStayWithTheirServer() async throws {
        try await CannedServer.with { _ in
            CannedServer.answer("200 OK")
        } _: { other in
            let location = "location: http://127.0.0.1:\(other.port)/there"
            let (results, asked) = try await run(
                """
                return platform.http.get(url, { headers = { Authorization = "secret", cookie = "c", ["x-a"] = "b" } }).status
                """
            ) { _ in CannedServer.answer("301 Moved Permanently", [location]) }
            #expect(results == [.integer(200)])
            #expect(asked.first?.contains("secret") == true)
            let request = try #require(other.asked.first)
            #expect(request.hasPrefix("GET /there ") && request.contains("x-a: b\r\n"))
            #expect(!request.contains("secret") && !request.contains("cookie"))
        }
    }

    @Test func redirectsToOtherHostsAreRefused() async throws {
        try await CannedServer.with { _ in
            CannedServer.answer("200 OK")
        } _: { other in
            try await CannedServer.with { _ in
                CannedServer.answer("302 Found", ["location: http://127.0.0.1:\(other.port)/"])
            } _: { server in
                try await withHost(allowing("127.0.0.1:\(server.port)")) { host in
                    let results = try await host.run(
                        "return platform.http.get('http://127.0.0.1:\(server.port)/')")
                    #expect(results.first == LuaValue.none)
                    let message = try #require(results.last?.text)
                    #expect(message.contains("'http://127.0.0.1:\(other.port)' may not be asked"))
                }
            }
            #expect(other.asked == [])
        }
    }

    @Test func redirectsEnd() async throws {
        let circle: @Sendable (String) -> CannedServer.Reply = { _ in
            CannedServer.answer("302 Found", ["location: /"])
        }
        let (results, asked) = try await run("return platform.http.get(url)", .everything, circle)
        #expect(results.last?.text?.hasSuffix("more than 5 redirects") == true)
        #expect(asked.count == 6)
        let (single, _) = try await run("return platform.http.get(url, { redirects = 0 }).status", .everything, circle)
        #expect(single == [.integer(302)])
    }

    static let badLocations = ["ftp://h/", "http://", "file:///etc/passwd", "//127.0.0.1:0/", "http://a b/"]

    @Test(arguments: badLocations) func aRedirectToWhatCannotBeAskedFails(location: String) async throws {
        let (results, asked) = try await run("return platform.http.get(url)") { _ in
            CannedServer.answer("302 Found", ["location: \(location)"])
        }
        #expect(results.first == LuaValue.none && results.count == 2)
        #expect(asked.count == 1)
    }

    // MARK: Limits

    @Test func aServerThatDoesNotAnswerIsNotWaitedForForever() async throws {
        let (results, _) = try await run("return platform.http.get(url, { timeout = '100ms' })") { _ in .nothing }
        #expect(results.last?.text?.hasSuffix("no answer within 100 ms") == true)
    }

    /// The head comes at once, the body never ends.
    @Test func aBodyThatDoesNotEndIsNotWaitedForForever() async throws {
        let (results, _) = try await run("return platform.http.get(url, { timeout = '100ms' })") { _ in
            .text("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        }
        #expect(results.last?.text?.hasSuffix("no answer within 100 ms") == true)
    }

    @Test func aBodyThatIsCutOffIsAFailure() async throws {
        let (results, _) = try await run("return platform.http.get(url)") { _ in
            .textThenClose("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        }
        #expect(results.first == LuaValue.none && results.count == 2)
    }

    static let longBodies = [
        "content-length: 11\r\n\r\n01234567890",
        "transfer-encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n",
        "content-length: 99999999999999\r\n\r\n",
    ]

    @Test(arguments: longBodies) func aBodyBeyondTheLimitIsAFailure(body: String) async throws {
        var access = HTTPAccess.everything
        access.limits.responseBytesMax = 10
        let (results, _) = try await run("return platform.http.get(url)", access) { _ in
            .text("HTTP/1.1 200 OK\r\n" + body)
        }
        #expect(results.last?.text?.hasSuffix("an answer of more than 10 bytes") == true)
        let (fits, _) = try await run("return platform.http.get(url).body", access) { _ in
            CannedServer.answer("200 OK", [], "0123456789")
        }
        #expect(fits == [.string("0123456789")])
    }

    @Test func whereNobodyListensIsAFailure() async throws {
        let port = try await CannedServer.with { _ in
            .nothing
        } _: {
            $0.port
        }
        try await withHost { host in
            let results = try await host.run("return platform.http.get('http://127.0.0.1:\(port)/a?secret')")
            #expect(results == [.none, .string("GET http://127.0.0.1:\(port): connection refused")])
        }
    }

    /// Goal: a cancelled script ends at once, not at its timeout. Method: cancel when the request has arrived.
    @Test func cancellingEndsTheWait() async throws {
        try await CannedServer.with { _ in
            .nothing
        } _: { server in
            let started = ContinuousClock.now
            let port = server.port
            let task = Task {
                try await withHost { host in
                    _ = try await host.run("return platform.http.get('http://127.0.0.1:\(port)/', { timeout = '60s' })")
                }
            }
            while server.asked.isEmpty, ContinuousClock.now - started < .seconds(20) { await Task.yield() }
            task.cancel()
            await #expect(throws: LuaError.self) { try await task.value }
            #expect(ContinuousClock.now - started < .seconds(30))
        }
    }

    static let mistakes = [
        ("get(url, { tiemout = 1 })", "no option 'tiemout'; did you mean 'timeout'?"),
        ("get(url, { timeout = '61s' })", "it can be from 1 to 60000 ms"), ("get(url, { timeout = 0 })", "it can be"),
        ("get(url, { timeout = 'soon' })", "timeout is soon"), ("get(url, { method = 'PUT' })", "no option 'method'"),
        ("get(url, { redirects = 6 })", "an integer from 0 to 5"),
        ("get(url, { headers = 'x' })", "headers is a string"),
        ("get(url, { headers = { ['a b'] = 'x' } })", "no name of a header"),
        ("get(url, { headers = { a = 'x\\r\\nb: c' } })", "text on one line"),
        ("get(url, { headers = { Host = 'x' } })", "cannot be set"), ("get(url, { body = {} })", "body is a table"),
        ("get(url, { headers = { ['transfer-encoding'] = 'chunked' } })", "cannot be set"),
        ("get(url, { headers = { a = ('x'):rep(20000) } })", "they can have 16384"),
        ("post(url, { json = 1, body = 'x' })", "not both"), ("post(url, { json = string.len })", "function"),
        ("request { method = 'GET' }", "has to have a url"), ("request { url = url, method = 'CONNECT' }", "no method"),
        ("request { url = url, method = 'A B' }", "no method"), ("request { url = 1 }", "url is a integer"),
        ("get()", "bad argument #1 to 'http.get'"),
    ]

    @Test(arguments: mistakes) func aMistakeOfTheScriptRaises(text: String, message: String) async throws {
        try await withHost { host in
            host.vm.setGlobal("url", to: .string("http://127.0.0.1:1/"))
            await #expect { _ = try await host.run("platform.http.\(text)") } throws: { "\($0)".contains(message) }
        }
    }

    @Test func aRequestBodyHasALimit() async throws {
        var access = HTTPAccess.everything
        access.limits.requestBytesMax = 3
        let text =
            "return platform.http.post(url, { body = 'abc' }).status, pcall(platform.http.post, url, { body = 'abcd' })"
        let (results, asked) = try await run(text, access) { _ in CannedServer.answer("200 OK") }
        #expect(results.prefix(2) == [.integer(200), .boolean(false)])
        #expect(results.last?.text?.contains("a body of 4 bytes; it can have 3") == true)
        #expect(asked.count == 1)
    }

    static let badURLs = [
        "", "/a", "ftp://h/", "http://", "http:///a", "http://h:0/", "http://a%62c/", "http+unix://x/",
    ]

    @Test(arguments: badURLs) func aURLThatCannotBeAskedIsAFailure(url: String) async throws {
        try await withHost { host in
            let results = try await host.run("return platform.http.get('\(url)')")
            #expect(results.first == LuaValue.none && results.count == 2)
        }
    }

    @Test(arguments: [Point.select, .dedup, .handle, .handleBatch, .setup, .load, .health])
    func transactionsAndPurePointsCannotAsk(point: Point) async throws {
        try await withHost { host in
            await #expect { _ = try await host.run("platform.http.get('http://h/')", at: point) } throws: {
                "\($0)".contains("'http.get' cannot be used here")
            }
        }
    }

    // MARK: Hosts

    /// Whatever a private address is called, a pattern that names no host does not let it through, and nothing is sent.
    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0"])
    func privateAddressesHaveToBeNamed(host name: String) async throws {
        try await CannedServer.with { _ in
            CannedServer.answer("200 OK")
        } _: { server in
            try await withHost(allowing("*")) { host in
                let results = try await host.run("return platform.http.get('http://\(name):\(server.port)/')")
                #expect(results.first == LuaValue.none)
                #expect(results.last?.text?.contains("not one of the public internet") == true, "\(results)")
            }
            #expect(server.asked == [])
            try await withHost(allowing("localhost:*", "127.0.0.1:\(server.port)")) { host in
                let results = try await host.run("return platform.http.get('http://\(name):\(server.port)/')")
                let isNamed = ["127.0.0.1", "localhost"].contains(name)
                #expect((results.count == 1) == isNamed)
            }
        }
    }

    @Test func whatIsNotAllowedIsAFailure() async throws {
        try await withHost(allowing("api.internal:443", "*.example.com")) { host in
            let results = try await host.run("return platform.http.get('https://u:p@other:8443/secret?x')")
            #expect(
                results == [
                    .none,
                    .string("'https://other:8443' may not be asked; allowed are: api.internal:443, *.example.com"),
                ])
        }
    }

    // MARK: Dry runs and the end

    @Test func aDryRunSendsNothingThatChanges() async throws {
        try await CannedServer.with { _ in
            CannedServer.answer("200 OK")
        } _: { server in
            let planned = Mutex<[String]>([])
            let results = try await withHost { host in
                host.vm.provide(HTTPDryRun { plan in planned.withLock { $0.append(plan) } })
                return try await host.run(
                    """
                    local url = "http://127.0.0.1:\(server.port)/"
                    return platform.http.get(url).status, platform.http.post(url, { body = "x" }).status
                    """)
            }
            #expect(results == [.integer(200), .integer(204)])
            #expect(server.asked.count == 1)
            #expect(planned.withLock { $0 } == ["POST http://127.0.0.1:\(server.port)"])
        }
    }

    @Test func nothingIsSentAfterTheEnd() async throws {
        let host = try LibraryHost([HTTPModule.module], prelude: HTTPPrelude.text)
        let clients = HTTPClientHolder()
        host.vm.provide(HTTPAccess.everything)
        host.vm.provide(clients)
        await clients.shutdown()
        await clients.shutdown()
        let results = try await host.run("return platform.http.get('http://127.0.0.1:1/')")
        #expect(results.last?.text?.contains("the process is stopping") == true)
    }
}
