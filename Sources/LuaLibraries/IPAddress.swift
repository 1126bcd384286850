import Glibc
import NIOCore

/// An address of version 4 or 6, as its bytes in network order.
struct IPAddress: Equatable, Sendable {
    /// 4 or 16.
    let bytes: [UInt8]

    var isVersion6: Bool { bytes.count == 16 }

    /// "192.0.2.1", "2001:db8::1"; nil for anything else, also for the short forms that resolvers take.
    init?(_ text: String) {
        let isVersion6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }

    /// The address that a socket is connected to; nil of a Unix socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    private init(version4 bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Whether it is one of the public internet: in none of the blocks that IANA's registries of special-purpose
    /// addresses (RFC 6890) say are not globally reachable, and no multicast. Of an address of version 6 that stands for
    /// one of version 4, that one decides.
    var isPublic: Bool {
        guard isVersion6 else { return !IPAddress.specialBlocks4.contains { isIn($0) } }
        if let inner = embeddedVersion4 { return inner.isPublic }
        return !IPAddress.specialBlocks6.contains { isIn($0) }
    }

    /// Mapped (::ffff:0:0/96), translated (64:ff9b::/96) and 6to4 (2002::/16) addresses.
    private var embeddedVersion4: IPAddress? {
        let isMapped = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        let isTranslated = bytes.prefix(12) == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
        if isMapped || isTranslated { return IPAddress(version4: bytes[12...]) }
        if bytes.prefix(2) == [0x20, 0x02] { return IPAddress(version4: bytes[2..<6]) }
        return nil
    }

    /// A block of addresses: those that begin with the first `bitCount` bits of `start`.
    private struct Block: Sendable {
        var start: [UInt8]
        var bitCount: Int

        init(_ start: [UInt8], _ bitCount: Int) {
            self.start = start
            self.bitCount = bitCount
        }
    }

    private func isIn(_ block: Block) -> Bool {
        for bit in 0..<block.bitCount {
            let start = bit / 8 < block.start.count ? block.start[bit / 8] : 0
            if (start ^ bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) != 0 { return false }
        }
        return true
    }

    private static let specialBlocks4 = [
        Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8), Block([169, 254], 16),
        Block([172, 16], 12), Block([192, 0, 0], 24), Block([192, 0, 2], 24), Block([192, 88, 99], 24),
        Block([192, 168], 16), Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24),
        Block([224], 4), Block([240], 4),
    ]

    private static let specialBlocks6 = [
        // Unspecified, loopback and what was IPv4-compatible.
        Block([0], 96),
        Block([0, 0x64, 0xff, 0x9b, 0, 1], 48), Block([0x01, 0, 0, 0, 0, 0, 0, 0], 64), Block([0x20, 0x01, 0], 23),
        Block([0x20, 0x01, 0x0d, 0xb8], 32), Block([0x3f, 0xff, 0], 20), Block([0x5f, 0x00], 16), Block([0xfc], 7),
        Block([0xfe, 0x80], 10), Block([0xfe, 0xc0], 10), Block([0xff], 8),
    ]
}
