import CCodecs

/// The LZ4 frame format, through liblz4.
enum LZ4 {
    static func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        // Kafka's Java reader refuses frames whose blocks refer to earlier ones.
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        let bound = LZ4F_compressFrameBound(bytes.count, &preferences)
        var code = 0
        let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            code = LZ4F_compressFrame(target.baseAddress, bound, bytes.baseAddress, bytes.count, &preferences)
            count = LZ4F_isError(code) == 0 ? code : 0
        }
        guard LZ4F_isError(code) == 0 else { throw .failed(codec: .lz4, reason: errorName(code)) }
        return result
    }

    static func decompress(_ bytes: UnsafeRawBufferPointer, into output: DecompressionOutput) throws(CompressionError) {
        var context: OpaquePointer?
        let created = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(created) == 0, let context else {
            throw .failed(codec: .lz4, reason: errorName(created))
        }
        defer { LZ4F_freeDecompressionContext(context) }
        output.grow(expectedBytes: bytes.count * 4)

        var consumed = 0
        while true {
            var hint = 0
            var hasRoom = false
            try output.fill { (target) throws(CompressionError) in
                var inputStep = bytes.count - consumed
                var outputStep = target.count
                hint = LZ4F_decompress(
                    context, target.baseAddress, &outputStep, bytes.baseAddress?.advanced(by: consumed), &inputStep, nil
                )
                guard LZ4F_isError(hint) == 0 else { throw .corrupt(codec: .lz4, reason: errorName(hint)) }
                consumed += inputStep
                hasRoom = outputStep < target.count
                return outputStep
            }
            guard consumed == bytes.count else { continue }
            // 0 at the end of a frame; otherwise more is wanted, or output is waiting for room.
            if hint == 0 { return }
            if hasRoom { throw .corrupt(codec: .lz4, reason: "cut off after \(bytes.count) bytes") }
        }
    }

    private static func errorName(_ code: Int) -> String {
        LZ4F_getErrorName(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
