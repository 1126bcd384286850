import LogStorage
import Logging
import Metadata
import Replication

/// The catalog's log, `__metadata`, and its view in SQLite: a change is committed in the log first, then applied to the
/// view together with its offset, so that the view is never ahead and can be rebuilt from the log.
///
/// A change stands once the log has it. If the view then refuses it, as on a full disk, the view is behind, and the next
/// change first brings it forward from the log; the next start would do the same.
struct MetadataLog {
    static let name = LogName(topic: "__metadata", partition: 0)

    let log: ReplicatedLog
    let store: MetadataStore
    private(set) var catalog: Catalog
    /// Where it is noted that the view is behind.
    private let faults: BrokerFaults
    private let logger: Logger

    /// Brings the view up to the log. A view that is ahead of the log, as after its files were restored from different
    /// copies, is rebuilt from the beginning.
    init(log: ReplicatedLog, store: MetadataStore, faults: BrokerFaults, logger: Logger) throws(BrokerError) {
        self.log = log
        self.store = store
        self.faults = faults
        self.logger = logger
        do {
            if try store.appliedOffset() >= log.extent.endOffset { try store.reset() }
            let start = max(try store.appliedOffset() + 1, log.extent.logStartOffset)
            try MetadataLog.replay(log, from: start, into: store)
            catalog = try store.catalog()
        } catch let error as BrokerError {
            throw error
        } catch {
            throw .metadata(reason: "\(error)")
        }
    }

    private static func replay(_ log: ReplicatedLog, from start: Int64, into store: MetadataStore) throws {
        try LogReplay.forEachBatch(of: log, from: start) { header, records in
            var batch: [(offset: Int64, record: MetadataRecord)] = []
            while let record = try records.next() {
                let offset = header.baseOffset + Int64(record.offsetDelta)
                guard offset >= start else { continue }
                let (key, value) = (record.key.map(Array.init) ?? [], record.value.map(Array.init) ?? [])
                batch.append((offset, try MetadataRecord(key: key, value: value)))
            }
            try store.apply(batch)
        }
    }

    /// Commits changes and applies them, all in one batch. Throws if the log does not have them; then nothing has
    /// changed. Blocks for an fsync and a SQLite transaction.
    mutating func commit(_ records: [MetadataRecord], nowMS: Int64) throws(BrokerError) {
        var builder = RecordBatchBuilder(codec: .none)
        do {
            for record in records {
                builder.append(Record(key: record.key, value: try record.value, timestampMS: nowMS))
            }
            var bytes = try builder.build()
            let outcome = try bytes.withUnsafeMutableBytes { buffer in
                try log.append(
                    try BatchValidator.validate(buffer, configuration: LogConfiguration(), nowMS: nowMS), nowMS: nowMS)
            }
            CommitLatch.wait(for: outcome, in: log)
            for record in records { catalog.apply(record) }
            bringForward(
                records.enumerated().map { (offset: outcome.baseOffset + Int64($0.offset), record: $0.element) })
        } catch let error as LogError {
            throw .log(error)
        } catch {
            throw .metadata(reason: "\(error)")
        }
    }

    /// Applies to the view what was just committed, and before that what it lacks of earlier commits. Not being able to
    /// is not the caller's failure: the log has the change.
    private func bringForward(_ committed: [(offset: Int64, record: MetadataRecord)]) {
        do {
            if faults.catalogFile == nil {
                try store.apply(committed)
            } else {
                try MetadataLog.replay(log, from: try store.appliedOffset() + 1, into: store)
                logger.notice("catalog file brought up to its log again")
            }
            faults.catalogFile = nil
        } catch {
            faults.catalogFile = "\(error)"
            logger.error(
                "catalog file is behind its log; the next change of a topic or a restart brings it forward",
                metadata: ["error": "\(error)"])
        }
    }
}

/// Reads a log's committed batches one after the other, for views that are rebuilt from it. Blocks.
enum LogReplay {
    static func forEachBatch(
        of log: ReplicatedLog, from start: Int64,
        _ body: (RecordBatchHeader, inout RecordIterator) throws -> Void
    ) throws {
        var offset = max(start, log.extent.logStartOffset)
        while true {
            let (slice, _) = try log.read(from: offset, bytesMax: 1 << 20, firstBatchBytesMax: .max)
            guard let slice else { return }
            let bytes = try slice.bytes()
            let next = try bytes.withUnsafeBytes { buffer in
                var position = 0
                var next = offset
                while position + RecordBatchLayout.records <= buffer.count {
                    let header = RecordBatchHeader(UnsafeRawBufferPointer(rebasing: buffer[position...]))
                    guard header.magic == 2, header.sizeBytes >= RecordBatchLayout.records else {
                        throw LogError.damaged(offset: next, reason: "no batch header in \(log.name)")
                    }
                    guard position + header.sizeBytes <= buffer.count else { break }
                    let batch = UnsafeRawBufferPointer(rebasing: buffer[position..<position + header.sizeBytes])
                    guard CRC32C.ofBatch(batch) == header.crc else {
                        throw LogError.damaged(offset: header.baseOffset, reason: "CRC of a batch of \(log.name)")
                    }
                    if header.lastOffset >= start, !header.isControl {
                        var failure: (any Error)?
                        try RecordIterator.withRecords(
                            ofBatch: batch, decompressedBytesMax: RecordBatchLimits.decompressedBytesMax
                        ) { records throws(RecordError) in
                            do { try body(header, &records) } catch { failure = error }
                        }
                        if let failure { throw failure }
                    }
                    next = header.nextOffset
                    position += header.sizeBytes
                }
                return next
            }
            // A view that is shorter than its log would be a lie.
            guard next > offset else { throw LogError.damaged(offset: offset, reason: "no batch in \(log.name)") }
            offset = next
        }
    }
}
