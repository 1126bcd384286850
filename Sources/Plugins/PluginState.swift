import LuaLibraries
import LuaRuntime

/// One Lua state of one plugin: its text run, its manifest read, its functions kept, and configured by `setup`.
///
/// Not Sendable: used by one thread or actor at a time.
final class PluginState {
    let vm: LuaVM
    let manifest: PluginManifest
    let limits: PluginLimits
    private(set) var configuration: LuaReference?
    private var context: [String: LuaValue] = [:]
    /// The `msg` of functions that do not keep it.
    let messageView: LuaMessageView
    private var functions: [Point: LuaReference] = [:]
    /// By interval, milliseconds.
    private(set) var every: [Int64: LuaReference] = [:]

    /// Runs the plugin's text in a fresh state: no host calls, no I/O. Throws with file, line and excerpt.
    init(
        _ bundle: PluginBundle, isPure: Bool, limits: PluginLimits = .init(), services: PluginServices? = nil,
        registry: HostRegistry = PluginRegistry.shared
    ) throws(PluginError) {
        let vm: LuaVM
        do throws(LuaError) {
            vm = try LuaVM(registry: registry, limits: limits.state(isPure: isPure))
        } catch {
            throw PluginError(.script, "\(error)")
        }
        let outcome: Result<Parts, PluginError>
        do throws(LuaError) {
            for (text, name) in PluginState.preludes {
                try vm.call(try vm.load(text, name: name), at: .load, budget: .unlimited)
            }
            vm.protectGlobals(isWritingRefused: true)
            vm.provide(PluginIdentity(bundle: bundle, needs: Capabilities()))
            let chunk = try vm.load(
                bundle.files[PluginBundle.mainFile] ?? "", name: bundle.chunkName(of: PluginBundle.mainFile))
            outcome = try vm.call(at: .load, budget: limits.load) { stack throws(LuaError) in
                chunk.push(on: stack)
                return 0
            } results: { stack, first throws(LuaError) in
                if stack.count < first { stack.pushNil() }
                // Whatever else the chunk returned lies above its first result.
                stack.drop(stack.count - first)
                return Result { () throws(PluginError) in try PluginState.read(stack, vm, bundle) }
            }
        } catch {
            throw PluginError(error, in: vm)
        }
        let parts = try outcome.get()
        self.vm = vm
        messageView = LuaMessageView(of: vm)
        manifest = parts.manifest
        functions = parts.functions
        every = parts.every
        self.limits = limits.lowered(to: manifest)
        vm.provide(PluginIdentity(bundle: bundle, needs: manifest.needs))
        services?.provide(to: vm, needs: manifest.needs)
    }

    private static let preludes = [
        (SQLPrelude.text, SQLPrelude.chunkName), (HTTPPrelude.text, HTTPPrelude.chunkName),
        (PluginPrelude.text, PluginPrelude.chunkName),
    ]

    private struct Parts {
        var manifest: PluginManifest
        var functions: [Point: LuaReference] = [:]
        var every: [Int64: LuaReference] = [:]
    }

    private static func read(_ stack: LuaStack, _ vm: LuaVM, _ bundle: PluginBundle) throws(PluginError) -> Parts {
        var parts = Parts(manifest: try PluginManifest(stack, of: vm, bundle: bundle))
        let table = stack.count
        for (point, name) in Point.names where parts.manifest.points.contains(point) || point == .setup {
            guard point != .every else { continue }
            parts.functions[point] = stack.withField(name, of: table) { stack in
                stack.isNil(at: -1) ? nil : vm.keep(at: -1, of: stack)
            }
        }
        if parts.manifest.points.contains(.every) {
            try stack.withField("every", of: table) { stack in
                Result { () throws(PluginError) in
                    for name in stack.fieldNames(of: -1) {
                        guard let milliseconds = LuaDuration.milliseconds(name) else { continue }
                        let function = stack.withField(name, of: -1) { vm.keep(at: -1, of: $0) }
                        guard function.functionFacts != nil else {
                            throw PluginError(.manifest, "every[\"\(name)\"] has to be a function")
                        }
                        parts.every[milliseconds] = function
                    }
                }
            }.get()
        }
        return parts
    }

    /// Gives the plugin its settings, and calls `setup`. `context` is what it sees as `ctx`.
    func configure(_ values: [String: LuaValue], context: [String: LuaValue]) throws(PluginError) {
        let configuration = vm.makeReference { stack in
            stack.pushTable(fieldCount: values.count)
            for (name, value) in values {
                if manifest.config.fields[name]?.isSecret == true, case .bytes(let bytes) = value {
                    vm.push(Secret(bytes), class: SecretModule.className, on: stack)
                } else {
                    stack.push(value)
                }
                stack.setField(name, of: -2)
            }
        }
        self.configuration = configuration
        self.context = context
        guard let setup = functions[.setup] else { return }
        do throws(LuaError) {
            try vm.call(at: .setup, budget: limits.load) { stack throws(LuaError) in
                setup.push(on: stack)
                configuration.push(on: stack)
                pushContext(on: stack)
                return 2
            } results: { _, _ throws(LuaError) in
            }
        } catch {
            throw PluginError(error, in: vm)
        }
    }

    /// Pushes `ctx`: who is called, and its settings.
    func pushContext(on stack: LuaStack) {
        stack.push(.fields(context))
        configuration?.push(on: stack)
        stack.setField("cfg", of: -2)
    }

    func function(at point: Point) -> LuaReference? { functions[point] }
}
