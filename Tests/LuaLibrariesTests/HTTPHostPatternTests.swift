import Testing

@testable import LuaLibraries

struct HTTPHostPatternTests {
    /// Pattern, URL, whether it matches.
    static let cases: [(String, String, Bool)] = [
        ("api.internal:443", "https://api.internal/", true), ("api.internal:443", "http://api.internal/", false),
        ("api.internal:443", "https://API.Internal./", true), ("api.internal:443", "https://x.api.internal/", false),
        ("api.internal", "https://api.internal/", true), ("api.internal", "http://api.internal/", true),
        ("api.internal", "http://api.internal:8080/", false), ("api.internal:*", "http://api.internal:8080/", true),
        ("*.internal:443", "https://api.internal/", true), ("*.internal:443", "https://a.b.internal/", true),
        ("*.internal:443", "https://internal/", false), ("*.internal:443", "https://evilinternal/", false),
        ("*.internal:443", "https://api.internal.evil/", false), ("*", "http://a:1/", true),
        ("*:443", "https://a/", true), ("*:443", "https://a:444/", false), ("10.0.0.7:80", "http://10.0.0.7/", true),
        ("10.0.0.7:80", "http://10.0.0.8/", false), ("[2001:db8::1]:80", "http://[2001:DB8:0::1]/", true),
        ("[2001:db8::1]", "http://[2001:db8::2]/", false), ("*.1", "http://127.0.0.1/", false),
        ("api.internal", "http://api.internal@evil/", false), ("api.internal", "http://evil/?api.internal", false),
    ]

    @Test(arguments: cases) func aPatternMatchesWhatItSays(pattern: String, url: String, matches: Bool) throws {
        let pattern = try #require(HTTPHostPattern(pattern))
        let target = try HTTPTarget(try URLText(url.utf8), limits: HTTPLimits())
        #expect(pattern.matches(host: target.host, port: target.port, schemePort: target.schemePort) == matches)
    }

    static let bad = [
        "", ":443", "a:", "a:0", "a:65536", "a:x", "a:-1", "http://a", "a/b", "a b", "*.", "*a", "a.*", "[::1",
        "[a]:80",
        "::1", "a:80:90", "ü", "*.*", "a@b", "[10.0.0.1]",
    ]

    @Test(arguments: bad) func whatIsNoPatternIsRefused(text: String) {
        #expect(HTTPHostPattern(text) == nil)
    }

    static let addresses: [(String, Bool)] = [
        ("8.8.8.8", true), ("1.1.1.1", true), ("100.63.255.255", true), ("100.64.0.1", false), ("172.15.0.1", true),
        ("172.16.0.1", false), ("172.31.255.255", false), ("172.32.0.1", true), ("10.1.2.3", false),
        ("127.0.0.1", false), ("169.254.169.254", false), ("192.168.1.1", false), ("0.0.0.0", false),
        ("224.0.0.1", false), ("255.255.255.255", false), ("198.18.0.1", false), ("198.20.0.1", true),
        ("::", false), ("::1", false), ("::127.0.0.1", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true),
        ("64:ff9b::10.0.0.1", false), ("64:ff9b::8.8.8.8", true), ("2002:a00:1::", false), ("2002:808:808::", true),
        ("fc00::1", false), ("fdff::1", false), ("fe80::1", false), ("febf::1", false), ("ff02::1", false),
        ("2001:db8::1", false), ("2606:4700:4700::1111", true), ("2a00:1450::1", true), ("100::1", false),
    ]

    @Test(arguments: addresses) func publicAddressesAreToldFromOthers(text: String, isPublic: Bool) throws {
        #expect(try #require(IPAddress(text)).isPublic == isPublic)
    }

    @Test(arguments: ["127.1", "1", "0x7f.0.0.1", "01.2.3.4", "1.2.3.4.5", "a", "", "::g", "1.2.3.256"])
    func shortFormsAreNoAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }
}
