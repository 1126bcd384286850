/// Definition files for the Lua language server (https://luals.github.io/wiki/definition-files), from the host functions:
/// an editor completes and checks what scripts call.
public enum LuaDefinitions {
    /// A class of values that scripts get: fields that are no functions.
    public struct Fields: Sendable {
        public var className: String
        public var fields: [(name: String, type: String, about: String)]

        public init(_ className: String, _ fields: [(name: String, type: String, about: String)]) {
            self.className = className
            self.fields = fields
        }
    }

    /// `msg`.
    public static let message = Fields(
        "Message",
        [
            ("topic", "string", ""), ("key", "string?", "nil if it has none"),
            ("value", "string?", "nil is a tombstone"),
            ("size", "integer", "bytes of the value"), ("timestamp", "integer", "milliseconds since 1970"),
            ("partition", "integer?", "nil before it has one"), ("offset", "integer?", "nil before it has one"),
            ("attempts", "integer", "how often it was handled in vain"), ("id", "string?", ""),
            ("producer", "string?", "the client that sent it"),
            ("headers", "table<string, string>", "by name; of a name given twice the last"),
        ])

    /// The text of a file that defines everything in `modules`; `extra` is put behind, as it is.
    public static func text(modules: [HostModule], fields: [Fields], extra: String = "") -> String {
        var text = "---@meta platform\n-- Written by `platform plugin types`: what scripts and plugins can call.\n\n"
        text += "---@class platform\nplatform = {}\n\n---JSON's null and SQL's NULL.\nplatform.null = nil\n"
        var declared: Set<String> = []
        for module in modules {
            for function in module.functions where !function.isInternal {
                let (owner, own) = function.path
                if let owner, declared.insert(owner).inserted {
                    text += function.isMethod ? classText(owner, fields) : "\nplatform.\(owner) = {}\n"
                }
                text += functionText(function, owner: owner, own: own)
            }
        }
        for fields in fields where declared.insert(fields.className).inserted {
            text += classText(fields.className, [fields])
        }
        return text + (extra.isEmpty ? "" : "\n" + extra)
    }

    /// The settings that make the language server use the file beside them.
    public static let configuration = """
        {
          "runtime.version": "Lua 5.4",
          "workspace.library": ["platform.d.lua"],
          "diagnostics.globals": ["bind", "grant", "env"]
        }

        """

    private static func classText(_ name: String, _ fields: [Fields]) -> String {
        var text = "\n---@class platform.\(name)\n"
        for field in fields.first(where: { $0.className == name })?.fields ?? [] {
            text += "---@field \(field.name) \(field.type)\(field.about.isEmpty ? "" : " \(field.about)")\n"
        }
        return text + "local \(name) = {}\n"
    }

    private static func functionText(_ function: HostFunction, owner: String?, own: String) -> String {
        var text = "\n" + comment(function.about)
        if function.mayWait { text += "---Waits.\n" }
        if !function.example.isEmpty { text += "---```lua\n" + comment(function.example) + "---```\n" }
        for parameter in function.parameters {
            let name = parameter.name == "..." ? "..." : parameter.name + (parameter.isOptional ? "?" : "")
            text +=
                "---@param \(name) \(parameter.type.text)\(parameter.about.isEmpty ? "" : " \(oneLine(parameter.about))")\n"
        }
        for result in function.results {
            text += "---@return \(result.type.text)\(result.about.isEmpty ? "" : " # \(oneLine(result.about))")\n"
        }
        let names = function.parameters.map(\.name).joined(separator: ", ")
        let path =
            function.isMethod ? "\(owner ?? ""):\(own)" : "platform." + (owner.map { "\($0).\(own)" } ?? own)
        return text + "function \(path)(\(names)) end\n"
    }

    private static func comment(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "---\($0)\n" }.joined()
    }

    private static func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
}
