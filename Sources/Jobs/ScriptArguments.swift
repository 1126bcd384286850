import LuaRuntime

/// The words behind a script, as it declares them with `platform.args`.
struct ScriptArguments {
    enum Outcome: Equatable {
        case values([String: LuaValue])
        case help
        /// What is wrong with the words.
        case mistake(String)
    }

    private enum Kind: String {
        case string, integer, number, boolean, duration
    }

    private struct Parameter {
        /// "--topic", or "file" for a positional one.
        var name: String
        var kind: Kind
        var isRequired: Bool
        var fallback: LuaValue
        var minimum: Double?
        var maximum: Double?
        var choices: [String]
        var about: String

        var isOption: Bool { name.hasPrefix("--") }
        /// The name of its value: "max_errors" of "--max-errors".
        var key: String { String(name.drop { $0 == "-" }).replacing("-", with: "_") }
    }

    private let usage: String
    private var parameters: [Parameter] = []
    private static let fields: Set<String> = [
        "1", "2", "required", "default", "min", "max", "choices", "about",
    ]

    /// From the declaration's table. Throws on what is no declaration.
    init(_ declaration: LuaValue) throws(LuaError) {
        // One of parameters only arrives as an array.
        var items: [LuaValue] = []
        var usage = ""
        switch declaration {
        case .array(let elements): items = elements
        case .fields(let fields):
            usage = fields["usage"]?.text ?? ""
            while let item = fields["\(items.count + 1)"] { items.append(item) }
            let known = Set((0..<items.count).map { "\($0 + 1)" } + ["usage"])
            if let name = fields.keys.first(where: { !known.contains($0) }) {
                throw LuaError(.argument, "args: '\(name)' is not known; there are usage and a table for each argument")
            }
        default: break
        }
        self.usage = usage
        for (index, item) in items.enumerated() {
            parameters.append(try ScriptArguments.parameter(item, at: index + 1))
        }
        if let name = ScriptArguments.repeated(parameters.map(\.key)) {
            throw LuaError(.argument, "args: '\(name)' is declared twice")
        }
    }

    private static func repeated(_ names: [String]) -> String? {
        var seen = Set<String>()
        return names.first { !seen.insert($0).inserted }
    }

    private static func parameter(_ item: LuaValue, at index: Int) throws(LuaError) -> Parameter {
        var item = item
        if case .array(let elements) = item {
            item = .fields(Dictionary(uniqueKeysWithValues: elements.enumerated().map { ("\($0 + 1)", $1) }))
        }
        guard case .fields(let fields) = item, let name = fields["1"]?.text, !name.isEmpty else {
            throw LuaError(.argument, "args: argument \(index) has to be a table like { \"--topic\", \"string\" }")
        }
        if let unknown = fields.keys.first(where: { !ScriptArguments.fields.contains($0) }) {
            throw LuaError(.argument, "args: '\(unknown)' of \(name) is not known")
        }
        let type = fields["2"]?.text ?? "string"
        guard let kind = Kind(rawValue: type) else {
            throw LuaError(
                .argument, "args: \(name) has type '\(type)'; there are string, integer, number, boolean, duration")
        }
        var choices: [String] = []
        if case .array(let values)? = fields["choices"] { choices = values.compactMap(\.text) }
        return Parameter(
            name: name, kind: kind, isRequired: fields["required"] == .boolean(true),
            fallback: fields["default"] ?? .none,
            minimum: number(fields["min"]), maximum: number(fields["max"]), choices: choices,
            about: fields["about"]?.text ?? "")
    }

    private static func number(_ value: LuaValue?) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    // MARK: Parsing

    func parse(_ words: [String]) -> Outcome {
        var values: [String: LuaValue] = [:]
        var positional = parameters.filter { !$0.isOption }[...]
        var rest = words[...]
        var takesOptions = true
        while let word = rest.popFirst() {
            if takesOptions, word == "--" {
                takesOptions = false
            } else if takesOptions, word == "--help" || word == "-h" {
                return .help
            } else if takesOptions, word.hasPrefix("--") {
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                guard let parameter = parameters.first(where: { $0.name == parts[0] }) else {
                    return .mistake("there is no option \(parts[0])")
                }
                var text = parts.count > 1 ? parts[1] : nil
                if text == nil { text = parameter.kind == .boolean ? "true" : rest.popFirst() }
                guard let text else { return .mistake("\(parameter.name) needs a value") }
                if let mistake = take(text, for: parameter, into: &values) { return .mistake(mistake) }
            } else if let parameter = positional.popFirst() {
                if let mistake = take(word, for: parameter, into: &values) { return .mistake(mistake) }
            } else {
                return .mistake("'\(word)' is one word too many")
            }
        }
        for parameter in parameters where values[parameter.key] == nil {
            if parameter.isRequired { return .mistake("\(parameter.name) is missing") }
            // A duration's default is written as people write it; the value is one of milliseconds.
            if let text = parameter.fallback.text, parameter.kind == .duration {
                if let mistake = take(text, for: parameter, into: &values) { return .mistake(mistake) }
            } else if parameter.fallback != .none {
                values[parameter.key] = parameter.fallback
            } else if parameter.kind == .boolean {
                values[parameter.key] = .boolean(false)
            }
        }
        return .values(values)
    }

    /// Takes a value; gives what is wrong with it.
    private func take(_ text: String, for parameter: Parameter, into values: inout [String: LuaValue]) -> String? {
        let value: LuaValue? =
            switch parameter.kind {
            case .string: .string(text)
            case .integer: Int64(text).map { .integer($0) }
            case .number: Double(text).map { .number($0) }
            case .boolean: ["true": .boolean(true), "false": .boolean(false)][text]
            case .duration: LuaDuration.milliseconds(text).map { .integer($0) }
            }
        guard let value else { return "\(parameter.name) is '\(text)', which is no \(parameter.kind.rawValue)" }
        if !parameter.choices.isEmpty, !parameter.choices.contains(text) {
            return "\(parameter.name) is '\(text)'; it can be \(parameter.choices.joined(separator: ", "))"
        }
        if let number = ScriptArguments.number(value) {
            if let minimum = parameter.minimum, number < minimum {
                return "\(parameter.name) is \(text), less than \(ScriptArguments.text(minimum))"
            }
            if let maximum = parameter.maximum, number > maximum {
                return "\(parameter.name) is \(text), more than \(ScriptArguments.text(maximum))"
            }
        }
        values[parameter.key] = value
        return nil
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }

    // MARK: Help

    func help(script: String) -> String {
        var text = usage.isEmpty ? "" : usage + "\n\n"
        let positional = parameters.filter { !$0.isOption }
        text += "usage: platform run \(script)"
        if parameters.contains(where: \.isOption) { text += " [--] [options]" }
        text += positional.map { $0.isRequired ? " \($0.name)" : " [\($0.name)]" }.joined()
        let rows = (positional + parameters.filter(\.isOption)).map { parameter in
            (parameter.name + (parameter.kind == .boolean ? "" : " <\(parameter.kind.rawValue)>"), note(on: parameter))
        }
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        for (name, note) in rows {
            text += "\n  \(name)" + String(repeating: " ", count: width - name.count) + note
        }
        return text
    }

    private func note(on parameter: Parameter) -> String {
        var notes = parameter.about.isEmpty ? [] : [parameter.about]
        if parameter.isRequired { notes.append("required") }
        switch parameter.fallback {
        case .none, .null: break
        case .bytes(let bytes): if !bytes.isEmpty { notes.append("default \(String(decoding: bytes, as: UTF8.self))") }
        case .integer(let number): notes.append("default \(number)")
        case .number(let number): notes.append("default \(number)")
        case .boolean(let value): notes.append("default \(value)")
        case .array, .fields: break
        }
        if !parameter.choices.isEmpty { notes.append("one of " + parameter.choices.joined(separator: ", ")) }
        return notes.joined(separator: "; ")
    }
}
