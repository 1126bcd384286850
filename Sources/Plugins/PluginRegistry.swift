import Foundation
import LuaLibraries
public import LuaRuntime
import NIOCore

/// All that plugins can call.
public enum PluginRegistry {
    public static let shared = HostRegistry(documented + [SQLModule.forPrelude, forPrelude])

    /// The modules that plugins see.
    public static let documented: [HostModule] =
        [
            module, TransactionModule.module, KeyValueModule.module, SecretModule.module,
            SharedModule.module(nowMS: monotonicMS),
            MetricsModule.module, HTTPModule.module, URLModule.module, CryptoModule.module,
            LogModule.module(nowMS: monotonicMS),
            TimeModule.module(
                nowMS: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
                monotonicMS: { Double(NIODeadline.now().uptimeNanoseconds) / 1e6 }),
            UUIDModule.module(
                nowMS: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
                random: { UInt64.random(in: .min ... .max) }),
        ] + LibraryModules.modules

    /// What else people write in Lua for plugins: their bindings, their tests.
    public static let beside: [HostModule] = [OperatorFile.module, PluginTest.module]

    private static let monotonicMS: @Sendable () -> Int64 = {
        Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)
    }

    private static let module = HostModule(
        "plugin", about: "What a plugin says of itself, and how a handler says that it cannot go on.",
        [
            HostFunction(
                "plugin", [.required("spec", .table("platform.PluginSpec"))],
                returns: [.value(.table("platform.PluginSpec"))],
                at: .load, about: "The table of a plugin: manifest and functions. What its file returns.",
                example:
                    "return platform.plugin { name = \"by-region\", version = \"1.0.0\", api = 1, select = select }",
                body: nil),
            HostFunction(
                "fail",
                [
                    .required(
                        "failure",
                        .table("{ code: \"RETRY\"|\"DEAD\", message: string?, after: string|integer? }"))
                ], at: [.prepare, .handle, .handleBatch],
                about: """
                    Ends a handler: RETRY tries the message again, `after` a time, DEAD sends it to the dead letters at \
                    once. What the handler did is undone.
                    """,
                example: "platform.fail { code = \"RETRY\", message = \"prices are not there yet\", after = \"5s\" }",
                body: nil),
            HostFunction(
                "env", [.required("name", .string)], returns: [.value(.string)],
                about: "A variable of the environment that the plugin names under `needs.env`; nil if it is not set."
            ) { call in
                let name = call.string(1)
                guard try call.vm.service(PluginIdentity.self).needs.env.contains(name) else {
                    throw LuaError(
                        .host, "'\(name)' is not among the plugin's needs: needs = { env = { \"\(name)\" } }")
                }
                return call.answer(ProcessInfo.processInfo.environment[name].map { .string($0) } ?? .none)
            },
        ])

    private static let forPrelude = HostModule(
        "internal", about: "For the prelude alone.",
        [
            HostFunction(
                "internal.read_module", [.required("name", .string)], returns: [.value(.string), .value(.string)],
                about: "The text and path of a module of the plugin."
            ) { call in
                let bundle = try call.vm.service(PluginIdentity.self).bundle
                let name = call.string(1)
                let file = name.replacing(".", with: "/") + ".lua"
                guard let text = bundle.files[file] else {
                    let hint = NearestName.of(file, among: bundle.files.keys.sorted()).map { ": did you mean '\($0)'?" }
                    throw LuaError(.host, "module '\(name)' not found: the plugin has no file '\(file)'\(hint ?? "")")
                }
                let path = bundle.chunkName(of: file)
                call.vm.remember(text, of: path)
                call.stack.push(text)
                call.stack.push(path)
                return .pushed(2)
            }
        ])
}

/// Whose code a state runs.
struct PluginIdentity {
    var bundle: PluginBundle
    var needs: Capabilities
}
