import LuaRuntime
import Testing

@testable import LuaLibraries

struct CryptoModuleTests {
    private let host: LibraryHost

    init() throws { host = try LibraryHost([CryptoModule.module]) }

    /// From RFC 1321, FIPS 180 and RFC 4231.
    static let known = [
        ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("md5('')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "sha512('abc')",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "hmac_sha256('Jefe', 'what do ya want for nothing?')",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            "hmac_sha512('Jefe', 'what do ya want for nothing?')",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
        ("hmac_sha256('', '')", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: known) func theDigestIsTheStandards(text: String, hex: String) throws {
        let result = try host.call("return platform.hex.encode(platform.crypto.\(text))")
        #expect(result == [.string(hex)])
    }

    @Test func bytesAreNotTakenForText() throws {
        let result = try host.call(#"return platform.hex.encode(platform.crypto.md5("\xff\x00\xfe"))"#)
        #expect(result == [.string("13a18f27d9e54107c1d22c7d67f55018")])
    }

    @Test func randomBytesAreOfTheLengthAskedForAndDiffer() throws {
        let results = try host.call(
            """
            local random = platform.crypto.random
            return #random(0), #random(1 << 20), random(16) ~= random(16)
            """)
        #expect(results == [.integer(0), .integer(1 << 20), .boolean(true)])
    }

    @Test(arguments: ["-1", "(1 << 20) + 1"]) func tooManyRandomBytesAreRefused(count: String) throws {
        #expect { try host.call("platform.crypto.random(\(count))") } throws: {
            "\($0)".contains("random bytes; it can be from 0 to 1048576")
        }
    }

    @Test(arguments: [Point.select, .dedup]) func purePointsHaveNoRandomBytes(point: Point) throws {
        #expect { try host.call("platform.crypto.random(1)", at: point) } throws: {
            "\($0)".contains("'crypto.random' cannot be used here")
        }
        #expect(try host.call("return #platform.crypto.sha256('')", at: point) == [.integer(32)])
    }

    @Test func equalComparesBytes() throws {
        let results = try host.call(
            #"""
            local equal = platform.crypto.equal
            return equal("", ""), equal("a\0b", "a\0b"), equal("a\0b", "a\0c"), equal("a", "ab"), equal("ab", "")
            """#)
        #expect(results == [true, true, false, false, false].map { .boolean($0) })
    }
}
