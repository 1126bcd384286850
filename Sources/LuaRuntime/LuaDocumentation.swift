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
