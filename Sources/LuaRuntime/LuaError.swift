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

        init(source: String, line: Int) {
            self.source = source
            self.line = line
        }

        /// The place of a line of a traceback, "orders.lua:12: in function 'total'".
        public init?(frame: String) {
            guard let (place, _) = LuaError.splitting(frame) else { return nil }
            self = place
        }
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

    /// Takes "source:12: message" apart; nil if the text does not begin with a place.
    static func splitting(_ text: String) -> (Place, String)? {
        var rest = text[...]
        while let colon = rest.firstIndex(of: ":") {
            let digits = rest[rest.index(after: colon)...].prefix { $0.isASCII && $0.isNumber }
            let tail = text[digits.endIndex...]
            if let line = Int(digits), tail.hasPrefix(": ") {
                return (Place(source: String(text[..<colon]), line: line), String(tail.dropFirst(2)))
            }
            rest = rest[rest.index(after: colon)...]
            // A source's name is short and on one line; what follows is the message.
            guard !text[..<colon].contains(where: \.isNewline) else { return nil }
        }
        return nil
    }
}
