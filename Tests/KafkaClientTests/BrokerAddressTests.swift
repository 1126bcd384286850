import Testing

@testable import KafkaClient

@Suite struct BrokerAddressTests {
    @Test(arguments: [
        ("localhost:9092", "localhost", 9092), ("localhost", "localhost", 9092), ("10.0.0.7:19092", "10.0.0.7", 19092),
        ("[::1]:9093", "::1", 9093), ("[::1]", "::1", 9092), ("::1", "::1", 9092),
    ])
    func reads(text: String, host: String, port: Int) {
        #expect(BrokerAddress(text) == BrokerAddress(host: host, port: port))
    }

    @Test(arguments: ["", ":9092", "host:", "host:0", "host:65536", "host:ninety", "[::1", "[::1]x:9092"])
    func refuses(text: String) {
        #expect(BrokerAddress(text) == nil)
    }

    @Test func listsAreSeparatedByCommas() {
        #expect(BrokerAddress.list("a:1,b") == [.init(host: "a", port: 1), .init(host: "b", port: 9092)])
        #expect(BrokerAddress.list("a:1,,b") == nil)
        #expect(BrokerAddress.list("") == nil)
    }

    @Test func whatIsPrintedCanBeReadAgain() {
        for address in [BrokerAddress(host: "::1", port: 1), BrokerAddress(host: "h", port: 2)] {
            #expect(BrokerAddress(address.description) == address)
        }
    }
}
