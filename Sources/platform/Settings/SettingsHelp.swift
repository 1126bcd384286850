import Foundation

/// The list of all settings: what `platform serve --help-config` prints.
enum SettingsHelp {
    /// For people: a paragraph a setting, by section.
    static var text: String {
        var lines = [
            "Settings, with their defaults. A flag is stronger than the environment, that than the file:",
            "    --set log.flush=os        PLATFORM_LOG_FLUSH=os        --config FILE with {\"log\": {\"flush\": \"os\"}}",
        ]
        var section = ""
        for key in SettingKey.all {
            let itsSection = String(key.name.prefix { $0 != "." })
            if itsSection != section {
                section = itsSection
                lines += ["", "\(section):"]
            }
            lines.append("  \(key.name) = \(key.defaultText.isEmpty ? "\"\"" : key.defaultText)")
            lines += wrapped("\(key.help) (\(key.type))", width: 112).map { "      \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    /// For programs: a JSON array of one object a setting, sorted by key.
    static func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let entries = SettingKey.all.map {
            Entry(key: $0.name, type: $0.type, default: $0.defaultText, environment: $0.environmentName, help: $0.help)
        }
        return String(decoding: try encoder.encode(entries), as: UTF8.self)
    }

    private struct Entry: Encodable {
        var key, type, `default`, environment, help: String
    }

    /// The text in lines of at most `width` characters, broken between words.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
