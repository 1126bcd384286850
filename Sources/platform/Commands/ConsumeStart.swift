import ArgumentParser
import Foundation
import KafkaClient

/// Where `consume` begins, as it is written on the command line.
struct ConsumeStart: Equatable, ExpressibleByArgument {
    var position: Position

    init(position: Position) { self.position = position }

    /// `beginning`, `end`, an offset, `-N` for the last N records of each partition, `s@TIME` for the first record of a
    /// time: milliseconds since 1970 or ISO 8601.
    init?(argument: String) {
        switch argument {
        case "beginning", "earliest": position = .earliest
        case "end", "latest": position = .latest
        default:
            if argument.hasPrefix("s@") {
                guard let timestampMS = ConsumeStart.timestampMS(String(argument.dropFirst(2))) else { return nil }
                position = .timestamp(timestampMS)
            } else if argument.hasPrefix("-"), let count = Int64(argument.dropFirst()), count >= 0 {
                position = .beforeEnd(count)
            } else if let offset = Int64(argument), offset >= 0 {
                position = .offset(offset)
            } else {
                return nil
            }
        }
    }

    /// For the help.
    var defaultValueDescription: String { position == .earliest ? "beginning" : "\(position)" }

    private static func timestampMS(_ text: String) -> Int64? {
        if let number = Int64(text) { return number >= 0 ? number : nil }
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            if let date = try? style.parse(text) { return Int64(date.timeIntervalSince1970 * 1000) }
        }
        return nil
    }
}
