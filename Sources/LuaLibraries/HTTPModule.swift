public import LuaRuntime
import NIOCore
import NIOHTTP1

/// In dry runs, a service of a state: is told of each request that would have changed something and was not sent.
public struct HTTPDryRun {
    /// "POST https://example.com"
    public var plan: (String) -> Void

    public init(plan: @escaping (String) -> Void) { self.plan = plan }
}

/// `platform.http`: other servers asked. What is on top of these functions in Lua is in `HTTPPrelude`.
public enum HTTPModule {
    private static let limits = HTTPLimits()

    public static let module = HostModule(
        "http",
        about: """
            Asks HTTP servers. Options of a request: method, url, headers (by name), body (string), json (a value, sent \
            as application/json), timeout (\(limits.timeoutMS / 1_000) s; at most \(limits.timeoutMSMax / 1_000) s, all \
            in all), redirects (how many are followed, at most \(limits.redirectCountMax)).

            An answer has status, headers (by name in lower case; values of a name given twice are joined by `, `), body \
            and url, which it came from after redirects. Every status is an answer; without one the functions give nil \
            and why. Bodies end at \(limits.responseBytesMax >> 20) MiB, both ways. Scripts may ask every host. Where \
            hosts are listed, redirects lead to listed ones only, and one that only `*` lets through has to have an \
            address of the public internet.

            With `--dry-run` only GET, HEAD and OPTIONS are sent. Others are counted, and answered with status 204.
            """,
        [
            HostFunction(
                "http.request", [.required("request", .table("platform.Request"))], returns: results, at: .unbound,
                mayWait: true, about: "Sends a request.",
                example: """
                    local answer, message = platform.http.request {
                        method = "PUT", url = "https://api.internal/orders/7", json = order, timeout = "2s",
                    }
                    """
            ) { call in
                try ask(call, method: nil, url: nil, options: 1)
            },
            HostFunction(
                "http.get", [.required("url", .string), .optional("options", .table("platform.Request"))],
                returns: results, at: .unbound, mayWait: true, about: "Sends a GET request.",
                example: "local rate = assert(platform.http.get(url)):json(\"rate\")"
            ) { call in
                try ask(call, method: "GET", url: call.bytes(1), options: 2)
            },
            HostFunction(
                "http.post", [.required("url", .string), .optional("options", .table("platform.Request"))],
                returns: results, at: .unbound, mayWait: true, about: "Sends a POST request.",
                example: "platform.http.post(url, { json = { id = msg.key } })"
            ) { call in
                try ask(call, method: "POST", url: call.bytes(1), options: 2)
            },
            HostFunction(
                "Answer:json", [.optional("path", .string)],
                returns: [.value(.any), .value(.string, "why not")],
                about: """
                    The body's JSON, or what is at a path of it, as `json.get`; nil and a message if it is no JSON.
                    """, body: nil),
        ])

    private static let results: [HostFunction.Value] = [
        .value(.table("platform.Answer")), .value(.string, "why there is none"),
    ]

    private static func ask(_ call: HostCall, method: String?, url: [UInt8]?, options: Int) throws -> HostResult {
        let access = try call.vm.service(HTTPAccess.self)
        let clients = try call.vm.service(HTTPClientHolder.self)
        let request: HTTPRequest
        do {
            request = try HTTPRequest(
                call.stack, options: options, method: method, url: url, limits: access.limits)
            _ = try access.reach(of: request.target)
        } catch let failure as HTTPFailure {
            return call.failure("\(failure)")
        }
        if !request.isSafe, let dryRun = try? call.vm.service(HTTPDryRun.self) {
            dryRun.plan("\(request.method) \(request.target.origin)")
            push(
                .init(status: 204, headers: [:], body: ByteBuffer(), url: request.target.requestText), on: call.stack)
            return .pushed(1)
        }
        let exchange = HTTPExchange(request: request, access: access, clients: clients)
        return .wait {
            do {
                let answer = try await exchange.run()
                return HostReply { stack in
                    push(answer, on: stack)
                    return 1
                }
            } catch let failure as HTTPFailure {
                return .values(.none, .string("\(request.method) \(request.target.origin): \(failure)"))
            }
        }
    }

    private static func push(_ answer: HTTPExchange.Answer, on stack: LuaStack) {
        stack.pushTable(fieldCount: 4)
        stack.push(Int64(answer.status))
        stack.setField("status", of: -2)
        stack.push(answer.url)
        stack.setField("url", of: -2)
        answer.body.withUnsafeReadableBytes { stack.push($0) }
        stack.setField("body", of: -2)
        var headers: [String: LuaValue] = [:]
        for (name, value) in answer.headers {
            let name = name.lowercased()
            let earlier = headers[name]?.text.map { $0 + ", " } ?? ""
            headers[name] = .string(earlier + value)
        }
        stack.push(.fields(headers))
        stack.setField("headers", of: -2)
    }
}
