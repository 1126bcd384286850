import CLuaShim

/// A function that scripts can call: one entry from which come the check of its arguments, where it may be called, the
/// definitions for editors, `help()` and the reference pages.
public struct HostFunction: Sendable {
    /// As documented: "time.now" of a module, "Consumer:next" of a class. Under `platform`.
    public var name: String
    public var parameters: [Parameter]
    public var results: [Value]
    /// Where it may be called.
    public var points: Point
    /// Whether it may let the script wait.
    public var mayWait: Bool
    /// What it does, in sentences; errors and units included.
    public var about: String
    /// Lines of Lua that use it.
    public var example: String
    /// nil where the shim's own C has it, and this is its description.
    let body: Body?

    public typealias Body = @Sendable (HostCall) throws -> HostResult

    public struct Parameter: Sendable {
        public var name: String
        public var type: LuaType
        public var isOptional: Bool
        public var about: String

        public static func required(_ name: String, _ type: LuaType, _ about: String = "") -> Parameter {
            Parameter(name: name, type: type, isOptional: false, about: about)
        }

        public static func optional(_ name: String, _ type: LuaType, _ about: String = "") -> Parameter {
            Parameter(name: name, type: type, isOptional: true, about: about)
        }

        /// Any number of further arguments; the last parameter.
        public static func rest(_ type: LuaType, _ about: String = "") -> Parameter {
            Parameter(name: "...", type: type, isOptional: true, about: about)
        }
    }

    public struct Value: Sendable {
        public var type: LuaType
        public var about: String

        public static func value(_ type: LuaType, _ about: String = "") -> Value { Value(type: type, about: about) }
    }

    public init(
        _ name: String, _ parameters: [Parameter] = [], returns results: [Value] = [], at points: Point = .everywhere,
        mayWait: Bool = false, about: String, example: String = "", body: Body?
    ) {
        self.name = name
        self.parameters = parameters
        self.results = results
        self.points = points
        self.mayWait = mayWait
        self.about = about
        self.example = example
        self.body = body
    }

    /// Module or class, and own name: ("time", "now"), ("Consumer", "next"); no module for `platform`'s own.
    public var path: (owner: String?, own: String) {
        guard let separator = name.lastIndex(where: { $0 == "." || $0 == ":" }) else { return (nil, name) }
        return (String(name[..<separator]), String(name[name.index(after: separator)...]))
    }

    /// For a prelude alone, which takes it away from scripts.
    var isInternal: Bool { name.hasPrefix("internal.") }

    var isMethod: Bool { name.contains(":") }

    /// The arguments' kinds in the shim's letters; see `clua_function.signature`.
    func signature(classes: [String]) -> String {
        var text = ""
        if isMethod, let owner = path.owner { text += LuaType.object(owner).sign(classes: classes) }
        for parameter in parameters {
            if parameter.name == "..." { return text + "*" }
            text += parameter.type.sign(classes: classes)
            if parameter.isOptional { text += "?" }
        }
        return text
    }
}

/// A kind of value, for checks and for documentation.
public indirect enum LuaType: Sendable, Equatable {
    case string, integer, number, boolean, function, any
    /// A table; the text is its type for editors: "string[]", "{ key: string, value: string }".
    case table(String)
    /// A string such as "5s", or a number of milliseconds.
    case duration
    case object(String)

    /// In the notation of Lua's language server.
    public var text: String {
        switch self {
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .function: "function"
        case .any: "any"
        case .table(let text): text
        case .duration: "string|number"
        case .object(let name): "platform.\(name)"
        }
    }

    func sign(classes: [String]) -> String {
        switch self {
        case .string: "s"
        case .integer: "i"
        case .number: "n"
        case .boolean: "b"
        case .function: "f"
        case .table: "t"
        case .any, .duration: "a"
        case .object(let name):
            "o" + String(classes.firstIndex(of: name).map { String($0, radix: 36) } ?? "z")
        }
    }
}

/// What a host function answers.
public enum HostResult {
    /// So many values have been pushed.
    case pushed(Int)
    /// The script waits for the operation, which runs on the actor that runs the script. If it is cancellable, it does
    /// not begin once the task has been cancelled.
    case wait(isCancellable: Bool, () async throws -> HostReply)

    public static func wait(_ operation: @escaping () async throws -> HostReply) -> HostResult {
        .wait(isCancellable: true, operation)
    }

    public static var nothing: HostResult { .pushed(0) }
}

/// Results that come after a wait.
public struct HostReply {
    /// Pushes the results and gives their count.
    let push: (LuaStack) throws -> Int

    public init(_ push: @escaping (LuaStack) throws -> Int) { self.push = push }

    public static var nothing: HostReply { HostReply { _ in 0 } }

    public static func values(_ values: LuaValue...) -> HostReply {
        HostReply { stack in
            for value in values { stack.push(value) }
            return values.count
        }
    }
}

/// One call of a host function: its arguments, checked as declared, and the state it comes from.
public struct HostCall {
    public let vm: LuaVM
    public let stack: LuaStack

    /// Argument `index` (1 is the first; a method's object is 1) as declared.
    public func integer(_ index: Int) -> Int64 { stack.integer(at: index) ?? 0 }
    public func number(_ index: Int) -> Double { stack.number(at: index) ?? 0 }
    public func boolean(_ index: Int) -> Bool { stack.boolean(at: index) }
    public func string(_ index: Int) -> String { stack.string(at: index) ?? "" }
    public func bytes(_ index: Int) -> [UInt8] { stack.bytes(at: index) ?? [] }
    public func isAbsent(_ index: Int) -> Bool { stack.isNil(at: index) }
    public func value(_ index: Int) throws(LuaError) -> LuaValue { try stack.value(at: index) }

    public func optionalInteger(_ index: Int) -> Int64? { isAbsent(index) ? nil : integer(index) }
    public func optionalString(_ index: Int) -> String? { isAbsent(index) ? nil : string(index) }

    /// The host's object behind argument `index`. Throws if it has been closed.
    public func object<Object: AnyObject>(_ index: Int, as type: Object.Type) throws(LuaError) -> Object {
        guard let object = vm.object(clua_object_handle(stack.state, Int32(index))) as? Object else {
            throw LuaError(.argument, "the object is closed")
        }
        return object
    }

    public func answer(_ value: LuaValue) -> HostResult {
        stack.push(value)
        return .pushed(1)
    }

    /// The convention for failures that a script is expected to handle: nil and a message.
    public func failure(_ message: String) -> HostResult {
        stack.pushNil()
        stack.push(message)
        return .pushed(2)
    }
}
