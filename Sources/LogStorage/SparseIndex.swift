// An index beside a segment: sorted pairs, big-endian, one about every 4 KiB of batches. Kafka's formats; stored on disk.
//
//     .index      4 relative offset of a batch's last record   4 position of that batch in the segment
//     .timeindex  8 largest timestamp so far, ms               4 relative offset of the record that has it
//
// An index is derived from its segment: it may miss entries at its end, and recovery rebuilds what it doubts.
// Entries not yet in the file are kept in memory; only the active segment has such.

/// One of a segment's two indexes: from a key to the last entry at or below it. Not thread-safe; owned by its segment.
struct SparseIndex {
    enum Kind {
        case offset
        case time

        var entryBytes: Int { self == .offset ? 8 : 12 }
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
    private var file: (any DiskFile)?
    /// Entries in the file.
    private var storedCount: Int
    /// Entries after those in the file.
    private var pending: ContiguousArray<Entry> = []
    private(set) var last: Entry?

    /// Opens the index of a segment; entries that break the order, and a partial last one, are dropped.
    /// `validKeys` tells which entries may stand at all: the segment's own extent.
    init(kind: Kind, path: String, disk: any Disk, exists: Bool) throws(DiskError) {
        self.kind = kind
        self.path = path
        self.disk = disk
        storedCount = 0
        if exists {
            let file = try disk.open(path, creating: true)
            storedCount = try file.size() / kind.entryBytes
            self.file = file
            last = storedCount > 0 ? try entry(storedAt: storedCount - 1) : nil
        }
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

    func entry(at index: Int) throws(DiskError) -> Entry {
        index < storedCount ? try entry(storedAt: index) : pending[index - storedCount]
    }

    private func entry(storedAt index: Int) throws(DiskError) -> Entry {
        guard let file else { return Entry(key: .max, value: 0) }
        return try withUnsafeTemporaryBytes(kind.entryBytes) { bytes throws(DiskError) in
            let got = try file.read(into: bytes, at: index * kind.entryBytes)
            guard got == kind.entryBytes else { return Entry(key: .max, value: 0) }
            return decode(UnsafeRawBufferPointer(bytes))
        }
    }

    private func decode(_ bytes: UnsafeRawBufferPointer) -> Entry {
        switch kind {
        case .offset: Entry(key: Int64(bytes.bigEndian(at: 0, as: Int32.self)), value: bytes.bigEndian(at: 4))
        case .time: Entry(key: bytes.bigEndian(at: 0), value: bytes.bigEndian(at: 8))
        }
    }

    /// Writes the entries held in memory to the file, without making them durable.
    mutating func persist() throws(DiskError) {
        guard !pending.isEmpty else { return }
        if file == nil { file = try disk.open(path, creating: true) }
        guard let file else { return }
        var bytes = [UInt8](repeating: 0, count: pending.count * kind.entryBytes)
        let written: Result<Void, DiskError> = bytes.withUnsafeMutableBytes { buffer in
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
            do throws(DiskError) {
                return .success(try file.write(UnsafeRawBufferPointer(buffer), at: storedCount * kind.entryBytes))
            } catch {
                return .failure(error)
            }
        }
        try written.get()
        storedCount += pending.count
        pending.removeAll(keepingCapacity: true)
    }

    /// Keeps the first `count` entries.
    mutating func truncate(toCount count: Int) throws(DiskError) {
        if count >= storedCount {
            pending.removeLast(pending.count - (count - storedCount))
        } else {
            pending.removeAll()
            storedCount = count
            try file?.truncate(to: count * kind.entryBytes)
        }
        last = count > 0 ? try entry(at: count - 1) : nil
    }

    /// Keeps the leading entries for which `isValid` holds of each and the keys rise (times may repeat).
    mutating func keepValid(_ isValid: (Entry) -> Bool) throws(DiskError) {
        var previous: Entry?
        for index in 0..<count {
            let entry = try entry(at: index)
            let rises = previous.map { kind == .offset ? entry.key > $0.key : entry.key >= $0.key } ?? true
            guard rises, isValid(entry) else { return try truncate(toCount: index) }
            previous = entry
        }
    }

    /// Closes the file until it is needed again; nothing may be pending.
    mutating func seal() throws(DiskError) {
        try persist()
        try file?.truncate(to: storedCount * kind.entryBytes)
    }

    func sync() throws(DiskError) { try file?.sync() }
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
