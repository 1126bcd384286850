import Synchronization

public enum LogLevel: String, Sendable, CaseIterable {
    case debug, info, warn, error
}

/// What a script has to say, on one line.
public struct LogLine: Sendable, Equatable, CustomStringConvertible {
    public var level: LogLevel
    public var message: String
    /// By name.
    public var fields: [Field] = []

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ level: LogLevel, _ message: String, _ fields: [Field] = []) {
        self.level = level
        self.message = message
        self.fields = fields
    }

    /// "order rejected reason=\"no stock\" id=17"; without the level.
    public var description: String {
        message + fields.map { " \($0.text)" }.joined()
    }
}

extension LogLine.Field {
    /// In quotes where it would not read as one value.
    var text: String {
        let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        guard !isPlain else { return "\(name)=\(value)" }
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\(name)=\"\(escaped)\""
    }
}

/// Where lines go: a closure of the host's, called on any thread.
public struct LogSink: Sendable {
    public var write: @Sendable (LogLine) -> Void

    public init(_ write: @escaping @Sendable (LogLine) -> Void) { self.write = write }
}

/// What all states of one plugin log through: a service of each of its `LuaVM`s. Bounds what a plugin can write.
public final class ScriptLog: Sendable {
    /// Cut to this, fields from the end first.
    public let lineBytesMax: Int
    private let sink: LogSink
    private let limiter: Mutex<LogLimiter>

    public static let linesPerSecondMax = 100
    public static let lineBytesMax = 4_096

    public init(
        to sink: LogSink, linesPerSecondMax: Int = ScriptLog.linesPerSecondMax,
        lineBytesMax: Int = ScriptLog.lineBytesMax
    ) {
        self.sink = sink
        self.lineBytesMax = lineBytesMax
        limiter = Mutex(LogLimiter(linesPerSecondMax: linesPerSecondMax))
    }

    /// Writes a line, or counts it if there were too many in this second. `nowMS` is of a clock that only goes forward.
    public func write(_ line: LogLine, nowMS: Int64) {
        switch limiter.withLock({ $0.lineArrived(nowMS: nowMS) }) {
        case .suppress: break
        case .write(let suppressedCount):
            tell(suppressedCount)
            sink.write(cut(line))
        }
    }

    /// Says how many lines are missing, if any: for the end, and for when a plugin has gone quiet.
    public func finish() { tell(limiter.withLock { $0.takeSuppressedCount() }) }

    private func tell(_ suppressedCount: Int) {
        guard suppressedCount > 0 else { return }
        sink.write(LogLine(.warn, "suppressed \(suppressedCount) lines"))
    }

    /// On one line, control characters written out: nothing in a message can look like another line, or move a cursor.
    private func cut(_ line: LogLine) -> LogLine {
        var kept = LogLine(line.level, ScriptLog.cut(ScriptLog.plain(line.message), toBytes: lineBytesMax))
        var byteCount = kept.message.utf8.count
        for field in line.fields {
            let field = LogLine.Field(ScriptLog.plain(field.name), ScriptLog.plain(field.value))
            byteCount += field.text.utf8.count + 1
            guard byteCount <= lineBytesMax else { break }
            kept.fields.append(field)
        }
        return kept
    }

    private static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard isControl(scalar) else {
                plain.append(scalar)
                continue
            }
            switch scalar {
            case "\n": plain.append(contentsOf: "\\n".unicodeScalars)
            case "\t": plain.append(contentsOf: "\\t".unicodeScalars)
            default: plain.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            }
        }
        return String(plain)
    }

    /// Also the separators of lines and paragraphs, which some readers end a line at.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<32, 127..<160, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Ends with `…` if anything is missing.
    private static func cut(_ text: String, toBytes bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var cut = String.UnicodeScalarView()
        var byteCount = "…".utf8.count
        for scalar in text.unicodeScalars {
            byteCount += UTF8.width(scalar)
            guard byteCount <= bytesMax else { break }
            cut.append(scalar)
        }
        return String(cut) + "…"
    }
}
