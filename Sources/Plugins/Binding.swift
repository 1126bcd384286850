public import LuaRuntime

/// The operator's word that a plugin decides for topics at one point.
public struct Binding: Sendable, Equatable {
    public var plugin: String
    public var topics: [String]
    public var point: Point
    /// The plugin's settings, unchecked until the plugin is known.
    public var config: LuaValue = .none
    public var host = Host()

    /// What happens when the plugin fails, or is not there.
    public enum OnError: String, Sendable, CaseIterable {
        /// As if there were no binding.
        case open
        /// The request is refused with an error that can be tried again.
        case closed
    }

    public enum OnDuplicate: String, Sendable, CaseIterable {
        /// Acknowledged with the place of the first, and not stored.
        case drop
        /// Refused.
        case reject
        /// Stored with the header `x-duplicate-of`.
        case flag
    }

    /// What is the host's and not the plugin's.
    public struct Host: Sendable, Equatable {
        public var onError: OnError?
        public var onDuplicate = OnDuplicate.drop
        /// The consumer group of a handler; `plugin-NAME` without it.
        public var group: String?
        /// Whether a handler without offsets begins with the oldest records or with those to come.
        public var startsAtLatest = false
        /// `TOPIC.dlq` without it.
        public var deadLetters: String?
        /// How often a message is handled again before it is dead.
        public var retries = 16
        /// Before the first repetition; each further one waits twice as long.
        public var backoffMS: Int64 = 1_000
        public var backoffMSMax: Int64 = 300_000
        /// Most records to a transaction.
        public var batch = 500
    }

    /// Tells bindings apart, in figures and in files: "select/orders", "handle/billing/orders".
    public var id: String {
        let topics = topics.joined(separator: "+")
        return host.group.map { "\(point.text)/\($0)/\(topics)" } ?? "\(point.text)/\(plugin)/\(topics)"
    }

    /// As manifests name it.
    public var pointName: String { point.text }

    /// Whether it handles messages, rather than deciding about them.
    public var isHandler: Bool { !point.isDisjoint(with: .transaction) }

    public var onError: OnError { host.onError ?? (isHandler ? .closed : .open) }
    public var group: String { host.group ?? "plugin-\(plugin)" }

    init(plugin: String, topics: [String], point: Point, config: LuaValue = .none) {
        self.plugin = plugin
        self.topics = topics
        self.point = point
        self.config = config
    }

    // MARK: From the operator's table

    private static let keys = ["plugin", "topic", "point", "config", "_host"]
    private static let hostKeys = [
        "on_error", "on_duplicate", "group", "from", "dead_letters", "retries", "backoff", "backoff_max", "batch",
    ]
    /// Points that are bound; `prepare` comes with its handler.
    static let bindable: [(point: Point, name: String)] = Point.names.filter {
        PluginManifest.extensionPoints.subtracting(.prepare).contains($0.point)
    }

    init(_ value: LuaValue) throws(PluginError) {
        guard case .fields(let fields) = value else {
            throw PluginError(.binding, "bind takes a table: bind { plugin = …, topic = …, point = … }")
        }
        try Binding.refuseOthers(fields, than: Binding.keys, "a binding")
        guard let plugin = fields["plugin"]?.text else {
            throw PluginError(.binding, "a binding has to name its plugin: plugin = \"order-router\"")
        }
        self.plugin = plugin
        guard let name = fields["point"]?.text else {
            throw PluginError(.binding, "the binding of '\(plugin)' has to name its point: point = \"select\"")
        }
        guard let point = Binding.bindable.first(where: { $0.name == name })?.point else {
            let hint = NearestName.of(name, among: Binding.bindable.map(\.name)).map { ": did you mean '\($0)'?" }
            throw PluginError(.binding, "there is no point '\(name)' to bind '\(plugin)' to\(hint ?? "")")
        }
        self.point = point
        topics = try Binding.topics(fields["topic"] ?? .none, of: plugin, point)
        config = fields["config"] ?? .none
        guard case .fields(let host)? = fields["_host"] else {
            guard fields["_host"] == nil else {
                throw PluginError(.binding, "_host of '\(plugin)' has to be a table as { on_error = \"closed\" }")
            }
            return
        }
        try Binding.refuseOthers(host, than: Binding.hostKeys, "_host of '\(plugin)'")
        try readHost(host)
    }

    private static func topics(_ value: LuaValue, of plugin: String, _ point: Point) throws(PluginError) -> [String] {
        guard point != .every, point != .health else {
            guard value == .none else {
                throw PluginError(.binding, "\(point.text) of '\(plugin)' belongs to no topic: leave topic out")
            }
            return []
        }
        let topics = value.text.map { [$0] } ?? value.texts ?? []
        guard !topics.isEmpty else {
            throw PluginError(
                .binding, "the binding of '\(plugin)' has to name its topic: topic = \"orders\", or a list of several")
        }
        return topics
    }

    private static func refuseOthers(_ fields: [String: LuaValue], than known: [String], _ what: String)
        throws(PluginError)
    {
        guard let unknown = fields.keys.sorted().first(where: { !known.contains($0) }) else { return }
        let hint = NearestName.of(unknown, among: known).map { ": did you mean '\($0)'?" }
        throw PluginError(
            .binding, "\(what) has no '\(unknown)'\(hint ?? "; there are \(known.joined(separator: ", "))")")
    }

    private mutating func readHost(_ fields: [String: LuaValue]) throws(PluginError) {
        let what = "_host of '\(plugin)'"
        if let value = fields["on_error"] { host.onError = try Binding.choice(value, "\(what).on_error") }
        if let value = fields["on_duplicate"] { host.onDuplicate = try Binding.choice(value, "\(what).on_duplicate") }
        if let value = fields["group"] { host.group = try Binding.text(value, "\(what).group") }
        if let value = fields["dead_letters"] { host.deadLetters = try Binding.text(value, "\(what).dead_letters") }
        if let value = fields["from"] {
            guard let from = value.text, ["earliest", "latest"].contains(from) else {
                throw PluginError(.binding, "\(what).from is \(value.shown): it is \"earliest\" or \"latest\"")
            }
            host.startsAtLatest = from == "latest"
        }
        if let value = fields["retries"] { host.retries = try Binding.integer(value, "\(what).retries", in: 0...1000) }
        if let value = fields["batch"] { host.batch = try Binding.integer(value, "\(what).batch", in: 1...10_000) }
        if let value = fields["backoff"] { host.backoffMS = try Binding.duration(value, "\(what).backoff") }
        if let value = fields["backoff_max"] { host.backoffMSMax = try Binding.duration(value, "\(what).backoff_max") }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ value: LuaValue, _ what: String)
        throws(PluginError) -> Choice
    {
        guard let choice = value.text.flatMap({ Choice(rawValue: $0) }) else {
            let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw PluginError(.binding, "\(what) is \(value.shown): it is one of \(names)")
        }
        return choice
    }

    private static func text(_ value: LuaValue, _ what: String) throws(PluginError) -> String {
        guard let text = value.text, !text.isEmpty else {
            throw PluginError(.binding, "\(what) is \(value.shown): it has to be a name")
        }
        return text
    }

    private static func integer(_ value: LuaValue, _ what: String, in range: ClosedRange<Int>) throws(PluginError)
        -> Int
    {
        guard case .integer(let integer) = value, range.contains(Int(clamping: integer)) else {
            throw PluginError(
                .binding, "\(what) is \(value.shown): it is an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(integer)
    }

    private static func duration(_ value: LuaValue, _ what: String) throws(PluginError) -> Int64 {
        if case .integer(let milliseconds) = value, milliseconds > 0 { return milliseconds }
        guard let milliseconds = value.text.flatMap({ LuaDuration.milliseconds($0) }), milliseconds > 0 else {
            throw PluginError(.binding, "\(what) is \(value.shown): write it as \"5s\"")
        }
        return milliseconds
    }
}
