/// Where a broker listens.
public struct BrokerAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST`, `HOST:PORT` or `[IPV6]:PORT`; nil for anything else. Kafka's port 9092 is taken if none is given.
    public init?(_ text: String) {
        var host = Substring(text)
        var port = 9092
        if let colon = text.lastIndex(of: ":"), text.hasPrefix("[") || text.firstIndex(of: ":") == colon {
            if !text[colon...].contains("]") {
                guard let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else {
                    return nil
                }
                port = number
                host = text[..<colon]
            }
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Reads a comma-separated list, as the usual clients take it; nil if one of them is none.
    public static func list(_ text: String) -> [BrokerAddress]? {
        var addresses: [BrokerAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let address = BrokerAddress(String(part)) else { return nil }
            addresses.append(address)
        }
        return addresses.isEmpty ? nil : addresses
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
