import LuaRuntime
import Synchronization

/// One text of a plugin, known to load, and all that is the same in each of its states. Immutable.
final class PluginVersion: Sendable {
    let bundle: PluginBundle
    let hash: String
    let manifest: PluginManifest
    let limits: PluginLimits
    /// nil where nothing is to be run but `setup`.
    let services: PluginServices?

    /// Loads it once to see that it can be.
    init(_ bundle: PluginBundle, limits: PluginLimits, services: PluginServices? = nil) throws(PluginError) {
        self.bundle = bundle
        self.services = services
        hash = bundle.hash
        let state = try PluginState(bundle, isPure: true, limits: limits)
        manifest = state.manifest
        self.limits = limits
    }
}

/// A version with the settings of one binding, and the states that run it: as many as there are callers at once.
final class BoundVersion: Sendable {
    let version: PluginVersion
    let binding: Binding
    private let values: [String: LuaValue]
    private let idle = Mutex<[Lent]>([])

    /// A state on its way between pool and caller, who alone has it.
    private struct Lent: @unchecked Sendable {
        var state: PluginState
    }

    static let idleCountMax = 8

    /// Checks the settings, and that a state can be made with them.
    init(_ version: PluginVersion, _ binding: Binding) throws(PluginError) {
        self.version = version
        self.binding = binding
        values = try version.manifest.config.values(for: binding.config, plugin: binding.plugin)
        let state = Lent(state: try makeState())
        idle.withLock { $0.append(state) }
    }

    var isPure: Bool { [.select, .dedup].contains(binding.point) }

    /// A state of its own for a caller that keeps it.
    func makeState() throws(PluginError) -> PluginState {
        let state = try PluginState(version.bundle, isPure: isPure, limits: version.limits, services: version.services)
        guard binding.point == .every || binding.point == .health || state.function(at: binding.point) != nil else {
            throw PluginError(.binding, "'\(binding.plugin)' has no \(binding.point.text): it cannot be bound to that")
        }
        try state.configure(
            values,
            context: [
                "plugin": .string(version.manifest.name), "version": .string(version.manifest.version),
                "point": .string(binding.point.text),
            ])
        return state
    }

    /// Lends a state to `body`, which says whether it is still good: one that ran out of memory or was stopped is not
    /// used again.
    func withState<Result>(_ body: (PluginState) -> (Result, isGood: Bool)) throws(PluginError) -> Result {
        let lent: Lent
        if let waiting = idle.withLock({ $0.popLast() }) {
            lent = waiting
        } else {
            lent = Lent(state: try makeState())
        }
        let (result, isGood) = body(lent.state)
        if isGood {
            idle.withLock { idle in
                if idle.count < BoundVersion.idleCountMax { idle.append(lent) }
            }
        }
        return result
    }
}
