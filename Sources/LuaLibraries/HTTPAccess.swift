/// What `platform.http` may do in a state: a service of its `LuaVM`.
public struct HTTPAccess: Sendable {
    /// Hosts that may be asked, and be redirected to. Those that a pattern names may have any address; those that only
    /// `*` lets through have to have one of the public internet, unless `allowsPrivateAddresses`.
    public var hosts: [HTTPHostPattern]
    public var allowsPrivateAddresses = false
    public var limits = HTTPLimits()

    public init(hosts: [HTTPHostPattern]) { self.hosts = hosts }

    /// For jobs, which are trusted.
    public static let everything: HTTPAccess = {
        var access = HTTPAccess(hosts: ["*"].compactMap(HTTPHostPattern.init))
        access.allowsPrivateAddresses = true
        return access
    }()

    /// What a host may be connected to at.
    enum Reach: Hashable {
        case publicAddresses, anyAddress
    }

    /// Throws if the host may not be asked.
    func reach(of target: HTTPTarget) throws(HTTPFailure) -> Reach {
        let matching = hosts.filter {
            $0.matches(host: target.host, port: target.port, schemePort: target.schemePort)
        }
        guard !matching.isEmpty else {
            let allowed = hosts.map(\.description).joined(separator: ", ")
            throw HTTPFailure(
                "'\(target.origin)' may not be asked; allowed " + (allowed.isEmpty ? "are no hosts" : "are: \(allowed)")
            )
        }
        if allowsPrivateAddresses || matching.contains(where: \.namesHosts) { return .anyAddress }
        if let address = IPAddress(target.host), !address.isPublic { throw .notPublic(target.host) }
        return .publicAddresses
    }
}

/// What a request may use up.
public struct HTTPLimits: Sendable, Equatable {
    /// From the call to the last byte of the answer, all redirects included.
    public var timeoutMS: Int64 = 5_000
    /// The longest that a script may ask for.
    public var timeoutMSMax: Int64 = 60_000
    public var requestBytesMax = 10 << 20
    /// A longer answer is a failure.
    public var responseBytesMax = 10 << 20
    /// More are a failure.
    public var redirectCountMax: Int64 = 5
    public var urlBytesMax = 8_192
    /// Names and values of a request's headers together.
    public var headerBytesMax = 16_384

    public init() {}
}

/// Why there is no answer.
struct HTTPFailure: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }

    static func notPublic(_ host: String) -> HTTPFailure {
        HTTPFailure(
            "'\(host)' has an address that is not one of the public internet; such hosts have to be allowed by name")
    }
}
