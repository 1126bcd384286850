import Foundation
import LuaRuntime

/// `platform`'s own functions: arguments, results, the end.
enum JobModule {
    static let module = HostModule(
        "platform", about: "What a script is started with, what it gives out, and how it ends.",
        [
            HostFunction(
                "args", [.required("declaration", .table("platform.Arguments"))],
                returns: [.value(.table("table<string, any>"), "values by name, `--max-errors` as `max_errors`")],
                at: .script,
                about: """
                    Reads the words behind the script as declared: names that begin with `--` are options, the others \
                    positional. A type is string, integer, number, boolean or duration (milliseconds). Each may have \
                    required, default, min, max, choices, about. Words that do not fit end the script with status 2, \
                    `--help` shows all of it.
                    """,
                example: """
                    local args = platform.args {
                        usage = "Load a CSV file into a topic",
                        { "file", "string", required = true },
                        { "--topic", "string", default = "orders" },
                    }
                    """
            ) { call in
                let job = try call.job
                let arguments = try ScriptArguments(try call.stack.declaration(at: 1))
                switch arguments.parse(job.configuration.arguments) {
                case .values(let values): return call.answer(.fields(values))
                case .help:
                    job.output.result(arguments.help(script: job.configuration.path) + "\n")
                    job.exit = (JobStatus.success, nil)
                    throw LuaError(.host, "exit")
                case .mistake(let text):
                    job.exit = (JobStatus.usage, "\(text); --help shows what \(job.configuration.path) takes")
                    throw LuaError(.host, "exit")
                }
            },
            HostFunction(
                "out", [.required("value", .any)], at: .script,
                about: "Writes a value to stdout as one line of JSON; a string as it is.",
                example: "platform.out { topic = topic, count = n }"
            ) { call in
                // The prelude has made JSON of what was no string.
                try call.job.output.result(call.string(1) + "\n")
                return .nothing
            },
            HostFunction(
                "exit", [.optional("status", .integer, "0 without it"), .optional("text", .string)], at: .script,
                about: """
                    Ends the script with a status, after closing its `<close>` variables. 1 script error, 2 usage, \
                    3 finished with failed records, 4 no server reached, 75 try later, 124 timeout, 130 interrupted.
                    """,
                example: "if failed > args.max_errors then platform.exit(3, failed .. \" rows were rejected\") end"
            ) { call in
                let status = call.optionalInteger(1) ?? 0
                guard (0...255).contains(status) else {
                    throw LuaError(.argument, "exit status \(status) is not from 0 to 255")
                }
                try call.job.exit = (Int32(status), call.optionalString(2))
                throw LuaError(.host, "exit")
            },
            HostFunction(
                "is_dry_run", returns: [.value(.boolean)], about: "Whether `--dry-run` was given.", example: ""
            ) { call in call.answer(.boolean(try call.job.configuration.isDryRun)) },
            HostFunction(
                "help", [.optional("what", .any, "a name as \"json.encode\", a module, or a function")], at: .script,
                about: """
                    Shows what there is: all modules, one with its functions, or a function with its example. Also the \
                    global `help`, for the console.
                    """,
                example: "help(platform.json)", body: nil),
            HostFunction(
                "env", [.required("name", .string)], returns: [.value(.string)], at: .script,
                about: "A variable of the environment; nil if it is not set."
            ) { call in
                guard let value = ProcessInfo.processInfo.environment[call.string(1)] else {
                    return call.answer(.none)
                }
                return call.answer(.string(value))
            },
        ])

    /// What the prelude is built on; scripts do not see it.
    static let forPrelude = HostModule(
        "internal", about: "For the prelude alone.",
        [
            HostFunction(
                "internal.note", [.required("text", .string)], at: .script,
                about: "Writes a line to stderr, for the person who watches; `print` does the same with its arguments."
            ) { call in
                let job = try call.job
                job.output.clearProgress()
                job.output.line(call.string(1))
                return .nothing
            },
            HostFunction(
                "internal.help", [.optional("name", .string)], returns: [.value(.string)], at: .script,
                about: "The text that help shows."
            ) { call in
                call.answer(.string(LuaDocumentation.help(call.optionalString(1), modules: JobRegistry.documented)))
            },
            HostFunction(
                "internal.progress_shown", [.required("text", .string)], at: .script,
                about: "Shows a text in the place of the last on a terminal; elsewhere a line each five seconds."
            ) { call in
                try call.job.output.progress(call.string(1))
                return .nothing
            },
            HostFunction(
                "internal.checkpoint_path", [.required("name", .string)], returns: [.value(.string)], at: .script,
                about: "The file that a checkpoint of this name is kept in."
            ) { call in
                let name = call.string(1).utf8.map { byte in
                    let character = Character(UnicodeScalar(byte))
                    return character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
                        ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined()
                guard !name.isEmpty, name.utf8.count <= 200 else {
                    throw LuaError(.argument, "a checkpoint's name has 1 to 200 bytes")
                }
                return call.answer(.string("\(try call.job.configuration.checkpointDirectory)/\(name).json"))
            },
            HostFunction(
                "internal.read_module", [.required("name", .string)], returns: [.value(.string), .value(.string)],
                at: .everywhere,
                about: "The text and path of a module beside the script."
            ) { call in
                let name = call.string(1)
                let isName = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                    !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                }
                guard isName else {
                    throw LuaError(.argument, "module name '\(name)': letters, digits and _ between dots are allowed")
                }
                let directory = URL(filePath: try call.job.configuration.path).deletingLastPathComponent()
                let path = directory.appending(path: name.replacing(".", with: "/") + ".lua").relativePath
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                    throw LuaError(.host, "module '\(name)' not found: there is no file '\(path)'")
                }
                call.vm.remember(text, of: path)
                call.stack.push(text)
                call.stack.push(path)
                return .pushed(2)
            },
        ])
}
