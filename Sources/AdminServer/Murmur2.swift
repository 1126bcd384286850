/// MurmurHash2 in 32 bits with the seed that Kafka's Java client uses; its value there is a signed integer.
func murmur2(_ bytes: [UInt8]) -> Int32 {
    let multiplier: UInt32 = 0x5bd1_e995
    var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
    let wordsEnd = bytes.count & ~3
    for start in stride(from: 0, to: wordsEnd, by: 4) {
        // Little-endian.
        var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
        word = word &* multiplier
        word ^= word >> 24
        word = word &* multiplier
        hash = hash &* multiplier ^ word
    }
    if wordsEnd < bytes.count {
        for index in wordsEnd..<bytes.count { hash ^= UInt32(bytes[index]) << (8 * (index - wordsEnd)) }
        hash = hash &* multiplier
    }
    hash ^= hash >> 13
    hash = hash &* multiplier
    hash ^= hash >> 15
    return Int32(bitPattern: hash)
}
