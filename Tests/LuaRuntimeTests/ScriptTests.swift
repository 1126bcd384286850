import Foundation
import LuaRuntime
import Testing

/// The Lua files of `Scripts`: each returns a table of named test functions, run in a fresh state each.
struct ScriptTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
    static let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path()))?.sorted() ?? []

    @Test func thereAreScripts() {
        #expect(ScriptTests.files.count >= 9)
    }

    @Test(arguments: files) func everyFunctionPasses(file: String) throws {
        let text = try String(contentsOf: ScriptTests.directory.appending(path: file), encoding: .utf8)
        let names = try TestHost.call(
            """
            local names = {}
            for name in pairs(load_tests()) do names[#names + 1] = name end
            table.sort(names)
            return names
            """, in: try ScriptTests.makeVM(text, file: file))
        guard case .array(let names)? = names.first else {
            Issue.record("\(file) returns no table of functions")
            return
        }
        #expect(!names.isEmpty)
        for name in names {
            let vm = try ScriptTests.makeVM(text, file: file)
            let name = name.text ?? ""
            vm.setGlobal("test_name", to: .string(name))
            do {
                try TestHost.call("load_tests()[test_name]()", in: vm, sliceMS: 60_000)
            } catch {
                Issue.record("\(file), \"\(name)\": \(error)\n\(error.traceback.joined(separator: "\n"))")
            }
        }
    }

    /// A state in which `load_tests` gives the file's table, and our modules are globals.
    private static func makeVM(_ text: String, file: String) throws -> LuaVM {
        let vm = try TestHost.makeVM()
        try TestHost.call("for name, module in pairs(platform) do _G[name] = module end", in: vm)
        let setter = try vm.load("load_tests = function(...) return (function(...) \(text)\n end)(...) end", name: file)
        try vm.call(setter, at: .script, budget: .unlimited)
        return vm
    }
}
