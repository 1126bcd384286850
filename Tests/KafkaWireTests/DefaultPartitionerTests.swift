import Testing

@testable import AdminServer

/// Keys must go where Kafka's Java client sends them, or records of one key are torn over two partitions.
@Suite struct PartitionChoiceTests {
    /// The vectors of Kafka's own test of its hash.
    @Test(arguments: [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func murmur2AgreesWithTheJavaClient(key: String, hash: Int32) {
        #expect(murmur2(Array(key.utf8)) == hash)
    }

    @Test func anyKeyFallsIntoAPartition() {
        for length in 0..<64 {
            let key = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
            #expect((0..<7).contains(partition(ofKey: key, partitionCount: 7)))
        }
        #expect(partition(ofKey: Array("foobar".utf8), partitionCount: 10) == (Int32(-790_332_482) & .max) % 10)
    }

    @Test func recordsWithoutAKeyTakeTurnsByTopic() {
        let roundRobin = RoundRobin()
        let first = (0..<4).map { _ in
            // A second topic in between must not take turns away from the first.
            _ = roundRobin.partition(ofTopic: "other", partitionCount: 2)
            return roundRobin.partition(ofTopic: "orders", partitionCount: 3)
        }
        #expect(first == [0, 1, 2, 0])
    }
}
