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

extension Disk {
    /// A small file's bytes.
    func readWhole(_ path: String) throws(DiskError) -> [UInt8] {
        let file = try open(path, creating: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let got: Result<Int, DiskError> = bytes.withUnsafeMutableBytes { buffer in
            do throws(DiskError) { return .success(try file.read(into: buffer, at: 0)) } catch { return .failure(error) }
        }
        bytes.removeLast(bytes.count - (try got.get()))
        return bytes
    }

    /// Puts a file in the place of another, or of none, in one step that a crash cannot split.
    func replace(_ path: String, with bytes: [UInt8], isDurable: Bool = true) throws(DiskError) {
        let temporary = path + ".tmp"
        let file = try open(temporary, creating: true)
        try file.truncate(to: 0)
        let written: Result<Void, DiskError> = bytes.withUnsafeBytes { buffer in
            do throws(DiskError) { return .success(try file.write(buffer, at: 0)) } catch { return .failure(error) }
        }
        try written.get()
        if isDurable { try file.sync() }
        try rename(temporary, to: path)
        if isDurable, let slash = path.lastIndex(of: "/") { try syncDirectory(String(path[..<slash])) }
    }
}
