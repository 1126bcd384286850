import LogStorage
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient

/// Batches of one partition: when they leave, and that whatever comes back leaves them in order, each once.
@Suite struct PartitionQueueTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func queue(lingerMS: Int64 = 0, batchBytesMax: Int = 200, identity: PartitionQueue.Identity? = nil)
        -> PartitionQueue
    {
        var configuration = ProducerConfiguration()
        configuration.lingerMS = lingerMS
        configuration.batchBytesMax = batchBytesMax
        return PartitionQueue(configuration: configuration, identity: identity)
    }

    private func append(_ count: Int, to queue: inout PartitionQueue, at now: NIODeadline) throws {
        let value = [UInt8](repeating: 7, count: 100)
        for _ in 0..<count {
            _ = try value.withUnsafeBytes {
                try queue.append(key: nil, value: $0, headers: [], timestampMS: 1, now: now)
            }
        }
    }

    private func header(_ batch: PartitionQueue.Batch) -> RecordBatchHeader {
        batch.bytes.withUnsafeBytes { RecordBatchHeader($0) }
    }

    @Test func aBatchLeavesOnceItHasLingered() throws {
        var queue = queue(lingerMS: 5, batchBytesMax: 10_000)
        try append(1, to: &queue, at: start)
        #expect(try queue.next(now: start, flushing: false) == nil)
        #expect(queue.deadline(flushing: false) == start + .milliseconds(5))
        #expect(try queue.next(now: start + .milliseconds(5), flushing: false)?.recordCount == 1)
    }

    @Test func aFullBatchLeavesAtOnceAndAFlushSendsTheRest() throws {
        var queue = queue(lingerMS: 1_000)
        try append(2, to: &queue, at: start)
        #expect(try queue.next(now: start, flushing: false)?.recordCount == 1)
        #expect(try queue.next(now: start, flushing: false) == nil)
        #expect(try queue.next(now: start, flushing: true)?.recordCount == 1)
    }

    @Test func noMoreThanFiveAreInFlight() throws {
        var queue = queue()
        try append(8, to: &queue, at: start)
        let sent = try (0..<5).map { _ in try #require(try queue.next(now: start, flushing: false)) }
        #expect(try queue.next(now: start, flushing: false) == nil)
        #expect(queue.deadline(flushing: true) == nil)
        queue.acknowledged(sent[0])
        #expect(try queue.next(now: start, flushing: false)?.id == 5)
    }

    @Test func sequencesFollowTheRecordsAndWrap() throws {
        var queue = queue(identity: .init(producerID: 9, epoch: 2))
        try append(3, to: &queue, at: start)
        var sequences: [Int32] = []
        while let batch = try queue.next(now: start, flushing: true) {
            let header = header(batch)
            #expect((header.producerID, header.producerEpoch) == (9, 2))
            sequences.append(header.baseSequence)
        }
        #expect(sequences == [0, 1, 2])
    }

    @Test func whatComesBackLeavesAgainInTheFirstOrderOnceAllHaveComeBack() throws {
        var queue = queue(identity: .init(producerID: 1, epoch: 0))
        try append(5, to: &queue, at: start)
        let sent = try (0..<3).map { _ in try #require(try queue.next(now: start, flushing: false)) }
        let retryAt = start + .milliseconds(100)
        queue.returned(sent[0], retryAt: retryAt)
        // The later ones are still under way: a batch that overtakes them would be refused.
        #expect(try queue.next(now: retryAt, flushing: true) == nil)
        queue.returned(sent[2], retryAt: retryAt)
        queue.acknowledged(sent[1])
        #expect(try queue.next(now: start, flushing: true) == nil, "before its pause has gone")
        var again: [Int32] = []
        while let batch = try queue.next(now: retryAt, flushing: true) { again.append(header(batch).baseSequence) }
        #expect(again == [0, 2, 3, 4])
    }

    /// Random answers, until all is acknowledged: every record once, in order.
    @Test func nothingIsLostWhateverComesBack() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var queue = queue(identity: .init(producerID: 1, epoch: 0))
            try append(20, to: &queue, at: start)
            var now = start
            var flying: [PartitionQueue.Batch] = []
            var written: [Int32] = []
            while !queue.isEmpty {
                now = now + .milliseconds(10)
                if Bool.random(using: &random), let batch = try queue.next(now: now, flushing: true) {
                    flying.append(batch)
                } else if let batch = flying.randomElement(using: &random) {
                    flying.removeAll { $0.id == batch.id }
                    let sequence = header(batch).baseSequence
                    // As a server does it: only the next sequence is written, an older one is known.
                    if sequence == Int32(written.count), Bool.random(using: &random) {
                        written.append(sequence)
                        queue.acknowledged(batch)
                    } else if sequence < Int32(written.count) {
                        queue.acknowledged(batch)
                    } else {
                        queue.returned(batch, retryAt: now + .milliseconds(20))
                    }
                }
            }
            #expect(written == Array(0..<20), "seed \(seed)")
            #expect(queue.sizeBytes == 0, "seed \(seed)")
        }
    }
}
