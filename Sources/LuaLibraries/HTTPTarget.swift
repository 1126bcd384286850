/// A URL that can be asked, in the one form in which it is judged and sent.
struct HTTPTarget: Sendable, Equatable {
    let url: URLText
    /// A name, or an address without brackets.
    let host: String
    let port: Int
    /// 80 or 443.
    let schemePort: Int

    /// Throws on what is no http or https URL.
    init(_ url: URLText, limits: HTTPLimits) throws(HTTPFailure) {
        var url = url
        guard let scheme = url.scheme, let host = url.host, scheme == "http" || scheme == "https" else {
            throw HTTPFailure("'\(HTTPTarget.shown(url))' is no http:// or https:// URL")
        }
        // The resolver takes names; whatever else could stand for a host there has no need to be asked by.
        let isName = { (byte: UInt8) in byte != UInt8(ascii: "~") && PercentEncoding.Allowed.unreserved.contains(byte) }
        guard !host.isEmpty, host.utf8.allSatisfy(isName) || IPAddress(host) != nil else {
            throw HTTPFailure("'\(host)' is no name of a host")
        }
        schemePort = scheme == "https" ? 443 : 80
        guard url.port != 0 else { throw HTTPFailure("port 0 cannot be asked") }
        port = url.port ?? schemePort
        self.host = host
        url.port = port == schemePort ? nil : port
        if url.path.isEmpty { url.path = [UInt8(ascii: "/")] }
        url.fragment = nil
        self.url = url
        let count = url.text.count
        guard count <= limits.urlBytesMax else {
            throw HTTPFailure("a URL of \(count) bytes; it can have \(limits.urlBytesMax)")
        }
    }

    /// "https://example.com:8443": what may be shown, and by which redirects are told to lead elsewhere.
    var origin: String {
        var origin = URLText()
        (origin.scheme, origin.host, origin.port) = (url.scheme, url.host, url.port)
        return String(decoding: origin.text, as: UTF8.self)
    }

    /// The URL as it is sent: without user and password.
    var requestText: String {
        var url = url
        (url.user, url.password) = (nil, nil)
        return String(decoding: url.text, as: UTF8.self)
    }

    /// What a URL is called in errors: neither password nor query, which may be secret.
    private static func shown(_ url: URLText) -> String {
        var url = url
        (url.user, url.password, url.query, url.fragment) = (nil, nil, nil, nil)
        return String(decoding: url.text.prefix(200), as: UTF8.self)
    }
}
