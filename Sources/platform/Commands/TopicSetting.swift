import ArgumentParser

/// A topic's setting as it is written on the command line: `retention.ms=60000`.
struct TopicSetting: Equatable {
    var name: String
    /// May be empty, and may contain `=`.
    var value: String

    init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("'\(text)' is not NAME=VALUE, as in retention.ms=60000")
        }
        name = String(text[..<equals])
        value = String(text[text.index(after: equals)...])
    }

    /// Throws if a setting is named twice: it would be unclear which one counts.
    static func checkUnique(_ names: [String]) throws {
        var seen = Set<String>()
        for name in names where !seen.insert(name).inserted {
            throw ValidationError("setting '\(name)' is given more than once; give it once")
        }
    }
}
