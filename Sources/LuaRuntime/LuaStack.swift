import CLuaShim

/// The stack of one coroutine, as host functions read their arguments from it and push results.
///
/// Positions are Lua's: 1 is the first value, -1 the top. Nothing here raises; what can fail throws.
public struct LuaStack {
    let state: OpaquePointer

    /// Values of nested tables deeper than this are refused: the C stack is not endless.
    static let depthMax = 64

    public var count: Int { Int(clua_top(state)) }

    public func drop(_ count: Int) { clua_pop(state, Int32(count)) }

    func type(at index: Int) -> clua_type { clua_type_at(state, Int32(index)) }

    /// The kinds of value that hosts tell apart.
    public enum Kind: Sendable {
        case none, null, boolean, integer, number, string, table, function, object, other
    }

    public func kind(at index: Int) -> Kind {
        switch type(at: index) {
        case CLUA_TYPE_NONE, CLUA_TYPE_NIL: .none
        case CLUA_TYPE_BOOLEAN: .boolean
        case CLUA_TYPE_POINTER: clua_is_null(state, Int32(index)) ? .null : .other
        case CLUA_TYPE_NUMBER: clua_is_integer(state, Int32(index)) ? .integer : .number
        case CLUA_TYPE_STRING: .string
        case CLUA_TYPE_TABLE: .table
        case CLUA_TYPE_FUNCTION: .function
        case CLUA_TYPE_USERDATA: .object
        default: .other
        }
    }

    public func isNil(at index: Int) -> Bool {
        let type = type(at: index)
        return type == CLUA_TYPE_NIL || type == CLUA_TYPE_NONE
    }

    // MARK: Reading

    /// The integer at `index`: an integer, or a float with an integral value.
    public func integer(at index: Int) -> Int64? {
        var value: Int64 = 0
        return clua_integer_at(state, Int32(index), &value) ? value : nil
    }

    public func number(at index: Int) -> Double? {
        type(at: index) == CLUA_TYPE_NUMBER ? clua_number_at(state, Int32(index)) : nil
    }

    /// False for nil and false, as Lua's conditions have it.
    public func boolean(at index: Int) -> Bool { clua_boolean_at(state, Int32(index)) }

    /// Gives the bytes of a string to a closure; nil for anything else.
    public func withBytes<Result>(at index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result?
    {
        var count = 0
        guard let start = clua_string_at(state, Int32(index), &count) else { return nil }
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    public func bytes(at index: Int) -> [UInt8]? { withBytes(at: index) { Array($0) } }

    /// The string at `index`; bytes that are not UTF-8 are replaced.
    public func string(at index: Int) -> String? {
        withBytes(at: index) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value at `index` with all within it. Throws on functions, objects and tables that are neither array nor record.
    public func value(at index: Int) throws(LuaError) -> LuaValue { try value(at: index, depth: 0) }

    /// The same for tables that have positions as well as names, as declarations do: positions become the names "1", "2" …
    public func declaration(at index: Int) throws(LuaError) -> LuaValue {
        try value(at: index, depth: 0, positionsAreNames: true)
    }

    private func value(at index: Int, depth: Int, positionsAreNames: Bool = false) throws(LuaError) -> LuaValue {
        let index = clua_absolute_index(state, Int32(index))
        switch clua_type_at(state, index) {
        case CLUA_TYPE_NONE, CLUA_TYPE_NIL: return .none
        case CLUA_TYPE_BOOLEAN: return .boolean(clua_boolean_at(state, index))
        case CLUA_TYPE_NUMBER:
            var integer: Int64 = 0
            if clua_is_integer(state, index), clua_integer_at(state, index, &integer) { return .integer(integer) }
            return .number(clua_number_at(state, index))
        case CLUA_TYPE_STRING: return .bytes(bytes(at: Int(index)) ?? [])
        case CLUA_TYPE_POINTER where clua_is_null(state, index): return .null
        case CLUA_TYPE_TABLE:
            guard depth < LuaStack.depthMax, clua_check_stack(state, 4) else {
                throw LuaError(.argument, "tables nested deeper than \(LuaStack.depthMax)")
            }
            return try table(at: index, depth: depth + 1, positionsAreNames: positionsAreNames)
        default:
            throw LuaError(.argument, "a \(typeName(at: Int(index))) cannot be passed here")
        }
    }

    private func table(at index: Int32, depth: Int, positionsAreNames: Bool) throws(LuaError) -> LuaValue {
        var array: [LuaValue] = []
        var fields: [String: LuaValue] = [:]
        let length = clua_raw_length(state, index)
        clua_push_nil(state)
        while clua_next(state, index) {
            // The pair is on top; whatever leaves this loop early has to take it away.
            do throws(LuaError) {
                if array.count < length, clua_is_integer(state, -2) {
                    var position: Int64 = 0
                    _ = clua_integer_at(state, -2, &position)
                    guard position == Int64(array.count) + 1 else {
                        throw LuaError(.argument, "a table with holes cannot be passed here")
                    }
                    array.append(try value(at: -1, depth: depth, positionsAreNames: positionsAreNames))
                } else if let key = string(at: -2) {
                    fields[key] = try value(at: -1, depth: depth, positionsAreNames: positionsAreNames)
                } else {
                    throw LuaError(
                        .argument, "a table with a \(typeName(at: -2)) as key cannot be passed here: use strings")
                }
            } catch {
                drop(2)
                throw error
            }
            drop(1)
        }
        if fields.isEmpty, !array.isEmpty || clua_is_array(state, index) { return .array(array) }
        guard array.isEmpty || positionsAreNames else {
            throw LuaError(.argument, "a table with both positions and names cannot be passed here")
        }
        for (index, element) in array.enumerated() { fields["\(index + 1)"] = element }
        return .fields(fields)
    }

    /// The kind of the value at `index`, as errors name it.
    public func typeName(at index: Int) -> String {
        switch type(at: index) {
        case CLUA_TYPE_NONE: "no value"
        case CLUA_TYPE_NIL: "nil"
        case CLUA_TYPE_BOOLEAN: "boolean"
        case CLUA_TYPE_POINTER: clua_is_null(state, Int32(index)) ? "null" : "pointer"
        case CLUA_TYPE_NUMBER: clua_is_integer(state, Int32(index)) ? "integer" : "number"
        case CLUA_TYPE_STRING: "string"
        case CLUA_TYPE_TABLE: "table"
        case CLUA_TYPE_FUNCTION: "function"
        case CLUA_TYPE_THREAD: "coroutine"
        default: "object"
        }
    }

    /// Text for people of any value.
    public func description(at index: Int) -> String {
        var count = 0
        guard clua_check_stack(state, 2), let start = clua_push_description(state, Int32(index), &count) else {
            return typeName(at: index)
        }
        defer { drop(1) }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    // MARK: Pushing

    public func pushNil() { clua_push_nil(state) }
    public func pushNull() { clua_push_null(state) }
    /// Pushes an empty table with room for so many fields.
    public func pushTable(fieldCount: Int = 0) { clua_push_table(state, 0, Int32(clamping: fieldCount)) }
    /// Sets the value on top as a field of the table at `table`, and pops it.
    public func setField(_ name: String, of table: Int) { clua_raw_set(state, Int32(table), name) }
    /// Makes room for so many more values; false at the stack's limit.
    public func hasRoom(for count: Int) -> Bool { clua_check_stack(state, Int32(clamping: count)) }
    public func pushCopy(of index: Int) { clua_push_copy(state, Int32(index)) }
    public func push(_ value: Bool) { clua_push_boolean(state, value) }
    public func push(_ value: Int64) { clua_push_integer(state, value) }
    public func push(_ value: Double) { clua_push_number(state, value) }

    public func push(_ text: String) {
        var text = text
        text.withUTF8 { push($0.isEmpty ? UnsafeRawBufferPointer(start: nil, count: 0) : UnsafeRawBufferPointer($0)) }
    }

    public func push(_ bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress {
            clua_push_string(state, start.assumingMemoryBound(to: CChar.self), bytes.count)
        } else {
            clua_push_string(state, "", 0)
        }
    }

    /// Pushes a value with all within it; arrays are marked as such, so that they stay arrays in JSON.
    public func push(_ value: LuaValue) {
        guard clua_check_stack(state, 4) else { return pushNil() }
        switch value {
        case .none: pushNil()
        case .null: clua_push_null(state)
        case .boolean(let value): push(value)
        case .integer(let value): push(value)
        case .number(let value): push(value)
        case .bytes(let bytes): bytes.withUnsafeBytes { push($0) }
        case .array(let elements):
            clua_push_table(state, Int32(clamping: elements.count), 0)
            for (index, element) in elements.enumerated() {
                push(element)
                clua_raw_set_index(state, -2, Int64(index) + 1)
            }
            clua_mark_array(state, -1)
        case .fields(let fields):
            clua_push_table(state, 0, Int32(clamping: fields.count))
            for (key, value) in fields {
                push(key)
                push(value)
                _ = clua_raw_set_pair(state, -3)
            }
        }
    }
}

// MARK: - Fields of a table argument

extension LuaStack {
    /// Calls `body` with the field's value on top of the stack, and takes it away.
    public func withField<Result>(_ name: String, of table: Int, _ body: (LuaStack) throws -> Result) rethrows -> Result
    {
        clua_raw_get(state, Int32(table), name)
        defer { drop(1) }
        return try body(self)
    }

    /// Sets the value on top as an element of the table at `table`, and pops it.
    public func setElement(_ position: Int, of table: Int) {
        clua_raw_set_index(state, Int32(table), Int64(position))
    }

    /// Calls `body` with an element of a table on top of the stack, and takes it away.
    public func withElement<Result>(_ position: Int, of table: Int, _ body: (LuaStack) throws -> Result) rethrows
        -> Result
    {
        clua_raw_get_index(state, Int32(table), Int64(position))
        defer { drop(1) }
        return try body(self)
    }

    /// The strings that are keys of the table at `table`, sorted.
    public func fieldNames(of table: Int) -> [String] {
        let table = clua_absolute_index(state, Int32(table))
        var names: [String] = []
        clua_push_nil(state)
        while clua_next(state, table) {
            if kind(at: -2) == .string, let name = string(at: -2) { names.append(name) }
            drop(1)
        }
        return names.sorted()
    }

    /// The names in a table that are not among those known; for "no such option" errors.
    public func unknownField(of table: Int, known: Set<String>) -> String? {
        let table = clua_absolute_index(state, Int32(table))
        clua_push_nil(state)
        while clua_next(state, table) {
            if let name = string(at: -2), !known.contains(name) {
                drop(2)
                return name
            }
            drop(1)
        }
        return nil
    }
}
