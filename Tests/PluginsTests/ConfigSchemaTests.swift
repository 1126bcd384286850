import LuaRuntime
import Testing

@testable import Plugins

@Suite struct ConfigSchemaTests {
    private func schema(_ declaration: [String: LuaValue]) throws(PluginError) -> ConfigSchema {
        try ConfigSchema(declaration: .fields(declaration))
    }

    private func field(_ type: String, _ options: [String: LuaValue] = [:]) -> LuaValue {
        .fields(options.merging(["1": .string(type)]) { $1 })
    }

    @Test("values are typed, defaults filled in")
    func values() throws {
        let schema = try schema([
            "queues": field("integer", ["default": .integer(2), "min": .integer(0), "max": .integer(64)]),
            "window": field("duration", ["default": .string("1m30s")]),
            "room": field("bytes", ["optional": .boolean(true)]),
            "mode": field("enum", ["values": .array([.string("a"), .string("b")]), "default": .string("a")]),
            "own": field("map", ["of": .string("integer"), "default": .fields([:])]),
            "names": field("list", ["of": .string("string"), "optional": .boolean(true)]),
        ])
        let values = try schema.values(
            for: .fields(["queues": .integer(5), "room": .string("2KiB"), "own": .fields(["x": .integer(1)])]),
            plugin: "p")
        #expect(
            values == [
                "queues": .integer(5), "window": .integer(90_000), "room": .integer(2048), "mode": .string("a"),
                "own": .fields(["x": .integer(1)]),
            ])
    }

    @Test(
        "what does not fit is named with the value and the limit",
        arguments: [
            ("queues", LuaValue.integer(65), "config.queues of 'p' is 65: at most 64 are allowed"),
            ("queues", .string("3"), "config.queues of 'p' is \"3\": it has to be of type integer"),
            ("window", .string("soon"), "config.window of 'p' is \"soon\": it has to be of type duration"),
            ("mode", .string("c"), "config.mode of 'p' is \"c\": it has to be of type a|b"),
            ("quues", .integer(1), "'p' has no config.quues: did you mean 'queues'?"),
        ])
    func mistakes(name: String, value: LuaValue, message: String) throws {
        let schema = try schema([
            "queues": field("integer", ["default": .integer(2), "max": .integer(64)]),
            "window": field("duration", ["default": .string("1s")]),
            "mode": field("enum", ["values": .array([.string("a"), .string("b")]), "default": .string("a")]),
        ])
        let error = #expect(throws: PluginError.self) {
            try schema.values(for: .fields([name: value]), plugin: "p")
        }
        #expect(error?.message == message)
        #expect(error?.code == .configuration)
    }

    @Test("a value without default has to be given")
    func missing() throws {
        let schema = try schema(["salt": field("string")])
        let error = #expect(throws: PluginError.self) { try schema.values(for: .none, plugin: "p") }
        #expect(error?.message == "config.salt of 'p' is missing: it takes a string")
    }

    @Test(
        "a declaration that makes no sense is refused",
        arguments: [
            (["a": LuaValue.string("integer")], "begins with a type"),
            (["a": .fields(["1": .string("int")])], "'int' is no type"),
            (["a": .fields(["1": .string("integer"), "defualt": .integer(1)])], "did you mean 'default'?"),
            (["a": .fields(["1": .string("integer"), "secret": .boolean(true)])], "only a string can be secret"),
            (["a": .fields(["1": .string("integer"), "default": .string("x")])], "has to be of type integer"),
            (["a": .fields(["1": .string("enum")])], "needs the values"),
        ])
    func declarations(fields: [String: LuaValue], message: String) {
        let error = #expect(throws: PluginError.self) { try schema(fields) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
