import KafkaClient
import Testing

@testable import platform

/// What people write on the command line.
@Suite struct CommandTextTests {
    @Test(arguments: [
        ("\\n", [0x0a]), ("a\\tb", [0x61, 0x09, 0x62]), ("\\x1F\\\\", [0x1f, 0x5c]), ("\\0", [0]), ("", []),
    ])
    func escapesAreRead(text: String, bytes: [UInt8]) {
        #expect(Escapes.bytes(of: text) == bytes)
    }

    @Test(arguments: ["\\", "\\q", "\\x1", "\\xg0"])
    func unknownEscapesAreRefused(text: String) {
        #expect(Escapes.bytes(of: text) == nil)
    }

    @Test(arguments: [
        ("beginning", Position.earliest), ("end", .latest), ("17", .offset(17)), ("-5", .beforeEnd(5)),
        ("s@1700000000000", .timestamp(1_700_000_000_000)), ("s@2023-11-14T22:13:20Z", .timestamp(1_700_000_000_000)),
        ("s@2023-11-14T22:13:20.500Z", .timestamp(1_700_000_000_500)),
    ])
    func startsAreRead(text: String, position: Position) {
        #expect(ConsumeStart(argument: text)?.position == position)
    }

    @Test(arguments: ["", "first", "--1", "-", "s@", "s@yesterday", "s@-1", "9223372036854775808"])
    func otherStartsAreRefused(text: String) {
        #expect(ConsumeStart(argument: text) == nil)
    }

    @Test func formatsAreRead() {
        let pieces = RecordPrinter.pieces(of: "%t[%p]@%o %k=%s%%\\n")
        #expect(
            pieces == [
                .topic, .text(Array("[".utf8)), .partition, .text(Array("]@".utf8)), .offset, .text([0x20]), .key,
                .text(Array("=".utf8)), .value, .text(Array("%".utf8)), .text([0x0a]),
            ])
        #expect(RecordPrinter.pieces(of: "%q") == nil)
        #expect(RecordPrinter.pieces(of: "50%") == nil)
    }
}
