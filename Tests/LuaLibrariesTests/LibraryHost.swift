import LuaLibraries
import LuaRuntime

/// States with some of the modules, for tests.
struct LibraryHost {
    let vm: LuaVM

    init(_ modules: [HostModule], prelude: String? = nil) throws {
        vm = try LuaVM(registry: HostRegistry(modules))
        if let prelude { try vm.call(try vm.load(prelude, name: "platform"), at: .load, budget: .unlimited) }
    }

    /// Runs a text as a plain call and gives its results.
    @discardableResult
    func call(_ text: String, at point: Point = .script) throws(LuaError) -> [LuaValue] {
        try vm.call(try vm.load(text, name: "test.lua"), at: point, budget: .unlimited)
    }

    /// Runs a text as a task.
    @discardableResult
    func run(_ text: String, at point: Point = .script) async throws(LuaError) -> [LuaValue] {
        try await vm.run(try vm.load(text, name: "test.lua"), at: point, budget: LuaBudget(sliceMS: 5_000))
    }
}
