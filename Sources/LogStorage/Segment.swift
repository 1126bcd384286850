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
    let file: any DiskFile
    /// Bytes of valid batches; the file may be longer only while a write is under way.
    private(set) var sizeBytes: Int
    /// Largest timestamp of any record and the last offset of the batch that has it; -1 if empty or not loaded.
    private(set) var maxTimestampMS: Int64 = -1
    private(set) var offsetOfMaxTimestamp: Int64 = -1
    /// Timestamp of the first batch, for rolling by age; nil if empty or not loaded.
    private(set) var firstTimestampMS: Int64?
    /// When this process first wrote to the segment, by the broker's clock: for rolling where records have no time.
    var firstWriteMS: Int64?
    var hasUnsyncedBytes = false
    /// Where recovery found bytes that no checkpoint says are durable.
    var doubtfulFrom: Int?

    private let disk: any Disk
    private let directory: String
    /// ".swap" while a compaction puts the segment in the place of others, else empty.
    var suffix: String
    private let indexIntervalBytes: Int
    private var offsets: SparseIndex?
    private var times: SparseIndex?
    /// The index files' contents are this process's own work, or have been checked.
    private var indexesAreChecked: Bool
    private var bytesSinceIndexEntry = 0
    /// How far `reserve` has asked the disk for space.
    private var reservedBytes = 0

    /// Opens or creates the segment of a base offset. `sizeBytes` is the file's size until recovery says otherwise.
    init(
        directory: String, baseOffset: Int64, disk: any Disk, indexIntervalBytes: Int, suffix: String = "",
        isNew: Bool = false
    ) throws(DiskError) {
        self.baseOffset = baseOffset
        self.disk = disk
        self.directory = directory
        self.suffix = suffix
        self.indexIntervalBytes = indexIntervalBytes
        indexesAreChecked = isNew
        file = try disk.open(directory + "/" + Segment.fileName(baseOffset, "log") + suffix, creating: true)
        sizeBytes = try file.size()
        if isNew {
            // What a crash or a failed call may have left under the name.
            if sizeBytes > 0 { try cut(to: 0) }
            offsets = SparseIndex(kind: .offset, path: indexPath(.offset), disk: disk)
            times = SparseIndex(kind: .time, path: indexPath(.time), disk: disk)
        }
    }

    static func fileName(_ offset: Int64, _ kind: String) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "." + kind
    }

    /// The base offset a file name stands for, if it is `<20 digits>.<kind>`.
    static func baseOffset(ofName name: String, kind: String) -> Int64? {
        guard name.utf8.count == 21 + kind.utf8.count, name.hasSuffix("." + kind),
            name.utf8.prefix(20).allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int64(name.prefix(20))
    }

    var path: String { directory + "/" + Segment.fileName(baseOffset, "log") + suffix }

    /// The path of the segment's offset index or time index.
    func indexPath(_ kind: SparseIndex.Kind) -> String {
        directory + "/" + Segment.fileName(baseOffset, kind.fileKind) + suffix
    }

    // MARK: Appending

    /// Writes one or more batches at the end; `lastOffset` and the timestamp are those of the whole write.
    /// A failed write leaves the segment as it was, unless that too fails: then the error is the second one.
    func append(
        _ bytes: UnsafeRawBufferPointer, lastOffset: Int64, maxTimestampMS: Int64, offsetOfMaxTimestamp: Int64
    ) throws(LogError) {
        do {
            try file.write(bytes, at: sizeBytes)
        } catch {
            reservedBytes = 0
            do { try file.truncate(to: sizeBytes) } catch { throw .offline(reason: "\(error)") }
            throw .disk(error)
        }
        note(
            sizeBytes: bytes.count, lastOffset: lastOffset, maxTimestampMS: maxTimestampMS,
            offsetOfMaxTimestamp: offsetOfMaxTimestamp)
        hasUnsyncedBytes = true
    }

    /// Takes note of batches that stand in the file from `sizeBytes` on: on appending, and on recovery.
    func note(sizeBytes bytes: Int, lastOffset: Int64, maxTimestampMS: Int64, offsetOfMaxTimestamp: Int64) {
        if sizeBytes == 0 { firstTimestampMS = maxTimestampMS }
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
    /// is half written. The first step is not reserved: a thousand logs of a few records must not hold gigabytes.
    /// A refusal is not an error here: the write itself will tell.
    func reserve(ahead bytes: Int, stepBytes: Int, limitBytes: Int) {
        guard sizeBytes >= stepBytes, sizeBytes + bytes > reservedBytes else { return }
        reservedBytes = min(
            max(limitBytes, sizeBytes + bytes), (sizeBytes + bytes + stepBytes - 1) / stepBytes * stepBytes)
        try? file.reserve(reservedBytes)
    }

    /// Reads the first batch's timestamp from the file if it is not known.
    func loadFirstTimestamp() throws(DiskError) {
        guard firstTimestampMS == nil, sizeBytes >= RecordBatchLayout.records else { return }
        let bytes = try file.bytes(at: 0, count: RecordBatchLayout.records)
        guard bytes.count == RecordBatchLayout.records else { return }
        firstTimestampMS = bytes.withUnsafeBytes { RecordBatchHeader($0).maxTimestamp }
    }

    // MARK: Indexes

    /// Opens the indexes if they are not open yet. The first time in this process they are checked, and rebuilt from
    /// the batches if a file is missing or its entries cannot be right.
    func openIndexes() throws(DiskError) {
        guard offsets == nil || times == nil else { return }
        let offsets = try SparseIndex(opening: indexPath(.offset), kind: .offset, disk: disk)
        let times = try SparseIndex(opening: indexPath(.time), kind: .time, disk: disk)
        guard let offsets, let times else { return try rebuildIndexes() }
        if !indexesAreChecked {
            let offsetsAreSound = try offsets.isSound(valueMax: sizeBytes)
            let timesAreSound = try times.isSound(valueMax: Int(Int32.max))
            guard offsetsAreSound, timesAreSound else { return try rebuildIndexes() }
        }
        self.offsets = offsets
        self.times = times
        indexesAreChecked = true
    }

    var indexBytes: Int { offsets?.sizeBytes ?? 0 }

    /// A position at or before the batch that holds `offset`; batches from there lead to it.
    func positionFloor(of offset: Int64) throws(DiskError) -> Int {
        try openIndexes()
        guard let entry = try offsets?.floor(offset - baseOffset) else { return 0 }
        return Int(entry.value)
    }

    /// An offset that no record at or after a time lies below, with its position as `positionFloor(of:)` gives it.
    func floor(ofTimeMS timestampMS: Int64) throws(DiskError) -> (offset: Int64, position: Int) {
        try openIndexes()
        guard timestampMS > 0, let entry = try times?.floor(timestampMS - 1) else { return (baseOffset, 0) }
        let offset = baseOffset + Int64(entry.value)
        return (offset, try positionFloor(of: offset))
    }

    /// Largest timestamp of a closed segment, from its time index's last entry; -1 if it has none.
    func loadMaxTimestamp() throws(DiskError) {
        guard maxTimestampMS < 0 else { return }
        try openIndexes()
        guard let entry = times?.last else { return }
        maxTimestampMS = entry.key
        offsetOfMaxTimestamp = baseOffset + Int64(entry.value)
    }

    /// Drops what the indexes say of the bytes from `position` on, and of offsets outside the segment's extent.
    /// Returns the position of the last batch that an entry still names, from which a scan can go on.
    func truncateIndexes(from position: Int, endOffset: Int64) throws(DiskError) -> Int {
        if offsets == nil || times == nil {
            offsets = try SparseIndex(opening: indexPath(.offset), kind: .offset, disk: disk)
            times = try SparseIndex(opening: indexPath(.time), kind: .time, disk: disk)
        }
        let isWhole = offsets != nil && times != nil
        var offsets = offsets ?? SparseIndex(kind: .offset, path: indexPath(.offset), disk: disk)
        var times = times ?? SparseIndex(kind: .time, path: indexPath(.time), disk: disk)
        let span = isWhole ? endOffset - baseOffset : 0
        try offsets.keepValid { $0.key >= 0 && $0.key < span && $0.value >= 0 && Int($0.value) < position }
        let lastKey = offsets.last?.key ?? -1
        try times.keepValid { $0.key >= 0 && $0.value >= 0 && Int64($0.value) <= lastKey }
        maxTimestampMS = times.last?.key ?? -1
        offsetOfMaxTimestamp = times.last.map { baseOffset + Int64($0.value) } ?? -1
        bytesSinceIndexEntry = 0
        let start = Int(offsets.last?.value ?? 0)
        self.offsets = offsets
        self.times = times
        indexesAreChecked = true
        return start
    }

    /// Makes both indexes of a closed segment anew from the batches' headers, durably, as no recovery will look at them
    /// again. Bytes that are no batch are stepped over.
    func rebuildIndexes() throws(DiskError) {
        let end = sizeBytes
        offsets = SparseIndex(kind: .offset, path: indexPath(.offset), disk: disk)
        times = SparseIndex(kind: .time, path: indexPath(.time), disk: disk)
        maxTimestampMS = -1
        bytesSinceIndexEntry = 0
        rewind(to: 0)
        var reader = BatchReader(file: file, path: path, endPosition: end)
        var expectedOffset = baseOffset
        do throws(LogError) {
            while sizeBytes < end {
                if let header = try reader.validHeader(at: sizeBytes, atLeast: expectedOffset, checkFrom: .max) {
                    note(header)
                    expectedOffset = header.nextOffset
                } else if let next = try reader.nextValidBatch(after: sizeBytes, atLeast: expectedOffset) {
                    resume(at: next)
                } else {
                    rewind(to: end)
                }
            }
            appendTimeEntry()
            do throws(DiskError) {
                try offsets?.replaceFile()
                try times?.replaceFile()
            } catch {
                throw .disk(error)
            }
            indexesAreChecked = true
        } catch {
            rewind(to: end)
            closeIndexes()
            if case .disk(let error) = error { throw error }
        }
    }

    func note(_ header: RecordBatchHeader) {
        note(
            sizeBytes: header.sizeBytes, lastOffset: header.lastOffset, maxTimestampMS: header.maxTimestamp,
            offsetOfMaxTimestamp: header.lastOffset)
    }

    /// Writes the index entries held in memory to their files, without making them durable.
    func persistIndexes() throws(DiskError) {
        try offsets?.persist()
        try times?.persist()
    }

    /// The files that `persistIndexes` writes to, if they exist yet.
    var indexFiles: [any DiskFile] { [offsets?.file, times?.file].compactMap { $0 } }

    /// Ends the segment: its last timestamp gets an entry and the indexes go to disk. The index files returned are to be
    /// synced before a checkpoint says that the segment is durable.
    func seal() throws(DiskError) -> [any DiskFile] {
        try openIndexes()
        appendTimeEntry()
        try persistIndexes()
        if reservedBytes > sizeBytes { try file.truncate(to: sizeBytes) }
        reservedBytes = 0
        return indexFiles
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
        if size == 0 {
            firstTimestampMS = nil
            maxTimestampMS = -1
        }
        if try file.size() > size {
            try file.truncate(to: size)
            hasUnsyncedBytes = true
        }
        reservedBytes = 0
    }

    /// Writes the doubtful bytes again, as they are. After a failed sync the kernel shows them but holds them for written:
    /// only a new write makes the next sync cover them.
    func rewriteDoubtful() throws(DiskError) {
        guard var position = doubtfulFrom else { return }
        while position < sizeBytes {
            let bytes = try file.bytes(at: position, count: min(1 << 20, sizeBytes - position))
            guard !bytes.isEmpty else { break }
            try file.write(bytes, at: position)
            position += bytes.count
        }
        doubtfulFrom = nil
        hasUnsyncedBytes = true
    }

    /// Forgets the extent so that a scan from `position` can take note of it again.
    func rewind(to position: Int) { sizeBytes = position }

    /// Goes on after bytes that are no batch: what follows them gets an index entry, so that reads can begin there.
    func resume(at position: Int) {
        sizeBytes = position
        bytesSinceIndexEntry = indexIntervalBytes + 1
    }
}
