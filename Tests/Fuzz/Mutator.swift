// Damage that reaches behind a decoder's first check: little of it, and most often where lengths and counts stand.

import NIOCore

extension RandomValues {
    /// A few bytes.
    mutating func blob() -> [UInt8] { Array(buffer: bytes()) }

    /// One of several.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(below: elements.count)] }

    mutating func chance(oneIn count: Int) -> Bool { number(below: count) == 0 }

    /// The bytes with none to four changes; `other` lends pieces of a second input.
    mutating func mutated(_ bytes: [UInt8], splicing other: [UInt8] = []) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<number(below: 5) { mutateOnce(&bytes, other) }
        return bytes
    }

    /// The same for text: changes are tokens of the language rather than bytes.
    mutating func mutated(text: [UInt8], tokens: [String]) -> [UInt8] {
        var text = text
        for _ in 0..<number(below: 5) {
            guard chance(oneIn: 2) else {
                mutateOnce(&text, text)
                continue
            }
            var token = Array(pick(tokens).utf8)
            // Depth is what breaks recursive readers.
            if chance(oneIn: 200) { token = Array(repeatElement(token, count: 20_000).joined()) }
            let range = randomRange(in: text, countMax: 8)
            text.replaceSubrange(chance(oneIn: 2) ? range : range.lowerBound..<range.lowerBound, with: token)
        }
        return text
    }

    private mutating func mutateOnce(_ bytes: inout [UInt8], _ other: [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = blob()
            return
        }
        let place = number(below: bytes.count)
        switch number(below: 12) {
        case 0: bytes[place] ^= 1 << UInt8(number(below: 8))
        case 1: bytes[place] = pick([0, 1, 2, 0x7f, 0x80, 0xfe, 0xff])
        case 2: bytes.insert(integer(), at: place)
        case 3: bytes.removeSubrange(randomRange(in: bytes, countMax: 8))
        case 4: bytes.removeSubrange(place...)
        case 5: bytes.insert(contentsOf: bytes[randomRange(in: bytes, countMax: 64)], at: place)
        case 6:
            bytes.replaceSubrange(
                randomRange(in: bytes, countMax: 64), with: other[randomRange(in: other, countMax: 64)])
        case 7: overwrite(&bytes, at: place, with: bigEndian(Int16(truncatingIfNeeded: boundary(near: bytes.count))))
        case 8: overwrite(&bytes, at: place, with: bigEndian(Int32(truncatingIfNeeded: boundary(near: bytes.count))))
        case 9: overwrite(&bytes, at: place, with: bigEndian(Int64(boundary(near: bytes.count))))
        // Variable-length integers: all ones, one bit too many, one that does not end.
        case 10:
            overwrite(
                &bytes, at: place,
                with: pick([
                    [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x1f], [0x80, 0x80, 0x80, 0x80, 0x80],
                    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x80, 0x04], [0x01], [0x00],
                ]))
        default: inflate(&bytes, at: place)
        }
    }

    /// Now and then a megabyte of zeros and a count that claims it: elements at their smallest, as many as fit.
    private mutating func inflate(_ bytes: inout [UInt8], at place: Int) {
        guard chance(oneIn: 100) else { return }
        bytes += [UInt8](repeating: 0, count: 1 << 20)
        let count = bytes.count / pick([1, 2, 3, 4, 8, 16])
        if bool() {
            overwrite(&bytes, at: place, with: bigEndian(Int32(count)))
        } else {
            let low = UInt8(truncatingIfNeeded: count) | 0x80
            let middle = UInt8(truncatingIfNeeded: count >> 7) | 0x80
            overwrite(&bytes, at: place, with: [low, middle, UInt8(truncatingIfNeeded: count >> 14) & 0x7f])
        }
    }

    /// Numbers at which lengths and counts go wrong.
    private mutating func boundary(near count: Int) -> Int {
        pick([
            -1, -2, 0, 1, count - 1, count, count + 1, Int(Int16.max), Int(Int16.min), Int(Int32.max), Int(Int32.min),
            .max, .min, .max - 1, 1 << 24, 1 << 62,
        ])
    }

    private mutating func randomRange(in bytes: [UInt8], countMax: Int) -> Range<Int> {
        guard !bytes.isEmpty else { return 0..<0 }
        let start = number(below: bytes.count)
        return start..<min(bytes.count, start + 1 + number(below: countMax))
    }

    private func overwrite(_ bytes: inout [UInt8], at place: Int, with new: [UInt8]) {
        bytes.replaceSubrange(place..<min(bytes.count, place + new.count), with: new)
    }
}

/// An integer's bytes, highest first.
func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

/// Reads and writes bytes as people exchange them.
enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil if the text is not pairs of hex digits.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
