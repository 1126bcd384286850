// Kafka's text checkpoints: a version, a count and that many lines. Replaced whole: written to a temporary name,
// synced, renamed.
//
//     0
//     2
//     orders 0 4711          recovery-point-offset-checkpoint, log-start-offset-checkpoint: topic, partition, offset
//     orders 1 12            leader-epoch-checkpoint: epoch, start offset

/// Reads and replaces checkpoint files.
enum TextCheckpoint {
    static let version = "0"

    /// The lines of a checkpoint, split into fields; nil if the file is absent, empty or not such a file.
    static func read(_ path: String, disk: any Disk) throws(DiskError) -> [[Substring]]? {
        guard disk.exists(path) else { return nil }
        let bytes = try disk.readWhole(path)
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)[...]
        guard lines.popFirst() == version[...], let count = lines.popFirst().flatMap({ Int($0) }), count == lines.count
        else { return nil }
        return lines.map { $0.split(separator: " ") }
    }

    /// Replaces a checkpoint durably if `isDurable`, else only atomically.
    static func write(_ lines: [String], to path: String, disk: any Disk, isDurable: Bool = true) throws(DiskError) {
        var text = "\(version)\n\(lines.count)\n"
        for line in lines { text += line + "\n" }
        try disk.replace(path, with: Array(text.utf8), isDurable: isDurable)
    }
}
