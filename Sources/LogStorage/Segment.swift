// One file of a log and its two indexes, Kafka's format:
//
//     00000000000000042000.log                   file name = base offset, 20 digits
//     ┌───────────────┬───────────────┬ ─ ─ ─ ┐
//     │ batch @ 42000 │ batch @ 42017 │ torn
//     └───────────────┴───────────────┴ ─ ─ ─ ┘
//     0                               ▲ sizeBytes
//
// Batches stand in rising order of offsets; after compaction with gaps. See docs/formats/log.md.

/// A part of a log. Belongs to its `SegmentedLog` and shares its confinement; only `file` may be used from elsewhere.
final class Segment {
    let baseOffset: Int64
    let path: String
    private let directory: String
    private let suffix: String
    let file: any DiskFile
    /// Bytes of valid batches; the file may be longer only while a write is under way.
    private(set) var sizeBytes: Int
    /// Largest timestamp of any record and the offset of the record that has it; -1 if empty.
    private(set) var maxTimestampMS: Int64 = -1
    private(set) var offsetOfMaxTimestamp: Int64 = -1
    /// Timestamp of the first batch, for rolling by age; nil if empty or not read yet.
    var firstTimestampMS: Int64?
    var hasUnsyncedBytes = false

    private let disk: any Disk
    private var offsets: SparseIndex?
    private var times: SparseIndex?
    private var bytesSinceIndexEntry = 0
    /// How far `reserve` has asked the disk for space.
    private var reservedBytes = 0

    /// Opens or creates the segment of a base offset. `sizeBytes` is the file's size until recovery says otherwise.
    init(directory: String, baseOffset: Int64, disk: any Disk, suffix: String = "") throws(DiskError) {
        self.baseOffset = baseOffset
        self.disk = disk
        self.directory = directory
        self.suffix = suffix
        path = directory + "/" + Segment.fileName(baseOffset, "log") + suffix
        file = try disk.open(path, creating: true)
        sizeBytes = try file.size()
    }

    static func fileName(_ offset: Int64, _ kind: String) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "." + kind
    }

    /// The base offset a file name stands for, if it is `<20 digits>.<kind>`.
    static func baseOffset(ofName name: String, kind: String) -> Int64? {
        guard name.utf8.count == 21 + kind.utf8.count, name.hasSuffix("." + kind) else { return nil }
        return Int64(name.prefix(20))
    }

    /// The path of the segment's offset index or time index.
    func indexPath(_ kind: SparseIndex.Kind) -> String {
        directory + "/" + Segment.fileName(baseOffset, kind == .offset ? "index" : "timeindex") + suffix
    }

    // MARK: Appending

    /// Writes one or more batches at the end; `lastOffset` and the timestamp are those of the whole write.
    /// A failed write leaves the segment as it was, unless that too fails: then the error is the second one.
    func append(
        _ bytes: UnsafeRawBufferPointer, lastOffset: Int64, maxTimestampMS: Int64, offsetOfMaxTimestamp: Int64,
        indexIntervalBytes: Int
    ) throws(LogError) {
        do {
            try file.write(bytes, at: sizeBytes)
        } catch {
            do { try file.truncate(to: sizeBytes) } catch { throw .offline(reason: "\(error)") }
            throw .disk(error)
        }
        if firstTimestampMS == nil { firstTimestampMS = maxTimestampMS }
        note(
            sizeBytes: bytes.count, lastOffset: lastOffset, maxTimestampMS: maxTimestampMS,
            offsetOfMaxTimestamp: offsetOfMaxTimestamp, indexIntervalBytes: indexIntervalBytes)
        hasUnsyncedBytes = true
    }

    /// Takes note of batches that stand in the file from `sizeBytes` on: on appending, and on recovery.
    func note(
        sizeBytes bytes: Int, lastOffset: Int64, maxTimestampMS: Int64, offsetOfMaxTimestamp: Int64,
        indexIntervalBytes: Int
    ) {
        if maxTimestampMS > self.maxTimestampMS {
            self.maxTimestampMS = maxTimestampMS
            self.offsetOfMaxTimestamp = offsetOfMaxTimestamp
        }
        if bytesSinceIndexEntry > indexIntervalBytes {
            offsets?.append(.init(key: lastOffset - baseOffset, value: Int32(truncatingIfNeeded: sizeBytes)))
            appendTimeEntry()
            bytesSinceIndexEntry = 0
        }
        bytesSinceIndexEntry += bytes
        sizeBytes += bytes
    }

    private func appendTimeEntry() {
        guard maxTimestampMS >= 0, maxTimestampMS > (times?.last?.key ?? -1) else { return }
        times?.append(
            .init(key: maxTimestampMS, value: Int32(truncatingIfNeeded: offsetOfMaxTimestamp - baseOffset)))
    }

    /// Asks for disk space a step ahead of the writes, so that extents stay long and a full disk shows before a batch
    /// is half written. A refusal is not an error here: the write itself will tell.
    func reserve(ahead bytes: Int, stepBytes: Int, limitBytes: Int) {
        guard sizeBytes + bytes > reservedBytes else { return }
        reservedBytes = min(max(limitBytes, sizeBytes + bytes), (sizeBytes + bytes + stepBytes - 1) / stepBytes * stepBytes)
        try? file.reserve(reservedBytes)
    }

    // MARK: Indexes

    /// Opens the indexes if they are not open yet. Those of the active segment must be open before the first append.
    func openIndexes(existing: Bool) throws(DiskError) {
        if offsets == nil {
            offsets = try SparseIndex(
                kind: .offset, path: indexPath(.offset), disk: disk, exists: existing && disk.exists(indexPath(.offset)))
        }
        if times == nil {
            times = try SparseIndex(
                kind: .time, path: indexPath(.time), disk: disk, exists: existing && disk.exists(indexPath(.time)))
        }
    }

    var indexBytes: Int { offsets?.sizeBytes ?? 0 }

    /// A position at or before the batch that holds `offset`; batches from there lead to it.
    func positionFloor(of offset: Int64) throws(DiskError) -> Int {
        try openIndexes(existing: true)
        guard let entry = try offsets?.floor(offset - baseOffset) else { return 0 }
        return Int(entry.value)
    }

    /// A position from which every batch with a record at or after a time can be found by going forward.
    func positionFloor(ofTimeMS timestampMS: Int64) throws(DiskError) -> Int {
        try openIndexes(existing: true)
        guard let entry = try times?.floor(timestampMS - 1) else { return 0 }
        return try positionFloor(of: baseOffset + Int64(entry.value))
    }

    /// Largest timestamp of a closed segment, from its time index's last entry; -1 if it has none.
    func loadMaxTimestamp() throws(DiskError) {
        guard maxTimestampMS < 0 else { return }
        try openIndexes(existing: true)
        guard let entry = times?.last else { return }
        maxTimestampMS = entry.key
        offsetOfMaxTimestamp = baseOffset + Int64(entry.value)
    }

    /// Drops what the indexes say of the bytes from `position` on, and of offsets outside the segment's extent.
    /// Returns the position of the last batch that an entry still names, from which a scan can go on.
    func truncateIndexes(from position: Int, endOffset: Int64) throws(DiskError) -> Int {
        try openIndexes(existing: true)
        let span = endOffset - baseOffset
        try offsets?.keepValid { $0.key >= 0 && $0.key < span && $0.value >= 0 && Int($0.value) < position }
        let lastKey = offsets?.last?.key ?? -1
        try times?.keepValid { $0.key >= 0 && Int64($0.value) >= 0 && Int64($0.value) <= lastKey }
        maxTimestampMS = times?.last?.key ?? -1
        offsetOfMaxTimestamp = times?.last.map { baseOffset + Int64($0.value) } ?? -1
        bytesSinceIndexEntry = 0
        return Int(offsets?.last?.value ?? 0)
    }

    /// Writes the index entries held in memory to their files, without making them durable.
    func persistIndexes() throws(DiskError) {
        try offsets?.persist()
        try times?.persist()
    }

    /// Ends the segment: its last timestamp gets an entry and the indexes go to disk.
    func seal() throws(DiskError) {
        try openIndexes(existing: true)
        appendTimeEntry()
        try offsets?.seal()
        try times?.seal()
        if reservedBytes > sizeBytes { try file.truncate(to: sizeBytes) }
        reservedBytes = 0
    }

    /// Lets go of the index files of a closed segment; they are opened again when needed.
    func closeIndexes() {
        offsets = nil
        times = nil
    }

    // MARK: Cutting

    /// Sets the extent that recovery or truncation found; the file is cut to it.
    func cut(to size: Int) throws(DiskError) {
        sizeBytes = size
        if try file.size() > size {
            try file.truncate(to: size)
            hasUnsyncedBytes = true
        }
        reservedBytes = 0
    }

    /// Forgets the extent so that a scan from `position` can take note of it again.
    func rewind(to position: Int) { sizeBytes = position }
}
