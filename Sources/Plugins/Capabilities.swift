import LuaRuntime

/// What a plugin asks for beyond computing, and what an operator grants: the same form for both.
public struct Capabilities: Sendable, Equatable {
    /// Its own tables in SQLite, in handlers.
    public var sql = false
    /// Topics that a handler may write to; `*` at an end stands for anything.
    public var produce: [String] = []
    /// Hosts as "name:port".
    public var http: [String] = []
    /// Values of its own that last.
    public var kv = false
    /// Values that all states of the plugin in this process share.
    public var shared = false
    /// Variables of the environment.
    public var env: [String] = []

    public init() {}

    static let names = ["sql", "produce", "http", "kv", "shared", "env"]

    /// Reads `{ sql = true, produce = { "invoices" } }`, or a list of names for those that take no more: `{ "sql" }`.
    init(_ value: LuaValue, what: String) throws(PluginError) {
        switch value {
        case .none: return
        case .array(let elements):
            for element in elements {
                guard let name = element.text else { throw Capabilities.malformed(what) }
                try set(name, .boolean(true), what: what)
            }
        case .fields(let fields):
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) { try set(name, value, what: what) }
        default: throw Capabilities.malformed(what)
        }
    }

    private static func malformed(_ what: String) -> PluginError {
        PluginError(.manifest, "\(what) has to be a table as { sql = true, produce = { \"invoices\" } }")
    }

    private mutating func set(_ name: String, _ value: LuaValue, what: String) throws(PluginError) {
        switch name {
        case "sql": sql = try Capabilities.flag(value, "\(what).sql")
        case "kv": kv = try Capabilities.flag(value, "\(what).kv")
        case "shared": shared = try Capabilities.flag(value, "\(what).shared")
        case "produce": produce = try Capabilities.list(value, "\(what).produce", example: "invoices")
        case "http": http = try Capabilities.list(value, "\(what).http", example: "api.internal:443")
        case "env": env = try Capabilities.list(value, "\(what).env", example: "REGION")
        default:
            let hint = NearestName.of(name, among: Capabilities.names).map { ": did you mean '\($0)'?" }
            throw PluginError(
                .manifest,
                "\(what).\(name) is no capability\(hint ?? "; there are \(Capabilities.names.joined(separator: ", "))")"
            )
        }
    }

    private static func flag(_ value: LuaValue, _ what: String) throws(PluginError) -> Bool {
        guard case .boolean(let flag) = value else { throw PluginError(.manifest, "\(what) has to be true or false") }
        return flag
    }

    private static func list(_ value: LuaValue, _ what: String, example: String) throws(PluginError) -> [String] {
        let problem = PluginError(.manifest, "\(what) has to be a list as { \"\(example)\" }")
        switch value {
        case .array(let elements):
            var list: [String] = []
            for element in elements {
                guard let text = element.text, !text.isEmpty else { throw problem }
                list.append(text)
            }
            return list
        case .fields(let fields) where fields.isEmpty: return []
        default: throw problem
        }
    }

    /// What of these is not within what was granted, as the line that grants it all; nil if nothing is missing.
    func missing(from granted: Capabilities, plugin: String) -> String? {
        var missing: [String] = []
        if sql, !granted.sql { missing.append("sql = true") }
        if kv, !granted.kv { missing.append("kv = true") }
        if shared, !granted.shared { missing.append("shared = true") }
        for (name, asked, given) in [
            ("produce", produce, granted.produce), ("http", http, granted.http), ("env", env, granted.env),
        ] {
            let rest = asked.filter { pattern in !given.contains { Capabilities.matches(pattern, pattern: $0) } }
            if !rest.isEmpty {
                missing.append("\(name) = { \(rest.map { "\"\($0)\"" }.joined(separator: ", ")) }")
            }
        }
        guard !missing.isEmpty else { return nil }
        return "grant(\"\(plugin)\", { \(missing.joined(separator: ", ")) })"
    }

    func mayProduce(to topic: String) -> Bool { produce.contains { Capabilities.matches(topic, pattern: $0) } }

    /// `*` at the beginning or end of a pattern stands for any text there.
    static func matches(_ name: String, pattern: String) -> Bool {
        if pattern == "*" { return true }
        if pattern.hasSuffix("*") { return name.hasPrefix(pattern.dropLast()) }
        if pattern.hasPrefix("*") { return name.hasSuffix(pattern.dropFirst()) }
        return name == pattern
    }

    /// As a table of JSON, for `platform plugin list`.
    public var names: [String] {
        (sql ? ["sql"] : []) + (kv ? ["kv"] : []) + (shared ? ["shared"] : []) + produce.map { "produce:\($0)" }
            + http.map { "http:\($0)" }
            + env.map { "env:\($0)" }
    }
}
