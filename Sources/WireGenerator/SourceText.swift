/// Swift source under construction: lines and their indentation.
struct SourceText {
    private(set) var text = ""
    private var depth = 0

    /// Appends a line at the current depth; an empty one stays empty.
    mutating func line(_ line: String = "") {
        if !line.isEmpty {
            self.text += String(repeating: "    ", count: self.depth) + line
        }
        self.text += "\n"
    }

    /// Appends `head {`, what `body` writes one level deeper, and `}`.
    mutating func block(_ head: String, _ body: (inout SourceText) -> Void) {
        self.line(head + " {")
        self.depth += 1
        body(&self)
        self.depth -= 1
        self.line("}")
    }

    /// `body` inside `if condition`, or bare if there is no condition.
    mutating func conditional(_ condition: String?, _ body: (inout SourceText) -> Void) {
        if let condition {
            self.block("if \(condition)", body)
        } else {
            body(&self)
        }
    }

    /// Lines one level deeper than the current one.
    mutating func indented(_ body: (inout SourceText) -> Void) {
        self.depth += 1
        body(&self)
        self.depth -= 1
    }

    /// A doc comment, wrapped at 120 columns.
    mutating func documentation(_ sentence: String) {
        let columnsMax = 120 - self.depth * 4 - "/// ".count
        var current = ""
        for word in sentence.split(separator: " ") {
            if !current.isEmpty, current.count + 1 + word.count > columnsMax {
                self.line("/// " + current)
                current = ""
            }
            current += (current.isEmpty ? "" : " ") + word
        }
        self.line("/// " + current)
    }
}
