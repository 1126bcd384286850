import Jobs
import LuaRuntime
import Plugins

/// Prints the reference of all functions that scripts can call.
@main
enum LuaReference {
    /// Those of jobs, then those of plugins that jobs do not have.
    private static var modules: [HostModule] {
        let names = Set(JobRegistry.documented.map(\.name))
        return JobRegistry.documented
            + (PluginRegistry.documented + PluginRegistry.beside).filter { !names.contains($0.name) }
    }

    static func main() {
        print(
            LuaDocumentation.page(
                title: "What Lua scripts can call",
                about: """
                    Written from the functions themselves by `make generate`. [README.md](README.md) shows how to use \
                    them in jobs, [plugins.md](plugins.md) in plugins. What is not for everywhere says where it can be \
                    called: "scripts" are jobs, the others are points of plugins. Everything stands under `platform`; beside it are Lua's own libraries, without `io`, \
                    `package`, `debug` (but for `debug.traceback`), the parts of `os` that are not about time, and \
                    bytecode.
                    """, modules: modules),
            terminator: "")
    }
}
