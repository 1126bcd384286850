import LuaRuntime

/// Waiting and doing several things at once.
enum TaskModule {
    static let module = HostModule(
        "tasks", about: "Waiting, and several things at once. Nothing needs callbacks: what waits lets others run.",
        [
            HostFunction(
                "sleep", [.required("time", .duration)], at: .script, mayWait: true, about: "Lets the time pass.",
                example: "platform.sleep(\"500ms\")"
            ) { call in
                let milliseconds = try call.durationMS(1)
                return .wait {
                    try await Task.sleep(for: .milliseconds(milliseconds))
                    return .nothing
                }
            },
            HostFunction(
                "spawn", [.required("body", .function), .rest(.any, "its arguments")],
                returns: [.value(.object("Task"))], at: .script,
                about: "Runs a function beside the rest of the script, from its next wait on.",
                example: "local task = platform.spawn(load_orders, file)"
            ) { call in
                let task = ScriptTask(try call.job)
                let arguments = (1..<call.stack.count).map { call.vm.keep(at: $0 + 1, of: call.stack) }
                task.start(call.vm.keep(at: 1, of: call.stack), arguments)
                call.vm.push(task, class: "Task", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "Task:wait", returns: [.value(.any, "what the function returned")], at: .script, mayWait: true,
                about: "Waits for the function's end; raises its error."
            ) { call in
                let task = try call.object(1, as: ScriptTask.self)
                return .wait {
                    let results = try await task.result()
                    return HostReply { stack in
                        for value in results { value.push(on: stack) }
                        return results.count
                    }
                }
            },
            HostFunction(
                "Task:cancel", at: .script, about: "Has the function's next wait fail."
            ) { call in
                try call.object(1, as: ScriptTask.self).cancel()
                return .nothing
            },
        ])
}

/// A function that runs beside the rest of its script. On the main actor alone.
final class ScriptTask {
    private let job: JobRunner
    private var task: Task<Void, Never>?
    private var outcome: Result<[LuaReference], LuaError>?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ job: JobRunner) { self.job = job }

    func start(_ body: LuaReference, _ arguments: [LuaReference]) {
        // Confined to the main actor, on which scripts and their host functions run.
        nonisolated(unsafe) let confined = (task: self, body: body, arguments: arguments)
        task = Task { @MainActor in await confined.task.run(confined.body, confined.arguments) }
    }

    @MainActor private func run(_ body: LuaReference, _ arguments: [LuaReference]) async {
        let vm = job.vm
        do throws(LuaError) {
            let results = try await vm.run(at: .script, budget: .unlimited) { stack throws(LuaError) in
                body.push(on: stack)
                for argument in arguments { argument.push(on: stack) }
                return arguments.count
            } results: { stack throws(LuaError) in
                (0..<stack.count).map { vm.keep(at: $0 + 1, of: stack) }
            }
            outcome = .success(results)
        } catch {
            outcome = .failure(error)
        }
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func cancel() { task?.cancel() }

    func result() async throws(LuaError) -> [LuaReference] {
        if outcome == nil { await withCheckedContinuation { waiters.append($0) } }
        return try outcome?.get() ?? []
    }
}
