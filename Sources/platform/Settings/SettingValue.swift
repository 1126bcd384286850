import Logging

/// Why a text is no value of a setting: what it must be instead.
struct SettingTextError: Error, Equatable {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}

/// A type that settings may have.
protocol SettingValue: Equatable {
    /// What the limits of a setting are given in: the type itself, or for an optional one what it wraps.
    associatedtype Bound: Comparable

    init(settingText: String) throws(SettingTextError)

    /// A text that reads as the same value.
    var settingText: String { get }

    /// What is compared to the limits; nil: no limit holds.
    var bound: Bound? { get }

    /// What values there are, in words that follow "must be".
    static func description(of range: ClosedRange<Bound>?) -> String

    /// The value as Kafka's settings have it, a time in units of so many milliseconds.
    func kafkaText(unitMS: Int64) -> String
}

extension SettingValue where Bound == Self {
    var bound: Self? { self }
}

extension SettingValue {
    func kafkaText(unitMS: Int64) -> String { settingText }
}

extension Bool: SettingValue {
    enum NoBound: Comparable {}
    var bound: NoBound? { nil }

    init(settingText: String) throws(SettingTextError) {
        guard let value = Bool(settingText) else { throw SettingTextError("must be \(Bool.description(of: nil))") }
        self = value
    }

    var settingText: String { "\(self)" }
    static func description(of range: ClosedRange<NoBound>?) -> String { "true or false" }
}

extension Int: SettingValue {
    init(settingText: String) throws(SettingTextError) {
        guard let value = Int(settingText) else { throw SettingTextError("must be \(Int.description(of: nil))") }
        self = value
    }

    var settingText: String { "\(self)" }

    static func description(of range: ClosedRange<Int>?) -> String {
        range.map { "a whole number from \($0.lowerBound) to \($0.upperBound)" } ?? "a whole number"
    }
}

extension String: SettingValue {
    init(settingText: String) throws(SettingTextError) { self = settingText }
    var settingText: String { self }
    static func description(of range: ClosedRange<String>?) -> String { "a text" }
}

/// One of a few words.
extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
    init(settingText: String) throws(SettingTextError) {
        guard let value = Self(rawValue: settingText) else {
            throw SettingTextError("must be \(Self.description(of: nil))")
        }
        self = value
    }

    var settingText: String { rawValue }
    var bound: Bool.NoBound? { nil }

    static func description(of range: ClosedRange<Bool.NoBound>?) -> String {
        "one of \(allCases.map(\.rawValue).joined(separator: ", "))"
    }
}

extension Settings.Flush: SettingValue {}
extension Settings.Logging.Format: SettingValue {}
extension Settings.Plugins.Reload: SettingValue {}
extension Logger.Level: SettingValue {}

/// The text of nil.
private let noLimit = "none"

/// No limit is a value too.
extension Optional: SettingValue where Wrapped: SettingValue {
    init(settingText: String) throws(SettingTextError) {
        guard settingText != noLimit else {
            self = nil
            return
        }
        do { self = try Wrapped(settingText: settingText) } catch {
            throw SettingTextError("\(error.reason), or \(noLimit)")
        }
    }

    var settingText: String { self?.settingText ?? noLimit }
    var bound: Wrapped.Bound? { self?.bound }

    static func description(of range: ClosedRange<Wrapped.Bound>?) -> String {
        "\(Wrapped.description(of: range)), or \(noLimit)"
    }

    func kafkaText(unitMS: Int64) -> String { self?.kafkaText(unitMS: unitMS) ?? "-1" }
}
