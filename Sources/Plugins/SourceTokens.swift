/// Words and signs of a Lua text (reference manual §3.1), comments left out; as much of the language as finding names takes.
struct SourceTokens {
    struct Token: Equatable {
        enum Kind {
            case name, keyword, string, number, sign
        }

        var kind: Kind
        var text: String
        var line: Int
    }

    private(set) var tokens: [Token] = []
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// Requires: the text compiles; what does not is cut where it stops making sense.
    init(_ text: String) {
        bytes = Array(text.utf8)
        while position < bytes.count { scan() }
    }

    private func byte(_ ahead: Int = 0) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    private mutating func scan() {
        guard let first = byte() else { return }
        switch first {
        case UInt8(ascii: "\n"):
            line += 1
            position += 1
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
        case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"): skipComment()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): scanString(quote: first)
        case UInt8(ascii: "[") where longBracketLevel() != nil: scanLongString()
        case _ where SourceTokens.isLetter(first): scanName()
        case _ where SourceTokens.isDigit(first): scanNumber()
        default:
            add(.sign, String(decoding: [first], as: UTF8.self))
            position += 1
        }
    }

    private mutating func add(_ kind: Token.Kind, _ text: String) {
        tokens.append(Token(kind: kind, text: text, line: line))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func scanName() {
        let start = position
        while let next = byte(), SourceTokens.isLetter(next) || SourceTokens.isDigit(next) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        add(SourceTokens.keywords.contains(text) ? .keyword : .name, text)
    }

    private mutating func scanNumber() {
        let start = position
        while let next = byte(),
            SourceTokens.isLetter(next) || SourceTokens.isDigit(next)
                || next == UInt8(ascii: ".") && byte(1) != UInt8(ascii: ".")
        {
            position += 1
        }
        add(.number, String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func scanString(quote: UInt8) {
        position += 1
        let start = position
        while let next = byte(), next != quote {
            if next == UInt8(ascii: "\n") { line += 1 }
            position += next == UInt8(ascii: "\\") ? 2 : 1
        }
        add(.string, String(decoding: bytes[start..<min(position, bytes.count)], as: UTF8.self))
        position += 1
    }

    /// The count of `=` in a long bracket that opens here; nil if none does.
    private func longBracketLevel() -> Int? {
        var level = 0
        while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
        return byte(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    private mutating func scanLongString() {
        let text = takeLongBracket()
        add(.string, text)
    }

    private mutating func takeLongBracket() -> String {
        guard let level = longBracketLevel() else { return "" }
        position += level + 2
        let start = position
        let close = [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
        while position < bytes.count {
            if bytes[position...].starts(with: close) {
                let text = String(decoding: bytes[start..<position], as: UTF8.self)
                position += close.count
                return text
            }
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        return ""
    }

    private mutating func skipComment() {
        position += 2
        if byte() == UInt8(ascii: "["), longBracketLevel() != nil {
            _ = takeLongBracket()
            return
        }
        while let next = byte(), next != UInt8(ascii: "\n") { position += 1 }
    }
}
