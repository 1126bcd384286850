/// Turns a descriptor into messages: resolves versions, types and documentation.
struct MessageBuilder {
    /// One sentence per field name.
    let glossary: [String: String]

    func messages(of descriptor: Descriptor) throws -> [Message] {
        let name = swiftName(descriptor.name)
        if let fields = descriptor.structure {
            return [try self.message(descriptor, typeName: name, role: .embedded, fields: fields)]
        }
        guard let request = descriptor.request, let response = descriptor.response, descriptor.key != nil else {
            throw DescriptorError("\(descriptor.name): has neither a structure nor a key, a request and a response")
        }
        return [
            try self.message(descriptor, typeName: name + "Request", role: .request(api: name), fields: request),
            try self.message(descriptor, typeName: name + "Response", role: .response(api: name), fields: response),
        ]
    }

    private func message(
        _ descriptor: Descriptor, typeName: String, role: Message.Role, fields: [Descriptor.Field]
    ) throws -> Message {
        let versions = try VersionRange(descriptor.versions, latest: 0)
        var message = Message(
            typeName: typeName, descriptorName: descriptor.name, about: descriptor.about, role: role,
            versions: versions, flexible: try descriptor.flexible.map { try VersionRange($0, latest: versions.last) },
            root: Structure(name: typeName, versions: versions, fields: []))
        let ranges = try self.structureVersions(fields, versions: versions)
        message.root.fields = try self.fields(fields, of: message.root, ranges: ranges, in: &message)
        return message
    }

    /// The versions of each structure: the union over the fields that hold it.
    ///
    /// A structure that is used twice hands its wider range to the structures inside it, so this walks until nothing
    /// grows.
    private func structureVersions(
        _ fields: [Descriptor.Field], versions: VersionRange
    ) throws -> [String: VersionRange] {
        var ranges: [String: VersionRange] = [:]
        func walk(_ fields: [Descriptor.Field], within parent: VersionRange) throws {
            for field in fields {
                let range = try field.versions.map { try VersionRange($0, latest: versions.last) } ?? parent
                let kind = try Field.Kind(field.type.hasSuffix("?") ? field.type.dropLast() : field.type[...])
                guard let name = kind.structureName else { continue }
                let whole = ranges[name]?.union(range) ?? range
                ranges[name] = whole
                try walk(field.fields ?? [], within: whole)
            }
        }
        var before: [String: VersionRange]
        repeat {
            before = ranges
            try walk(fields, within: versions)
        } while ranges != before
        return ranges
    }

    private func fields(
        _ descriptors: [Descriptor.Field], of parent: Structure, ranges: [String: VersionRange],
        in message: inout Message
    ) throws -> [Field] {
        var fields: [Field] = []
        for descriptor in descriptors {
            fields.append(try self.field(descriptor, of: parent, ranges: ranges, in: &message))
        }
        return fields
    }

    private func field(
        _ descriptor: Descriptor.Field, of parent: Structure, ranges: [String: VersionRange],
        in message: inout Message
    ) throws -> Field {
        let place = "\(message.typeName).\(parent.name).\(descriptor.name)"
        let written = try descriptor.versions.map { try VersionRange($0, latest: message.versions.last) }
        guard let versions = (written ?? parent.versions).intersection(parent.versions), versions == written ?? versions
        else { throw DescriptorError("\(place): its versions leave those of the enclosing \(parent.versions.words)") }
        let isNullable = descriptor.type.hasSuffix("?")
        var field = Field(
            name: descriptor.name, kind: try Field.Kind(isNullable ? descriptor.type.dropLast() : descriptor.type[...]),
            versions: versions, nullable: isNullable ? versions : nil, defaultLiteral: descriptor.default?.literal,
            tag: descriptor.tag, about: descriptor.about ?? self.glossary[descriptor.name])
        if let nullable = descriptor.nullable {
            field.nullable = try VersionRange(nullable, latest: message.versions.last)
        }
        if field.tag != nil, message.flexible?.intersection(versions) != versions {
            throw DescriptorError("\(place): is tagged in versions that are not flexible")
        }
        if let name = field.kind.structureName {
            try self.define(name, by: descriptor.fields, ranges: ranges, place: place, in: &message)
        }
        return field
    }

    private func define(
        _ name: String, by fields: [Descriptor.Field]?, ranges: [String: VersionRange], place: String,
        in message: inout Message
    ) throws {
        if message.structures.contains(where: { $0.name == name }) {
            guard fields == nil else { throw DescriptorError("\(place): \(name) has fields already") }
            return
        }
        guard let fields, let versions = ranges[name] else {
            throw DescriptorError("\(place): the structure \(name) has no fields")
        }
        let index = message.structures.count
        let structure = Structure(name: name, versions: versions, fields: [])
        message.structures.append(structure)
        message.structures[index].fields = try self.fields(fields, of: structure, ranges: ranges, in: &message)
    }
}

/// The Swift spelling of a protocol name as a type: `ApiVersions` is `APIVersions`, `InitProducerId` `InitProducerID`.
func swiftName(_ name: String) -> String {
    words(of: name).map { ["Api", "Id", "Sasl"].contains($0) ? $0.uppercased() : $0 }.joined()
}

/// The Swift spelling of a protocol name as an enum case: `apiVersions`, `initProducerID`.
func caseName(_ name: String) -> String {
    let first = words(of: name).first ?? ""
    return first.lowercased() + swiftName(String(name.dropFirst(first.count)))
}

private func words(of name: String) -> [String] {
    var words: [String] = []
    for character in name {
        if character.isUppercase || words.isEmpty {
            words.append(String(character))
        } else {
            words[words.count - 1].append(character)
        }
    }
    return words
}
