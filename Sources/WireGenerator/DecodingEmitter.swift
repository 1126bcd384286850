/// Writes `init(from:version:)` of one structure.
struct DecodingEmitter {
    let message: Message
    let structure: Structure

    func emit(_ text: inout SourceText) {
        text.documentation("Reads the fields that `version` has; the others keep their defaults.")
        text.block("public init(from reader: inout WireReader, version: Int16) throws(WireError)") { text in
            text.line("self.init()")
            if let flag = self.message.flexibleFlag(in: self.structure) { text.line(flag) }
            let compact = self.message.flexibleExpression(in: self.structure)
            self.structure.forEachRun { condition, fields in
                text.conditional(condition) { text in
                    for field in fields { self.read(field, compact: compact, &text) }
                }
            }
            self.readTaggedFields(&text)
        }
    }

    private func read(_ field: Field, reader: String = "reader", compact: String, _ text: inout SourceText) {
        let nullable = field.nullableArgument
        switch field.kind {
        case .array(let element):
            self.readArray(field, of: element, reader: reader, compact: compact, nullable: nullable, &text)
        case .string, .bytes:
            let method = (field.isOptional ? "readNullable" : "read") + (field.kind == .string ? "String" : "Bytes")
            text.line("self.\(field.name) = try \(reader).\(method)(compact: \(compact)\(nullable))")
        case .bool, .int8, .int16, .int32, .int64, .uuid, .structure:
            text.line("self.\(field.name) = \(self.readOne(field.kind, reader: reader, compact: compact))")
        }
    }

    private func readOne(_ kind: Field.Kind, reader: String, compact: String) -> String {
        switch kind {
        case .bool: "try \(reader).readBool()"
        case .int8: "try \(reader).readInt8()"
        case .int16: "try \(reader).readInt16()"
        case .int32: "try \(reader).readInt32()"
        case .int64: "try \(reader).readInt64()"
        case .uuid: "try \(reader).readUUID()"
        case .string: "try \(reader).readString(compact: \(compact))"
        case .bytes: "try \(reader).readBytes(compact: \(compact))"
        case .structure(let name): "try \(name)(from: &\(reader), version: version)"
        case .array: preconditionFailure("arrays of arrays do not occur in the protocol")
        }
    }

    private func readArray(
        _ field: Field, of element: Field.Kind, reader: String, compact: String, nullable: String,
        _ text: inout SourceText
    ) {
        let count = "\(field.name)Count"
        let arguments = "compact: \(compact), elementBytesMin: \(self.message.bytesMin(of: element))"
        let append = self.readOne(element, reader: reader, compact: compact)
        guard field.isOptional else {
            text.line("let \(count) = try \(reader).readArrayCount(\(arguments))")
            text.line("self.\(field.name).reserveCapacity(\(count))")
            text.block("for _ in 0..<\(count)") { text in
                text.line("self.\(field.name).append(\(append))")
            }
            return
        }
        text.line("let \(count) = try \(reader).readNullableArrayCount(")
        text.indented { $0.line("\(arguments)\(nullable))") }
        text.block("if let \(count)") { text in
            text.line("var \(field.name): \(field.kind.swiftType) = []")
            text.line("\(field.name).reserveCapacity(\(count))")
            text.block("for _ in 0..<\(count)") { text in
                text.line("\(field.name).append(\(append))")
            }
            text.line("self.\(field.name) = \(field.name)")
        }
    }

    private func readTaggedFields(_ text: inout SourceText) {
        guard let flexible = self.message.flexible else { return }
        text.conditional(self.message.flexibleCondition(in: self.structure, flexible)) { text in
            guard !self.structure.tagged.isEmpty else {
                text.line("try reader.skipTaggedFields()")
                return
            }
            text.line("let tagCount = try reader.readUnsignedVarint()")
            text.block("for _ in 0..<tagCount") { text in
                text.line("var tagged = try reader.readTaggedField()")
                text.line("switch tagged.tag {")
                for field in self.structure.tagged {
                    text.line("case \(field.tag ?? 0):")
                    text.indented { self.read(field, reader: "tagged.reader", compact: "true", &$0) }
                }
                text.line("default:")
                text.indented { $0.line("break") }
                text.line("}")
            }
        }
    }
}

extension Message {
    /// The line that declares `flexible`, if it depends on the version.
    func flexibleFlag(in structure: Structure) -> String? {
        guard let flexible = self.flexible, let condition = flexible.condition(within: structure.versions),
            flexible.intersection(structure.versions) != nil
        else { return nil }
        return "let flexible = \(condition)"
    }

    /// The Swift expression that says whether lengths are compact.
    func flexibleExpression(in structure: Structure) -> String {
        guard let flexible = self.flexible, flexible.intersection(structure.versions) != nil else { return "false" }
        return flexible.condition(within: structure.versions) == nil ? "true" : "flexible"
    }

    /// The condition around the tagged-field section: nil for always.
    func flexibleCondition(in structure: Structure, _ flexible: VersionRange) -> String? {
        guard flexible.intersection(structure.versions) != nil else { return "false" }
        return flexible.condition(within: structure.versions) == nil ? nil : "flexible"
    }

    /// The fewest bytes that a value can take in any version; bounds what a count may ask to be allocated.
    func bytesMin(of kind: Field.Kind) -> Int {
        (self.versions.first...self.versions.last).map { self.bytesMin(of: kind, version: $0) }.min() ?? 1
    }

    private func bytesMin(of kind: Field.Kind, version: Int) -> Int {
        let isFlexible = self.flexible?.contains(version) ?? false
        switch kind {
        case .bool, .int8: return 1
        case .int16: return 2
        case .int32: return 4
        case .int64: return 8
        case .uuid: return 16
        case .string: return isFlexible ? 1 : 2
        case .bytes, .array: return isFlexible ? 1 : 4
        case .structure(let name):
            guard let structure = self.structures.first(where: { $0.name == name }) else { return 1 }
            guard structure.versions.contains(version) else { return Int.max }
            let fields = structure.untagged.filter { $0.versions.contains(version) }
            return fields.reduce(isFlexible ? 1 : 0) { $0 + self.bytesMin(of: $1.kind, version: version) }
        }
    }
}
