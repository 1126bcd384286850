/// One Swift type to generate: a request, a response or an embedded structure, with its nested structures.
struct Message {
    enum Role {
        case request(api: String)
        case response(api: String)
        case embedded
    }

    var typeName: String
    var descriptorName: String
    var about: String
    var role: Role
    var versions: VersionRange
    /// The flexible versions; nil if there are none.
    var flexible: VersionRange?
    var root: Structure
    /// The nested structures, outermost first.
    var structures: [Structure] = []

    func structure(named name: String) throws -> Structure {
        guard let structure = self.structures.first(where: { $0.name == name }) else {
            throw DescriptorError("\(self.typeName): no field defines the structure \(name)")
        }
        return structure
    }
}

/// A sequence of fields, closed by a tagged-field section in flexible versions.
struct Structure {
    var name: String
    /// All versions in which some field holds this structure.
    var versions: VersionRange
    var fields: [Field]

    var untagged: [Field] { self.fields.filter { $0.tag == nil } }
    var tagged: [Field] { self.fields.filter { $0.tag != nil }.sorted { ($0.tag ?? 0) < ($1.tag ?? 0) } }

    /// Calls `body` for each run of untagged neighbours of the same versions, with the condition they share.
    func forEachRun(_ body: (_ condition: String?, _ fields: ArraySlice<Field>) -> Void) {
        var rest = self.untagged[...]
        while let versions = rest.first?.versions {
            let end = rest.firstIndex { $0.versions != versions } ?? rest.endIndex
            body(versions.condition(within: self.versions), rest[..<end])
            rest = rest[end...]
        }
    }
}

struct Field {
    indirect enum Kind: Equatable {
        case bool, int8, int16, int32, int64, uuid, string, bytes
        case structure(String)
        case array(Kind)
    }

    var name: String
    var kind: Kind
    var versions: VersionRange
    /// The versions in which null is allowed; the Swift type is optional if there are any.
    var nullable: VersionRange?
    var defaultLiteral: String?
    var tag: Int?
    var about: String?

    var isOptional: Bool { self.nullable != nil }

    /// The argument that says when null is allowed; it is left out where that is always.
    var nullableArgument: String {
        let expression = self.nullable?.expression(within: self.versions) ?? "true"
        return expression == "true" ? "" : ", nullable: \(expression)"
    }
}

extension Field.Kind {
    init(_ text: Substring) throws {
        switch text {
        case "bool": self = .bool
        case "int8": self = .int8
        case "int16": self = .int16
        case "int32": self = .int32
        case "int64": self = .int64
        case "uuid": self = .uuid
        case "string": self = .string
        case "bytes", "records": self = .bytes
        default:
            if text.hasPrefix("["), text.hasSuffix("]") {
                self = .array(try Field.Kind(text.dropFirst().dropLast()))
            } else if text.first?.isUppercase == true {
                self = .structure(String(text))
            } else {
                throw DescriptorError("“\(text)” is no type")
            }
        }
    }

    var swiftType: String {
        switch self {
        case .bool: "Bool"
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .uuid: "KafkaUUID"
        case .string: "String"
        case .bytes: "ByteBuffer"
        case .structure(let name): name
        case .array(let element): "[\(element.swiftType)]"
        }
    }

    /// The structure in this kind, directly or as an array's element.
    var structureName: String? {
        switch self {
        case .structure(let name): name
        case .array(let element): element.structureName
        default: nil
        }
    }
}
