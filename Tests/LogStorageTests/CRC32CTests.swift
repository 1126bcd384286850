import CPlatform
import LogStorage
import TestSupport
import Testing

/// The checksum against published vectors, against its definition, and its two implementations against each other.
@Suite struct CRC32CTests {
    private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum($0) } }

    /// RFC 3720, appendix B.4, and the check value of the Rocksoft catalogue.
    @Test func publishedVectors() {
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(checksum([UInt8](0..<32)) == 0x46dd_794e)
        #expect(checksum([UInt8]((0..<32).reversed())) == 0x113f_db5c)
        #expect(checksum([UInt8]("123456789".utf8)) == 0xe306_9283)
        #expect(checksum([]) == 0)
    }

    /// Sizes around every block border of the three-stream code, at odd addresses, against one bit at a time.
    @Test func bothImplementationsFollowTheDefinition() {
        var random = SeededGenerator(seed: 1)
        let bytes = random.bytes(26_000)
        let borders = [8, 64, 192, 384, 512, 1536, 3072, 4096, 12_288, 24_576]
        let sizes = Set(borders.flatMap { [$0 - 1, $0, $0 + 1, $0 + 7, $0 + 193] } + Array(0..<40))
        bytes.withUnsafeBytes { all in
            for size in sizes.sorted() {
                let start = random.int(in: 0..<17)
                let seed = UInt32(truncatingIfNeeded: random.next())
                let part = UnsafeRawBufferPointer(rebasing: all[start..<start + size])
                let expected = bitByBit(part, seed: seed)
                #expect(cplatform_crc32c(seed, part.baseAddress, size) == expected, "\(size) bytes from \(start)")
                #expect(cplatform_crc32c_portable(seed, part.baseAddress, size) == expected, "\(size) bytes, tables")
            }
        }
    }

    @Test func checksumsChain() {
        var random = SeededGenerator(seed: 2)
        let bytes = random.bytes(9_000)
        let whole = checksum(bytes)
        for _ in 0..<50 {
            let cut = random.int(in: 0...bytes.count)
            let chained = bytes.withUnsafeBytes { all in
                CRC32C.checksum(
                    UnsafeRawBufferPointer(rebasing: all[cut...]),
                    seed: CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[..<cut])))
            }
            #expect(chained == whole, "cut at \(cut)")
        }
    }

    private func bitByBit(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        var crc = ~seed
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
        }
        return ~crc
    }
}
