// What a log remembers of idempotent producers (KIP-98), so that a batch sent twice is stored once and in order.
// Of each producer the last five batches are kept, which is why clients have at most five in flight.
//
// Snapshot, beside the segment that begins at the same offset (`<offset>.snapshot`), Kafka's format, big-endian.
// Stored on disk, never renumber.
//
//     2 version (1)   4 CRC-32C of the bytes from 6 to the end   4 count, then per producer:
//     8 producer id  2 epoch  4 last sequence  8 last offset  4 last offset delta  8 timestamp
//     4 coordinator epoch (-1)  8 first offset of the open transaction (-1)
//
// A producer has an entry a batch, oldest first. Kafka writes only the newest; its reader keeps the last one it meets,
// so ours is read as its own, while we know all five again after a crash and answer a duplicate of any as such.

/// One batch of a producer as its log remembers it.
struct ProducerBatch: Equatable {
    var firstSequence: Int32
    var lastSequence: Int32
    var lastOffset: Int64
    var offsetDelta: Int32
    var timestampMS: Int64

    var firstOffset: Int64 { lastOffset - Int64(offsetDelta) }
}

/// A producer's place in one log.
struct ProducerState: Equatable {
    /// Batches kept to recognise duplicates; equals the most a client may have in flight.
    static let batchCountMax = 5

    var epoch: Int16
    /// Oldest first, at most `batchCountMax`.
    var batches: [ProducerBatch] = []
    /// When the producer was last heard of, by the broker's clock; old ones are forgotten.
    var lastTimestampMS: Int64

    var lastSequence: Int32? { batches.last?.lastSequence }
}

/// All producers of one log. Confined with it.
struct ProducerStates {
    /// What an append with a sequence number is.
    enum Verdict: Equatable {
        case append
        /// Stored before, at these offsets; the answer is the same again.
        case duplicate(ProducerBatch)
    }

    private(set) var producers: [Int64: ProducerState] = [:]
    /// Offset after the last batch that was taken into account.
    var nextOffset: Int64 = 0

    /// Decides on a batch from a client. A producer that is not known may begin at any sequence: its state may have
    /// expired or been deleted with old segments.
    func check(_ header: RecordBatchHeader) throws(LogError) -> Verdict {
        guard header.hasSequence, let state = producers[header.producerID] else { return .append }
        guard header.producerEpoch >= state.epoch else {
            throw .producerFenced(
                producerID: header.producerID, epoch: header.producerEpoch, currentEpoch: state.epoch)
        }
        guard header.producerEpoch == state.epoch else {
            guard header.baseSequence == 0 else {
                throw .sequenceOutOfOrder(producerID: header.producerID, got: header.baseSequence, expected: 0)
            }
            return .append
        }
        let lastSequence = header.lastSequence
        for batch in state.batches
        where batch.firstSequence == header.baseSequence && batch.lastSequence == lastSequence {
            return .duplicate(batch)
        }
        guard let last = state.lastSequence else { return .append }
        let expected = last == .max ? 0 : last + 1
        guard header.baseSequence == expected else {
            throw .sequenceOutOfOrder(
                producerID: header.producerID, got: header.baseSequence, expected: expected)
        }
        return .append
    }

    /// Takes note of a batch that is in the log, at its final offsets.
    mutating func note(_ header: RecordBatchHeader, nowMS: Int64) {
        nextOffset = header.nextOffset
        guard header.hasProducer, !header.isControl else { return }
        let batch = ProducerBatch(
            firstSequence: header.baseSequence, lastSequence: header.lastSequence, lastOffset: header.lastOffset,
            offsetDelta: header.lastOffsetDelta, timestampMS: header.maxTimestamp)
        keep(batch, producerID: header.producerID, epoch: header.producerEpoch, timestampMS: nowMS)
    }

    private mutating func keep(_ batch: ProducerBatch, producerID: Int64, epoch: Int16, timestampMS: Int64) {
        guard var state = producers.removeValue(forKey: producerID), state.epoch == epoch else {
            producers[producerID] = ProducerState(epoch: epoch, batches: [batch], lastTimestampMS: timestampMS)
            return
        }
        if state.batches.count == ProducerState.batchCountMax { state.batches.removeFirst() }
        state.batches.append(batch)
        state.lastTimestampMS = timestampMS
        producers[producerID] = state
    }

    /// Last offsets of the batches that would be recognised if they came again.
    var windowOffsets: Set<Int64> {
        Set(producers.values.lazy.flatMap { $0.batches.lazy.map(\.lastOffset) })
    }

    /// Forgets producers not heard of since a time.
    mutating func expire(before timestampMS: Int64) {
        producers = producers.filter { $0.value.lastTimestampMS >= timestampMS }
    }

    /// Forgets all; for truncation, after which the caller rebuilds from a snapshot and the batches.
    mutating func reset(nextOffset: Int64) {
        producers.removeAll()
        self.nextOffset = nextOffset
    }

    // MARK: Snapshot

    static let snapshotVersion: Int16 = 1
    private static let snapshotHeaderBytes = 10
    private static let snapshotEntryBytes = 46

    func encodeSnapshot() -> [UInt8] {
        let entryCount = producers.values.reduce(0) { $0 + $1.batches.count }
        let size = ProducerStates.snapshotHeaderBytes + entryCount * ProducerStates.snapshotEntryBytes
        var bytes = [UInt8](repeating: 0, count: size)
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBigEndian(ProducerStates.snapshotVersion, at: 0)
            buffer.storeBigEndian(Int32(entryCount), at: 6)
            var at = ProducerStates.snapshotHeaderBytes
            for (producerID, state) in producers.sorted(by: { $0.key < $1.key }) {
                for batch in state.batches {
                    buffer.storeBigEndian(producerID, at: at)
                    buffer.storeBigEndian(state.epoch, at: at + 8)
                    buffer.storeBigEndian(batch.lastSequence, at: at + 10)
                    buffer.storeBigEndian(batch.lastOffset, at: at + 14)
                    buffer.storeBigEndian(batch.offsetDelta, at: at + 22)
                    buffer.storeBigEndian(state.lastTimestampMS, at: at + 26)
                    buffer.storeBigEndian(Int32(-1), at: at + 34)
                    buffer.storeBigEndian(Int64(-1), at: at + 38)
                    at += ProducerStates.snapshotEntryBytes
                }
            }
            let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[6...]))
            buffer.storeBigEndian(crc, at: 2)
        }
        return bytes
    }

    /// The producers of a snapshot; nil if the bytes are not one, whole and sound.
    static func decodeSnapshot(_ bytes: [UInt8], nextOffset: Int64) -> ProducerStates? {
        bytes.withUnsafeBytes { buffer in
            guard buffer.count >= snapshotHeaderBytes, buffer.bigEndian(at: 0, as: Int16.self) == snapshotVersion,
                buffer.bigEndian(at: 2) == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: buffer[6...]))
            else { return nil }
            let count = Int(buffer.bigEndian(at: 6, as: Int32.self))
            guard count >= 0, buffer.count == snapshotHeaderBytes + count * snapshotEntryBytes else { return nil }
            var states = ProducerStates()
            states.nextOffset = nextOffset
            for index in 0..<count {
                let at = snapshotHeaderBytes + index * snapshotEntryBytes
                let producerID: Int64 = buffer.bigEndian(at: at)
                let lastSequence: Int32 = buffer.bigEndian(at: at + 10)
                let delta: Int32 = buffer.bigEndian(at: at + 22)
                let lastOffset: Int64 = buffer.bigEndian(at: at + 14)
                let timestampMS: Int64 = buffer.bigEndian(at: at + 26)
                // Kafka writes -1 for a producer that has only control batches.
                guard delta >= 0, lastOffset >= -1, lastOffset < .max else { return nil }
                let batch = ProducerBatch(
                    // Sequences wrap from 2^31-1 to 0, hence the mask.
                    firstSequence: lastSequence < 0 ? -1 : (lastSequence &- delta) & Int32.max,
                    lastSequence: lastSequence, lastOffset: lastOffset, offsetDelta: delta, timestampMS: timestampMS)
                states.keep(
                    batch, producerID: producerID, epoch: buffer.bigEndian(at: at + 8), timestampMS: timestampMS)
            }
            return states
        }
    }
}
