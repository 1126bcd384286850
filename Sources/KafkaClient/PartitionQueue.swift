import LogStorage
import NIOCore

/// The records of one partition on their way to its leader: gathered in batches, sent in order, each batch acknowledged
/// or sent again.
///
///     append → open batch → ready → in flight → acknowledged
///                             ▲         │
///                             └─────────┘ sent again, once all in flight have come back
///
/// Up to `inFlightMax` batches are in flight. When one comes back unwritten, the later ones are refused for their
/// sequence numbers too; so nothing more leaves until all have come back, and then they go again in the first order
/// with the first numbers. Sans-IO: times are arguments.
struct PartitionQueue {
    /// A finished batch.
    struct Batch {
        /// Rises by one a batch.
        let id: Int
        let bytes: [UInt8]
        let recordCount: Int
        /// When its first record came.
        let openedAt: NIODeadline
    }

    /// The identity that makes repeated batches recognisable (KIP-98); nil for a producer without.
    struct Identity: Equatable {
        var producerID: Int64
        var epoch: Int16
    }

    private struct Flight {
        enum Status { case sent, acknowledged, returned }

        let batch: Batch
        var status = Status.sent
    }

    private let configuration: ProducerConfiguration
    private let identity: Identity?
    private var nextSequence: Int32 = 0
    private var nextID = 0
    private var builder: RecordBatchBuilder
    private var openedAt = NIODeadline.distantFuture
    private var ready: CircularBuffer<Batch> = []
    private var inFlight: [Flight] = []
    private var retryAt = NIODeadline.distantPast
    /// Bytes of all records that are not acknowledged.
    private(set) var sizeBytes = 0

    init(configuration: ProducerConfiguration, identity: Identity?) {
        self.configuration = configuration
        self.identity = identity
        builder = RecordBatchBuilder(codec: configuration.codec)
    }

    var isEmpty: Bool { builder.recordCount == 0 && ready.isEmpty && inFlight.isEmpty }

    // MARK: Appending

    /// Takes a record; returns whether that finished a batch.
    mutating func append(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Record.Header], timestampMS: Int64,
        now: NIODeadline
    ) throws(KafkaClientError) -> Bool {
        let size = headers.reduce(Self.recordOverheadBytesMax + (key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + Self.fieldOverheadBytesMax + $1.key.utf8.count + ($1.value?.count ?? 0)
        }
        var finished = false
        if builder.recordCount > 0, builder.sizeBytes + size > configuration.batchBytesMax {
            try finishBatch()
            finished = true
        }
        if builder.recordCount == 0 { openedAt = now }
        let before = builder.sizeBytes
        builder.append(key: key, value: value, headers: headers, timestampMS: timestampMS)
        sizeBytes += builder.sizeBytes - before
        return finished
    }

    /// More than the lengths, deltas and attributes of a record take.
    private static let recordOverheadBytesMax = 32
    /// More than the two lengths of a header take.
    private static let fieldOverheadBytesMax = 10

    private mutating func finishBatch() throws(KafkaClientError) {
        let count = builder.recordCount
        if let identity {
            builder.producerID = identity.producerID
            builder.producerEpoch = identity.epoch
            builder.baseSequence = nextSequence
            nextSequence = Int32(truncatingIfNeeded: (Int64(nextSequence) + Int64(count)) & 0x7fff_ffff)
        }
        let appendedBytes = builder.sizeBytes - RecordBatchLayout.records
        let bytes: [UInt8]
        do { bytes = try builder.build() } catch {
            throw KafkaClientError(.invalidArgument, "a batch could not be compressed: \(error)")
        }
        sizeBytes += bytes.count - appendedBytes
        ready.append(Batch(id: nextID, bytes: bytes, recordCount: count, openedAt: openedAt))
        nextID += 1
        builder = RecordBatchBuilder(codec: configuration.codec)
        openedAt = .distantFuture
    }

    // MARK: Sending

    /// The next batch that may leave; nil if none may yet. It counts as in flight from here on.
    mutating func next(now: NIODeadline, flushing: Bool) throws(KafkaClientError) -> Batch? {
        guard inFlight.count < configuration.inFlightMax, now >= retryAt, !isReturning else { return nil }
        if ready.isEmpty {
            guard builder.recordCount > 0, flushing || openedAt + .milliseconds(configuration.lingerMS) <= now else {
                return nil
            }
            try finishBatch()
        }
        guard let batch = ready.popFirst() else { return nil }
        inFlight.append(Flight(batch: batch))
        return batch
    }

    /// When `next` has to be asked again if nothing happens before; nil if only an answer can help.
    func deadline(flushing: Bool) -> NIODeadline? {
        guard inFlight.count < configuration.inFlightMax, !isReturning else { return nil }
        if !ready.isEmpty { return retryAt }
        guard builder.recordCount > 0 else { return nil }
        return max(retryAt, flushing ? .distantPast : openedAt + .milliseconds(configuration.lingerMS))
    }

    /// The batch was written.
    mutating func acknowledged(_ batch: Batch) {
        sizeBytes -= batch.bytes.count
        settle(batch, .acknowledged)
    }

    /// The batch was not written, or it is not known whether it was; it is to be sent again from `retryAt` on.
    mutating func returned(_ batch: Batch, retryAt: NIODeadline) {
        self.retryAt = retryAt
        settle(batch, .returned)
    }

    private mutating func settle(_ batch: Batch, _ status: Flight.Status) {
        guard let index = inFlight.firstIndex(where: { $0.batch.id == batch.id }) else {
            preconditionFailure("batch \(batch.id) is not in flight")
        }
        inFlight[index].status = status
        guard isReturning else { return inFlight.removeAll { $0.status == .acknowledged } }
        guard !inFlight.contains(where: { $0.status == .sent }) else { return }
        for flight in inFlight.reversed() where flight.status == .returned { ready.prepend(flight.batch) }
        inFlight.removeAll()
    }

    private var isReturning: Bool { inFlight.contains { $0.status == .returned } }
}
