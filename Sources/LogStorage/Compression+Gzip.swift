import CCodecs

/// RFC 1952 through zlib.
enum Gzip {
    /// The largest window, 15 bits, plus 16: a gzip header and trailer instead of zlib's.
    private static let windowBits: CInt = 15 + 16
    /// zlib counts in 32 bits; larger buffers go in steps.
    private static let stepBytesMax = 1 << 30

    static func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        var stream = z_stream()
        let structSize = CInt(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, structSize)
                == Z_OK
        else { throw .failed(codec: .gzip, reason: "deflateInit2") }
        defer { deflateEnd(&stream) }
        guard bytes.count <= stepBytesMax else {
            throw .failed(codec: .gzip, reason: "\(bytes.count) bytes at once; the limit is \(stepBytesMax)")
        }

        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var status = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(bound)
            status = deflate(&stream, Z_FINISH)
            count = bound - Int(stream.avail_out)
        }
        guard status == Z_STREAM_END else { throw .failed(codec: .gzip, reason: "deflate returned \(status)") }
        return result
    }

    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: DecompressionOutput) throws(CompressionError) {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .failed(codec: .gzip, reason: "inflateInit2")
        }
        defer { inflateEnd(&stream) }
        output.grow(expectedBytes: expectedBytes(bytes))

        let input = bytes.assumingMemoryBound(to: UInt8.self)
        var consumed = 0
        while true {
            var status = Z_OK
            try output.fill { (target) throws(CompressionError) in
                let inputStep = min(input.count - consumed, stepBytesMax)
                let outputStep = min(target.count, stepBytesMax)
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.advanced(by: consumed))
                stream.avail_in = UInt32(inputStep)
                stream.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(outputStep)
                status = inflate(&stream, Z_NO_FLUSH)
                consumed += inputStep - Int(stream.avail_in)
                return outputStep - Int(stream.avail_out)
            }
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if consumed == input.count { return }
                // Another member follows (RFC 1952 2.2).
                guard inflateReset(&stream) == Z_OK else { throw .failed(codec: .gzip, reason: "inflateReset") }
            case Z_BUF_ERROR: throw .corrupt(codec: .gzip, reason: "cut off after \(input.count) bytes")
            case Z_MEM_ERROR: throw .failed(codec: .gzip, reason: "out of memory")
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "inflate returned \(status)"
                throw .corrupt(codec: .gzip, reason: reason)
            }
        }
    }

    /// A first guess: the last member's size (modulo 2^32) ends the bytes. Deflate cannot do better than 1032 to 1, so
    /// a liar gains little.
    private static func expectedBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count >= 18 else { return 0 }
        let declared = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
        // One byte more, so that the trailer is read without another doubling.
        return min(Int(declared), bytes.count * 32) + 1
    }
}
