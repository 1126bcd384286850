import Crypto
import Glibc
public import LuaRuntime

/// `platform.crypto`: digests, message authentication codes, random bytes.
public enum CryptoModule {
    /// Bytes that one call of `crypto.random` gives at most.
    public static let randomBytesMax = 1 << 20
    /// What getentropy(3) fills at most.
    private static let entropyBytesMax = 256

    public static let module = HostModule(
        "crypto",
        about: """
            Digests and message authentication codes, as bytes: `platform.hex.encode` and `platform.base64.encode` make \
            text of them.
            """,
        [
            digest(
                "sha256", SHA256.self, "SHA-256.",
                example: "platform.hex.encode(platform.crypto.sha256(msg.value))"),
            digest("sha512", SHA512.self, "SHA-512."),
            digest("sha1", Insecure.SHA1.self, "SHA-1. Broken: only for what asks for it."),
            digest("md5", Insecure.MD5.self, "MD5. Broken: only for what asks for it."),
            code("hmac_sha256", SHA256.self, "HMAC with SHA-256."),
            code("hmac_sha512", SHA512.self, "HMAC with SHA-512."),
            HostFunction(
                "crypto.random", [.required("count", .integer, "bytes, at most \(randomBytesMax)")],
                returns: [.value(.string)], at: .everywhere.subtracting([.select, .dedup]),
                about: "Random bytes of the operating system, fit for keys.",
                example: "local token = platform.hex.encode(platform.crypto.random(16))"
            ) { call in
                let count = call.integer(1)
                guard (0...Int64(randomBytesMax)).contains(count) else {
                    throw LuaError(.argument, "\(count) random bytes; it can be from 0 to \(randomBytesMax)")
                }
                var bytes = [UInt8](repeating: 0, count: Int(count))
                for start in stride(from: 0, to: bytes.count, by: entropyBytesMax) {
                    let end = min(start + entropyBytesMax, bytes.count)
                    let result = bytes[start..<end].withUnsafeMutableBytes { piece in
                        piece.baseAddress.map { getentropy($0, piece.count) } ?? 0
                    }
                    guard result == 0 else {
                        throw LuaError(.host, "getentropy: \(String(cString: strerror(errno)).lowercased())")
                    }
                }
                return call.answer(.bytes(bytes))
            },
            HostFunction(
                "crypto.equal", [.required("a", .string), .required("b", .string)], returns: [.value(.boolean)],
                about: """
                    Whether two strings are the same, in a time that does not tell where they differ: for codes and \
                    tokens that somebody else sent.
                    """
            ) { call in
                let isEqual = call.stack.withBytes(at: 1) { a in
                    call.stack.withBytes(at: 2) { b in areEqual(a, b) } ?? false
                }
                return call.answer(.boolean(isEqual ?? false))
            },
        ])

    private static func digest<Hash: HashFunction & SendableMetatype>(
        _ name: String, _: Hash.Type, _ about: String, example: String = ""
    ) -> HostFunction {
        HostFunction(
            "crypto.\(name)", [.required("data", .string)],
            returns: [.value(.string, "\(Hash.Digest.byteCount) bytes")], about: about, example: example
        ) { call in
            var hash = Hash()
            call.stack.withBytes(at: 1) { hash.update(bufferPointer: $0) }
            return call.answer(.bytes(Array(hash.finalize())))
        }
    }

    private static func code<Hash: HashFunction & SendableMetatype>(
        _ name: String, _: Hash.Type, _ about: String
    ) -> HostFunction {
        HostFunction(
            "crypto.\(name)", [.required("key", .string), .required("data", .string)],
            returns: [.value(.string, "\(Hash.Digest.byteCount) bytes")], about: about
        ) { call in
            var code = HMAC<Hash>(key: SymmetricKey(data: call.bytes(1)))
            call.stack.withBytes(at: 2) { data in
                // Its interface takes collections of bytes, and an empty buffer may have no start.
                if data.count > 0 { code.update(data: data) }
            }
            return call.answer(.bytes(Array(code.finalize())))
        }
    }

    /// Looks at every byte, whichever differ; only the lengths may be learnt from the time.
    static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<a.count { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
