public import LuaRuntime

/// `platform.url`: URLs taken apart and put together.
public enum URLModule {
    public static let module = HostModule(
        "url",
        about: """
            URLs and references (RFC 3986), at most \(URLText.bytesMax) bytes. Texts are bytes: what is encoded need \
            not be UTF-8.
            """,
        [
            HostFunction(
                "url.parse", [.required("text", .string)],
                returns: [.value(.table("platform.URL")), .value(.string, "why not")],
                about: """
                    The parts of a URL, or nil and what is wrong with it: scheme and host in lower case, user and \
                    password decoded, port (integer), path, query and fragment as written, params, the query's values \
                    by name as `parse_query` gives them. What is not there is nil; the path may be empty.
                    """,
                example: "local port = platform.url.parse(\"http://api.internal:8080/v1?full=1\").port"
            ) { call in
                do throws(URLText.Mistake) {
                    let url = try URLText(call.bytes(1))
                    return call.answer(try table(of: url))
                } catch {
                    return call.failure("\(error)")
                }
            },
            HostFunction(
                "url.build", [.required("parts", .table("platform.URL"))], returns: [.value(.string)],
                about: """
                    The URL of such parts: the query is `query` as it is, or made of `params` without it. In path, \
                    query and fragment what cannot stand for itself is encoded and `%41` stays. Raises on parts that \
                    make no URL.
                    """,
                example: "platform.url.build { scheme = \"https\", host = \"example.com\", path = \"/a b\" }"
            ) { call in
                guard case .fields(let parts) = try call.value(1) else {
                    throw LuaError(.argument, "url.build: the table has to have names")
                }
                return call.answer(.bytes(try text(of: parts)))
            },
            HostFunction(
                "url.resolve", [.required("base", .string), .required("reference", .string)],
                returns: [.value(.string), .value(.string, "why not")],
                about: "What a link found at a URL leads to; nil and a message if one of them is none.",
                example: "platform.url.resolve(\"http://a/b/c\", \"../d\")  --> \"http://a/d\""
            ) { call in
                do throws(URLText.Mistake) {
                    let base = try URLText(call.bytes(1))
                    guard base.scheme != nil else { return call.failure("the base has no scheme") }
                    return call.answer(.bytes(base.resolving(try URLText(call.bytes(2))).text))
                } catch {
                    return call.failure("\(error)")
                }
            },
            HostFunction(
                "url.encode", [.required("text", .string)], returns: [.value(.string)],
                about: "A text as a part of a URL: all but letters, digits and `-._~` percent-encoded."
            ) { call in call.answer(.bytes(PercentEncoding.encode(try bytes(of: call)))) },
            HostFunction(
                "url.decode", [.required("text", .string)], returns: [.value(.string), .value(.string, "why not")],
                about: "Undoes `encode`; a `+` stays one. nil and a message if a `%` is not followed by two digits."
            ) { call in
                guard let decoded = PercentEncoding.decode(try bytes(of: call)) else {
                    return call.failure("a '%' is not followed by two hexadecimal digits")
                }
                return call.answer(.bytes(decoded))
            },
            HostFunction(
                "url.query", [.required("params", .table("table<string, any>"))], returns: [.value(.string)],
                about: """
                    Values by name as a query, in the order of the names; a name with an array has each of its values. \
                    An array of `{ name, value }` keeps its order.
                    """,
                example: "platform.url.query { q = \"a&b\", n = 2 }  --> \"n=2&q=a%26b\""
            ) { call in call.answer(.bytes(URLQuery.text(of: try URLQuery.pairs(of: call.value(1))))) },
            HostFunction(
                "url.parse_query", [.required("text", .string)],
                returns: [
                    .value(.table("table<string, string>"), "of a name given twice the last value"),
                    .value(.table("string[][]"), "all of it as `{ name, value }`, in order"),
                ],
                about: """
                    The values of a query by name, a `+` being a space; nil and a message if it cannot be decoded, or \
                    has more than \(URLQuery.pairCountMax) pairs.
                    """
            ) { call in
                do throws(URLText.Mistake) {
                    let pairs = try URLQuery.pairs(of: call.bytes(1))
                    call.stack.push(byName(pairs))
                    call.stack.push(.array(pairs.map { .array([.bytes($0.name), .bytes($0.value)]) }))
                    return .pushed(2)
                } catch {
                    return call.failure("\(error)")
                }
            },
        ])

    private static func bytes(of call: HostCall) throws(LuaError) -> [UInt8] {
        let bytes = call.bytes(1)
        guard bytes.count <= URLText.bytesMax else {
            throw LuaError(.argument, "a text of \(bytes.count) bytes; it can have \(URLText.bytesMax)")
        }
        return bytes
    }

    private static func byName(_ pairs: [URLQuery.Pair]) -> LuaValue {
        var fields: [String: LuaValue] = [:]
        for pair in pairs { fields[String(decoding: pair.name, as: UTF8.self)] = .bytes(pair.value) }
        return .fields(fields)
    }

    private static func table(of url: URLText) throws(URLText.Mistake) -> LuaValue {
        var fields: [String: LuaValue] = ["path": .bytes(url.path)]
        fields["scheme"] = url.scheme.map { .string($0) }
        fields["user"] = url.user.map { .bytes($0) }
        fields["password"] = url.password.map { .bytes($0) }
        fields["host"] = url.host.map { .string($0) }
        fields["port"] = url.port.map { .integer(Int64($0)) }
        fields["query"] = url.query.map { .bytes($0) }
        fields["fragment"] = url.fragment.map { .bytes($0) }
        fields["params"] = byName(try URLQuery.pairs(of: url.query ?? []))
        return .fields(fields)
    }

    private static let partNames = [
        "scheme", "user", "password", "host", "port", "path", "query", "params", "fragment",
    ]

    private static func text(of parts: [String: LuaValue]) throws(LuaError) -> [UInt8] {
        if let unknown = parts.keys.sorted().first(where: { !partNames.contains($0) }) {
            throw LuaError(.argument, "a URL has no '\(unknown)'; there are \(partNames.joined(separator: ", "))")
        }
        func part(_ name: String) throws(LuaError) -> [UInt8]? {
            switch parts[name] ?? .none {
            case .none, .null: return nil
            case .bytes(let bytes): return bytes
            case let other: throw LuaError(.argument, "\(name) is a \(other.typeName); it has to be a string")
            }
        }
        func name(_ key: String) throws(LuaError) -> String? {
            try part(key).map { String(decoding: $0, as: UTF8.self).lowercased() }
        }
        var url = URLText()
        (url.scheme, url.host) = (try name("scheme"), try name("host"))
        (url.user, url.password) = (try part("user"), try part("password"))
        (url.path, url.fragment) = (try part("path") ?? [], try part("fragment"))
        switch parts["port"] ?? .none {
        case .none, .null: break
        case .integer(let port): url.port = Int(port)
        case let other: throw LuaError(.argument, "port is a \(other.typeName); it has to be an integer")
        }
        url.query = try part("query")
        if url.query == nil, let params = parts["params"] {
            let query = URLQuery.text(of: try URLQuery.pairs(of: params))
            if !query.isEmpty { url.query = query }
        }
        // Whatever does not belong into a part would move into another one: what is read back has to be the same.
        let text = url.text
        do throws(URLText.Mistake) {
            let again = try URLText(text)
            let isSame =
                again.scheme == url.scheme && again.host == url.host && again.port == url.port
                && again.user == url.user && again.password == url.password
            guard isSame else { throw URLText.Mistake("its parts read back as others") }
        } catch {
            throw LuaError(.argument, "'\(String(decoding: text.prefix(200), as: UTF8.self))' is no URL: \(error)")
        }
        return text
    }
}
