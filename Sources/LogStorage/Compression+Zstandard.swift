import CCodecs
import Synchronization

/// The Zstandard frame format (RFC 8878), through libzstd.
enum Zstandard {
    /// The library's default, and Kafka's.
    private static let level: CInt = 3

    static func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var code = 0
        let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            code = ZSTD_compress(target.baseAddress, bound, bytes.baseAddress, bytes.count, level)
            count = ZSTD_isError(code) == 0 ? code : 0
        }
        guard ZSTD_isError(code) == 0 else { throw .failed(codec: .zstd, reason: errorName(code)) }
        return result
    }

    /// Windows above 128 MiB are refused, the library's default.
    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: DecompressionOutput) throws(CompressionError) {
        guard let context = DecompressionContexts.take() else {
            throw .failed(codec: .zstd, reason: "out of memory")
        }
        defer { DecompressionContexts.giveBack(context) }
        output.grow(expectedBytes: expectedBytes(bytes))

        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var code = 0
            var hasRoom = false
            try output.fill { (target) throws(CompressionError) in
                var step = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                code = ZSTD_decompressStream(context, &step, &input)
                guard ZSTD_isError(code) == 0 else { throw .corrupt(codec: .zstd, reason: errorName(code)) }
                hasRoom = step.pos < step.size
                return step.pos
            }
            guard input.pos == input.size else { continue }
            // 0 at the end of a frame; otherwise more is wanted, or output is waiting for room.
            if code == 0 { return }
            if hasRoom { throw .corrupt(codec: .zstd, reason: "cut off after \(bytes.count) bytes") }
        }
    }

    /// The content size if the frame tells it, believed up to a factor: memory is spent on what arrives, not on claims.
    private static func expectedBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        let declared = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
        // The two largest values stand for "unknown" and "error".
        guard declared < UInt64.max - 1 else { return bytes.count * 4 }
        return Int(min(declared, UInt64(bytes.count) * 64))
    }

    private static func errorName(_ code: Int) -> String {
        ZSTD_getErrorName(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

/// Decompression contexts not in use: making one costs more than decompressing a small batch.
private enum DecompressionContexts {
    private static let countMax = 8
    /// A context keeps the window of the last frame; one that a huge frame blew up is not kept.
    private static let sizeBytesMax = 4 << 20

    private struct Context: @unchecked Sendable {
        // Sendable: libzstd lets any one thread at a time use a context, and the pool hands each out to one call only.
        let pointer: OpaquePointer
    }
    private static let idle = Mutex<[Context]>([])

    /// Nil if memory is short.
    static func take() -> OpaquePointer? {
        idle.withLock { $0.popLast() }?.pointer ?? ZSTD_createDCtx()
    }

    static func giveBack(_ pointer: OpaquePointer) {
        let context = Context(pointer: pointer)
        let isKept =
            ZSTD_isError(ZSTD_DCtx_reset(pointer, ZSTD_reset_session_only)) == 0
            && ZSTD_sizeof_DCtx(pointer) <= sizeBytesMax
            && idle.withLock { contexts in
                guard contexts.count < countMax else { return false }
                contexts.append(context)
                return true
            }
        if !isKept { ZSTD_freeDCtx(pointer) }
    }
}
