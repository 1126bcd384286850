/// A random number generator whose whole output follows from its seed, on any machine and toolchain.
///
/// SplitMix64 (Steele, Lea, Flood 2014): every seed is good, and one generator may seed others.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// An integer of the range. Unlike `Int.random(in:using:)`, its draw is spelled out here and cannot change under
    /// recorded seeds.
    public mutating func int(in range: ClosedRange<Int>) -> Int {
        let width = UInt64(bitPattern: Int64(range.upperBound)) &- UInt64(bitPattern: Int64(range.lowerBound)) &+ 1
        guard width != 0 else { return Int(truncatingIfNeeded: next()) }
        let draw = next().multipliedFullWidth(by: width).high
        return range.lowerBound &+ Int(truncatingIfNeeded: draw)
    }

    /// An integer of the range, which must not be empty.
    public mutating func int(in range: Range<Int>) -> Int { int(in: range.lowerBound...range.upperBound - 1) }

    /// True with the probability of `numerator` in `denominator`.
    public mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
        int(in: 0..<denominator) < numerator
    }

    /// So many bytes without pattern.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(count + 7)
        while result.count < count { withUnsafeBytes(of: next().littleEndian) { result.append(contentsOf: $0) } }
        result.removeLast(result.count - count)
        return result
    }

    /// So many bytes that compress about as well as text: words of a small vocabulary.
    public mutating func text(_ count: Int) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(count + 8)
        while result.count < count {
            let word = int(in: 0..<64)
            for letter in 0...(word % 7) { result.append(UInt8(97 + (word * 11 + letter * 5) % 26)) }
            result.append(32)
        }
        result.removeLast(result.count - count)
        return result
    }
}
