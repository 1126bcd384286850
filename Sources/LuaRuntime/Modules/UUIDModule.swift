/// `platform.uuid`: identifiers (RFC 9562).
public enum UUIDModule {
    public static func module(
        nowMS: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64
    ) -> HostModule {
        HostModule(
            "uuid", about: "Universally unique identifiers (RFC 9562).",
            [
                HostFunction(
                    "uuid.v4", returns: [.value(.string)], about: "A random identifier.",
                    example: "platform.uuid.v4()  --> \"3f2b8c1e-7a54-4d0c-9c57-0b6f3f7f7d11\""
                ) { call in
                    call.answer(.string(text(version: 4, high: random(), low: random())))
                },
                HostFunction(
                    "uuid.v7", returns: [.value(.string)],
                    about: "An identifier that begins with the time in milliseconds, so that later ones sort later."
                ) { call in
                    let high = UInt64(bitPattern: nowMS()) << 16 | random() & 0xffff
                    return call.answer(.string(text(version: 7, high: high, low: random())))
                },
            ])
    }

    private static func text(version: UInt64, high: UInt64, low: UInt64) -> String {
        let high = high & ~0xf000 | version << 12
        let low = low & ~(3 << 62) | 2 << 62
        let digits = [high, low].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        let (a, b) = (digits[0], digits[1])
        return "\(a.prefix(8))-\(a.dropFirst(8).prefix(4))-\(a.suffix(4))-\(b.prefix(4))-\(b.suffix(12))"
    }
}
