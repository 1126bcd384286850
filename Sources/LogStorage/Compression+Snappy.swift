import CCodecs

// The framing of xerial's snappy-java, which Kafka's Java client set as the norm. Big-endian.
//
//      0   8   0x82 "SNAPPY" 0x00
//      8   4   version, 1
//     12   4   least version that can read it, 1
//     16   …   chunks: 4-byte length, then a raw snappy block
//
// A raw block cannot begin like that: 0x4e ("N") would be a copy from before its first byte.

/// Snappy blocks, raw or in xerial's framing.
enum Snappy {
    private static let magic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
    private static let headerBytes = 16
    /// snappy-java's default, which readers of small memory may count on.
    private static let blockBytes = 32 * 1024

    static func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let blockCount = (bytes.count + blockBytes - 1) / blockBytes
        let capacity = headerBytes + blockCount * 4 + blockCount * snappy_max_compressed_length(blockBytes)
        var status = SNAPPY_OK
        let result = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            target.copyBytes(from: magic)
            target.storeBigEndian(Int32(1), at: 8)
            target.storeBigEndian(Int32(1), at: 12)
            count = headerBytes
            var rest = bytes[...]
            while !rest.isEmpty, status == SNAPPY_OK {
                let block = rest.prefix(blockBytes)
                rest = rest.dropFirst(blockBytes)
                var size = capacity - count - 4
                status = snappy_compress(
                    UnsafeRawBufferPointer(rebasing: block).assumingMemoryBound(to: CChar.self).baseAddress,
                    block.count,
                    target.baseAddress?.advanced(by: count + 4).assumingMemoryBound(to: CChar.self), &size)
                target.storeBigEndian(Int32(truncatingIfNeeded: size), at: count)
                count += 4 + size
            }
        }
        guard status == SNAPPY_OK else { throw .failed(codec: .snappy, reason: "snappy_compress") }
        return result
    }

    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: DecompressionOutput) throws(CompressionError) {
        guard bytes.starts(with: magic) else { return try decompressBlock(bytes, into: output) }
        guard bytes.count >= headerBytes else { throw .corrupt(codec: .snappy, reason: "framing header is cut off") }
        var position = headerBytes
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            // Framed streams may stand on end, as snappy-java reads them; a length is never negative.
            if rest.starts(with: magic), rest.count >= headerBytes {
                position += headerBytes
                continue
            }
            guard rest.count >= 4 else { throw .corrupt(codec: .snappy, reason: "chunk length is cut off") }
            let size = Int(rest.bigEndian(at: 0, as: Int32.self))
            guard size >= 0, size <= rest.count - 4 else {
                throw .corrupt(codec: .snappy, reason: "chunk of \(size) bytes where \(rest.count - 4) remain")
            }
            try decompressBlock(UnsafeRawBufferPointer(rebasing: rest[4..<4 + size]), into: output)
            position += 4 + size
        }
    }

    private static func decompressBlock(
        _ block: UnsafeRawBufferPointer, into output: DecompressionOutput
    ) throws(CompressionError) {
        let source = block.assumingMemoryBound(to: CChar.self).baseAddress
        var size = 0
        guard snappy_uncompressed_length(source, block.count, &size) == SNAPPY_OK else {
            throw .corrupt(codec: .snappy, reason: "block of \(block.count) bytes has no length")
        }
        // The best element makes 64 bytes out of 3: a greater promise is a lie that must not cost memory.
        guard size <= block.count * 22 else {
            throw .corrupt(codec: .snappy, reason: "block of \(block.count) bytes promises \(size)")
        }
        try output.fill(exactly: size) { (target) throws(CompressionError) in
            var written = target.count
            let status = snappy_uncompress(
                source, block.count, target.assumingMemoryBound(to: CChar.self).baseAddress, &written)
            guard status == SNAPPY_OK, written == target.count else {
                throw .corrupt(codec: .snappy, reason: "block of \(block.count) bytes does not decode")
            }
        }
    }
}
