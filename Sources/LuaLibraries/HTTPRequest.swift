import LuaRuntime

/// A request as a script asks for it: read from its table, checked, with nothing left to default.
struct HTTPRequest: Sendable {
    var method: String
    var target: HTTPTarget
    /// In the order of their names.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var timeoutMS: Int64
    var redirectCountMax: Int64

    /// Whether it asks for nothing to be changed (RFC 9110, section 9.2.1).
    var isSafe: Bool { ["GET", "HEAD", "OPTIONS"].contains(method) }

    /// The prelude has made a body of `json`.
    static let optionNames = ["method", "url", "headers", "body", "timeout", "redirects"]

    /// `url` and `method` come from the arguments of `get` and `post`, else from the table at `index`. Throws `LuaError`
    /// on options that are a mistake of the script's, `HTTPFailure` on a URL that cannot be asked.
    init(_ stack: LuaStack, options index: Int, method: String?, url: [UInt8]?, limits: HTTPLimits) throws {
        timeoutMS = limits.timeoutMS
        redirectCountMax = limits.redirectCountMax
        var (method, url) = (method, url)
        if !stack.isNil(at: index) {
            let known = HTTPRequest.optionNames.filter { url == nil || ($0 != "url" && $0 != "method") }
            if let unknown = stack.unknownField(of: index, known: Set(known)) {
                let meant = NearestName.of(unknown, among: known).map { "; did you mean '\($0)'?" }
                throw LuaError(.argument, "a request has no option '\(unknown)'" + (meant ?? ""))
            }
            if url == nil {
                url = try HTTPRequest.bytes("url", stack, index)
                method = try HTTPRequest.text("method", stack, index)
            }
            body = try HTTPRequest.bytes("body", stack, index) ?? []
            timeoutMS = try HTTPRequest.timeoutMS(stack, index, limits)
            redirectCountMax = try HTTPRequest.redirectCount(stack, index, limits)
            headers = try HTTPRequest.headers(stack, index, limits)
        }
        guard let url else { throw LuaError(.argument, "a request has to have a url") }
        guard body.count <= limits.requestBytesMax else {
            throw LuaError(.argument, "a body of \(body.count) bytes; it can have \(limits.requestBytesMax)")
        }
        self.method = try HTTPRequest.checked(method ?? "GET")
        let parts: URLText
        do throws(URLText.Mistake) { parts = try URLText(url) } catch { throw HTTPFailure("the URL: \(error)") }
        target = try HTTPTarget(parts, limits: limits)
    }

    /// CONNECT and TRACE are not for asking things (RFC 9110, section 9.3).
    private static func checked(_ method: String) throws(LuaError) -> String {
        let upper = method.uppercased()
        guard (1...32).contains(upper.utf8.count), upper.utf8.allSatisfy(isTokenByte), upper != "CONNECT",
            upper != "TRACE"
        else { throw LuaError(.argument, "'\(method)' is no method that can be asked with") }
        return upper
    }

    private static func bytes(_ name: String, _ stack: LuaStack, _ index: Int) throws -> [UInt8]? {
        try stack.withField(name, of: index) { stack in
            switch stack.kind(at: -1) {
            case .none, .null: return nil
            case .string: return stack.bytes(at: -1)
            default:
                throw LuaError(.argument, "\(name) is a \(stack.typeName(at: -1)); it has to be a string")
            }
        }
    }

    private static func text(_ name: String, _ stack: LuaStack, _ index: Int) throws -> String? {
        try bytes(name, stack, index).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func timeoutMS(_ stack: LuaStack, _ index: Int, _ limits: HTTPLimits) throws -> Int64 {
        try stack.withField("timeout", of: index) { stack in
            if stack.isNil(at: -1) { return limits.timeoutMS }
            let milliseconds = try LuaDuration.milliseconds(stack: stack, at: -1, what: "timeout")
            guard (1...limits.timeoutMSMax).contains(milliseconds) else {
                throw LuaError(
                    .argument, "timeout is \(milliseconds) ms; it can be from 1 to \(limits.timeoutMSMax) ms")
            }
            return milliseconds
        }
    }

    private static func redirectCount(_ stack: LuaStack, _ index: Int, _ limits: HTTPLimits) throws -> Int64 {
        try stack.withField("redirects", of: index) { stack in
            if stack.isNil(at: -1) { return limits.redirectCountMax }
            guard let count = stack.integer(at: -1), (0...limits.redirectCountMax).contains(count) else {
                throw LuaError(
                    .argument,
                    "redirects is \(stack.description(at: -1)); it can be an integer from 0 to \(limits.redirectCountMax)"
                )
            }
            return count
        }
    }

    // MARK: Headers

    /// What the client writes itself: the host that is asked is the one that was judged, and a message's end is where
    /// its length says.
    private static let ownHeaders: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    private static func headers(
        _ stack: LuaStack, _ index: Int, _ limits: HTTPLimits
    ) throws -> [(name: String, value: String)] {
        let value = try stack.withField("headers", of: index) { try $0.value(at: -1) }
        switch value {
        case .none, .null: return []
        case .fields(let fields): return try checked(fields, limits)
        default: throw LuaError(.argument, "headers is a \(value.typeName); it has to be a table by name")
        }
    }

    private static func checked(
        _ fields: [String: LuaValue], _ limits: HTTPLimits
    ) throws(LuaError) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        var byteCount = 0
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw LuaError(.argument, "'\(name)' is no name of a header")
            }
            guard !ownHeaders.contains(name.lowercased()) else {
                throw LuaError(.argument, "header '\(name)' cannot be set: it follows from the request")
            }
            guard let bytes = value.plainText, let text = String(validating: bytes, as: UTF8.self),
                text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
            else { throw LuaError(.argument, "header '\(name)' has to be text on one line") }
            headers.append((name, text))
            byteCount += name.utf8.count + bytes.count
        }
        guard byteCount <= limits.headerBytesMax else {
            throw LuaError(.argument, "headers of \(byteCount) bytes; they can have \(limits.headerBytesMax)")
        }
        return headers
    }

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
