/// Writes the Swift file of one message.
struct MessageEmitter {
    let message: Message
    /// The first lines of every generated file.
    let header: String

    func source() -> String {
        var text = SourceText()
        text.line(self.header)
        text.line()
        text.line("public import NIOCore")
        text.line()
        text.documentation(self.message.about)
        text.line("///")
        text.documentation(self.versionsSentence)
        text.block("public struct \(self.message.typeName): \(self.conformance)") { text in
            self.constants(&text)
            self.body(of: self.message.root, &text)
            for structure in self.message.structures {
                text.line()
                self.nested(structure, &text)
            }
        }
        return text.text
    }

    private var versionsSentence: String {
        let covered = self.message.versions.words
        let sentence = "Covers \(covered)"
        guard let flexible = self.message.flexible else { return sentence + ", none of them flexible." }
        if flexible == self.message.versions { return sentence + ", flexible throughout." }
        return sentence + ", flexible from \(flexible.first)."
    }

    private var conformance: String {
        switch self.message.role {
        case .request: "KafkaRequest"
        case .response, .embedded: "KafkaMessage"
        }
    }

    private func constants(_ text: inout SourceText) {
        if case .request(let api) = self.message.role {
            text.documentation("The message that answers this one.")
            text.line("public typealias Response = \(api)Response")
            text.line()
            text.documentation("The API this message belongs to.")
            text.line("public static var apiKey: APIKey { .\(caseName(self.message.descriptorName)) }")
            text.line()
        }
        text.documentation("The versions that can be read and written.")
        let versions = self.message.versions
        text.line("public static var validVersions: ClosedRange<Int16> { \(versions.first)...\(versions.last) }")
        text.line()
    }

    private func nested(_ structure: Structure, _ text: inout SourceText) {
        text.documentation("A structure of \(structure.versions.words).")
        text.block("public struct \(structure.name): Sendable, Equatable") { text in
            self.body(of: structure, &text)
        }
    }

    private func body(of structure: Structure, _ text: inout SourceText) {
        for field in structure.fields {
            text.documentation(self.documentation(of: field, in: structure))
            text.line("public var \(field.name): \(field.swiftType)")
        }
        if !structure.fields.isEmpty { text.line() }
        self.memberwiseInitializer(structure, &text)
        text.line()
        DecodingEmitter(message: self.message, structure: structure).emit(&text)
        text.line()
        EncodingEmitter(message: self.message, structure: structure).emit(&text)
    }

    /// One sentence, with what the versions say in parentheses.
    private func documentation(of field: Field, in structure: Structure) -> String {
        var remarks: [String] = []
        if field.versions != structure.versions { remarks.append(field.versions.words) }
        if let nullable = field.nullable, nullable != field.versions {
            remarks.append("nil only in \(nullable.words), elsewhere written as empty")
        }
        if field.tag != nil { remarks.append("tagged") }
        let sentence = field.about ?? "The field `\(field.name)` of the protocol."
        return remarks.isEmpty ? sentence : sentence.dropLast() + " (\(remarks.joined(separator: "; ")))."
    }

    private func memberwiseInitializer(_ structure: Structure, _ text: inout SourceText) {
        text.documentation("Memberwise; every field may be left at its default.")
        guard !structure.fields.isEmpty else {
            text.line("public init() {}")
            return
        }
        text.line("public init(")
        text.indented { text in
            for (index, field) in structure.fields.enumerated() {
                let comma = index + 1 < structure.fields.count ? "," : ""
                text.line("\(field.name): \(field.swiftType) = \(field.defaultValue)\(comma)")
            }
        }
        text.block(")") { text in
            for field in structure.fields {
                text.line("self.\(field.name) = \(field.name)")
            }
        }
    }
}

extension Field {
    var swiftType: String { self.kind.swiftType + (self.isOptional ? "?" : "") }

    var defaultValue: String {
        if let literal = self.defaultLiteral { return literal }
        if self.isOptional { return "nil" }
        switch self.kind {
        case .bool: return "false"
        case .int8, .int16, .int32, .int64: return "0"
        case .uuid: return ".zero"
        case .string: return "\"\""
        case .bytes: return "ByteBuffer()"
        case .structure(let name): return "\(name)()"
        case .array: return "[]"
        }
    }

    /// The condition under which a tagged field must be written.
    var differsFromDefault: String {
        if self.isOptional { return "self.\(self.name) != nil" }
        switch self.kind {
        case .bool: return self.defaultLiteral == "true" ? "!self.\(self.name)" : "self.\(self.name)"
        case .array, .string: return "!self.\(self.name).isEmpty"
        case .bytes: return "self.\(self.name).readableBytes > 0"
        case .int8, .int16, .int32, .int64, .uuid, .structure: return "self.\(self.name) != \(self.defaultValue)"
        }
    }
}
