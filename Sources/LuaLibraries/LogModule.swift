public import LuaRuntime

/// `platform.log`: lines for the people who run it.
public enum LogModule {
    /// `nowMS` is a clock that only goes forward, for the limit.
    public static func module(nowMS: @escaping @Sendable () -> Int64) -> HostModule {
        HostModule(
            "log",
            about: """
                Lines for the people who run it. Fields are values by name, a table's as JSON. A line ends at \
                \(ScriptLog.lineBytesMax) bytes, and of more than \(ScriptLog.linesPerSecondMax) lines a second the \
                rest is only counted.
                """,
            LogLevel.allCases.map { level in
                HostFunction(
                    "log.\(level.rawValue)",
                    [.required("message", .string), .optional("fields", .table("table<string, any>"))],
                    about: "Writes a line of level \(level.rawValue).",
                    example: level == .warn ? "platform.log.warn(\"no stock\", { order = id, wanted = n })" : ""
                ) { call in
                    let log = try call.vm.service(ScriptLog.self)
                    log.write(LogLine(level, call.string(1), try fields(of: call)), nowMS: nowMS())
                    return .nothing
                }
            })
    }

    /// Fields by name; of an array "1", "2" and so on.
    private static func fields(of call: HostCall) throws(LuaError) -> [LogLine.Field] {
        guard !call.isAbsent(2), case .fields(let values) = try call.stack.declaration(at: 2) else { return [] }
        return values.sorted { $0.key < $1.key }.map { LogLine.Field($0.key, text(of: $0.value)) }
    }

    /// Text as it is, all else as JSON has it.
    private static func text(of value: LuaValue) -> String {
        if let text = value.plainText { return String(decoding: text, as: UTF8.self) }
        return nested(value)
    }

    private static func nested(_ value: LuaValue) -> String {
        switch value {
        case .none, .null: "null"
        case .boolean, .integer, .number: text(of: value)
        case .bytes(let bytes): "\"" + String(decoding: bytes, as: UTF8.self).replacing("\"", with: "\\\"") + "\""
        case .array(let elements): "[" + elements.map(nested).joined(separator: ",") + "]"
        case .fields(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { nested(.string($0.key)) + ":" + nested($0.value) }
                .joined(separator: ",") + "}"
        }
    }
}
