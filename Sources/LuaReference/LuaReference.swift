import Jobs
import LuaRuntime

/// Prints the reference of all functions that scripts can call.
@main
enum LuaReference {
    static func main() {
        print(
            LuaDocumentation.page(
                title: "What Lua scripts can call",
                about: """
                    Written from the functions themselves by `make generate`. [README.md](README.md) shows how to use \
                    them. Everything stands under `platform`; beside it are Lua's own libraries, without `io`, \
                    `package`, `debug` (but for `debug.traceback`), the parts of `os` that are not about time, and \
                    bytecode.
                    """, modules: JobRegistry.documented),
            terminator: "")
    }
}
