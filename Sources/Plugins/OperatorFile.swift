public import LuaRuntime

/// What the operator says beside the plugins, in `bindings.lua`: which plugin decides for which topic, with which settings,
/// and what each is granted.
///
///     grant("orders", { sql = true, produce = { "invoices" } })
///     bind { plugin = "orders", topic = "orders", point = "handle", config = { currency = "EUR" } }
public struct OperatorFile: Sendable, Equatable {
    public static let fileName = "bindings.lua"

    public var bindings: [Binding] = []
    /// By plugin.
    public var grants: [String: Capabilities] = [:]

    public init() {}

    /// Runs the text. Throws with file and line.
    public init(text: String, path: String, environment: @escaping @Sendable (String) -> String?) throws(PluginError) {
        let vm: LuaVM
        do throws(LuaError) { vm = try LuaVM(registry: OperatorFile.registry) } catch {
            throw PluginError(.binding, "\(error)")
        }
        let collected = Collected(environment: environment)
        vm.provide(collected)
        do throws(LuaError) {
            try vm.call(try vm.load(OperatorFile.prelude, name: PluginPrelude.chunkName), at: .load, budget: .unlimited)
            vm.protectGlobals(isWritingRefused: false)
            try vm.call(try vm.load(text, name: path), at: .load, budget: PluginLimits().load)
        } catch {
            var translated = PluginError(error, in: vm)
            translated.code = .binding
            throw translated
        }
        self = collected.file
        var seen: Set<String> = []
        for binding in bindings where !seen.insert(binding.id).inserted {
            throw PluginError(.binding, "\(path): '\(binding.id)' is bound twice: name another group, or leave one out")
        }
        for binding in bindings where binding.point == .select || binding.point == .dedup {
            for topic in binding.topics {
                let others = bindings.filter { $0.point == binding.point && $0.topics.contains(topic) }
                guard others.count == 1 else {
                    throw PluginError(
                        .binding,
                        "\(path): topic '\(topic)' has \(others.count) bindings for \(binding.point.text): there can be one"
                    )
                }
            }
        }
    }

    // MARK: What the file can call

    private final class Collected {
        var file = OperatorFile()
        let environment: @Sendable (String) -> String?

        init(environment: @escaping @Sendable (String) -> String?) { self.environment = environment }
    }

    private static let prelude = """
        bind, grant, env = platform.bind, platform.grant, platform.env
        """

    public static let module = HostModule(
        "bindings", about: "What the operator's file `bindings.lua` can call, as globals too.",
        [
            HostFunction(
                "bind", [.required("binding", .table("platform.Binding"))], at: .load,
                about: """
                    Has a plugin decide for a topic: `plugin`, `topic` (or a list of them), `point`, `config`, and under \
                    `_host` what is the host's: `on_error` ("open" or "closed"); for handlers `group`, `from` \
                    ("earliest" or "latest"), `dead_letters` (a topic), `retries`, `backoff`, `backoff_max`, `batch`; for \
                    dedup `on_duplicate` ("drop", "reject", "flag").
                    """,
                example:
                    "bind { plugin = \"by-region\", topic = \"orders\", point = \"select\", config = { regions = 4 } }"
            ) { call in
                try call.vm.service(Collected.self).file.bindings.append(try OperatorFile.binding(call))
                return .nothing
            },
            HostFunction(
                "grant", [.required("plugin", .string), .required("capabilities", .table("platform.Capabilities"))],
                at: .load, about: "Gives a plugin what it asks for under `needs`.",
                example: "grant(\"orders\", { sql = true, produce = { \"invoices\" } })"
            ) { call in
                do throws(PluginError) {
                    let granted = try Capabilities(try OperatorFile.value(call, 2), what: "the grant")
                    try OperatorFile.collected(call).file.grants[call.string(1)] = granted
                } catch {
                    throw LuaError(.argument, error.message)
                }
                return .nothing
            },
            HostFunction(
                "env", [.required("name", .string)], returns: [.value(.string)], at: .load,
                about: "A variable of the server's environment, for secrets; nil if it is not set.",
                example: "config = { salt = env(\"ORDERS_SALT\") }"
            ) { call in
                let value = try call.vm.service(Collected.self).environment(call.string(1))
                return call.answer(value.map { .string($0) } ?? .none)
            },
        ])

    private static let registry = HostRegistry([module] + LibraryModules.modules)

    private static func collected(_ call: HostCall) throws(PluginError) -> Collected {
        do { return try call.vm.service(Collected.self) } catch { throw PluginError(.binding, error.message) }
    }

    private static func value(_ call: HostCall, _ index: Int) throws(PluginError) -> LuaValue {
        do { return try call.value(index) } catch { throw PluginError(.binding, error.message) }
    }

    private static func binding(_ call: HostCall) throws(LuaError) -> Binding {
        do throws(PluginError) {
            return try Binding(try value(call, 1))
        } catch {
            throw LuaError(.argument, error.message)
        }
    }
}
