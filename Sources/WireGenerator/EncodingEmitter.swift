/// Writes `encode(to:version:)` of one structure.
struct EncodingEmitter {
    let message: Message
    let structure: Structure

    func emit(_ text: inout SourceText) {
        text.documentation("Writes the fields that `version` has and leaves out the others.")
        text.block("public func encode(to buffer: inout ByteBuffer, version: Int16)") { text in
            if let flag = self.message.flexibleFlag(in: self.structure) { text.line(flag) }
            let compact = self.message.flexibleExpression(in: self.structure)
            self.structure.forEachRun { condition, fields in
                text.conditional(condition) { text in
                    for field in fields { self.write(field, to: "buffer", compact: compact, &text) }
                }
            }
            self.writeTaggedFields(&text)
        }
    }

    private func write(_ field: Field, to buffer: String, compact: String, _ text: inout SourceText) {
        let nullable = field.nullableArgument
        switch field.kind {
        case .array(let element):
            guard field.isOptional else {
                self.writeElements(of: "self.\(field.name)", element, to: buffer, compact: compact, &text)
                return
            }
            text.line("if let \(field.name) = self.\(field.name) {")
            text.indented { self.writeElements(of: field.name, element, to: buffer, compact: compact, &$0) }
            text.line("} else {")
            text.indented { $0.line("\(buffer).writeNullArray(compact: \(compact)\(nullable))") }
            text.line("}")
        case .string, .bytes:
            let method =
                (field.isOptional ? "writeNullableWire" : "writeWire") + (field.kind == .string ? "String" : "Bytes")
            text.line("\(buffer).\(method)(self.\(field.name), compact: \(compact)\(nullable))")
        case .bool, .int8, .int16, .int32, .int64, .uuid, .structure:
            text.line(self.writeOne("self.\(field.name)", field.kind, to: buffer, compact: compact))
        }
    }

    private func writeElements(
        of array: String, _ element: Field.Kind, to buffer: String, compact: String, _ text: inout SourceText
    ) {
        text.line("\(buffer).writeArrayCount(\(array).count, compact: \(compact))")
        text.block("for element in \(array)") { text in
            text.line(self.writeOne("element", element, to: buffer, compact: compact))
        }
    }

    private func writeOne(_ value: String, _ kind: Field.Kind, to buffer: String, compact: String) -> String {
        switch kind {
        case .bool: "\(buffer).writeWireBool(\(value))"
        case .int8, .int16, .int32, .int64: "\(buffer).writeInteger(\(value))"
        case .uuid: "\(buffer).writeUUID(\(value))"
        case .string: "\(buffer).writeWireString(\(value), compact: \(compact))"
        case .bytes: "\(buffer).writeWireBytes(\(value), compact: \(compact))"
        case .structure: "\(value).encode(to: &\(buffer), version: version)"
        case .array: preconditionFailure("arrays of arrays do not occur in the protocol")
        }
    }

    private func writeTaggedFields(_ text: inout SourceText) {
        guard let flexible = self.message.flexible else { return }
        text.conditional(self.message.flexibleCondition(in: self.structure, flexible)) { text in
            guard !self.structure.tagged.isEmpty else {
                text.line("buffer.writeUnsignedVarint(0)")
                return
            }
            text.line("var section = TaggedFieldSection()")
            for field in self.structure.tagged {
                text.block("if \(field.differsFromDefault)") { text in
                    text.line("var value = ByteBuffer()")
                    self.write(field, to: "value", compact: "true", &text)
                    text.line("section.append(tag: \(field.tag ?? 0), value)")
                }
            }
            text.line("section.encode(to: &buffer)")
        }
    }
}
