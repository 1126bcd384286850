// What the log does with small files and with names, in an order that a crash cannot undo.

extension Disk {
    /// A small file's bytes.
    func readWhole(_ path: String) throws(DiskError) -> [UInt8] {
        let file = try open(path, creating: false)
        return try file.bytes(at: 0, count: try file.size())
    }

    /// Puts a file in the place of another, or of none, in one step that a crash cannot split.
    func replace(_ path: String, with bytes: [UInt8], isDurable: Bool = true) throws(DiskError) {
        let temporary = path + ".tmp"
        let file = try open(temporary, creating: true)
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
        if isDurable { try file.sync() }
        try rename(temporary, to: path)
        if isDurable { try syncDirectory(parentDirectory(of: path)) }
    }

    /// Creates a directory with its missing parents and makes all their names durable, also those that an earlier
    /// process created and was killed before it synced.
    func createDirectoryDurably(_ path: String) throws(DiskError) {
        var parents: [String] = []
        var child = path
        while true {
            let parent = parentDirectory(of: child)
            parents.append(parent)
            // Above a directory that is there and not new, names are not ours to sync; its own name is the exception.
            if exists(child) || parent == child || parent == "." { break }
            child = parent
        }
        try createDirectory(path)
        for parent in parents.reversed() { try syncDirectory(parent) }
    }

    /// "a/b/" and "a/b" are in "a"; "a" is in "."; "/a" is in "/".
    func parentDirectory(of path: String) -> String {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}

extension DiskFile {
    /// Bytes of a range, fewer at the end of the file.
    func bytes(at position: Int, count: Int) throws(DiskError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got: Result<Int, DiskError> = bytes.withUnsafeMutableBytes { buffer in
            do throws(DiskError) { return .success(try read(into: buffer, at: position)) } catch {
                return .failure(error)
            }
        }
        bytes.removeLast(count - (try got.get()))
        return bytes
    }

    func write(_ bytes: [UInt8], at position: Int) throws(DiskError) {
        let written: Result<Void, DiskError> = bytes.withUnsafeBytes { buffer in
            do throws(DiskError) { return .success(try write(buffer, at: position)) } catch { return .failure(error) }
        }
        try written.get()
    }
}
