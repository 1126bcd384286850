public import LuaRuntime

/// `platform.shared`: values that a plugin's states on all threads of this process see.
public enum SharedModule {
    /// `nowMS` is a clock that only goes forward, for the end of values.
    public static func module(nowMS: @escaping @Sendable () -> Int64) -> HostModule {
        let limits = SharedStore.Limits()
        return HostModule(
            "shared",
            about: """
                Values that all states of a plugin in this process share: strings, numbers and booleans by key. They \
                are not replicated and not durable: each broker has its own, and a restart begins with none. Beyond \
                \(limits.bytesMax >> 20) MiB or \(limits.entryCountMax) values, what was not used for longest is \
                dropped; a key has at most \(limits.keyBytesMax) bytes, a value \(limits.valueBytesMax).
                """,
            [
                HostFunction(
                    "shared.get", [key], returns: [.value(.any)], about: "A value; nil if there is none."
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    return call.answer(store.value(of: call.bytes(1), nowMS: nowMS())?.luaValue ?? .none)
                },
                HostFunction(
                    "shared.set", [key, .required("value", .any), options],
                    about: "Puts a value in the place of the last; nil removes it. With `ttl` it ends after that time.",
                    example: "platform.shared.set(\"rate\", 1.08, { ttl = \"1m\" })"
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    guard let value = try value(of: call) else {
                        _ = store.remove(call.bytes(1))
                        return .nothing
                    }
                    try store.set(call.bytes(1), to: value, endMS: try endMS(of: call, nowMS()))
                    return .nothing
                },
                HostFunction(
                    "shared.add", [key, .required("value", .any), options],
                    returns: [.value(.boolean, "false if there is one already, which then stays")],
                    about: "Sets a value unless there is one, in one step: of several callers one gets true.",
                    example: "if platform.shared.add(\"refreshing\", true, { ttl = \"5s\" }) then … end"
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    guard let value = try value(of: call) else {
                        throw LuaError(.argument, "shared.add: there has to be a value")
                    }
                    let now = nowMS()
                    let endMS = try endMS(of: call, now)
                    return call.answer(.boolean(try store.add(call.bytes(1), value, endMS: endMS, nowMS: now)))
                },
                HostFunction(
                    "shared.incr",
                    [
                        key, .optional("by", .number, "1 without it"),
                        .optional("initial", .number, "what is added to if there is none; 0 without it"),
                        .optional("ttl", .duration, "of one that is not there yet"),
                    ], returns: [.value(.number, "the sum")],
                    about: "Adds to a number, in one step. Raises if the value is none. Integers wrap around.",
                    example: "if platform.shared.incr(\"hits:\" .. minute, 1, 0, \"2m\") > limit then … end"
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    let amount = SharedValue(try call.value(2)) ?? .integer(1)
                    let initial = SharedValue(try call.value(3)) ?? .integer(0)
                    let now = nowMS()
                    let endMS = call.isAbsent(4) ? .max : now + (try call.durationMS(4))
                    return call.answer(
                        try store.increment(call.bytes(1), by: amount, from: initial, endMS: endMS, nowMS: now)
                            .luaValue)
                },
                HostFunction(
                    "shared.delete", [key], returns: [.value(.boolean, "whether there was one")],
                    about: "Removes a value."
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    return call.answer(.boolean(store.remove(call.bytes(1))))
                },
                HostFunction(
                    "shared.size", returns: [.value(.integer, "values"), .value(.integer, "bytes")],
                    about: "How much there is, with what has ended and nobody has looked for since."
                ) { call in
                    let (count, bytes) = try call.vm.service(SharedStore.self).size
                    call.stack.push(Int64(count))
                    call.stack.push(Int64(bytes))
                    return .pushed(2)
                },
                HostFunction(
                    "shared.counter", [.required("name", .string)], returns: [.value(.object("SharedCounter"))],
                    about: """
                        A counter, from 0 on, that is never dropped: keep it in a local and add to it, which takes no \
                        lock. At most \(limits.counterCountMax) of them; they are not found by `get`.
                        """,
                    example: "local seen = platform.shared.counter(\"seen\")"
                ) { call in
                    let store = try call.vm.service(SharedStore.self)
                    call.vm.push(try store.counter(call.string(1)), class: "SharedCounter", on: call.stack)
                    return .pushed(1)
                },
                HostFunction(
                    "SharedCounter:add", [.optional("count", .integer, "1 without it; it may be negative")],
                    returns: [.value(.integer, "the sum")], about: "Adds. The sum wraps around."
                ) { call in
                    call.stack.push(try call.object(1, as: SharedCounter.self).add(call.optionalInteger(2) ?? 1))
                    return .pushed(1)
                },
                HostFunction(
                    "SharedCounter:value", returns: [.value(.integer)], about: "The sum so far."
                ) { call in
                    call.stack.push(try call.object(1, as: SharedCounter.self).value)
                    return .pushed(1)
                },
            ])
    }

    private static let key = HostFunction.Parameter.required("key", .string)
    private static let options = HostFunction.Parameter.optional("options", .table("{ ttl: string|number }"))

    /// nil if the script gave nil.
    private static func value(of call: HostCall) throws(LuaError) -> SharedValue? {
        if call.isAbsent(2) { return nil }
        guard let value = SharedValue(try call.value(2)) else {
            throw LuaError(
                .argument, "a \(call.stack.typeName(at: 2)) cannot be shared: strings, numbers and booleans can")
        }
        return value
    }

    /// When the value ends that argument 3 has the options of.
    private static func endMS(of call: HostCall, _ nowMS: Int64) throws -> Int64 {
        guard !call.isAbsent(3) else { return .max }
        if let unknown = call.stack.unknownField(of: 3, known: ["ttl"]) {
            throw LuaError(.argument, "there is no option '\(unknown)'; there is ttl")
        }
        return try call.stack.withField("ttl", of: 3) { stack in
            stack.isNil(at: -1) ? .max : nowMS + (try LuaDuration.milliseconds(stack: stack, at: -1, what: "ttl"))
        }
    }
}
