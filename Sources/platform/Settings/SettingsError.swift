/// What is wrong with the settings that were given: everything, so that it can be put right in one go.
struct SettingsError: Error, Equatable {
    enum Problem: Equatable {
        case unknownKey(name: String, origin: SettingOrigin, nearest: String?)
        case invalidValue(key: String, value: String, origin: SettingOrigin, reason: String)
        case malformedOverride(String)
        case unreadableFile(path: String, reason: String)
        case conflict(reason: String)
    }

    var problems: [Problem]
}

/// Where a value was given.
enum SettingOrigin: Equatable {
    case flag
    case environment(variable: String)
    case file(path: String)
}

extension SettingOrigin: CustomStringConvertible {
    var description: String {
        switch self {
        case .flag: "--set"
        case .environment(let variable): "environment variable \(variable)"
        case .file(let path): path
        }
    }
}

extension SettingsError.Problem: CustomStringConvertible {
    /// The longest value that is repeated whole, in characters.
    private static let shownLengthMax = 100

    private static func shown(_ value: String) -> String {
        value.count > shownLengthMax ? "\(value.prefix(shownLengthMax))…" : value
    }

    private static func advice(_ nearest: String?) -> String {
        (nearest.map { "did you mean \($0)? " } ?? "") + "--help-config lists all"
    }

    var description: String {
        switch self {
        case .unknownKey(_, .environment(let variable), let nearest):
            "environment variable \(Self.shown(variable)) is no setting; \(Self.advice(nearest))"
        case .unknownKey(let name, let origin, let nearest):
            "\(origin): no setting '\(Self.shown(name))'; \(Self.advice(nearest))"
        case .invalidValue(let key, let value, let origin, let reason):
            "\(origin): \(key) = '\(Self.shown(value))' \(reason)"
        case .malformedOverride(let text):
            "--set '\(Self.shown(text))' is not section.key=value"
        case .unreadableFile(let path, let reason):
            "\(path): \(reason)"
        case .conflict(let reason):
            reason
        }
    }
}

extension SettingsError: CustomStringConvertible {
    /// One line a problem.
    var description: String { problems.map { "\($0)" }.joined(separator: "\n") }
}
