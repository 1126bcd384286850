import LuaRuntime

/// What is wrong with a plugin's text that running its chunk does not show: names that are not there, and host functions
/// where they may not be called.
///
/// It looks at words, not at scopes: a name counts as known if it is declared anywhere in the file, and a function as called
/// from a point if its name stands in what that point reaches. So it may overlook something; what it says holds.
struct SourceFindings {
    /// "orders.lua:12: …"
    private(set) var problems: [String] = []
    private let file: String
    private let tokens: [SourceTokens.Token]
    private let registry: HostRegistry
    private var functions: [Function] = []
    /// Locals that stand for a part of `platform`: `local http = platform.http`.
    private var aliases: [String: [String]] = [:]

    /// A function's body, as a range of tokens.
    private struct Function {
        var name: String?
        var range: Range<Int>
    }

    /// Globals that a plugin has beside those of its own.
    private static let globals: Set<String> = [
        "platform", "require", "print", "assert", "collectgarbage", "error", "getmetatable", "ipairs", "load", "next",
        "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring",
        "type", "xpcall", "coroutine", "string", "table", "math", "utf8", "os", "debug", "_G", "_ENV", "_VERSION",
        "self",
    ]

    init(_ text: String, file: String, points: Point, registry: HostRegistry) {
        self.file = file
        self.registry = registry
        tokens = SourceTokens(text).tokens
        findFunctions()
        findAliases()
        checkNames()
        checkCalls(points)
    }

    private func text(_ index: Int) -> String? { tokens.indices.contains(index) ? tokens[index].text : nil }
    private func isName(_ index: Int) -> Bool { tokens.indices.contains(index) && tokens[index].kind == .name }

    private func isSign(_ index: Int, _ sign: String) -> Bool {
        tokens.indices.contains(index) && tokens[index].kind == .sign && tokens[index].text == sign
    }

    private func isKeyword(_ index: Int, _ word: String) -> Bool {
        tokens.indices.contains(index) && tokens[index].kind == .keyword && tokens[index].text == word
    }

    private mutating func add(_ line: Int, _ message: String) {
        let problem = "\(file):\(line): \(message)"
        if !problems.contains(problem) { problems.append(problem) }
    }

    // MARK: Structure

    private mutating func findFunctions() {
        var open: [(isFunction: Bool, start: Int)] = []
        for (index, token) in tokens.enumerated() where token.kind == .keyword {
            switch token.text {
            case "function": open.append((true, index))
            case "if", "do", "repeat": open.append((false, index))
            case "end", "until":
                guard let block = open.popLast(), block.isFunction else { continue }
                functions.append(Function(name: functionName(at: block.start), range: block.start..<index))
            default: break
            }
        }
    }

    /// The name of `local function name`, `function a.name` or `name = function`.
    private func functionName(at index: Int) -> String? {
        if isName(index + 1) {
            var last = index + 1
            while isSign(last + 1, ".") || isSign(last + 1, ":"), isName(last + 2) { last += 2 }
            return text(last)
        }
        if isSign(index - 1, "="), isName(index - 2) { return text(index - 2) }
        return nil
    }

    private mutating func findAliases() {
        for index in tokens.indices
        where isKeyword(index, "local") && isName(index + 1) && isSign(index + 2, "=") && isName(index + 3) {
            guard let chain = chain(at: index + 3) else { continue }
            if let name = text(index + 1) { aliases[name] = chain.names }
        }
    }

    /// The names behind `platform` of a chain that begins at a token, through an alias too, and where it ends.
    private func chain(at index: Int) -> (names: [String], end: Int)? {
        guard isName(index), let first = text(index), !isSign(index - 1, "."), !isSign(index - 1, ":") else {
            return nil
        }
        var names: [String]
        if first == "platform" {
            names = []
        } else if let alias = aliases[first] {
            names = alias
        } else {
            return nil
        }
        var end = index + 1
        while isSign(end, "."), isName(end + 1), let name = text(end + 1) {
            names.append(name)
            end += 2
        }
        return (names, end)
    }

    // MARK: Names

    private mutating func checkNames() {
        var declared = SourceFindings.globals
        for (index, token) in tokens.enumerated() {
            if token.kind == .keyword, token.text == "local" || token.text == "for" {
                // local a <const>, b = …; for a, b in …
                var next = isKeyword(index + 1, "function") ? index + 2 : index + 1
                while isName(next), let name = text(next) {
                    declared.insert(name)
                    next += 1
                    if isSign(next, "<") { next += 3 }
                    guard isSign(next, ",") else { break }
                    next += 1
                }
            }
            if token.kind == .keyword, token.text == "function" {
                var next = index + 1
                while tokens.indices.contains(next), !isSign(next, "(") { next += 1 }
                next += 1
                while isName(next), let name = text(next) {
                    declared.insert(name)
                    next += isSign(next + 1, ",") ? 2 : 1
                }
            }
            if token.kind == .keyword, token.text == "goto", let label = text(index + 1) { declared.insert(label) }
        }
        for (index, token) in tokens.enumerated() where token.kind == .name && !declared.contains(token.text) {
            let isField = isSign(index - 1, ".") && !isSign(index - 2, ".") || isSign(index - 1, ":")
            let isKey =
                isSign(index + 1, "=") && !isSign(index + 2, "=")
                && (isSign(index - 1, "{") || isSign(index - 1, ",") || isSign(index - 1, ";"))
            let isAttribute = isSign(index - 1, "<") && isSign(index + 1, ">")
            guard !isField, !isKey, !isAttribute else { continue }
            let hint = NearestName.of(token.text, among: declared.sorted()).map { ": did you mean '\($0)'?" }
            add(token.line, "'\(token.text)' is not declared\(hint ?? "; write local before its first use")")
        }
    }

    // MARK: Host functions

    private mutating func checkCalls(_ points: Point) {
        let modules = Set(registry.functions.compactMap { $0.path.owner })
        let known = Set(registry.functions.map(\.name))
        let reached = Point.names.filter { points.contains($0.point) || $0.point == .setup }.compactMap { point, name in
            reach(from: name).map { (point, name, $0) }
        }
        for index in tokens.indices {
            guard let (names, end) = chain(at: index), !names.isEmpty else { continue }
            let line = tokens[index].line
            let name = names.prefix(2).joined(separator: ".")
            guard
                let function = registry.functions.first(where: {
                    $0.name == name || names.count == 1 && $0.name == names[0]
                })
            else {
                // A module as a whole, as in `local http = platform.http`.
                if names.count == 1, modules.contains(names[0]) || names[0] == "null" { continue }
                if names.count > 1, names[0] == "null" { continue }
                let hint = NearestName.of(name, among: known.filter { !$0.contains(":") }.sorted())
                add(line, "there is no platform.\(name)" + (hint.map { ": did you mean platform.\($0)?" } ?? ""))
                continue
            }
            guard isSign(end, "(") || isSign(end, "{") || tokens.indices.contains(end) && tokens[end].kind == .string
            else { continue }
            for (point, pointName, range) in reached where range.contains(index) && !function.points.contains(point) {
                let reason = function.mayWait ? "waits and cannot be called" : "cannot be called"
                add(
                    line, "platform.\(function.name) \(reason) in \(pointName); it can in \(function.points.text)")
            }
        }
    }

    /// The tokens that a point's function reaches: its body, and those of functions it names, and so on; nil if there is none.
    private func reach(from point: String) -> Set<Int>? {
        // `select = select` and `select = function` name it alike, but for another name on the right.
        var wanted: Set<String> = []
        for index in tokens.indices where text(index) == point && isName(index) && isSign(index + 1, "=") {
            if isName(index + 2), let name = text(index + 2), !isSign(index + 3, "(") { wanted.insert(name) }
            if isKeyword(index + 2, "function") { wanted.insert(point) }
        }
        guard !wanted.isEmpty else { return nil }
        var seen: Set<String> = []
        var reached: Set<Int> = []
        while let name = wanted.popFirst() {
            guard seen.insert(name).inserted else { continue }
            for function in functions where function.name == name {
                reached.formUnion(function.range)
                for index in function.range.dropFirst() where isName(index) {
                    guard let called = text(index), !isSign(index - 1, "."), !isSign(index - 1, ":") else { continue }
                    if functions.contains(where: { $0.name == called }) { wanted.insert(called) }
                }
            }
        }
        return reached
    }
}
