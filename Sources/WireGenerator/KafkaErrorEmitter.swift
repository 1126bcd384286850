/// Writes the enumeration of error codes.
struct KafkaErrorEmitter {
    let descriptors: ErrorDescriptors
    let header: String

    func source() -> String {
        let codes = self.descriptors.errors.sorted { $0.code < $1.code }
        var text = SourceText()
        text.line(self.header)
        text.line()
        text.documentation("The error codes of the protocol; the raw value is the code on the wire.")
        text.block("public enum KafkaError: Int16, Error, CaseIterable, Sendable") { text in
            for code in codes {
                text.documentation(code.about)
                text.line("case \(self.caseName(code.name)) = \(code.code)")
            }
        }
        text.line()
        text.block("extension KafkaError") { text in
            text.documentation("The protocol's name of the error, such as `UNKNOWN_TOPIC_OR_PARTITION`.")
            text.block("public var name: String") { text in
                text.line("switch self {")
                for code in codes { text.line("case .\(self.caseName(code.name)): \"\(code.name)\"") }
                text.line("}")
            }
            text.line()
            text.documentation("One sentence for people, fit for an error message.")
            text.block("public var explanation: String") { text in
                text.line("switch self {")
                for code in codes {
                    text.line("case .\(self.caseName(code.name)):")
                    text.indented { $0.line("\"\(code.about)\"") }
                }
                text.line("}")
            }
            text.line()
            text.documentation("Whether the request may succeed later, with fresh metadata or a fresh coordinator.")
            text.block("public var isRetriable: Bool") { text in
                text.line("switch self {")
                let retriable = codes.filter { $0.retriable == true }
                for (index, code) in retriable.enumerated() {
                    let prefix = index == 0 ? "case " : "    "
                    text.line("\(prefix).\(self.caseName(code.name))\(index + 1 < retriable.count ? "," : ":")")
                }
                text.indented { $0.line("true") }
                text.line("default:")
                text.indented { $0.line("false") }
                text.line("}")
            }
        }
        return text.text
    }

    /// `NONE` is `noError`: a case called `none` would be taken for an empty optional.
    private func caseName(_ name: String) -> String {
        if name == "NONE" { return "noError" }
        let words = name.split(separator: "_").map { $0.lowercased() }
        let rest = words.dropFirst().map { $0 == "id" ? "ID" : $0.prefix(1).uppercased() + $0.dropFirst() }
        return ([words.first ?? ""] + rest).joined()
    }
}
