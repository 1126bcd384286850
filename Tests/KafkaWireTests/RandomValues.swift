import NIOCore

@testable import KafkaWire

/// SplitMix64: small, and the same sequence for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The field values of random messages; edge values come up far more often than chance would have it.
struct RandomValues {
    var generator: SeededGenerator

    init(seed: UInt64) {
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self.generator) }

    mutating func bool() -> Bool { Bool.random(using: &self.generator) }

    /// False only where null is allowed.
    mutating func isPresent(nullable: Bool) -> Bool { !nullable || self.number(below: 4) > 0 }

    /// The length of an array.
    mutating func count() -> Int { [0, 1, 1, 2, 3][self.number(below: 5)] }

    mutating func integer<Integer: FixedWidthInteger>() -> Integer {
        switch self.number(below: 8) {
        case 0: 0
        case 1: Integer.max
        case 2: Integer.min
        case 3: ~0
        default: Integer.random(in: .min ... .max, using: &self.generator)
        }
    }

    mutating func uuid() -> KafkaUUID { KafkaUUID(hi: self.integer(), lo: self.integer()) }

    mutating func string() -> String {
        switch self.number(below: 8) {
        case 0: return ""
        // A compact length of 127 and more takes two bytes.
        case 1: return String(repeating: "x", count: 125 + self.number(below: 5))
        case 2: return "Straße 🚲 日本"
        default: return self.word()
        }
    }

    private mutating func word() -> String {
        let letters = [UInt8]("abcdefgh-_.019".utf8)
        let word = (0..<self.number(below: 12)).map { _ in letters[self.number(below: letters.count)] }
        return String(decoding: word, as: UTF8.self)
    }

    mutating func bytes() -> ByteBuffer {
        let count = self.number(below: 8) == 0 ? 125 + self.number(below: 5) : self.number(below: 20)
        return ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &self.generator) })
    }
}
