/// The codecs of a record batch's records section, as numbered in bits 0-2 of its attributes.
/// Stored on disk and sent on the wire, never renumber.
public enum CompressionCodec: UInt8, Sendable, CaseIterable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4

    /// Compresses bytes to a form that the Java client, librdkafka and the Python clients read:
    ///
    /// - gzip: one member, RFC 1952
    /// - snappy: the framing of xerial's snappy-java, blocks of at most 32 KiB
    /// - lz4: one frame of independent 64 KiB blocks, the only kind that the Java client reads
    /// - zstd: one frame with its content size
    ///
    /// - Throws: `CompressionError.failed` if the library refuses, in practice for want of memory.
    public func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        switch self {
        case .none: [UInt8](bytes)
        case .gzip: try Gzip.compress(bytes)
        case .snappy: try Snappy.compress(bytes)
        case .lz4: try LZ4.compress(bytes)
        case .zstd: try Zstandard.compress(bytes)
        }
    }

    /// Reverses `compress`, and reads whatever else clients send: gzip of several members, raw snappy blocks, LZ4
    /// frames with linked blocks, zstd frames without a content size, several LZ4 or zstd frames on end.
    ///
    /// - Throws: `CompressionError.tooLarge` as soon as the output would exceed `sizeBytesMax`, without having
    ///   allocated more than about twice that; `.corrupt` if the bytes are not the codec's, are cut off or go on.
    public func decompress(
        _ bytes: UnsafeRawBufferPointer, sizeBytesMax: Int
    ) throws(CompressionError) -> [UInt8] {
        try decompressed(bytes, sizeBytesMax: sizeBytesMax).withBytes { [UInt8]($0) }
    }

    /// The same without the copy into an array.
    func decompressed(
        _ bytes: UnsafeRawBufferPointer, sizeBytesMax: Int
    ) throws(CompressionError) -> DecompressionOutput {
        let output = DecompressionOutput(codec: self, sizeBytesMax: sizeBytesMax)
        switch self {
        case .none: try output.append(bytes)
        case .gzip: try Gzip.decompress(bytes, into: output)
        case .snappy: try Snappy.decompress(bytes, into: output)
        case .lz4: try LZ4.decompress(bytes, into: output)
        case .zstd: try Zstandard.decompress(bytes, into: output)
        }
        return output
    }
}

/// Why bytes could not be compressed or decompressed.
public enum CompressionError: Error, Equatable, CustomStringConvertible {
    /// The output would exceed the limit: a decompression bomb, or a limit set too low.
    case tooLarge(codec: CompressionCodec, limitBytes: Int)
    /// The bytes are not what the codec writes.
    case corrupt(codec: CompressionCodec, reason: String)
    /// The library failed on good input.
    case failed(codec: CompressionCodec, reason: String)

    public var description: String {
        switch self {
        case .tooLarge(let codec, let limitBytes):
            "\(codec) data decompresses to more than \(limitBytes) bytes; send smaller batches or raise the limit"
        case .corrupt(let codec, let reason): "\(codec) data is corrupt: \(reason)"
        case .failed(let codec, let reason): "\(codec) failed: \(reason)"
        }
    }
}

/// Where a decompressor writes: a buffer that grows by doubling, never beyond the limit by more than one byte.
///
/// That one byte tells "exactly full" from "more to come". Confined to the call that made it.
final class DecompressionOutput {
    private let codec: CompressionCodec
    private let sizeBytesMax: Int
    private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var count = 0

    init(codec: CompressionCodec, sizeBytesMax: Int) {
        self.codec = codec
        self.sizeBytesMax = max(0, sizeBytesMax)
    }

    deinit { storage.deallocate() }

    /// Calls `body` with what has been written.
    func withBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Nothing else may keep this object, and with it the buffer, alive during the call.
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    /// Makes room for at least one byte more, and for `expectedBytes` in all if the limit allows.
    func grow(expectedBytes: Int = 0) {
        let limit = sizeBytesMax == .max ? sizeBytesMax : sizeBytesMax + 1
        let wanted = max(expectedBytes, count + 1, storage.count < 1 << 40 ? storage.count * 2 : storage.count, 4096)
        let capacity = min(max(wanted, count + 1), max(limit, count + 1))
        guard capacity > storage.count else { return }
        let grown = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        storage.deallocate()
        storage = grown
    }

    /// Lets `write` fill free space, of which there is at least one byte, and takes note of how much it filled.
    func fill(
        _ write: (UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int
    ) throws(CompressionError) {
        if count == storage.count { grow() }
        count += try write(UnsafeMutableRawBufferPointer(rebasing: storage[count...]))
        guard count <= sizeBytesMax else { throw .tooLarge(codec: codec, limitBytes: sizeBytesMax) }
    }

    /// Lets `write` fill exactly `size` bytes.
    func fill(
        exactly size: Int, _ write: (UnsafeMutableRawBufferPointer) throws(CompressionError) -> Void
    ) throws(CompressionError) {
        guard size <= sizeBytesMax - count else { throw .tooLarge(codec: codec, limitBytes: sizeBytesMax) }
        if size > storage.count - count { grow(expectedBytes: count + size) }
        try write(UnsafeMutableRawBufferPointer(rebasing: storage[count..<count + size]))
        count += size
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) {
        try fill(exactly: bytes.count) { (target) throws(CompressionError) in target.copyMemory(from: bytes) }
    }
}
