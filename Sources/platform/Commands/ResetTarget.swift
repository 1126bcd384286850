import ArgumentParser
import KafkaClient

/// Where `group reset` sends a group, as it is written on the command line.
enum ResetTarget: Equatable {
    case earliest
    case latest
    case offset(Int64)
    /// The first record of this time (ms since 1970) or later.
    case timestamp(Int64)
    /// So many records from where the group is.
    case shift(Int64)

    init(_ text: String) throws {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            if text.hasPrefix("+") || text.hasPrefix("-") {
                guard let count = Int64(text) else { throw ResetTarget.malformed(text) }
                self = .shift(count)
            } else if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
                guard let offset = Int64(text) else { throw ResetTarget.malformed(text) }
                self = .offset(offset)
            } else {
                guard let timestampMS = ISO8601.millisecondsSince1970(text) else { throw ResetTarget.malformed(text) }
                self = .timestamp(timestampMS)
            }
        }
    }

    private static func malformed(_ text: String) -> ValidationError {
        ValidationError(
            "'\(text)' is none of earliest, latest, an offset, +N, -N, and a time like 2026-01-31T12:00:00Z")
    }

    /// The place to look up for a partition; nil if it follows from where the group is.
    var position: Position? {
        switch self {
        case .earliest: .earliest
        case .latest: .latest
        case .offset(let offset): .offset(offset)
        case .timestamp(let timestampMS): .timestamp(timestampMS)
        case .shift: nil
        }
    }

    /// The offset wanted, before it is brought into the partition; nil if it cannot be told.
    /// - Parameters:
    ///   - committed: where the group is.
    ///   - found: the offset of `position`.
    func offset(committed: Int64?, found: Int64?) -> Int64? {
        guard case .shift(let count) = self else { return found }
        guard let committed else { return nil }
        let (sum, overflows) = committed.addingReportingOverflow(count)
        return overflows ? (count < 0 ? .min : .max) : sum
    }
}

/// Times as ISO 8601 writes them: `2026-01-31`, `2026-01-31T12:00`, `…:59`, `…:59.123`, then nothing, `Z` or `+01:00`.
/// Without a zone it is UTC, without a time of day midnight.
enum ISO8601 {
    static func millisecondsSince1970(_ text: String) -> Int64? {
        let pattern =
            /(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d:?\d\d)?)?/
        guard let match = text.wholeMatch(of: pattern)?.output,
            let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3),
            (1...12).contains(month), (1...days(ofMonth: month, year: year)).contains(day),
            let hour = Int64(match.4 ?? "0"), let minute = Int64(match.5 ?? "0"), let second = Int64(match.6 ?? "0"),
            hour < 24, minute < 60, second < 60,
            let milliseconds = Int64(((match.7 ?? "") + "000").prefix(3)),
            let zoneMinutes = minutes(ofZone: match.8 ?? "Z")
        else { return nil }
        let seconds = ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute - zoneMinutes) * 60 + second
        return seconds >= 0 ? seconds * 1000 + milliseconds : nil
    }

    private static func minutes(ofZone zone: Substring) -> Int64? {
        guard zone.count > 1 else { return 0 }
        let digits = zone.dropFirst().filter { $0 != ":" }
        guard let hours = Int64(digits.prefix(2)), let minutes = Int64(digits.suffix(2)), hours < 24, minutes < 60
        else {
            return nil
        }
        return (zone.hasPrefix("-") ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Days before the year in the proleptic Gregorian calendar; 719162 of them lie before 1970.
        let before = year - 1
        let yearDays = before * 365 + before / 4 - before / 100 + before / 400
        let monthDays = (1..<month).reduce(0) { $0 + days(ofMonth: $1, year: year) }
        return yearDays + monthDays + day - 1 - 719_162
    }
}
