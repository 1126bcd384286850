public import LogStorage
import Replication

extension Partition {
    /// Appends a batch as a client sent it, but for the records that a gate holds back. A batch of an idempotent producer
    /// is stored even if nothing is left of it, as the producer's next one has to follow on its sequence numbers.
    /// Throws `duplicateRecords` if the gate rejects any, `gateClosed` if it cannot say.
    public func append(
        _ batch: UnsafeMutableRawBufferPointer, through gate: any DuplicateGate, configuration: LogConfiguration,
        nowMS: Int64, inflation: inout InflationBudget
    ) throws(LogError) -> AppendOutcome {
        let validated = try BatchValidator.validate(
            batch, configuration: configuration, nowMS: nowMS, inflation: &inflation)
        var outcome: AppendOutcome?
        try gate.pass(try validated.records(), partition: index) { verdicts throws(LogError) in
            let written = try write(validated, verdicts, nowMS: nowMS)
            outcome = written
            return verdicts.indices.map { index in
                switch verdicts[index] {
                case .fresh, .flagged: written.baseOffset + Int64(index)
                default: -1
                }
            }
        }
        guard let outcome else { throw .gateClosed(reason: "the records were not passed on") }
        return outcome
    }

    private func write(_ batch: ValidatedBatch, _ verdicts: [DuplicateVerdict], nowMS: Int64) throws(LogError)
        -> AppendOutcome
    {
        var kept = Set(verdicts.indices)
        var headers: [Int: Record.Header] = [:]
        var rejected: [Int32] = []
        for (index, verdict) in verdicts.enumerated() {
            switch verdict {
            case .fresh: break
            case .dropped, .repeated: kept.remove(index)
            case .rejected: rejected.append(Int32(index))
            case .flagged(let first):
                headers[index] = Record.Header(DuplicateVerdict.flagHeader, Array(first.text.utf8))
            case .refused(let reason): throw .gateClosed(reason: reason)
            }
        }
        guard rejected.isEmpty else { throw .duplicateRecords(indexes: rejected) }
        guard kept.count < verdicts.count || !headers.isEmpty else { return try log.append(batch, nowMS: nowMS) }
        if kept.isEmpty, batch.header.producerID < 0, case .dropped(let first)? = verdicts.first,
            first.topic == topic, first.partition == index
        {
            // Nothing is to be stored, and nobody counts on it.
            return AppendOutcome(
                baseOffset: first.offset, endOffset: first.offset + 1, appendTimeMS: -1, isDuplicate: true)
        }
        var bytes = try batch.bytes(keeping: { kept.contains($0) }, addingHeaders: headers)
        let result: Result<AppendOutcome, LogError> = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(LogError) in try log.append(ValidatedBatch(rewritten: buffer), nowMS: nowMS) }
        }
        return try result.get()
    }
}
