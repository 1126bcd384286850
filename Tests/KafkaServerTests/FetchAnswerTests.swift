import KafkaWire
import LogStorage
import NIOCore
import Replication
import TestSupport
import Testing

@testable import KafkaServer

/// The answer written by hand is the one that the generated codec would write, in every version.
@Suite struct FetchAnswerTests {
    private static let versions = FetchResponse.validVersions.map { $0 }

    private func slice(_ bytes: [UInt8], of path: String, on disk: SimulatedDisk) throws -> LogSlice {
        let file = try disk.open(path, creating: true)
        // What stands before the slice is not sent.
        try ([0xee, 0xee] + bytes).withUnsafeBytes { try file.write($0, at: 0) }
        return LogSlice(file: file, position: 2, count: bytes.count, baseOffset: 5)
    }

    private func call(version: Int16) throws -> RequestCall {
        var buffer = ByteBuffer()
        RequestHeader(api: .fetch, version: version, correlationID: 77, clientID: "c").encode(to: &buffer)
        var reader = WireReader(buffer)
        return RequestCall(slot: 0, header: try RequestHeader(from: &reader), api: .fetch)
    }

    @Test(arguments: versions, [Int8(0), 1])
    func equalsTheGeneratedCodec(version: Int16, isolationLevel: Int8) throws {
        let disk = SimulatedDisk(seed: 1)
        let (few, many) = ([UInt8]([1, 2, 3]), [UInt8](repeating: 9, count: 40_000))
        let extent = ReplicatedLog.Extent(logStartOffset: 3, committedOffset: 12, endOffset: 15)
        let topics = [
            FetchedTopic(
                name: "orders",
                partitions: [
                    FetchedPartition(index: 0, extent: extent, slice: try slice(few, of: "/a", on: disk)),
                    FetchedPartition(index: 7, error: .offsetOutOfRange, extent: extent),
                    FetchedPartition(index: 1, extent: extent, slice: try slice(many, of: "/b", on: disk)),
                ]),
            FetchedTopic(name: "none", partitions: []),
        ]
        let answer = FetchAnswer(
            topics: topics, isolationLevel: isolationLevel, call: try call(version: version), allocator: .init())

        let response = FetchResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { found in
                        .init(
                            partitionIndex: found.index, errorCode: found.error.rawValue, highWatermark: 12,
                            lastStableOffset: 12, logStartOffset: version >= 5 ? 3 : -1,
                            abortedTransactions: isolationLevel == 1 ? [] : nil, preferredReadReplica: -1,
                            records: ByteBuffer(bytes: [0: few, 1: many][found.index] ?? []))
                    })
            })
        var expected = ByteBuffer()
        FetchRequest.encodeFrame(of: response, to: &expected, version: version, correlationID: 77)

        let encoded = try answer.encode()
        var sent = ByteBuffer()
        for case .bytes(let part) in encoded.parts { sent.writeImmutableBuffer(part) }
        #expect(sent == expected, "version \(version)")
        #expect(encoded.sizeBytes == expected.readableBytes)
    }

    @Test func aFailingDeviceIsAnErrorNotRecords() throws {
        let disk = SimulatedDisk(seed: 1)
        let extent = ReplicatedLog.Extent(logStartOffset: 0, committedOffset: 9, endOffset: 9)
        let found = FetchedPartition(index: 0, extent: extent, slice: try slice([1, 2, 3], of: "/a", on: disk))
        let answer = FetchAnswer(
            topics: [FetchedTopic(name: "t", partitions: [found])], isolationLevel: 0, call: try call(version: 4),
            allocator: .init())
        disk.failCall(1, of: .read)
        #expect(throws: DiskError.self) { try answer.encode() }
    }
}
