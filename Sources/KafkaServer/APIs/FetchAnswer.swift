import KafkaWire
import LogStorage
import NIOCore
import NIOPosix
import Replication

/// A fetch's response on the wire. Long stretches of records leave by `sendfile`; short ones, where that costs more than
/// it saves, are copied. Written by hand, as the generated codec would copy all records.
struct FetchAnswer: Sendable {
    let topics: [FetchedTopic]
    let isolationLevel: Int8
    let call: RequestCall
    let allocator: ByteBufferAllocator

    /// Below this a copy is cheaper than a system call of its own.
    private static let sendfileBytesMin = 32 << 10

    /// Hands the answer to its connection once the records are in memory.
    func send(by dispatcher: RequestDispatcher) {
        let isAllCached = topics.allSatisfy { topic in
            topic.partitions.allSatisfy { $0.slice.map { $0.isCached } ?? true }
        }
        let (connection, loop) = (dispatcher.connection, dispatcher.loop)
        if isAllCached {
            connection.fill(call.slot, due: .fetched(self))
            return
        }
        // The disk has to be waited for: on a thread that may, never on a loop that others share.
        dispatcher.service.blockingPool.submit { _ in
            for topic in topics {
                for partition in topic.partitions { partition.slice?.readAhead() }
            }
            loop.execute { connection.fill(call.slot, due: .fetched(self)) }
        }
    }

    /// Throws if the device does not give the records.
    func encode() throws -> OutboundResponse {
        let version = call.version
        let flexible = version >= 12
        var parts = PartsBuilder(allocator: allocator)
        parts.bytes.writeInteger(Int32(0))  // the frame's length, set at the end
        ResponseHeader(correlationID: call.header.correlationID).encode(to: &parts.bytes, api: .fetch, version: version)
        parts.bytes.writeInteger(Int32(0))  // throttle time
        if version >= 7 { parts.bytes.writeMultipleIntegers(Int16(0), Int32(0)) }  // error, session id
        parts.bytes.writeCount(topics.count, flexible: flexible)
        for topic in topics {
            parts.bytes.writeName(topic.name, flexible: flexible)
            parts.bytes.writeCount(topic.partitions.count, flexible: flexible)
            for partition in topic.partitions {
                try write(partition, to: &parts, version: version, flexible: flexible)
            }
            if flexible { parts.bytes.writeUnsignedVarint(0) }
        }
        if flexible { parts.bytes.writeUnsignedVarint(0) }
        return parts.finish()
    }

    private func write(
        _ partition: FetchedPartition, to parts: inout PartsBuilder, version: Int16, flexible: Bool
    ) throws {
        parts.bytes.writeInteger(partition.index)
        parts.bytes.writeInteger(partition.error.rawValue)
        parts.bytes.writeInteger(partition.extent.committedOffset)
        parts.bytes.writeInteger(partition.extent.committedOffset)  // last stable offset: no transactions
        if version >= 5 { parts.bytes.writeInteger(partition.extent.logStartOffset) }
        // Aborted transactions: none for those who ask for committed records, null for the others.
        if isolationLevel == 1 {
            parts.bytes.writeCount(0, flexible: flexible)
        } else if flexible {
            parts.bytes.writeUnsignedVarint(0)
        } else {
            parts.bytes.writeInteger(Int32(-1))
        }
        if version >= 11 { parts.bytes.writeInteger(Int32(-1)) }  // preferred read replica
        let count = partition.byteCount
        if flexible {
            parts.bytes.writeUnsignedVarint(UInt32(count + 1))
        } else {
            parts.bytes.writeInteger(Int32(count))
        }
        if let slice = partition.slice, count > 0 {
            if count >= FetchAnswer.sendfileBytesMin, slice.file.descriptor != nil {
                parts.append(FileRange(slice: slice, count: count))
            } else {
                try parts.append(copying: slice)
            }
        }
        if flexible { parts.bytes.writeUnsignedVarint(0) }
    }
}

/// Collects a response's bytes and file stretches in order, and puts the frame's length in front.
private struct PartsBuilder {
    var bytes: ByteBuffer
    private var parts: [OutboundResponse.Part] = []
    private var partBytes = 0
    private let allocator: ByteBufferAllocator

    init(allocator: ByteBufferAllocator) {
        self.allocator = allocator
        bytes = allocator.buffer(capacity: 512)
    }

    mutating func append(_ range: FileRange) {
        close()
        parts.append(.file(range))
        partBytes += range.count
    }

    /// Throws if the device fails. A slice whose file got shorter than promised is filled up with zeros, which no client
    /// takes for a batch.
    mutating func append(copying slice: LogSlice) throws {
        _ = try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: slice.count) { buffer in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<slice.count])
            let got = try slice.file.read(into: target, at: slice.position)
            if got < slice.count {
                UnsafeMutableRawBufferPointer(rebasing: target[got...]).initializeMemory(as: UInt8.self, repeating: 0)
            }
            return slice.count
        }
    }

    private mutating func close() {
        guard bytes.readableBytes > 0 else { return }
        partBytes += bytes.readableBytes
        parts.append(.bytes(bytes))
        bytes = allocator.buffer(capacity: 128)
    }

    mutating func finish() -> OutboundResponse {
        close()
        if case .bytes(var first) = parts[0] {
            first.setInteger(Int32(partBytes - 4), at: first.readerIndex)
            parts[0] = .bytes(first)
        }
        return OutboundResponse(parts: parts, sizeBytes: partBytes)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeCount(_ count: Int, flexible: Bool) {
        if flexible { writeUnsignedVarint(UInt32(count + 1)) } else { writeInteger(Int32(count)) }
    }

    fileprivate mutating func writeName(_ name: String, flexible: Bool) {
        if flexible { writeUnsignedVarint(UInt32(name.utf8.count + 1)) } else { writeInteger(Int16(name.utf8.count)) }
        writeString(name)
    }
}
