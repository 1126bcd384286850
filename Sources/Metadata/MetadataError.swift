/// Why the catalog could not be read or written.
public enum MetadataError: Error, Equatable {
    /// A record of the `__metadata` log that this program does not understand.
    case unreadableRecord(key: String, reason: String)
    /// The file is not a sound SQLite database. Nothing is lost with it: the log holds all that it held.
    case damaged(path: String, reason: String)
    /// The file was written by a newer program.
    case newerSchema(path: String)
    /// The file cannot be opened: no such directory, no permission, in use.
    case unavailable(path: String, reason: String)
    /// A record does not follow on the last one applied: applying it would lose those between.
    case gap(expectedOffset: Int64, foundOffset: Int64)
    /// SQLite refused; the tables are as they were before.
    case failed(operation: String, reason: String)
    /// The disk failed under SQLite, so that nothing can be assumed of the file; it was set aside.
    case lost(path: String, reason: String)
}

extension MetadataError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadableRecord(let key, let reason):
            "catalog record '\(key)': \(reason)"
        case .damaged(let path, let reason):
            "catalog \(path) is damaged: \(reason); it is a copy of the __metadata log: move it away with its "
                + "-wal file and start again, and it is rebuilt"
        case .newerSchema(let path):
            "catalog \(path) was written by a newer program: start that one, or move the file away with its "
                + "-wal file to have it rebuilt by this one"
        case .unavailable(let path, let reason):
            "catalog \(path) cannot be opened: \(reason)"
        case .gap(let expected, let found):
            "catalog: record at offset \(found) does not follow on those applied, offset \(expected) is missing; "
                + "apply the log again from there"
        case .failed(let operation, let reason):
            "catalog: \(operation) failed: \(reason)"
        case .lost(let path, let reason):
            "catalog \(path) was lost to a disk error (\(reason)) and set aside: check the disk, then start again, "
                + "and it is rebuilt from the __metadata log"
        }
    }
}
