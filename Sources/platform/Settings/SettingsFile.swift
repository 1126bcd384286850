import Foundation

/// The settings of a file: a JSON object of sections, each an object of keys. `//` and `/* */` comments and commas after
/// the last element are allowed, as in JSON5.
///
///     { "log": { "flush": "group", "segment-bytes": "64MiB" }, "kafka": { "default-partitions": 4 } }
///
/// Read here and not by the configuration library, whose file provider neither lists the keys it found, so that one
/// misspelt would go unnoticed, nor keeps a value of another type than asked for, so that no error could show it.
struct SettingsFile {
    let path: String
    /// By `section.key`; numbers and truth values as their text.
    let values: [String: String]

    /// Files above this are refused: settings take a few kilobytes.
    private static let bytesMax = 1 << 20

    /// Reads a file. What is wrong with it is added to the problems; the values are then those that were found.
    static func read(_ path: String, problems: inout [SettingsError.Problem]) -> SettingsFile {
        func unreadable(_ reason: String) -> SettingsFile {
            problems.append(.unreadableFile(path: path, reason: reason))
            return SettingsFile(path: path, values: [:])
        }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: bytesMax + 1) ?? Data()
        } catch {
            return unreadable("cannot be read: \(reason(error))")
        }
        guard data.count <= bytesMax else { return unreadable("is above \(bytesMax) bytes, the most for settings") }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let root: JSONNode
        do { root = try decoder.decode(JSONNode.self, from: data) } catch {
            let form = "settings are an object of sections, as {\"log\": {\"flush\": \"group\"}}"
            return unreadable(data.isEmpty ? "is empty; \(form)" : "is not JSON: \(reason(error)); \(form)")
        }
        guard case .object(let sections) = root else {
            return unreadable("must hold an object of sections, as {\"log\": {\"flush\": \"group\"}}")
        }
        var values: [String: String] = [:]
        for (section, node) in sections.sorted(by: { $0.key < $1.key }) {
            guard case .object(let keys) = node else {
                problems.append(
                    .unreadableFile(
                        path: path, reason: "'\(section)' must be an object of keys, as {\"flush\": \"group\"}"))
                continue
            }
            for (key, node) in keys.sorted(by: { $0.key < $1.key }) {
                let name = "\(section).\(key)"
                switch node {
                case .text(let text): values[name] = text
                case .null:
                    problems.append(
                        .unreadableFile(path: path, reason: "\(name) is null; leave it out for the default"))
                case .object, .list:
                    problems.append(
                        .unreadableFile(path: path, reason: "\(name) must be a text, a number, true or false"))
                }
            }
        }
        return SettingsFile(path: path, values: values)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context):
            context.underlyingError.map { "\($0)" } ?? context.debugDescription
        case let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile:
            "no such file"
        case let error as CocoaError where error.code == .fileReadNoPermission: "no permission"
        default: "\(error)"
        }
    }
}

/// A JSON value as far as settings go.
private enum JSONNode: Decodable {
    case object([String: JSONNode])
    case list
    case text(String)
    case null

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            var members: [String: JSONNode] = [:]
            for key in object.allKeys { members[key.stringValue] = try object.decode(JSONNode.self, forKey: key) }
            self = .object(members)
            return
        }
        if (try? decoder.unkeyedContainer()) != nil {
            self = .list
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .text("\(flag)")
        } else if let number = try? value.decode(Int64.self) {
            self = .text("\(number)")
        } else if let number = try? value.decode(Double.self) {
            self = .text("\(number)")
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
