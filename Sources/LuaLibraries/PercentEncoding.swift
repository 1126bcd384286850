/// Percent-encoding (RFC 3986, section 2.1), of bytes.
enum PercentEncoding {
    /// Bytes that may stand for themselves.
    struct Allowed {
        private var bits: (UInt64, UInt64) = (0, 0)

        init(_ bytes: some Sequence<UInt8>) {
            for byte in bytes where byte < 64 { bits.0 |= 1 << UInt64(byte) }
            for byte in bytes where (64..<128).contains(byte) { bits.1 |= 1 << UInt64(byte - 64) }
        }

        func contains(_ byte: UInt8) -> Bool {
            byte < 64 ? bits.0 >> UInt64(byte) & 1 == 1 : byte < 128 && bits.1 >> UInt64(byte - 64) & 1 == 1
        }

        private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        private static let delimiters = Array("!$&'()*+,;=".utf8)

        static let unreserved = Allowed(letters)
        static let userInfo = Allowed(letters + Array("!$&'()*+,;=".utf8))
        static let host = Allowed(letters + delimiters)
        static let path = Allowed(letters + delimiters + Array(":@/".utf8))
        /// A query, and a fragment.
        static let query = Allowed(letters + delimiters + Array(":@/?".utf8))
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Appends `bytes` with all but the allowed ones encoded; `keepingEscapes` leaves `%41` as it is.
    static func append(
        _ bytes: some Collection<UInt8>, to text: inout [UInt8], allowing allowed: Allowed, keepingEscapes: Bool = false
    ) {
        text.reserveCapacity(text.count + bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            if allowed.contains(byte) || keepingEscapes && isEscape(bytes, at: index) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            bytes.formIndex(after: &index)
        }
    }

    static func encode(_ bytes: some Collection<UInt8>, allowing allowed: Allowed = .unreserved) -> [UInt8] {
        var text: [UInt8] = []
        append(bytes, to: &text, allowing: allowed)
        return text
    }

    /// The bytes behind a text; nil if a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index != text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard isEscape(text, at: index) else { return nil }
                var value: UInt8 = 0
                for _ in 0..<2 {
                    text.formIndex(after: &index)
                    value = value << 4 | (nibble(text[index]) ?? 0)
                }
                bytes.append(value)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
            text.formIndex(after: &index)
        }
        return bytes
    }

    /// Whether `%` and two hexadecimal digits begin at `index`.
    static func isEscape<Bytes: Collection<UInt8>>(_ bytes: Bytes, at index: Bytes.Index) -> Bool {
        let escape = bytes[index...].prefix(3)
        return escape.count == 3 && escape.first == UInt8(ascii: "%")
            && escape.dropFirst().allSatisfy { nibble($0) != nil }
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
