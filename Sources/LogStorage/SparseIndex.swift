// An index beside a segment: sorted pairs, big-endian, one about every 4 KiB of batches. Kafka's formats; stored on disk.
//
//     .index      4 relative offset of a batch's last record   4 position of that batch in the segment
//     .timeindex  8 largest timestamp so far, ms               4 relative offset of the record that has it
//
// Keys rise and so do values. An index is derived from its segment: it may miss entries at its end, and recovery
// rebuilds what it doubts. Entries not yet in the file are kept in memory; only the active segment has such.

/// One of a segment's two indexes: from a key to the last entry at or below it. Not thread-safe; owned by its segment.
struct SparseIndex {
    enum Kind {
        case offset
        case time

        var entryBytes: Int { self == .offset ? 8 : 12 }
        /// The ending of the file's name.
        var fileKind: String { self == .offset ? "index" : "timeindex" }
    }

    struct Entry: Equatable {
        /// Relative offset or timestamp.
        var key: Int64
        /// Position or relative offset.
        var value: Int32
    }

    let kind: Kind
    let path: String
    private let disk: any Disk
    /// Nil until there is something to write.
    private(set) var file: (any DiskFile)?
    /// Entries in the file.
    private var storedCount = 0
    /// Whether the file ends within an entry.
    private var endsWithinEntry = false
    /// Entries after those in the file.
    private var pending: ContiguousArray<Entry> = []
    private(set) var last: Entry?

    /// An index without entries; a file of its name is emptied when the first entries are written.
    init(kind: Kind, path: String, disk: any Disk) {
        self.kind = kind
        self.path = path
        self.disk = disk
    }

    /// Opens the index in a file; nil if there is none. A partial last entry is left out.
    init?(opening path: String, kind: Kind, disk: any Disk) throws(DiskError) {
        guard disk.exists(path) else { return nil }
        self.init(kind: kind, path: path, disk: disk)
        let file = try disk.open(path, creating: false)
        let size = try file.size()
        storedCount = size / kind.entryBytes
        endsWithinEntry = size % kind.entryBytes != 0
        self.file = file
        last = storedCount > 0 ? try entry(storedAt: storedCount - 1) : nil
    }

    var count: Int { storedCount + pending.count }
    var sizeBytes: Int { count * kind.entryBytes }

    mutating func append(_ entry: Entry) {
        pending.append(entry)
        last = entry
    }

    /// The last entry whose key is at most `key`.
    func floor(_ key: Int64) throws(DiskError) -> Entry? {
        if let first = pending.first, first.key <= key {
            var low = 0
            var high = pending.count - 1
            while low < high {
                let middle = (low + high + 1) / 2
                if pending[middle].key <= key { low = middle } else { high = middle - 1 }
            }
            return pending[low]
        }
        var low = 0
        var high = storedCount
        while low < high {
            let middle = (low + high) / 2
            if try entry(storedAt: middle).key <= key { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? try entry(storedAt: low - 1) : nil
    }

    private func entry(storedAt index: Int) throws(DiskError) -> Entry {
        guard let file else { return Entry(key: .max, value: 0) }
        return try withUnsafeTemporaryBytes(kind.entryBytes) { bytes throws(DiskError) in
            let got = try file.read(into: bytes, at: index * kind.entryBytes)
            guard got == kind.entryBytes else { return Entry(key: .max, value: 0) }
            return decode(UnsafeRawBufferPointer(bytes), at: 0)
        }
    }

    private func decode(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Entry {
        switch kind {
        case .offset:
            Entry(key: Int64(bytes.bigEndian(at: position, as: Int32.self)), value: bytes.bigEndian(at: position + 4))
        case .time: Entry(key: bytes.bigEndian(at: position), value: bytes.bigEndian(at: position + 8))
        }
    }

    /// All entries, read in one go.
    func entries() throws(DiskError) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        if let file, storedCount > 0 {
            let bytes = try file.bytes(at: 0, count: storedCount * kind.entryBytes)
            bytes.withUnsafeBytes { buffer in
                for index in 0..<buffer.count / kind.entryBytes {
                    entries.append(decode(buffer, at: index * kind.entryBytes))
                }
            }
        }
        return entries + pending
    }

    /// Whether the file's entries are whole, rise, and are not negative nor above `valueMax`.
    func isSound(valueMax: Int) throws(DiskError) -> Bool {
        guard !endsWithinEntry else { return false }
        let entries = try entries()
        guard entries.count == count else { return false }
        var previous: Entry?
        for entry in entries {
            guard entry.key >= 0, entry.value >= 0, Int(entry.value) <= valueMax, rises(entry, after: previous) else {
                return false
            }
            previous = entry
        }
        return true
    }

    private func rises(_ entry: Entry, after previous: Entry?) -> Bool {
        guard let previous else { return true }
        return entry.key > previous.key
            && (kind == .offset ? entry.value > previous.value : entry.value >= previous.value)
    }

    /// Writes the entries held in memory to the file, and the file itself even if there are none; not durably.
    mutating func persist() throws(DiskError) {
        let file: any DiskFile
        if let open = self.file {
            file = open
        } else {
            file = try disk.open(path, creating: true)
            if try file.size() > 0 { try file.truncate(to: 0) }
            self.file = file
        }
        guard !pending.isEmpty else { return }
        try file.write(encodePending(), at: storedCount * kind.entryBytes)
        storedCount += pending.count
        pending.removeAll(keepingCapacity: true)
    }

    /// Puts the entries held in memory in the place of the file, durably and in one step. Requires: no file is open.
    mutating func replaceFile() throws(DiskError) {
        try disk.replace(path, with: encodePending())
        file = try disk.open(path, creating: false)
        storedCount = pending.count
        pending.removeAll()
    }

    private func encodePending() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: pending.count * kind.entryBytes)
        bytes.withUnsafeMutableBytes { buffer in
            for (index, entry) in pending.enumerated() {
                let at = index * kind.entryBytes
                switch kind {
                case .offset:
                    buffer.storeBigEndian(Int32(truncatingIfNeeded: entry.key), at: at)
                    buffer.storeBigEndian(entry.value, at: at + 4)
                case .time:
                    buffer.storeBigEndian(entry.key, at: at)
                    buffer.storeBigEndian(entry.value, at: at + 8)
                }
            }
        }
        return bytes
    }

    /// Keeps the leading entries for which `isValid` holds of each and which rise.
    mutating func keepValid(_ isValid: (Entry) -> Bool) throws(DiskError) {
        var kept = 0
        var previous: Entry?
        for entry in try entries() {
            guard isValid(entry), rises(entry, after: previous) else { break }
            previous = entry
            kept += 1
        }
        if kept < storedCount || endsWithinEntry {
            pending.removeAll()
            storedCount = kept
            try file?.truncate(to: kept * kind.entryBytes)
            endsWithinEntry = false
        } else {
            pending.removeLast(pending.count - (kept - storedCount))
        }
        last = previous
    }
}

/// A stack buffer for a short read.
func withUnsafeTemporaryBytes<R>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(DiskError) -> R
) throws(DiskError) -> R {
    let result: Result<R, DiskError> = withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { buffer in
        do throws(DiskError) { return .success(try body(buffer)) } catch { return .failure(error) }
    }
    return try result.get()
}
