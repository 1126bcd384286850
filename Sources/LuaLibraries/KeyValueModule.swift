public import LuaRuntime

/// How a state comes to its plugin's values: opened when first used.
public final class KeyValueAccess {
    private let open: () throws -> KeyValueStore
    private var store: KeyValueStore?

    public init(_ open: @escaping () throws -> KeyValueStore) { self.open = open }

    func opened() throws -> KeyValueStore {
        if let store { return store }
        let opened = try open()
        store = opened
        return opened
    }
}

/// `platform.kv`: a plugin's own values that last.
public enum KeyValueModule {
    private static let points: Point = [.prepare, .handle, .handleBatch, .every]

    public static let module = HostModule(
        "kv",
        about: """
            A plugin's own values, kept in its database: strings, numbers and booleans by key. In a handler they are part of \
            its transaction, and undone with it. At most 64 MiB together, 1 MiB a value, 1 KiB a key.
            """,
        [
            HostFunction(
                "kv.get", [key], returns: [.value(.any)], at: points, about: "A value; nil if there is none."
            ) { call in
                let store = try store(call)
                var isFound = false
                try store.get(try key(call)) { row, isBoolean in
                    isFound = true
                    push(row, 0, isBoolean, call.stack)
                }
                if !isFound { call.stack.pushNil() }
                return .pushed(1)
            },
            HostFunction(
                "kv.set", [key, .required("value", .any), options], at: points,
                about: "Puts a value in the place of the last; nil removes it. With `ttl` it ends after that time.",
                example: "platform.kv.set(\"rate\", 1.08, { ttl = \"1h\" })"
            ) { call in
                guard !call.isAbsent(2) else {
                    _ = try store(call).delete(try key(call))
                    return .nothing
                }
                _ = try set(call, onlyIfAbsent: false)
                return .nothing
            },
            HostFunction(
                "kv.add", [key, .required("value", .any), options],
                returns: [.value(.boolean, "false if there is one already, which then stays")], at: points,
                about: "Sets a value unless there is one."
            ) { call in call.answer(.boolean(try set(call, onlyIfAbsent: true))) },
            HostFunction(
                "kv.delete", [key], returns: [.value(.boolean, "whether there was one")], at: points,
                about: "Removes a value."
            ) { call in call.answer(.boolean(try store(call).delete(try key(call)))) },
            HostFunction(
                "kv.incr", [key, .optional("by", .integer, "1 without it")], returns: [.value(.integer, "the sum")],
                at: points, about: "Adds to an integer, which begins at 0. Raises if the value is none."
            ) { call in
                call.answer(.integer(try store(call).increment(try key(call), by: call.optionalInteger(2) ?? 1)))
            },
            HostFunction(
                "kv.scan", [.required("prefix", .string), .optional("limit", .integer, "10,000 at most")],
                returns: [.value(.table("{ key: string, value: any }[]"), "in the order of the keys")], at: points,
                about: "Values whose keys begin with a text."
            ) { call in
                let (prefix, countMax) = (call.bytes(1), max(0, call.optionalInteger(2) ?? .max))
                call.stack.pushTable()
                var count = 0
                try store(call).scan(prefix, countMax: countMax) {
                    row, isBoolean in
                    count += 1
                    call.stack.pushTable(fieldCount: 2)
                    row.push(0, on: call.stack)
                    call.stack.setField("key", of: -2)
                    push(row, 1, isBoolean, call.stack)
                    call.stack.setField("value", of: -2)
                    call.stack.setElement(count, of: -2)
                }
                return .pushed(1)
            },
        ])

    private static let key: HostFunction.Parameter = .required("key", .string)
    private static let options: HostFunction.Parameter = .optional("options", .table("{ ttl: string|integer? }"))

    private static func store(_ call: HostCall) throws -> KeyValueStore {
        guard let access = try? call.vm.service(KeyValueAccess.self) else {
            throw LuaError(.host, "the plugin does not ask for kv: add needs = { kv = true }")
        }
        return try access.opened()
    }

    private static func key(_ call: HostCall) throws(LuaError) -> [UInt8] {
        let key = call.bytes(1)
        guard key.count <= KeyValueStore.keyBytesMax else {
            throw LuaError(.argument, "a key of \(key.count) bytes: the limit is \(KeyValueStore.keyBytesMax)")
        }
        return key
    }

    private static func push(_ row: SQLStatement, _ column: Int32, _ isBoolean: Bool, _ stack: LuaStack) {
        if isBoolean { stack.push(row.integer(column) != 0) } else { row.push(column, on: stack) }
    }

    private static func set(_ call: HostCall, onlyIfAbsent: Bool) throws -> Bool {
        var ttlMS: Int64?
        if !call.isAbsent(3) {
            if let unknown = call.stack.unknownField(of: 3, known: ["ttl"]) {
                throw LuaError(.argument, "kv has no option '\(unknown)'; there is ttl")
            }
            ttlMS = try call.stack.withField("ttl", of: 3) { stack in
                stack.isNil(at: -1) ? nil : try LuaDuration.milliseconds(stack: stack, at: stack.count, what: "ttl")
            }
        }
        return try store(call).set(try key(call), try stored(call), ttlMS: ttlMS, onlyIfAbsent: onlyIfAbsent)
    }

    private static func stored(_ call: HostCall) throws(LuaError) -> KeyValueStore.Stored {
        switch try call.value(2) {
        case .boolean(let flag): return (.integer(flag ? 1 : 0), true, 1)
        case .integer(let integer): return (.integer(integer), false, 8)
        case .number(let number): return (.real(number), false, 8)
        case .bytes(let bytes):
            guard bytes.count <= KeyValueStore.valueBytesMax else {
                throw LuaError(
                    .argument, "a value of \(bytes.count) bytes: the limit is \(KeyValueStore.valueBytesMax)")
            }
            return (.blob(bytes), false, bytes.count)
        default:
            throw LuaError(
                .argument,
                "a value is a string, a number or a boolean: make a string of a table by platform.json.encode")
        }
    }
}
