import LogStorage
import Replication
import TestSupport

/// A promise that a log did not keep.
struct Violation: Error, CustomStringConvertible {
    var description: String
}

/// What one log must and may hold, as its clients know it.
struct LogModel {
    let name: LogName
    let isCompacted: Bool
    let deleteRetentionMS: Int64
    /// What appends have put at an offset. Until one is acknowledged or seen by a reader, a crash may leave any of them:
    /// also one that failed, was cut off and overwritten.
    private var written: [Int64: [StoredRecord]] = [:]
    /// What readers have seen: it stays, unless it is deleted or compaction replaces it.
    private var seen: [Int64: StoredRecord] = [:]
    /// When a record was first seen; tombstones may go some time after.
    private var seenMS: [Int64: Int64] = [:]
    /// Offset after the last one that was acknowledged.
    private(set) var acknowledgedEnd: Int64 = 0
    /// Acknowledged and not read yet.
    private var acknowledged: Set<Int64> = []
    /// The start that the last check met.
    private var knownStart: Int64 = 0
    /// The greatest start a checkpoint has stored.
    var storedStart: Int64 = 0

    init(name: LogName, isCompacted: Bool, deleteRetentionMS: Int64) {
        self.name = name
        self.isCompacted = isCompacted
        self.deleteRetentionMS = deleteRetentionMS
    }

    // MARK: Writing

    /// An append that fails may have put its records at the end all the same, to be found after the next start.
    mutating func attempted(_ records: [Record], at endOffset: Int64) {
        for stored in LogModel.place(records, at: endOffset) { written[stored.offset, default: []].append(stored) }
    }

    mutating func appended(_ records: [Record], at outcome: AppendOutcome) throws(Violation) {
        guard outcome.endOffset - outcome.baseOffset == Int64(records.count) else {
            throw fail("\(records.count) records got offsets \(outcome.baseOffset) to \(outcome.endOffset)")
        }
        for stored in LogModel.place(records, at: outcome.baseOffset) {
            if outcome.isDuplicate {
                // Of what was deleted since nothing is remembered here.
                guard stored.offset < knownStart || candidates(at: stored.offset).contains(stored) else {
                    throw fail("\(stored) is called a duplicate of \(candidates(at: stored.offset))")
                }
            } else if let earlier = seen[stored.offset] {
                throw fail("offset \(stored.offset), seen as \(earlier), is used again for \(stored)")
            }
        }
    }

    mutating func acknowledged(_ records: [Record], at outcome: AppendOutcome) {
        acknowledgedEnd = max(acknowledgedEnd, outcome.endOffset)
        for stored in LogModel.place(records, at: outcome.baseOffset) {
            acknowledged.insert(stored.offset)
            written[stored.offset] = [stored]
        }
    }

    private static func place(_ records: [Record], at offset: Int64) -> [StoredRecord] {
        records.enumerated().map { index, record in
            StoredRecord(
                offset: offset + Int64(index), timestampMS: record.timestampMS, key: record.key, value: record.value)
        }
    }

    private func candidates(at offset: Int64) -> [StoredRecord] {
        seen[offset].map { [$0] } ?? written[offset] ?? []
    }

    // MARK: Reading

    /// Checks all that can be read, from the log's start to the committed offset.
    mutating func check(_ records: [StoredRecord], extent: ReplicatedExtent, nowMS: Int64) throws(Violation) {
        guard extent.logStartOffset >= storedStart else {
            throw fail("the log's start went back from \(storedStart) to \(extent.logStartOffset)")
        }
        guard extent.committedOffset >= acknowledgedEnd, extent.endOffset >= extent.committedOffset else {
            throw fail("offsets up to \(acknowledgedEnd) were acknowledged, but committed is \(extent)")
        }
        var previous: Int64 = -1
        for record in records {
            guard record.offset > previous, record.offset >= extent.logStartOffset,
                record.offset < extent.committedOffset
            else { throw fail("offset \(record.offset) after \(previous) in \(extent)") }
            previous = record.offset
            guard candidates(at: record.offset).contains(record) else {
                throw fail("read \(record) where \(candidates(at: record.offset)) was written")
            }
            if seen.updateValue(record, forKey: record.offset) == nil { seenMS[record.offset] = nowMS }
        }
        try checkNothingIsMissing(Set(records.map(\.offset)), extent: extent, nowMS: nowMS)
        try checkProducers(records)
    }

    private mutating func checkNothingIsMissing(
        _ present: Set<Int64>, extent: ReplicatedExtent, nowMS: Int64
    ) throws(Violation) {
        var newest: [[UInt8]: Int64] = [:]
        for (offset, record) in seen where record.key != nil {
            newest[record.key ?? []] = max(newest[record.key ?? []] ?? -1, offset)
        }
        for offset in seen.keys.sorted() where offset >= extent.logStartOffset && !present.contains(offset) {
            guard let record = seen[offset] else { continue }
            let isReplaced = isCompacted && record.key.map { (newest[$0] ?? -1) > offset } ?? false
            let isExpired = isCompacted && record.value == nil && nowMS >= (seenMS[offset] ?? .max) + deleteRetentionMS
            guard isReplaced || isExpired else { throw fail("\(record), seen before, is gone; \(extent)") }
        }
        // Compaction may have replaced what nobody had read yet.
        for offset in acknowledged.sorted() where !isCompacted && offset >= extent.logStartOffset && seen[offset] == nil
        {
            throw fail("offset \(offset) was acknowledged and cannot be read; \(extent)")
        }
        acknowledged = []
        knownStart = extent.logStartOffset
        // A start that was not stored may go back.
        seen = seen.filter { $0.key >= storedStart }
        seenMS = seenMS.filter { $0.key >= storedStart }
        written = written.filter { $0.key >= storedStart }
    }

    /// Of an idempotent producer every value is there once, and in order.
    private func checkProducers(_ records: [StoredRecord]) throws(Violation) {
        var last: [Int: Int] = [:]
        for record in records {
            guard let fields = record.text?.split(separator: "#"), fields.count >= 2, let id = Int(fields[0]), id >= 0,
                let number = Int(fields[1])
            else { continue }
            if let before = last[id] {
                let isNext = isCompacted ? number > before : number == before + 1
                guard isNext else {
                    throw fail("producer \(id): value \(number) follows \(before) at offset \(record.offset)")
                }
            }
            last[id] = number
        }
    }

    func fail(_ reason: String) -> Violation { Violation(description: "\(name): \(reason)") }
}
