/// Makes member ids: a readable prefix, a dash, and a random UUID (version 4).
struct MemberIDGenerator: Sendable {
    private var random: any RandomNumberGenerator & Sendable

    init(random: any RandomNumberGenerator & Sendable) {
        self.random = random
    }

    /// A member id that nobody can guess: knowing it is what lets a client act as the member.
    mutating func next(prefix: String) -> String {
        let high = (random.next() & 0xffff_ffff_ffff_0fff) | 0x4000
        let low = (random.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in (bigEndianBytes(high) + bigEndianBytes(low)).enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 {
                text.append(UInt8(ascii: "-"))
            }
            text.append(hexDigit(byte >> 4))
            text.append(hexDigit(byte & 15))
        }
        return prefix + "-" + String(decoding: text, as: UTF8.self)
    }

    private func bigEndianBytes(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
