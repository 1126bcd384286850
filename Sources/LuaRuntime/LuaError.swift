/// Why script code could not go on, or a host function refused: what happened, where in which file, and how it came to that.
public struct LuaError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The text is not Lua.
        case syntax
        /// The script raised it.
        case script
        /// The time budget was used up.
        case stopped
        /// The cap on memory was reached.
        case outOfMemory
        /// A host function got a value that it cannot work with.
        case argument
        /// What a host function was asked for failed.
        case host
    }

    public var code: Code
    /// One line, without the place.
    public var message: String
    /// The chunk's name and line, if the error came with a place.
    public var place: Place?
    /// Script frames, innermost first, one a line.
    public var traceback: [String] = []
    /// What a script gave to `platform.fail`, or another table it raised.
    public var details: LuaValue = .none

    public struct Place: Sendable, Equatable {
        public var source: String
        public var line: Int
    }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// "orders.lua:12: message"
    public var description: String {
        guard let place else { return message }
        return "\(place.source):\(place.line): \(message)"
    }

    /// Takes "source:12: message" apart; sources are among `names`, as messages may hold colons too.
    static func splitting(_ text: String, names: some Sequence<String>) -> (Place, String)? {
        for name in names where text.hasPrefix(name + ":") {
            let rest = text.dropFirst(name.count + 1)
            guard let colon = rest.firstIndex(of: ":"), let line = Int(rest[..<colon]) else { continue }
            let message = rest[rest.index(after: colon)...].drop { $0 == " " }
            return (Place(source: name, line: line), String(message))
        }
        return nil
    }
}
