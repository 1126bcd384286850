import LuaLibraries
import LuaRuntime

/// What all states of one plugin share in a process: its values, its metrics, its log, its connections.
final class PluginServices: Sendable {
    let shared = SharedStore()
    let metrics: MetricsStore
    let log: ScriptLog
    private let connections: HTTPClientHolder
    private let databasePath: String
    private let wallMS: @Sendable () -> Int64

    /// `sink` gets the plugin's log lines; `databasePath` is where its values are that last.
    init(
        plugin: String, connections: HTTPClientHolder, databasePath: String, wallMS: @escaping @Sendable () -> Int64,
        sink: LogSink
    ) {
        self.databasePath = databasePath
        self.wallMS = wallMS
        metrics = MetricsStore(prefix: "plugin_\(plugin.replacing("-", with: "_"))_")
        log = ScriptLog(to: sink)
        self.connections = connections
    }

    /// Gives a state what its plugin asks for, and was granted before it got here.
    func provide(to vm: LuaVM, needs: Capabilities) {
        vm.provide(log)
        vm.provide(metrics)
        if needs.shared { vm.provide(shared) }
        if needs.kv {
            let (path, wallMS) = (databasePath, wallMS)
            // A connection of the state's own; a handler's states get that of their transactions.
            vm.provide(KeyValueAccess { try KeyValueStore(try SQLDatabase(path: path), nowMS: wallMS) })
        }
        if !needs.http.isEmpty {
            vm.provide(connections)
            vm.provide(HTTPAccess(hosts: needs.http.compactMap(HTTPHostPattern.init)))
        }
    }
}
