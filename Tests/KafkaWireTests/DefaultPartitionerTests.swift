import Testing

@testable import KafkaWire

/// Keys must go where Kafka's Java client sends them, or records of one key are torn over two partitions.
@Suite struct DefaultPartitionerTests {
    /// The vectors of Kafka's own test of its hash.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func murmur2AgreesWithTheJavaClient(key: String, hash: Int32) {
        #expect(Array(key.utf8).withUnsafeBytes { DefaultPartitioner.murmur2($0) } == hash)
    }

    @Test func anyKeyFallsIntoAPartition() {
        for length in 0..<64 {
            let key = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
            #expect((0..<7).contains(DefaultPartitioner.partition(ofKey: key, partitionCount: 7)))
        }
        let foobar = DefaultPartitioner.partition(ofKey: Array("foobar".utf8), partitionCount: 10)
        #expect(foobar == (Int32(-790_332_482) & .max) % 10)
    }

    @Test func anEmptyKeyIsAKey() {
        let partitioner = DefaultPartitioner()
        let picks = (0..<4).map { _ in partitioner.partition(ofKey: [], topic: "orders", partitionCount: 5) }
        #expect(Set(picks).count == 1)
    }

    @Test func recordsWithoutAKeyTakeTurnsByTopic() {
        let partitioner = DefaultPartitioner()
        let picks = (0..<4).map { _ in
            // A second topic in between must not take turns away from the first.
            _ = partitioner.partition(ofKey: nil, topic: "other", partitionCount: 2)
            return partitioner.partition(ofKey: nil, topic: "orders", partitionCount: 3)
        }
        #expect(picks == [0, 1, 2, 0])
    }
}
