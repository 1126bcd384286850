import LogStorage
import TestSupport

/// A client that sends batches to one log, at most five at a time, and sends again what it has no answer for.
struct SimulatedProducer {
    /// A batch on its way.
    struct Batch {
        var sequence: Int32
        var records: [Record]
        var bytes: [UInt8]
        /// Where this process's log has put it; nil if it was not sent to it yet.
        var outcome: AppendOutcome?
        /// Where any process's log has put it last.
        var placedAt: Int64?
    }

    /// -1: not idempotent; sends nothing twice.
    let id: Int64
    private(set) var inFlight: [Batch] = []
    private var nextSequence: Int32
    private var valueCount = 0

    init(id: Int64, firstSequence: Int32) {
        self.id = id
        nextSequence = firstSequence
    }

    static let inFlightCountMax = 5

    /// The number of the batch in flight to send next: one that has no answer from this process yet, or a new one; nil
    /// if there is no room for it.
    mutating func prepare(
        isCompacted: Bool, nowMS: Int64, _ random: inout SeededGenerator
    ) throws -> Int? {
        if let index = inFlight.firstIndex(where: { $0.outcome == nil }) { return index }
        // Now and then the network repeats a request.
        if id >= 0, !inFlight.isEmpty, random.chance(1, in: 8) { return random.int(in: 0..<inFlight.count) }
        guard inFlight.count < SimulatedProducer.inFlightCountMax else { return nil }
        let count = random.int(in: 1...4)
        let records = (0..<count).map { _ in makeRecord(isCompacted: isCompacted, nowMS: nowMS, &random) }
        let bytes = try clientBatch(
            records, codec: CompressionCodec.allCases[random.int(in: 0..<5)], producerID: id, sequence: nextSequence)
        inFlight.append(Batch(sequence: nextSequence, records: records, bytes: bytes))
        nextSequence = Int32(truncatingIfNeeded: (Int64(nextSequence) + Int64(count)) & Int64(Int32.max))
        return inFlight.count - 1
    }

    private mutating func makeRecord(isCompacted: Bool, nowMS: Int64, _ random: inout SeededGenerator) -> Record {
        valueCount += 1
        let value = "\(id)#\(valueCount)#" + String(repeating: "v", count: random.int(in: 0..<120))
        let isTombstone = isCompacted && random.chance(1, in: 6)
        return Record(
            key: isCompacted || random.chance(1, in: 2) ? Array("k\(random.int(in: 0..<12))".utf8) : nil,
            value: isTombstone ? nil : Array(value.utf8), timestampMS: nowMS + Int64(random.int(in: -500...500)))
    }

    mutating func sent(_ index: Int, _ outcome: AppendOutcome) {
        inFlight[index].outcome = outcome
        inFlight[index].placedAt = outcome.baseOffset
    }

    /// Gives up a batch.
    mutating func drop(_ index: Int) { inFlight.remove(at: index) }

    /// Forgets the batches that are acknowledged, and returns them.
    mutating func acknowledge(below committedOffset: Int64) -> [Batch] {
        let done = inFlight.filter { $0.outcome.map { $0.endOffset <= committedOffset } ?? false }
        inFlight.removeAll { $0.outcome.map { $0.endOffset <= committedOffset } ?? false }
        return done
    }

    /// The server is another process now: what has no answer is sent again, in order.
    mutating func reconnect() {
        if id < 0 { inFlight.removeAll() }
        for index in inFlight.indices { inFlight[index].outcome = nil }
    }
}
