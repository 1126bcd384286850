// A descriptor is one JSON file per API:
//
//     {
//       "name": "ListGroups",          the protocol's name; types and enum cases follow from it
//       "key": 16,
//       "about": "…",                  one sentence, becomes documentation
//       "versions": "0-5",             the versions the codec reads and writes
//       "flexible": "3+",              absent: no version is flexible
//       "request": [ field, … ],
//       "response": [ field, … ]
//     }
//
// An embedded structure has "structure" in place of "key", "request" and "response". A field is
//
//     {"name": "groups", "type": "[Group]", "versions": "4+", "fields": [ field, … ]}
//
// type      bool int8 int16 int32 int64 uuid string bytes records, a structure's name, or one of them in brackets
//           for an array; a closing ? means null is allowed in every version of the field, and the default is nil.
// versions  absent: all versions of the enclosing structure.
// nullable  versions in which null is allowed, where that is not all of them; the default is not nil.
// default   where it is not zero, false, empty or nil.
// tag       the field is tagged, in all its versions; it is written only when it differs from its default.
// about     documentation, where the sentence of the glossary for this name does not fit.
// fields    the structure's fields at its first use; a later use of the same type leaves them out.
//
// Glossary.json holds one sentence per field name, Errors.json the error codes.

/// What is wrong in a descriptor; ends the run.
struct DescriptorError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

struct Descriptor: Decodable {
    struct Field: Decodable {
        var name: String
        var type: String
        var versions: String?
        var nullable: String?
        var `default`: DefaultValue?
        var tag: Int?
        var about: String?
        var fields: [Field]?
    }

    var name: String
    var key: Int?
    var about: String
    var versions: String
    var flexible: String?
    var request: [Field]?
    var response: [Field]?
    var structure: [Field]?
}

/// The default of a field, in Swift's spelling.
struct DefaultValue: Decodable {
    var literal: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self.literal = String(flag)
        } else {
            self.literal = String(try container.decode(Int64.self))
        }
    }
}

struct ErrorDescriptors: Decodable {
    struct Code: Decodable {
        var code: Int
        var name: String
        var retriable: Bool?
        var about: String
    }

    var errors: [Code]
}
