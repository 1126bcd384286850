import Glibc

/// An address that may be listened on.
struct ListenAddress {
    let host: String

    init(_ host: String, isInsecure: Bool) throws {
        self.host = host
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard isLoopback || isInsecure else {
            throw CommandError(
                "--bind \(host) is beyond loopback and there is no authentication yet: give --insecure to allow it")
        }
    }

    /// Whether connections to every address of the machine are taken.
    var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// What clients are told to connect to if nobody says: the address itself, or the machine's name if it is every
    /// address, as in Kafka. Loopback if the machine has no name.
    func advertised(machineName: String) -> String {
        guard isWildcard else { return host }
        return machineName.isEmpty ? "127.0.0.1" : machineName
    }
}

/// The name that the machine or container goes by.
enum MachineName {
    /// Empty if it has none. Asks no name server.
    static func current() -> String {
        // POSIX allows 255 bytes and does not promise the zero at the end of a name that was cut.
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
