import Crypto
import Foundation
import LuaRuntime

/// A setting that must not be seen: scripts compute with it and cannot read it.
final class Secret {
    fileprivate let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

enum SecretModule {
    static let className = "Secret"

    static let module = HostModule(
        "secret", about: "A secret setting, as `cfg` has it. It is never shown.",
        [
            HostFunction(
                "Secret:hmac", [.required("data", .string)], returns: [.value(.string, "32 bytes")],
                about: "HMAC-SHA-256 of data with the secret as key.",
                example: "platform.hex.encode(cfg.salt:hmac(msg.key))"
            ) { call in
                let secret = try call.object(1, as: Secret.self)
                let code = HMAC<SHA256>.authenticationCode(
                    for: Data(call.bytes(2)), using: SymmetricKey(data: Data(secret.bytes)))
                return call.answer(.bytes(Array(code)))
            },
            HostFunction(
                "Secret:equals", [.required("text", .string)], returns: [.value(.boolean)],
                about: "Whether a text is the secret; takes as long whatever the answer."
            ) { call in
                let (secret, text) = (try call.object(1, as: Secret.self).bytes, call.bytes(2))
                // Both hashed first, so that neither lengths nor contents show in the time.
                let (left, right) = (SHA256.hash(data: Data(secret)), SHA256.hash(data: Data(text)))
                return call.answer(.boolean(zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0))
            },
        ])
}
