// A URL or a reference relative to one (RFC 3986), taken apart as bytes:
//
//     scheme ":" "//" user ":" password "@" host ":" port path "?" query "#" fragment
//
// Our own and not a library's, because hosts that may be asked are told from hosts that may not by it: what it reads is
// what it writes, and what is sent is what it has written.

/// A URL in its parts.
struct URLText: Equatable, Sendable {
    /// Lower case; nil in a relative reference.
    var scheme: String?
    /// Decoded.
    var user: [UInt8]?
    var password: [UInt8]?
    /// Lower case; an IPv6 address without its brackets. nil without `//`.
    var host: String?
    var port: Int?
    /// As written, escapes and all; so are query and fragment.
    var path: [UInt8] = []
    var query: [UInt8]?
    var fragment: [UInt8]?

    /// Bytes of a whole URL, and of what is encoded or decoded in one call.
    static let bytesMax = 1 << 20

    /// Why a text is no URL.
    struct Mistake: Error, Equatable, CustomStringConvertible {
        var description: String

        init(_ description: String) { self.description = description }
    }

    init() {}

    // MARK: Reading

    init(_ text: some Sequence<UInt8>) throws(Mistake) {
        let text = Array(text)
        guard text.count <= URLText.bytesMax else {
            throw Mistake("a URL of \(text.count) bytes; it can have \(URLText.bytesMax)")
        }
        try URLText.check(text)
        var rest = text[...]
        if let index = rest.firstIndex(of: UInt8(ascii: "#")) {
            fragment = Array(rest[(index + 1)...])
            rest = rest[..<index]
        }
        if let index = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = Array(rest[(index + 1)...])
            rest = rest[..<index]
        }
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")), !rest[..<colon].contains(UInt8(ascii: "/")) {
            guard URLText.isScheme(rest[..<colon]) else {
                throw Mistake("'\(URLText.shown(rest[..<colon]))' before the colon is no scheme")
            }
            scheme = String(decoding: rest[..<colon], as: UTF8.self).lowercased()
            rest = rest[(colon + 1)...]
        }
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let authority = rest.prefix { $0 != UInt8(ascii: "/") }
            try readAuthority(authority)
            rest = rest[authority.endIndex...]
        }
        path = Array(rest)
    }

    /// Refuses bytes that stand in no URL, and escapes that are none. Others that ought to be encoded, like `[`, are let
    /// through: they are common, and mean nothing else.
    private static func check(_ text: [UInt8]) throws(Mistake) {
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "%") where !PercentEncoding.isEscape(text, at: index):
                throw Mistake("'%' at byte \(index + 1) is not followed by two hexadecimal digits")
            case 0...32, 127..., UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
                let digits = (byte < 16 ? "0" : "") + String(byte, radix: 16)
                throw Mistake("byte 0x\(digits) at \(index + 1) has to be percent-encoded")
            default: continue
            }
        }
    }

    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.".utf8.contains($0)
        }
    }

    private mutating func readAuthority(_ authority: ArraySlice<UInt8>) throws(Mistake) {
        var rest = authority
        if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
            let parts = rest[..<at].split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            user = PercentEncoding.decode(parts[0])
            password = parts.count > 1 ? PercentEncoding.decode(parts[1]) : nil
            rest = rest[(at + 1)...]
        }
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")),
                let address = IPAddress(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)),
                address.isVersion6
            else { throw Mistake("'\(URLText.shown(rest))' holds no IPv6 address in brackets") }
            host = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self).lowercased()
            rest = rest[(end + 1)...]
        } else {
            let name = rest.prefix { $0 != UInt8(ascii: ":") }
            guard name.allSatisfy({ PercentEncoding.Allowed.host.contains($0) || $0 == UInt8(ascii: "%") }) else {
                throw Mistake("'\(URLText.shown(name))' is no name of a host")
            }
            host = String(decoding: name, as: UTF8.self).lowercased()
            rest = rest[name.endIndex...]
        }
        guard let colon = rest.first else { return }
        let digits = rest.dropFirst()
        guard colon == UInt8(ascii: ":"), digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            digits.count <= 5, let number = digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self)),
            number <= 65_535
        else { throw Mistake("'\(URLText.shown(rest))' is no port: it goes from 0 to 65535") }
        port = digits.isEmpty ? nil : number
    }

    private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(100), as: UTF8.self) + (bytes.count > 100 ? "…" : "")
    }

    // MARK: Writing

    /// The text; what cannot stand for itself is encoded, escapes in path, query and fragment stay.
    var text: [UInt8] {
        var text: [UInt8] = []
        if let scheme { text += Array(scheme.utf8) + [UInt8(ascii: ":")] }
        if let host {
            text += Array("//".utf8)
            if let user {
                PercentEncoding.append(user, to: &text, allowing: .userInfo)
                if let password {
                    text.append(UInt8(ascii: ":"))
                    PercentEncoding.append(password, to: &text, allowing: .userInfo)
                }
                text.append(UInt8(ascii: "@"))
            }
            text += Array((host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host).utf8)
            if let port { text += Array(":\(port)".utf8) }
            if let first = path.first, first != UInt8(ascii: "/") { text.append(UInt8(ascii: "/")) }
        } else if path.starts(with: "//".utf8) {
            // Without this the path would read as a host (section 3.3); below, as a scheme (section 4.2).
            text += Array("/.".utf8)
        } else if scheme == nil, path.prefix(while: { $0 != UInt8(ascii: "/") }).contains(UInt8(ascii: ":")) {
            text += Array("./".utf8)
        }
        PercentEncoding.append(path, to: &text, allowing: .path, keepingEscapes: true)
        if let query {
            text.append(UInt8(ascii: "?"))
            PercentEncoding.append(query, to: &text, allowing: .query, keepingEscapes: true)
        }
        if let fragment {
            text.append(UInt8(ascii: "#"))
            PercentEncoding.append(fragment, to: &text, allowing: .query, keepingEscapes: true)
        }
        return text
    }

    // MARK: References

    /// What a reference found at this URL means (RFC 3986, section 5.2.2).
    func resolving(_ reference: URLText) -> URLText {
        var target = reference
        if reference.scheme == nil {
            target.scheme = scheme
            if reference.host == nil {
                (target.user, target.password, target.host, target.port) = (user, password, host, port)
                if reference.path.isEmpty {
                    target.path = path
                    target.query = reference.query ?? query
                } else if reference.path.first != UInt8(ascii: "/") {
                    target.path = merged(with: reference.path)
                }
            }
        }
        target.path = URLText.withoutDots(target.path)
        return target
    }

    private func merged(with relative: [UInt8]) -> [UInt8] {
        if host != nil, path.isEmpty { return [UInt8(ascii: "/")] + relative }
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return relative }
        return Array(path[...slash]) + relative
    }

    /// Takes out the segments `.` and `..` (section 5.2.4).
    static func withoutDots(_ path: [UInt8]) -> [UInt8] {
        guard path.contains(UInt8(ascii: ".")) else { return path }
        let isAbsolute = path.first == UInt8(ascii: "/")
        var segments: [ArraySlice<UInt8>] = []
        let all = path.dropFirst(isAbsolute ? 1 : 0)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, segment) in all.enumerated() {
            let isLast = index == all.count - 1
            switch String(decoding: segment, as: UTF8.self) {
            case ".": if isLast { segments.append([]) }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append([]) }
            default: segments.append(segment)
            }
        }
        return (isAbsolute ? [UInt8(ascii: "/")] : []) + Array(segments.joined(separator: [UInt8(ascii: "/")]))
    }
}
