import Foundation
import Logging

/// The process's own log: lines on stderr, as text or JSON.
enum ProcessLog {
    static func makeLogger(_ settings: Settings.Logging) -> Logger {
        var logger = Logger(label: "platform") { label in
            switch settings.format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = settings.level
        return logger
    }
}

/// One JSON object a line.
private struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
        fields["time"] = Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A log that cannot be written has nowhere to say so.
        if let line = try? encoder.encode(fields) {
            try? FileHandle.standardError.write(contentsOf: line + Data("\n".utf8))
        }
    }
}
