import CLuaShim

/// All functions of a host, in the form that states are made with. Made once, lives as long as the process.
public final class HostRegistry: Sendable {
    public let functions: [HostFunction]
    public let modules: [HostModule]
    let classes: [String]
    /// What the shim reads; never written after init, never freed.
    nonisolated(unsafe) let descriptors: UnsafeMutablePointer<clua_function>

    /// The modules' functions. Their names have to be unique; two of a name are a mistake of ours.
    public init(_ modules: [HostModule]) {
        self.modules = modules
        functions = modules.flatMap(\.functions)
        precondition(Set(functions.map(\.name)).count == functions.count, "two host functions of one name")
        var classes: [String] = []
        for function in functions where function.isMethod && function.body != nil {
            if let owner = function.path.owner, !classes.contains(owner) { classes.append(owner) }
        }
        precondition(classes.count <= Int(CLUA_CLASS_COUNT_MAX), "too many classes")
        self.classes = classes
        let descriptors = UnsafeMutablePointer<clua_function>.allocate(capacity: functions.count)
        for (index, function) in functions.enumerated() {
            (descriptors + index).initialize(
                to: clua_function(
                    name: HostRegistry.immortal(function.name),
                    signature: HostRegistry.immortal(function.signature(classes: classes)), function: Int32(index),
                    points: function.points.rawValue, points_text: HostRegistry.immortal(function.points.text),
                    may_wait: function.mayWait))
        }
        self.descriptors = descriptors
    }

    private static func immortal(_ text: String) -> UnsafePointer<CChar> {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
        return UnsafePointer(copy)
    }

    func classIndex(of name: String) -> Int32 {
        guard let index = classes.firstIndex(of: name) else { preconditionFailure("no class \(name)") }
        return Int32(index)
    }

    /// Sets the functions in `platform` and makes the classes, whose tables of methods a prelude finds in
    /// `platform.internal.classes` to add to; it is for the prelude to take `internal` away.
    func install(in state: OpaquePointer) {
        clua_push_globals(state)
        clua_raw_get(state, -1, "platform")
        for (index, function) in functions.enumerated() where function.body != nil && !function.isMethod {
            let (module, name) = function.path
            guard let module else {
                clua_set_function(state, name, descriptors + index)
                continue
            }
            clua_raw_get(state, -1, module)
            if clua_type_at(state, -1) != CLUA_TYPE_TABLE {
                clua_pop(state, 1)
                clua_push_table(state, 0, 8)
                clua_push_copy(state, -1)
                clua_raw_set(state, -3, module)
            }
            clua_set_function(state, name, descriptors + index)
            clua_pop(state, 1)
        }
        clua_raw_get(state, -1, "internal")
        let hasPrelude = clua_type_at(state, -1) == CLUA_TYPE_TABLE
        if hasPrelude {
            clua_push_table(state, 0, Int32(classes.count))
            clua_push_copy(state, -1)
            clua_raw_set(state, -3, "classes")
            clua_insert(state, -2)
        }
        // The table of classes lies below `internal`, or nil in its place.
        clua_pop(state, 1)
        for (classIndex, name) in classes.enumerated() {
            clua_push_table(state, 0, 8)
            for (index, function) in functions.enumerated()
            where function.body != nil && function.isMethod && function.path.owner == name {
                clua_set_function(state, function.path.own, descriptors + index)
            }
            if hasPrelude {
                clua_push_copy(state, -1)
                clua_raw_set(state, -3, name)
            }
            clua_set_class(state, Int32(classIndex), "platform.\(name)")
        }
        clua_pop(state, hasPrelude ? 3 : 2)
    }
}

/// Functions on one subject: one page of the reference.
public struct HostModule: Sendable {
    public var name: String
    /// What the subject is, in a few sentences.
    public var about: String
    public var functions: [HostFunction]

    public init(_ name: String, about: String, _ functions: [HostFunction]) {
        self.name = name
        self.about = about
        self.functions = functions
    }
}
