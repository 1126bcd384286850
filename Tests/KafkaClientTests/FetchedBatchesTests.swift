import LogStorage
import NIOCore
import Testing

@testable import KafkaClient

@Suite struct FetchedBatchesTests {
    private func batch(from offset: Int64, values: [String], codec: CompressionCodec = .none) throws -> [UInt8] {
        var builder = RecordBatchBuilder(baseOffset: offset, codec: codec)
        for value in values { builder.append(Record(value: Array(value.utf8), timestampMS: 5)) }
        return try builder.build()
    }

    private func fetched(_ bytes: [UInt8], from position: Int64) -> FetchedBatches {
        FetchedBatches(
            partition: TopicPartition("t", 0), position: position, highWatermark: 100, bytes: ByteBuffer(bytes: bytes))
    }

    private func values(_ batches: FetchedBatches) throws -> [String] {
        var values: [String] = []
        try batches.forEach { _, _, record in
            values.append(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")
            return true
        }
        return values
    }

    @Test(arguments: CompressionCodec.allCases)
    func aFetchMayBeginInsideABatchAndEndInsideAnother(codec: CompressionCodec) throws {
        let bytes =
            try batch(from: 10, values: ["a", "b", "c"], codec: codec)
            + batch(from: 13, values: ["d"], codec: codec).dropLast()
        let batches = fetched(bytes, from: 11)
        #expect(try values(batches) == ["b", "c"])
        #expect(batches.nextOffset == 13)
    }

    @Test func readingStopsWhenAsked() throws {
        let batches = fetched(try batch(from: 0, values: ["a", "b"]) + batch(from: 2, values: ["c"]), from: 0)
        var seen: [Int64] = []
        try batches.forEach { offset, _, _ in
            seen.append(offset)
            return offset < 1
        }
        #expect(seen == [0, 1])
    }

    @Test func aDamagedBatchIsNotReadOver() throws {
        var bytes = try batch(from: 0, values: ["a"])
        bytes[bytes.count - 2] ^= 1
        #expect(throws: KafkaClientError.self) { try values(fetched(bytes, from: 0)) }
    }

    @Test func controlBatchesArePassedOver() throws {
        var builder = RecordBatchBuilder(baseOffset: 0)
        builder.isControl = true
        builder.append(Record(key: [0, 0, 0, 1], value: [0, 0], timestampMS: 1))
        let batches = fetched(try builder.build() + batch(from: 1, values: ["a"]), from: 0)
        #expect(try values(batches) == ["a"])
    }
}
