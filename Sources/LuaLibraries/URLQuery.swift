import LuaRuntime

/// A query of `name=value` pairs, as forms send it: bytes on both sides.
enum URLQuery {
    struct Pair: Equatable, Sendable {
        var name: [UInt8]
        var value: [UInt8]
    }

    static let pairCountMax = 1_000

    /// The pairs in order; a `+` is a space, a name without `=` has an empty value, empty pairs are left out.
    static func pairs(of query: [UInt8]) throws(URLText.Mistake) -> [Pair] {
        var pairs: [Pair] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            guard pairs.count < pairCountMax else {
                throw URLText.Mistake("more than \(pairCountMax) pairs in a query")
            }
            let sides = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(sides[0], plusIsSpace: true),
                let value = PercentEncoding.decode(sides.count > 1 ? sides[1] : [], plusIsSpace: true)
            else {
                let shown = String(decoding: part.prefix(100), as: UTF8.self)
                throw URLText.Mistake("a '%' in '\(shown)' is not followed by two hexadecimal digits")
            }
            pairs.append(Pair(name: name, value: value))
        }
        return pairs
    }

    static func text(of pairs: [Pair]) -> [UInt8] {
        var text: [UInt8] = []
        for pair in pairs {
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            PercentEncoding.append(pair.name, to: &text, allowing: .unreserved)
            text.append(UInt8(ascii: "="))
            PercentEncoding.append(pair.value, to: &text, allowing: .unreserved)
        }
        return text
    }

    /// The pairs that a script's table stands for: values by name, in the order of the names, an array where a name has
    /// several; or an array of `{ name, value }`, in its order.
    static func pairs(of value: LuaValue) throws(LuaError) -> [Pair] {
        var pairs: [Pair] = []
        switch value {
        case .fields(let fields):
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                let values = if case .array(let values) = value { values } else { [value] }
                for value in values { pairs.append(Pair(name: Array(name.utf8), value: try text(of: value, name))) }
            }
        case .array(let elements):
            for element in elements {
                guard case .array(let sides) = element, sides.count == 2, case .bytes(let name) = sides[0] else {
                    throw LuaError(.argument, "an array of a query has to be one of { name, value }")
                }
                let shown = String(decoding: name, as: UTF8.self)
                pairs.append(Pair(name: name, value: try text(of: sides[1], shown)))
            }
        default: throw LuaError(.argument, "a query is a \(value.typeName); it has to be a table")
        }
        guard pairs.count <= pairCountMax else {
            throw LuaError(.argument, "\(pairs.count) pairs in a query; it can have \(pairCountMax)")
        }
        return pairs
    }

    private static func text(of value: LuaValue, _ name: String) throws(LuaError) -> [UInt8] {
        guard let text = value.plainText else {
            throw LuaError(.argument, "'\(name)' of a query is a \(value.typeName); it has to be text or a number")
        }
        return text
    }
}

extension LuaValue {
    /// The text of a string, number or boolean; nil of all others.
    var plainText: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .integer(let number): Array("\(number)".utf8)
        case .number(let number): Array("\(number)".utf8)
        case .boolean(let value): Array("\(value)".utf8)
        case .none, .null, .array, .fields: nil
        }
    }
}
