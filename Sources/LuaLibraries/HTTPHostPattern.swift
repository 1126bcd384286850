/// Hosts that a plugin may ask, as a manifest writes them:
///
///     api.internal:443      this host at this port
///     api.internal          at its scheme's own port, 80 or 443
///     *.internal:443        every host below it
///     10.0.0.7:8080         an address; one of version 6 in brackets
///     *:443, *              every host
///     api.internal:*        at every port
public struct HTTPHostPattern: Equatable, Sendable, CustomStringConvertible {
    private enum Host: Equatable {
        case any
        /// ".internal"
        case below(String)
        case named(String)
        case address(IPAddress)
    }

    private enum Port: Equatable {
        case any, ofScheme
        case number(Int)
    }

    public let description: String
    private let host: Host
    private let port: Port

    /// nil if the text is none of the above.
    public init?(_ text: String) {
        description = text
        var name = text[...]
        var port = Port.ofScheme
        let afterAddress = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterAddress...].firstIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            if digits == "*" {
                port = .any
            } else {
                guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits),
                    (1...65_535).contains(number)
                else { return nil }
                port = .number(number)
            }
            name = text[..<colon]
        } else if text == "*" {
            port = .any
        }
        self.port = port
        if name == "*" {
            host = .any
        } else if name.hasPrefix("["), name.hasSuffix("]") {
            guard let address = IPAddress(String(name.dropFirst().dropLast())), address.isVersion6 else { return nil }
            host = .address(address)
        } else if let address = IPAddress(String(name)) {
            host = .address(address)
        } else {
            let suffix = name.hasPrefix("*.") ? name.dropFirst(2) : name
            let isName = { (byte: UInt8) in
                byte != UInt8(ascii: "~") && PercentEncoding.Allowed.unreserved.contains(byte)
            }
            guard !suffix.isEmpty, suffix.utf8.allSatisfy(isName) else { return nil }
            let known = HTTPHostPattern.comparable(String(suffix))
            host = name.hasPrefix("*.") ? .below("." + known) : .named(known)
        }
    }

    /// Lower case, without the dot that ends a name at DNS's root.
    private static func comparable(_ host: String) -> String {
        let host = host.lowercased()
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }

    /// Whether the pattern says which hosts it means; `*` does not.
    var namesHosts: Bool { host != .any }

    func matches(host: String, port: Int, schemePort: Int) -> Bool {
        switch self.port {
        case .any: break
        case .ofScheme: if port != schemePort { return false }
        case .number(let number): if port != number { return false }
        }
        switch self.host {
        case .any: return true
        case .address(let address): return IPAddress(host) == address
        case .named(let name): return HTTPHostPattern.comparable(host) == name
        case .below(let suffix):
            return HTTPHostPattern.comparable(host).hasSuffix(suffix) && IPAddress(host) == nil
        }
    }
}
