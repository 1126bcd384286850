import CCodecs
import LogStorage
import TestSupport
import Testing

/// The codecs: what we write comes back, what clients write is read, and what attackers write is refused cheaply.
@Suite struct CompressionTests {
    static let codecs: [CompressionCodec] = [.gzip, .snappy, .lz4, .zstd]
    private let wideLimit = 1 << 20

    // MARK: Round trips

    @Test(arguments: CompressionCodec.allCases)
    func whatIsCompressedComesBack(codec: CompressionCodec) throws {
        var random = SeededGenerator(seed: 3)
        // Around the codecs' block sizes: 32 KiB (snappy), 64 KiB (LZ4), 128 KiB (zstd).
        for size in [0, 1, 2, 100, 32_767, 32_768, 32_769, 65_536, 65_537, 131_073, 300_000] {
            for plain in [random.text(size), random.bytes(size), [UInt8](repeating: 7, count: size)] {
                let compressed = try compress(plain, codec)
                #expect(try decompress(compressed, codec, limit: size) == plain, "\(codec), \(size) bytes")
                guard size > 0 else { continue }
                #expect(throws: CompressionError.tooLarge(codec: codec, limitBytes: size - 1)) {
                    try decompress(compressed, codec, limit: size - 1)
                }
            }
        }
    }

    /// The forms that other clients insist on.
    @Test func framesAreThoseOfTheJavaClient() throws {
        let plain = [UInt8]("Sing, goddess".utf8)
        #expect(try compress(plain, .gzip).starts(with: [0x1f, 0x8b, 8]))
        #expect(
            try compress(plain, .snappy).starts(with: [0x82] + "SNAPPY".utf8 + [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]))
        let lz4 = try compress(plain, .lz4)
        #expect(lz4.starts(with: [0x04, 0x22, 0x4d, 0x18]))
        #expect(lz4[4] & 0b0010_0000 != 0, "blocks must be independent")
        #expect(try compress(plain, .zstd).starts(with: [0x28, 0xb5, 0x2f, 0xfd]))
        #expect(
            "\(CompressionError.tooLarge(codec: .zstd, limitBytes: 5))".contains(
                "zstd data decompresses to more than 5 bytes"))
    }

    // MARK: Bytes of other programs

    static let verse =
        [UInt8](String(repeating: "Sing, goddess, the anger of Achilles. ", count: 4).utf8) + Array(0..<16)

    /// Made from `verse`: by zlib in two members, by aiokafka 0.14 (cramjam), by cramjam's raw snappy, and by the lz4
    /// and zstd commands reading a pipe, so that the frames have a content checksum and no content size.
    static let golden: [(CompressionCodec, String)] = [
        (
            .gzip,
            """
            H4sIAAAAAAACAwvOzEvXUUjPT0lJLS7WUSjJSFVIzEtPLVLIT1NwTM7IzMlJLdZTCCagCgAM+FZvRgAAAB+LCAAAAAAAAgPL
            yUkt1lMIzsxL11FIz09JSS0u1lEoyUhVSMxLTy1SyE9TcEzOyMwhQRUDIxMzCysbOwcnFzcPLx8/AMXqhYtiAAAA
            """
        ),
        (
            .gzip,
            """
            H4sIANHJA2sC/wvOzEvXUUjPT0lJLS7WUSjJSFVIzEtPLVLIT1NwTM7IzMlJLdZTCKa7KgZGJmYWVjZ2Dk4ubh5ePn4A0dVl
            JqgAAAA=
            """
        ),
        (
            .snappy,
            """
            glNOQVBQWQAAAAABAAAAAQAAAEGoAZhTaW5nLCBnb2RkZXNzLCB0aGUgYW5nZXIgb2YgQWNoaWxsZXMuIFP+JgDCJgA8AAEC
            AwQFBgcICQoLDA0ODw==
            """
        ),
        (.snappy, "qAGYU2luZywgZ29kZGVzcywgdGhlIGFuZ2VyIG9mIEFjaGlsbGVzLiBT/iYAwiYAPAABAgMEBQYHCAkKCwwNDg8="),
        (
            .lz4,
            """
            BCJNGHBArT0AAAD/F1NpbmcsIGdvZGRlc3MsIHRoZSBhbmdlciBvZiBBY2hpbGxlcy4gJgBf8AEAAQIDBAUGBwgJCgsMDQ4P
            6JV5jQAAAAA=
            """
        ),
        (
            .lz4,
            """
            BCJNGGRApz0AAAD/F1NpbmcsIGdvZGRlc3MsIHRoZSBhbmdlciBvZiBBY2hpbGxlcy4gJgBf8AEAAQIDBAUGBwgJCgsMDQ4P
            AAAAAI6nHKw=
            """
        ),
        (.zstd, "KLUv/SCo9QEAZANTaW5nLCBnb2RkZXNzLCB0aGUgYW5nZXIgb2YgQWNoaWxsZXMuIAABAgMEBQYHCAkKCwwNDg8BAH4pVU8="),
        (
            .zstd,
            """
            KLUv/QRY9QEAZANTaW5nLCBnb2RkZXNzLCB0aGUgYW5nZXIgb2YgQWNoaWxsZXMuIAABAgMEBQYHCAkKCwwNDg8BAH4pVU8t
            H2o/
            """
        ),
    ]

    @Test(arguments: golden.indices)
    func otherProgramsBytesAreRead(index: Int) throws {
        let (codec, text) = CompressionTests.golden[index]
        let compressed = base64Decoded(text)
        #expect(try decompress(compressed, codec, limit: wideLimit) == CompressionTests.verse)
    }

    /// A stream may consist of several whole ones.
    @Test(arguments: codecs)
    func streamsOnEndAreOne(codec: CompressionCodec) throws {
        let compressed = try compress(CompressionTests.verse, codec)
        #expect(
            try decompress(compressed + compressed, codec, limit: wideLimit)
                == CompressionTests.verse + CompressionTests.verse)
    }

    /// liblz4's own default, which the lz4 command and some clients use.
    @Test func linkedLZ4BlocksAreRead() throws {
        var random = SeededGenerator(seed: 4)
        let plain = random.text(300_000)
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockLinked
        let bound = LZ4F_compressFrameBound(plain.count, &preferences)
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            count = LZ4F_compressFrame(target.baseAddress, bound, plain, plain.count, &preferences)
        }
        #expect(compressed[4] & 0b0010_0000 == 0, "blocks are linked")
        #expect(try decompress(compressed, .lz4, limit: plain.count) == plain)
    }

    // MARK: Damage

    /// Cut anywhere, nothing passes for whole. Snappy's framing has no end mark: cut between chunks it is merely
    /// shorter.
    @Test(arguments: golden.indices)
    func cutOffBytesAreRefused(index: Int) throws {
        let (codec, text) = CompressionTests.golden[index]
        let compressed = base64Decoded(text)
        for count in 0..<compressed.count {
            do {
                let plain = try decompress(Array(compressed[..<count]), codec, limit: wideLimit)
                if codec == .gzip, CompressionTests.verse.starts(with: plain), plain.count == 70 { continue }
                #expect(codec == .snappy && plain.isEmpty, "\(codec) cut to \(count) bytes gave \(plain.count)")
            } catch {
                guard case .corrupt(codec, _) = error else {
                    Issue.record("\(codec) cut to \(count) bytes: \(error)")
                    continue
                }
            }
        }
    }

    @Test(arguments: codecs)
    func bytesBehindTheEndAreRefused(codec: CompressionCodec) throws {
        let compressed = try compress(CompressionTests.verse, codec) + [0xde, 0xad, 0xbe, 0xef, 0xde]
        #expect(performing: { try decompress(compressed, codec, limit: wideLimit) }, throws: isCorrupt(codec))
    }

    /// Whatever the bytes, the answer is a result within the limit or one of two errors.
    @Test(arguments: codecs)
    func randomDamageIsSurvived(codec: CompressionCodec) throws {
        var random = SeededGenerator(seed: 5)
        let compressed = try compress(random.text(5_000), codec)
        for round in 0..<2_000 {
            var damaged = compressed
            for _ in 0...random.int(in: 0...3) {
                damaged[random.int(in: 0..<damaged.count)] ^= UInt8(random.int(in: 1...255))
            }
            do {
                let plain = try decompress(damaged, codec, limit: 10_000)
                #expect(plain.count <= 10_000, "seed 5, round \(round)")
            } catch {
                if case .failed = error { Issue.record("seed 5, round \(round): \(error)") }
            }
        }
    }

    @Test(arguments: codecs)
    func bombsAreDefused(codec: CompressionCodec) throws {
        let bomb = try compress([UInt8](repeating: 0, count: 16 << 20), codec)
        #expect(bomb.count < 1 << 20)
        #expect(throws: CompressionError.tooLarge(codec: codec, limitBytes: 100_000)) {
            try decompress(bomb, codec, limit: 100_000)
        }
    }

    /// A few bytes that promise gigabytes, against a limit that would allow them.
    @Test func promisesCostNothing() {
        let blocks: [(CompressionCodec, [UInt8])] = [
            (.snappy, [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x41]),
            (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3]),
            (.gzip, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        ]
        for (codec, bytes) in blocks {
            #expect(performing: { try decompress(bytes, codec, limit: 1 << 42) }, throws: isCorrupt(codec))
        }
    }

    private func compress(_ bytes: [UInt8], _ codec: CompressionCodec) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
            try codec.compress(UnsafeRawBufferPointer(buffer))
        }
    }

    private func decompress(
        _ bytes: [UInt8], _ codec: CompressionCodec, limit: Int
    ) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
            try codec.decompress(UnsafeRawBufferPointer(buffer), sizeBytesMax: limit)
        }
    }

    private func isCorrupt(_ codec: CompressionCodec) -> (any Error) -> Bool {
        { error in
            if case .corrupt(codec, _)? = error as? CompressionError { true } else { false }
        }
    }

    private func base64Decoded(_ text: String) -> [UInt8] {
        let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { continue }
            bits = bits << 6 | UInt32(digit)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return result
    }
}
