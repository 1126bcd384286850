/// Writes what a compaction keeps of batches into a new segment.
struct CompactionWriter {
    /// What holds for one batch beyond the keys.
    struct Rules {
        /// The batch keeps its place though it has no record left.
        var staysIfEmpty: Bool
        var nowMS: Int64
        /// From when on tombstones that get their horizon now may go.
        var newDeleteHorizonMS: Int64
        /// Records from here on are not judged: their keys are not all known.
        var cleanBelow: Int64
    }

    let target: Segment
    /// Something was left out or changed.
    private(set) var hasChanges = false
    private var buffer: [UInt8] = []

    init(_ target: Segment) { self.target = target }

    /// Writes what is kept of a batch. Returns false if its records cannot be read: then it is kept as it is.
    mutating func clean(
        _ header: RecordBatchHeader, _ batch: UnsafeRawBufferPointer, rules: Rules, keys: borrowing KeyOffsets
    ) throws(LogError) -> Bool {
        if header.isControl {
            try append(batch, header)
            return true
        }
        var kept = 0
        var keptTombstone = false
        do throws(RecordError) {
            if header.recordCount > 0 {
                try forEachStoredRecord(of: header, in: batch) { record in
                    guard isKept(record, of: header, rules: rules, keys: keys) else { return }
                    kept += 1
                    if record.value == nil { keptTombstone = true }
                }
            }
        } catch {
            try append(batch, header)
            return false
        }
        let needsHorizon = keptTombstone && !header.hasDeleteHorizon && header.lastOffset < rules.cleanBelow
        if kept == Int(header.recordCount), kept > 0 || rules.staysIfEmpty, !needsHorizon {
            try append(batch, header)
            return true
        }
        hasChanges = true
        guard kept > 0 || rules.staysIfEmpty else { return true }
        let rebuilt: [UInt8]
        do {
            rebuilt = try rebuild(
                header, batch, deleteHorizonMS: needsHorizon ? rules.newDeleteHorizonMS : nil, rules: rules, keys: keys)
        } catch {
            try append(batch, header)
            return false
        }
        let appended: Result<Void, LogError> = rebuilt.withUnsafeBytes { bytes in
            do throws(LogError) { return .success(try append(bytes, RecordBatchHeader(bytes))) } catch {
                return .failure(error)
            }
        }
        try appended.get()
        return true
    }

    private func isKept(
        _ record: RecordView, of header: RecordBatchHeader, rules: Rules, keys: borrowing KeyOffsets
    ) -> Bool {
        let offset = header.baseOffset + Int64(record.offsetDelta)
        guard offset < rules.cleanBelow else { return true }
        guard let key = record.key else { return false }
        if let newest = keys.offset(of: KeyOffsets.Key(key)), newest > offset { return false }
        return record.value != nil || !header.hasDeleteHorizon || rules.nowMS < header.baseTimestamp
    }

    private func rebuild(
        _ header: RecordBatchHeader, _ batch: UnsafeRawBufferPointer, deleteHorizonMS: Int64?, rules: Rules,
        keys: borrowing KeyOffsets
    ) throws -> [UInt8] {
        guard var builder = RecordBatchBuilder(retaining: header, deleteHorizonMS: deleteHorizonMS) else {
            throw RecordError.unknownCodec(number: header.codecNumber)
        }
        if header.recordCount > 0 {
            try forEachStoredRecord(of: header, in: batch) { record throws(RecordError) in
                guard isKept(record, of: header, rules: rules, keys: keys) else { return }
                try builder.append(copying: record, baseTimestampMS: header.baseTimestamp)
            }
        }
        if builder.recordCount == 0 { builder.maxTimestampMS = header.maxTimestamp }
        return try builder.build()
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ header: RecordBatchHeader) throws(LogError) {
        if buffer.count + bytes.count > CompactionWriter.bufferBytes {
            do { try flush() } catch { throw .disk(error) }
        }
        buffer.append(contentsOf: bytes)
        target.note(header)
    }

    private mutating func flush() throws(DiskError) {
        guard !buffer.isEmpty else { return }
        try target.file.write(buffer, at: target.sizeBytes - buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    private static let bufferBytes = 1 << 20

    /// Makes the segment durable with its indexes; its names are not yet.
    mutating func finish() throws(DiskError) {
        try flush()
        for file in try target.seal() { try file.sync() }
        try target.file.sync()
    }
}
