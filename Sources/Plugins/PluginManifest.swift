public import LuaRuntime

/// What a plugin says of itself in the table it gives to `platform.plugin`, but for its functions.
public struct PluginManifest: Sendable, Equatable {
    public var name = ""
    public var version = ""
    public var about = ""
    public var needs = Capabilities()
    public var config = ConfigSchema()
    /// SQL that makes the handler's tables, run before its first message.
    public var schema = ""
    /// The extension points it has functions for.
    public var points: Point = []
    /// Intervals of `every`, milliseconds, in ascending order.
    public var intervalsMS: [Int64] = []
    /// Lower limits that it asks for.
    public var timeMS: UInt32?
    public var memoryBytes: Int?
    /// Nanoseconds that a call may take on average in `platform plugin test --bench`, by point.
    public var benchNS: [String: Int64] = [:]

    /// The version of the plugin interface that this program speaks.
    public static let apiVersion: Int64 = 1
    public static let extensionPoints: Point = [
        .select, .dedup, .prepare, .handle, .handleBatch, .every, .health,
    ]
    static let keys: [String] =
        ["name", "version", "api", "about", "needs", "config", "limits", "bench", "schema", "setup"]
        + Point.names.filter { extensionPoints.contains($0.point) }.map(\.name)
    static let nameLengthMax = 64

    /// Reads the table on top of a stack. Functions are only looked at: their number of parameters.
    init(_ stack: LuaStack, of vm: LuaVM, bundle: PluginBundle) throws(PluginError) {
        guard stack.kind(at: -1) == .table else {
            throw PluginError(
                .manifest,
                "\(bundle.chunkName(of: PluginBundle.mainFile)) returned \(stack.typeName(at: -1)): it has to end in "
                    + "return platform.plugin { … }")
        }
        let table = stack.count
        if let unknown = stack.unknownField(of: table, known: Set(PluginManifest.keys)) {
            let hint = NearestName.of(unknown, among: PluginManifest.keys).map { ": did you mean '\($0)'?" }
            throw PluginError(.manifest, "a plugin has no '\(unknown)'\(hint ?? "")")
        }
        name = try PluginManifest.text("name", of: table, stack)
        guard name == bundle.name else {
            throw PluginError(
                .manifest, "the plugin in '\(bundle.path)' calls itself '\(name)': name the file or directory alike")
        }
        guard PluginManifest.isName(name) else {
            throw PluginError(
                .manifest,
                "the name '\(name)' has to be of lower-case letters, digits and -, begin with a letter, and have at most "
                    + "\(PluginManifest.nameLengthMax) bytes")
        }
        version = try PluginManifest.text("version", of: table, stack)
        guard PluginManifest.isVersion(version) else {
            throw PluginError(.manifest, "version is '\(version)': it has to be as 1.2.0")
        }
        let api = try PluginManifest.value("api", of: table, stack)
        guard api == .integer(PluginManifest.apiVersion) else {
            throw PluginError(.manifest, "api is \(api.shown): this program has api = \(PluginManifest.apiVersion)")
        }
        about = try PluginManifest.value("about", of: table, stack).text ?? ""
        needs = try Capabilities(try PluginManifest.value("needs", of: table, stack), what: "needs")
        config = try ConfigSchema(
            declaration: try PluginManifest.value("config", of: table, stack, positionsAreNames: true))
        try readLimits(try PluginManifest.value("limits", of: table, stack))
        try readBench(try PluginManifest.value("bench", of: table, stack))
        try readFunctions(of: table, stack, vm)
        try readSchema(try PluginManifest.value("schema", of: table, stack))
    }

    // MARK: Parts

    private static func text(_ field: String, of table: Int, _ stack: LuaStack) throws(PluginError) -> String {
        let value = try value(field, of: table, stack)
        guard let text = value.text, !text.isEmpty else {
            throw PluginError(.manifest, "\(field) is \(value.shown): a plugin has to say it, as a string")
        }
        return text
    }

    private static func value(
        _ field: String, of table: Int, _ stack: LuaStack, positionsAreNames: Bool = false
    ) throws(PluginError) -> LuaValue {
        let outcome = stack.withField(field, of: table) { stack in
            Result { () throws(LuaError) in
                positionsAreNames ? try stack.declaration(at: -1) : try stack.value(at: -1)
            }
        }
        do { return try outcome.get() } catch { throw PluginError(.manifest, "\(field): \(error.message)") }
    }

    private mutating func readLimits(_ value: LuaValue) throws(PluginError) {
        guard value != .none else { return }
        guard case .fields(let fields) = value else {
            throw PluginError(.manifest, "limits has to be a table as { time = \"5ms\", memory = \"8MiB\" }")
        }
        for (name, value) in fields {
            switch name {
            case "time":
                guard let milliseconds = value.text.flatMap({ LuaDuration.milliseconds($0) }), milliseconds > 0 else {
                    throw PluginError(.manifest, "limits.time is \(value.shown): write it as \"5ms\"")
                }
                timeMS = UInt32(clamping: milliseconds)
            case "memory":
                guard let bytes = value.text.flatMap({ ByteSize.bytes($0) }), bytes >= 1 << 18 else {
                    throw PluginError(
                        .manifest, "limits.memory is \(value.shown): write it as \"8MiB\", at least 256KiB")
                }
                memoryBytes = bytes
            default: throw PluginError(.manifest, "limits has no '\(name)'; there are time and memory")
            }
        }
    }

    private mutating func readSchema(_ value: LuaValue) throws(PluginError) {
        guard value != .none else { return }
        guard let text = value.text else {
            throw PluginError(.manifest, "schema is \(value.shown): it has to be a string of CREATE TABLE statements")
        }
        guard needs.sql, !points.isDisjoint(with: .transaction) else {
            throw PluginError(.manifest, "schema is for handlers with needs = { sql = true }")
        }
        schema = text
    }

    private static let unitsNS: [(String, Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]

    private mutating func readBench(_ value: LuaValue) throws(PluginError) {
        guard value != .none else { return }
        guard case .fields(let fields) = value else {
            throw PluginError(.manifest, "bench has to be a table as { select = \"1us\" }")
        }
        for (name, value) in fields {
            guard
                let text = value.text,
                let (unit, size) = PluginManifest.unitsNS.first(where: { text.hasSuffix($0.0) }),
                let count = Double(text.dropLast(unit.count)), count > 0
            else { throw PluginError(.manifest, "bench.\(name) is \(value.shown): write it as \"500ns\" or \"1us\"") }
            benchNS[name] = Int64(count * size)
        }
    }

    /// Parameters that the host gives, by point.
    private static let parameters: [(point: Point, text: String, countMax: Int)] = [
        (.setup, "(cfg, ctx)", 2), (.select, "(msg, n, cfg)", 3), (.dedup, "(msg, cfg)", 2),
        (.prepare, "(msg, ctx)", 2), (.handle, "(msg, tx, prepared)", 3), (.handleBatch, "(msgs, tx, prepared)", 3),
        (.health, "(ctx)", 1),
    ]

    private mutating func readFunctions(of table: Int, _ stack: LuaStack, _ vm: LuaVM) throws(PluginError) {
        for (point, name) in Point.names where PluginManifest.extensionPoints.contains(point) || point == .setup {
            if point == .every { continue }
            let facts = stack.withField(name, of: table) { stack in
                stack.isNil(at: -1) ? nil : vm.keep(at: -1, of: stack)
            }
            guard let facts else { continue }
            guard let function = facts.functionFacts else {
                throw PluginError(.manifest, "\(name) has to be a function")
            }
            if let wanted = PluginManifest.parameters.first(where: { $0.point == point }),
                function.parameterCount > wanted.countMax
            {
                throw PluginError(
                    .manifest,
                    "\(name) takes \(function.parameterCount) parameters, at line \(function.line): the host gives \(wanted.text)"
                )
            }
            if point != .setup { points.insert(point) }
        }
        try readIntervals(of: table, stack)
        guard !points.isEmpty else {
            let names = Point.names.filter { PluginManifest.extensionPoints.contains($0.point) }.map(\.name)
            throw PluginError(.manifest, "the plugin has no function for any of \(names.joined(separator: ", "))")
        }
        if points.contains(.handle), points.contains(.handleBatch) {
            throw PluginError(.manifest, "a plugin has either handle or handle_batch, not both")
        }
        if points.contains(.prepare), points.isDisjoint(with: .transaction) {
            throw PluginError(.manifest, "prepare is for what handle then gets, and there is no handle")
        }
        if !points.isDisjoint(with: .transaction), !points.isDisjoint(with: [.select]) {
            throw PluginError(
                .manifest, "a plugin that handles messages cannot select partitions too: make it two plugins")
        }
    }

    static let intervalMSMin: Int64 = 100

    private mutating func readIntervals(of table: Int, _ stack: LuaStack) throws(PluginError) {
        let problem = PluginError(.manifest, "every has to be a table as { [\"30s\"] = function(ctx) … end }")
        let names: [String]? = stack.withField("every", of: table) { stack in
            if stack.isNil(at: -1) { return [] }
            guard stack.kind(at: -1) == .table else { return nil }
            return stack.fieldNames(of: -1)
        }
        guard let names else { throw problem }
        for name in names {
            guard let milliseconds = LuaDuration.milliseconds(name), milliseconds >= PluginManifest.intervalMSMin else {
                throw PluginError(
                    .manifest,
                    "every[\"\(name)\"] is no interval: write it as \"30s\", at least \(PluginManifest.intervalMSMin)ms"
                )
            }
            intervalsMS.append(milliseconds)
            points.insert(.every)
        }
        intervalsMS.sort()
    }

    // MARK: Forms

    static func isName(_ name: String) -> Bool {
        name.utf8.count <= nameLengthMax && name.first.map { $0.isASCII && $0.isLowercase } == true
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 1)[0].split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { Int($0).map { $0 >= 0 } == true }
    }
}
