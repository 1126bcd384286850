import CLuaShim

/// One Lua state with its libraries, limits and host objects.
///
/// Not Sendable: it belongs to one event loop, thread or actor, and so do all values read from it.
public final class LuaVM {
    public let registry: HostRegistry
    let state: OpaquePointer
    /// Objects that scripts hold, by handle. A handle is never given out twice.
    private var objects: [UInt64: AnyObject] = [:]
    private var nextHandle: UInt64 = 1
    /// What host functions of modules with a state of their own find theirs by.
    private var services: [ObjectIdentifier: Any] = [:]
    /// The operation that the host function just called wants the script to wait for.
    private var wait: HostWait?
    /// Coroutines that have finished their call and can be used for the next.
    private var idleTasks: [LuaCoroutine] = []
    /// Texts of chunks by name, for excerpts in errors.
    private(set) var sources: [String: String] = [:]

    static let idleTaskCountMax = 64

    /// Throws if there is no memory for a state.
    public init(registry: HostRegistry, limits: LuaLimits = .init()) throws(LuaError) {
        self.registry = registry
        // The state needs a way back to this object before all of it is initialized.
        let context = LuaContext()
        let host = clua_host(dispatch: callHost, context: Unmanaged.passUnretained(context).toOpaque())
        guard let state = clua_open(limits.shim, host) else {
            throw LuaError(.outOfMemory, "a Lua state does not fit into \(limits.memoryBytesMax) bytes")
        }
        self.state = state
        self.context = context
        context.vm = self
        registry.install(in: state)
    }

    private let context: LuaContext

    deinit {
        // Objects are released by the state's collector, which calls back.
        clua_close(state)
    }

    /// Keeps the text of a chunk that the script itself compiles, for excerpts in errors.
    public func remember(_ text: String, of source: String) { sources[source] = text }

    /// The line of the script at which an error happened.
    public func sourceLine(of error: LuaError) -> String? {
        guard let place = error.place, let text = sources[place.source], place.line >= 1 else { return nil }
        let lines = text.split(separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
        return place.line <= lines.count ? String(lines[place.line - 1]) : nil
    }

    /// Keeps the value that `push` pushes.
    public func makeReference(_ push: (LuaStack) -> Void) -> LuaReference {
        push(LuaStack(state: state))
        return LuaReference(vm: self, reference: clua_reference(state))
    }

    /// Keeps a value of one of this state's stacks, of any kind.
    public func keep(at index: Int, of stack: LuaStack) -> LuaReference {
        clua_push_copy(stack.state, Int32(index))
        return LuaReference(vm: self, reference: clua_reference(stack.state))
    }

    // MARK: Limits and figures

    public var usedBytes: Int { clua_bytes_used(state) }

    /// One step of the collector, for when there is nothing else to do; true at the end of a cycle.
    @discardableResult
    public func collectGarbageStep(workKiB: Int) -> Bool { clua_collect_step(state, Int32(clamping: workKiB)) }

    /// Collects everything unreachable.
    public func collectGarbage() { clua_collect_all(state) }

    /// Tests: lets so many more allocations of scripts succeed, then none; nil ends it.
    func failAllocations(after count: Int?) { clua_fail_allocations_after(state, Int64(count ?? -1)) }

    // MARK: Services and objects

    public func provide<Service>(_ service: Service) { services[ObjectIdentifier(Service.self)] = service }

    public func service<Service>(_ type: Service.Type) throws(LuaError) -> Service {
        guard let service = services[ObjectIdentifier(type)] as? Service else {
            throw LuaError(.host, "not available here")
        }
        return service
    }

    /// Pushes an object of the host's, which the script then owns.
    public func push(_ object: AnyObject, class name: String, on stack: LuaStack) {
        let handle = nextHandle
        nextHandle += 1
        objects[handle] = object
        clua_push_object(stack.state, registry.classIndex(of: name), handle)
    }

    func object(_ handle: UInt64) -> AnyObject? { objects[handle] }

    /// The count of the host's objects that scripts hold.
    var objectCount: Int { objects.count }

    // MARK: Globals

    /// From now on a global that is not there cannot be read, nor one made if `isWritingRefused`.
    public func protectGlobals(isWritingRefused: Bool) { clua_protect_globals(state, isWritingRefused) }

    public func setGlobal(_ name: String, to value: LuaValue) {
        let stack = LuaStack(state: state)
        clua_push_globals(state)
        stack.push(value)
        clua_raw_set(state, -2, name)
        stack.drop(1)
    }

    // MARK: Calls

    /// Compiles a text. `name` is what errors call it: a file's name, or another in brackets.
    public func load(_ text: String, name: String) throws(LuaError) -> LuaReference {
        sources[name] = text
        var text = text
        let status = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                clua_load(state, bytes.baseAddress, bytes.count, "@" + name)
            }
        }
        guard status == CLUA_OK else {
            throw takeError(status, from: state, code: status == CLUA_ERROR ? .syntax : nil)
        }
        return LuaReference(vm: self, reference: clua_reference(state))
    }

    /// Calls a function that must not wait; gives its results.
    @discardableResult
    public func call(_ function: LuaReference, _ arguments: [LuaValue] = [], at point: Point, budget: LuaBudget)
        throws(LuaError) -> [LuaValue]
    {
        try call(at: point, budget: budget) { stack throws(LuaError) in
            guard stack.hasRoom(for: arguments.count + 8) else { throw LuaError(.outOfMemory, "too many arguments") }
            function.push(on: stack)
            for argument in arguments { stack.push(argument) }
            return arguments.count
        } results: { stack, first throws(LuaError) in
            var results: [LuaValue] = []
            for index in stride(from: first, through: stack.count, by: 1) {
                results.append(try stack.value(at: index))
            }
            return results
        }
    }

    /// The same with arguments and results on the stack: `start` pushes a function and so many arguments; `results` gets
    /// the position of the first result.
    public func call<Result>(
        at point: Point, budget: LuaBudget, start: (LuaStack) throws(LuaError) -> Int,
        results: (LuaStack, Int) throws(LuaError) -> Result
    ) throws(LuaError) -> Result {
        let stack = LuaStack(state: state)
        let bottom = stack.count
        defer { clua_set_top(state, Int32(bottom)) }
        guard stack.hasRoom(for: 32) else { throw LuaError(.outOfMemory, "the stack is full") }
        let status = clua_call(state, Int32(try start(stack)), -1, point.rawValue, budget.shim)
        guard status == CLUA_OK else { throw takeError(status, from: state) }
        return try results(stack, bottom + 1)
    }

    /// Runs a function as a task: it may wait, and other tasks of this state run meanwhile. On the caller's actor.
    @discardableResult
    public func run(_ function: LuaReference, _ arguments: [LuaValue] = [], at point: Point, budget: LuaBudget)
        async throws(LuaError) -> [LuaValue]
    {
        try await run(at: point, budget: budget) { stack in
            clua_push_reference(stack.state, function.reference)
            for argument in arguments { stack.push(argument) }
            return arguments.count
        } results: { stack throws(LuaError) in
            var results: [LuaValue] = []
            for index in stride(from: 1, through: stack.count, by: 1) { results.append(try stack.value(at: index)) }
            return results
        }
    }

    /// The same with arguments and results on the stack: `start` pushes a function and so many arguments.
    public func run<Result>(
        at point: Point, budget: LuaBudget, start: (LuaStack) throws(LuaError) -> Int,
        results: (LuaStack) throws(LuaError) -> Result
    ) async throws(LuaError) -> Result {
        let task = try takeTask()
        let stack = LuaStack(state: task.state)
        guard clua_check_stack(task.state, 256) else { throw LuaError(.outOfMemory, "no memory for a task") }
        var count = Int32(try start(stack))
        var hasFailed = false
        while true {
            var resultCount: Int32 = 0
            let status = clua_task_resume(
                task.state, count, hasFailed, &resultCount, point.rawValue, budget.shim)
            guard status == CLUA_WAITING else {
                guard status == CLUA_OK else { throw end(task, status: status, point: point, budget: budget) }
                let result = Swift.Result { () throws(LuaError) in try results(stack) }
                clua_set_top(task.state, 0)
                if idleTasks.count < LuaVM.idleTaskCountMax {
                    idleTasks.append(task)
                } else {
                    clua_task_release(state, task.reference)
                }
                return try result.get()
            }
            guard let operation = wait else {
                throw end(task, status: CLUA_ERROR, point: point, budget: budget)
            }
            wait = nil
            hasFailed = false
            let bottom = stack.count
            do {
                if operation.isCancellable { try Task.checkCancellation() }
                let reply = try await operation.run()
                count = Int32(try reply.push(stack))
            } catch {
                clua_set_top(task.state, Int32(bottom))
                hasFailed = true
                count = 1
                push(error, on: stack)
            }
        }
    }

    private func takeTask() throws(LuaError) -> LuaCoroutine {
        if let task = idleTasks.popLast() { return task }
        var reference: Int32 = 0
        guard let task = clua_task_new(state, &reference) else {
            throw LuaError(.outOfMemory, "no memory for a task")
        }
        return LuaCoroutine(state: task, reference: reference)
    }

    /// Ends a task that failed: closes its variables, gives the error.
    private func end(_ task: LuaCoroutine, status: clua_status, point: Point, budget: LuaBudget) -> LuaError {
        let error = takeError(status, from: task.state)
        _ = clua_task_reset(task.state, point.rawValue, budget.shim)
        clua_task_release(state, task.reference)
        return error
    }

    // MARK: Host functions

    /// Called by the shim for every host function.
    fileprivate func dispatch(_ function: Int32, from state: OpaquePointer) -> Int32 {
        guard function >= 0 else {
            objects[clua_released_handle(state)] = nil
            return 0
        }
        let stack = LuaStack(state: state)
        do {
            guard let body = registry.functions[Int(function)].body else { return 0 }
            switch try body(HostCall(vm: self, stack: stack)) {
            case .pushed(let count): return Int32(count)
            case .wait(let isCancellable, let operation):
                wait = HostWait(isCancellable: isCancellable, run: operation)
                return Int32(CLUA_WAIT)
            }
        } catch {
            push(error, on: stack)
            return Int32(CLUA_RAISE)
        }
    }

    /// An error as scripts get it: text, or the table that a script raised before.
    private func push(_ error: any Error, on stack: LuaStack) {
        if let error = error as? LuaError, error.details != .none {
            stack.push(error.details)
        } else {
            stack.push("\(error)")
        }
    }

    // MARK: Errors

    /// Lua shortens long names of chunks to "...end".
    private func wholeName(of source: String) -> String {
        guard source.hasPrefix("..."), sources[source] == nil else { return source }
        return sources.keys.first { $0.hasSuffix(source.dropFirst(3)) } ?? source
    }

    /// Takes the error value off the top of the stack.
    func takeError(_ status: clua_status, from state: OpaquePointer, code: LuaError.Code? = nil) -> LuaError {
        let stack = LuaStack(state: state)
        let kind: LuaError.Code =
            switch status {
            case CLUA_STOPPED: .stopped
            case CLUA_OUT_OF_MEMORY: .outOfMemory
            default: code ?? .script
            }
        var error = LuaError(kind, "")
        let trace = String(cString: clua_traceback(state))
        error.traceback = trace.split(separator: "\n").map(String.init)
        if case .fields(let fields)? = try? stack.value(at: -1) {
            error.details = .fields(fields)
            error.message = fields["message"]?.text ?? "a table was raised"
        } else {
            error.message = stack.description(at: -1)
        }
        if let (place, message) = LuaError.splitting(error.message) {
            error.place = .init(source: wholeName(of: place.source), line: place.line)
            error.message = message
        }
        stack.drop(1)
        return error
    }
}

/// A value of a state, a function mostly, kept until this is gone.
public final class LuaReference {
    let reference: Int32
    private let vm: LuaVM

    /// What is known of a function without calling it; nil for other values.
    public var functionFacts: (parameterCount: Int, isVariadic: Bool, line: Int)? {
        let stack = LuaStack(state: vm.state)
        push(on: stack)
        defer { stack.drop(1) }
        guard stack.kind(at: -1) == .function else { return nil }
        let facts = clua_function_facts_at(vm.state, -1)
        return (Int(facts.parameter_count), facts.is_variadic, Int(facts.line_defined))
    }

    fileprivate init(vm: LuaVM, reference: Int32) {
        self.vm = vm
        self.reference = reference
    }

    deinit { clua_release_reference(vm.state, reference) }

    /// Whether it is a value of this state; of any other it must not be pushed.
    public func belongs(to vm: LuaVM) -> Bool { vm === self.vm }

    /// Pushes it on a stack of its state.
    public func push(on stack: LuaStack) { clua_push_reference(stack.state, reference) }
}

/// What a script waits for.
private struct HostWait {
    var isCancellable: Bool
    var run: () async throws -> HostReply
}

struct LuaCoroutine {
    let state: OpaquePointer
    let reference: Int32
}

/// What the state knows of its host.
private final class LuaContext {
    unowned(unsafe) var vm: LuaVM?
}

private func callHost(context: UnsafeMutableRawPointer?, function: Int32, state: OpaquePointer?) -> Int32 {
    guard let context, let state else { return 0 }
    let host = Unmanaged<LuaContext>.fromOpaque(context).takeUnretainedValue()
    return host.vm?.dispatch(function, from: state) ?? 0
}
