/// The 128 bits of a topic's id, as the protocol carries them; zero stands for “none”.
public struct KafkaUUID: Hashable, Sendable {
    /// The first eight bytes on the wire.
    public var hi: UInt64
    /// The last eight bytes on the wire.
    public var lo: UInt64

    /// The id of these 16 bytes, each half big-endian.
    public init(hi: UInt64, lo: UInt64) {
        self.hi = hi
        self.lo = lo
    }

    /// The id that stands for “none”.
    public static let zero = KafkaUUID(hi: 0, lo: 0)
}

extension KafkaUUID: LosslessStringConvertible {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let characterCount = 22

    /// The form Kafka's tools print: base64 for URLs without padding, 22 characters.
    public var description: String {
        var bits = UInt128(self.hi) << 64 | UInt128(self.lo)
        var characters: [UInt8] = []
        for _ in 0..<Self.characterCount {
            characters.append(Self.alphabet[Int(bits >> 122)])
            bits <<= 6
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Reads the form of `description`; nil for anything else.
    public init?(_ description: String) {
        guard description.utf8.count == Self.characterCount else { return nil }
        var bits: UInt128 = 0
        for (index, character) in description.utf8.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: character) else { return nil }
            guard index + 1 < Self.characterCount else {
                // 22 characters carry 132 bits; the last four are padding.
                guard value & 0xf == 0 else { return nil }
                bits = bits << 2 | UInt128(value >> 4)
                break
            }
            bits = bits << 6 | UInt128(value)
        }
        self.init(hi: UInt64(truncatingIfNeeded: bits >> 64), lo: UInt64(truncatingIfNeeded: bits))
    }
}
