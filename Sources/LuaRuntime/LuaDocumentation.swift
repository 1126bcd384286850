/// The reference of host functions as a page of Markdown.
public enum LuaDocumentation {
    public static func page(title: String, about: String, modules: [HostModule]) -> String {
        var text = "# \(title)\n\n\(about)\n"
        text += "\n" + modules.map { "- [\($0.name)](#\($0.name))" }.joined(separator: "\n") + "\n"
        for module in modules {
            text += "\n## \(module.name)\n\n\(module.about)\n"
            for function in module.functions where !function.isInternal {
                text += "\n### `\(signature(of: function))`\n\n\(function.about)"
                text += function.mayWait ? " Waits.\n" : "\n"
                if function.points != .everywhere { text += "\nIn: \(function.points.text).\n" }
                let notes =
                    function.parameters.filter { !$0.about.isEmpty }.map { "- `\($0.name)`: \($0.about)" }
                    + function.results.filter { !$0.about.isEmpty }.map { "- returns \($0.type.text): \($0.about)" }
                if !notes.isEmpty { text += "\n" + notes.joined(separator: "\n") + "\n" }
                if !function.example.isEmpty { text += "\n```lua\n\(function.example)\n```\n" }
            }
        }
        return text
    }

    /// What a person at the console is told of a name: "json", "json.encode", "Consumer:next"; without one, what there is.
    public static func help(_ name: String?, modules: [HostModule]) -> String {
        guard var name else {
            let width = modules.map(\.name.count).max() ?? 0
            let lines = modules.map { module in
                let sentence = module.about.prefix { $0 != "." && $0 != "\n" }
                return "  \(module.name)\(String(repeating: " ", count: width - module.name.count))  \(sentence)"
            }
            return lines.joined(separator: "\n") + "\nhelp(\"json\") shows a module, help(\"json.encode\") a function."
        }
        if name.hasPrefix("platform.") { name = String(name.dropFirst("platform.".count)) }
        if let function = modules.lazy.flatMap(\.functions).first(where: { $0.name == name && !$0.isInternal }) {
            return help(function)
        }
        if let module = modules.first(where: { $0.name == name }) {
            return ([module.about] + module.functions.filter { !$0.isInternal }.map { "  " + signature(of: $0) })
                .joined(separator: "\n")
        }
        // A class, or a module that is part of another's page.
        let members = modules.flatMap(\.functions).filter { $0.path.owner == name && !$0.isInternal }
        if !members.isEmpty { return members.map { "  " + signature(of: $0) }.joined(separator: "\n") }
        let names = modules.map(\.name) + modules.flatMap(\.functions).map(\.name)
        let hint = NearestName.of(name, among: names).map { ": did you mean '\($0)'?" }
        return "there is nothing named '\(name)'\(hint ?? "; help() shows what there is")"
    }

    private static func help(_ function: HostFunction) -> String {
        var lines = [signature(of: function), function.about + (function.mayWait ? " Waits." : "")]
        lines += function.parameters.filter { !$0.about.isEmpty }.map { "  \($0.name): \($0.about)" }
        lines += function.results.filter { !$0.about.isEmpty }.map { "  returns \($0.type.text): \($0.about)" }
        if !function.example.isEmpty {
            lines += function.example.split(separator: "\n").map { "    " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    /// "platform.time.format(time: integer) → string", "msg:header(name: string) → string".
    static func signature(of function: HostFunction) -> String {
        let parameters = function.parameters.map { parameter in
            "\(parameter.name)\(parameter.isOptional && parameter.name != "..." ? "?" : ""): \(parameter.type.text)"
        }
        let name = function.isMethod ? function.name : "platform.\(function.name)"
        let results = function.results.map(\.type.text).joined(separator: ", ")
        return "\(name)(\(parameters.joined(separator: ", ")))" + (results.isEmpty ? "" : " → \(results)")
    }
}
