import LuaRuntime
import Synchronization

/// Host functions for tests, and states that have them.
enum TestHost {
    /// Lives as long as a script holds it.
    final class Counted {
        private let alive: Count
        init(_ alive: Count) {
            self.alive = alive
            alive.add(1)
        }
        deinit { alive.add(-1) }
    }

    final class Count: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add(_ number: Int) { count.withLock { $0 += number } }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String { "the host says no" }
    }

    static let registry = HostRegistry([
        HostModule(
            "t", about: "For tests.",
            [
                HostFunction(
                    "t.add", [.required("a", .integer), .optional("b", .integer)], returns: [.value(.integer)],
                    about: "Adds."
                ) { call in call.answer(.integer(call.integer(1) &+ (call.optionalInteger(2) ?? 0))) },
                HostFunction("t.echo", [.rest(.any)], about: "Gives back its arguments.") { call in
                    let values = try (1...max(1, call.stack.count)).map { try call.value($0) }
                    for value in values { call.stack.push(value) }
                    return .pushed(values.count)
                },
                HostFunction("t.fail", about: "Fails while it holds an object.") { call in
                    let counted = Counted(try call.vm.service(Count.self))
                    return try withExtendedLifetime(counted) { () throws -> HostResult in throw Failure() }
                },
                HostFunction("t.object", about: "Makes an object.") { call in
                    call.vm.push(Counted(try call.vm.service(Count.self)), class: "Counted", on: call.stack)
                    return .pushed(1)
                },
                HostFunction("Counted:touch", about: "Is there.") { call in
                    _ = try call.object(1, as: Counted.self)
                    return call.answer(.boolean(true))
                },
                HostFunction("t.wait", [.optional("value", .any)], mayWait: true, about: "Gives it later.") { call in
                    let value = try call.value(1)
                    return .wait {
                        await Task.yield()
                        return .values(value)
                    }
                },
                HostFunction("t.wait_in_vain", mayWait: true, about: "Fails later.") { _ in
                    .wait {
                        await Task.yield()
                        throw Failure()
                    }
                },
                HostFunction("t.load_only", at: .load, about: "Only while loading.") { _ in .nothing },
                HostFunction("t.garbage", [.required("bytes", .integer)], about: "A string of so many bytes.") {
                    call in
                    call.answer(.bytes([UInt8](repeating: 0x78, count: Int(call.integer(1)))))
                },
            ])
    ])

    static func makeVM(_ limits: LuaLimits = .init(), count: Count = Count()) throws -> LuaVM {
        let vm = try LuaVM(registry: registry, limits: limits)
        vm.provide(count)
        return vm
    }

    /// Runs a text as a plain call and gives its results.
    @discardableResult
    static func call(_ text: String, in vm: LuaVM, sliceMS: UInt32 = 5_000) throws(LuaError) -> [LuaValue] {
        let function = try vm.load(text, name: "test.lua")
        return try vm.call(function, at: .script, budget: LuaBudget(sliceMS: sliceMS, includesHostCalls: true))
    }

    /// Runs a text as a task.
    @discardableResult
    static func run(_ text: String, in vm: LuaVM) async throws(LuaError) -> [LuaValue] {
        let function = try vm.load(text, name: "test.lua")
        return try await vm.run(function, at: .script, budget: LuaBudget(sliceMS: 5_000))
    }
}
