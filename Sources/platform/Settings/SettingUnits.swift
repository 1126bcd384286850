/// A number of bytes, as `64MiB`.
struct ByteCount: Comparable, Sendable {
    /// Not negative.
    var bytes: Int64

    init(_ bytes: Int64) { self.bytes = bytes }

    /// As sizes in memory are counted.
    var count: Int { Int(clamping: bytes) }

    static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    /// Largest first; the binary ones before the decimal ones, so that texts are made of those.
    private static let units: [(name: String, size: Int64)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
        ("B", 1),
    ]
}

extension ByteCount: SettingValue {
    /// A whole number and a unit; without one it is bytes.
    init(settingText text: String) throws(SettingTextError) {
        guard let (count, unit) = UnitText.parse(text) else {
            throw SettingTextError("must be \(ByteCount.description(of: nil))")
        }
        guard let size = unit.isEmpty ? 1 : ByteCount.units.first(where: { $0.name == unit })?.size else {
            throw SettingTextError("has no unit '\(unit)': must be \(ByteCount.description(of: nil))")
        }
        let (bytes, isOver) = count.multipliedReportingOverflow(by: size)
        guard !isOver else { throw SettingTextError("is too large") }
        self.init(bytes)
    }

    var settingText: String {
        guard bytes > 0, let unit = ByteCount.units.prefix(3).first(where: { bytes % $0.size == 0 }) else {
            return "\(bytes)B"
        }
        return "\(bytes / unit.size)\(unit.name)"
    }

    static func description(of range: ClosedRange<ByteCount>?) -> String {
        guard let range else { return "a size in B, KiB, MiB, GiB, KB, MB or GB, as 64MiB" }
        guard range.upperBound.bytes < .max else { return "a size from \(range.lowerBound.settingText), as 64MiB" }
        return "a size from \(range.lowerBound.settingText) to \(range.upperBound.settingText), as 64MiB"
    }

    func kafkaText(unitMS: Int64) -> String { "\(bytes)" }
}

extension Duration {
    /// Whole milliseconds of a time that is not negative, rounded down; at most what 64 bits hold.
    var milliseconds: Int64 { whole(.milliseconds(1)) }

    /// Whole microseconds, likewise.
    fileprivate var microseconds: Int64 { whole(.microseconds(1)) }

    /// How often a unit fits.
    private func whole(_ unit: Duration) -> Int64 { Int64(clamping: attoseconds / unit.attoseconds) }
}

extension Duration: SettingValue {
    /// Largest first.
    private static let settingUnits: [(name: String, microseconds: Int64)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1),
    ]

    /// A whole number and a unit; only 0 needs none.
    init(settingText text: String) throws(SettingTextError) {
        guard let (count, unit) = UnitText.parse(text), !unit.isEmpty || count == 0 else {
            throw SettingTextError("must be \(Duration.description(of: nil))")
        }
        guard let scale = unit.isEmpty ? 1 : Duration.settingUnits.first(where: { $0.name == unit })?.microseconds
        else {
            throw SettingTextError("has no unit '\(unit)': must be \(Duration.description(of: nil))")
        }
        let (microseconds, isOver) = count.multipliedReportingOverflow(by: scale)
        guard !isOver else { throw SettingTextError("is too long") }
        self = .microseconds(microseconds)
    }

    var settingText: String {
        let count = microseconds
        guard count > 0, let unit = Duration.settingUnits.first(where: { count % $0.microseconds == 0 }) else {
            return "0ms"
        }
        return "\(count / unit.microseconds)\(unit.name)"
    }

    static func description(of range: ClosedRange<Duration>?) -> String {
        guard let range else { return "a time in us, ms, s, m, h or d, as 500ms" }
        guard range.upperBound.microseconds < .max else {
            return "a time from \(range.lowerBound.settingText), as 500ms"
        }
        return "a time from \(range.lowerBound.settingText) to \(range.upperBound.settingText), as 500ms"
    }

    func kafkaText(unitMS: Int64) -> String { "\(milliseconds / unitMS)" }
}

/// A whole number and what follows it.
private enum UnitText {
    /// nil if the text does not begin with a digit, or the number is beyond 64 bits.
    static func parse(_ text: String) -> (count: Int64, unit: Substring)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return Int64(digits).map { ($0, text[digits.endIndex...]) }
    }
}
