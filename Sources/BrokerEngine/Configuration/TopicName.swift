/// What a topic may be called.
public enum TopicName {
    /// The longest name, in characters: a partition's directory takes the name, '-' and the partition's number, and
    /// file systems stop at 255.
    public static let lengthMax = 249

    /// Throws if no topic may have this name. Names are 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', except "." and
    /// "..".
    public static func validate(_ name: String) throws(TopicNameError) {
        guard !name.isEmpty else { throw .empty }
        guard name != ".", name != ".." else { throw .reserved(name) }
        // Before the length, which counts bytes: they are characters only where all are ASCII.
        if let scalar = name.unicodeScalars.first(where: { !isLegal($0) }) { throw .illegalCharacter(scalar) }
        guard name.utf8.count <= lengthMax else { throw .tooLong(length: name.utf8.count) }
    }

    private static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }

    /// The existing topic, if any, that a new one would share its metric names with: in those '.' becomes '_'. The
    /// topic of the very same name is not meant.
    public static func collidingName(of name: String, among existing: some Sequence<String>) -> String? {
        let unified = unify(name)
        return existing.first { $0 != name && $0.utf8.count == name.utf8.count && unify($0) == unified }
    }

    private static func unify(_ name: String) -> [UInt8] {
        name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }
    }
}

/// What is wrong with a topic's name.
public enum TopicNameError: Error, Equatable {
    case empty
    case reserved(String)
    case illegalCharacter(Unicode.Scalar)
    case tooLong(length: Int)
}

extension TopicNameError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "it is empty; give 1 to \(TopicName.lengthMax) characters"
        case .reserved(let name): "'\(name)' would be a directory of the file system's own"
        case .illegalCharacter(let scalar):
            "it has the character \(scalar.escaped(asASCII: true)) (U+\(String(scalar.value, radix: 16, uppercase: true))); "
                + "only a-z, A-Z, 0-9, '.', '_' and '-' are allowed"
        case .tooLong(let length): "it has \(length) characters; at most \(TopicName.lengthMax) are allowed"
        }
    }
}
