/// The list of all settings: what `platform serve --help-config` prints.
enum SettingsHelp {
    /// A paragraph a setting, by section; lines of at most 120 columns.
    static var text: String {
        var lines = [
            "Settings, with their defaults. A flag is stronger than the environment, that than the file:",
            "    --set log.flush=os        PLATFORM_LOG_FLUSH=os        --config FILE with {\"log\": {\"flush\": \"os\"}}",
        ]
        var section: Substring = ""
        for key in SettingKey.all {
            let itsSection = key.name.prefix { $0 != "." }
            if itsSection != section {
                section = itsSection
                lines += ["", "\(section):"]
            }
            lines.append("  \(key.name) = \(key.defaultText.isEmpty ? "\"\"" : key.defaultText)")
            lines += wrapped("\(key.help) (\(key.type))", width: 114).map { "      \($0)" }
        }
        return lines.joined(separator: "\n")
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
