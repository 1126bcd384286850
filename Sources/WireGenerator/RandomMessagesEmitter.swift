/// Writes the test support that makes random messages and names every message once.
struct RandomMessagesEmitter {
    let messages: [Message]
    let header: String

    func source() -> String {
        var text = SourceText()
        text.line(self.header)
        text.line()
        text.line("import NIOCore")
        text.line()
        text.line("@testable import KafkaWire")
        text.line()
        text.documentation("Every message of the module.")
        text.line("let everyMessage: [MessageCase] = [")
        text.indented { text in
            for message in self.messages { text.line(".of(\(message.typeName).self, \"\(message.typeName)\"),") }
        }
        text.line("]")
        for message in self.messages {
            for structure in [message.root] + message.structures {
                text.line()
                self.random(structure, of: message, &text)
            }
        }
        return text.text
    }

    private func random(_ structure: Structure, of message: Message, _ text: inout SourceText) {
        let isRoot = structure.name == message.typeName
        let type = isRoot ? message.typeName : "\(message.typeName).\(structure.name)"
        text.block("extension \(type)\(isRoot ? ": RandomMessage" : "")") { text in
            text.block("static func random(version: Int16, using random: inout RandomValues) -> Self") { text in
                if structure.fields.isEmpty {
                    text.line("Self()")
                    return
                }
                text.line("var value = Self()")
                for field in structure.fields {
                    text.conditional(field.versions.condition(within: structure.versions)) { self.fill(field, &$0) }
                }
                text.line("return value")
            }
        }
    }

    private func fill(_ field: Field, _ text: inout SourceText) {
        guard let nullable = field.nullable else {
            self.fillPresent(field, &text)
            return
        }
        let condition = "random.isPresent(nullable: \(nullable.expression(within: field.versions)))"
        text.block("if \(condition)") { self.fillPresent(field, &$0) }
    }

    private func fillPresent(_ field: Field, _ text: inout SourceText) {
        if case .array(let element) = field.kind {
            if field.isOptional { text.line("value.\(field.name) = []") }
            text.block("for _ in 0..<random.count()") { text in
                let append = field.isOptional ? "?.append" : ".append"
                text.line("value.\(field.name)\(append)(\(self.randomValue(element)))")
            }
        } else {
            text.line("value.\(field.name) = \(self.randomValue(field.kind))")
        }
    }

    private func randomValue(_ kind: Field.Kind) -> String {
        switch kind {
        case .bool: "random.bool()"
        case .int8, .int16, .int32, .int64: "random.integer()"
        case .uuid: "random.uuid()"
        case .string: "random.string()"
        case .bytes: "random.bytes()"
        case .structure: ".random(version: version, using: &random)"
        case .array: preconditionFailure("arrays of arrays do not occur in the protocol")
        }
    }
}
