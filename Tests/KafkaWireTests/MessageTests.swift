import Foundation
import NIOCore
import Testing

@testable import KafkaWire

/// What holds for every message in every version.
@Suite("Every message")
struct MessageTests {
    @Test("survives writing and reading", arguments: everyMessage, seeds)
    func roundTrip(message: MessageCase, seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for version in message.versions {
            for _ in 0..<20 { try message.expectRoundTrip(version, &random) }
        }
    }

    @Test("throws when it is cut short at any byte", arguments: everyMessage, seeds)
    func truncation(message: MessageCase, seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for version in message.versions {
            let whole = message.randomBytes(version, &random)
            for length in 0..<whole.readableBytes {
                let part = try #require(whole.getSlice(at: whole.readerIndex, length: length))
                #expect(throws: WireError.self, "seed \(seed), version \(version), \(length) bytes") {
                    try message.recode(part, version)
                }
            }
        }
    }

    /// Goal: no bytes make a reader trap.
    ///
    /// Method: damage valid messages in a way that reaches behind the first check, and
    /// expect either an error or a message that, written and read again, stays the same.
    @Test("meets damaged bytes with an error or a message", arguments: everyMessage, seeds)
    func damage(message: MessageCase, seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<700 {
            let version = Int16(Int(message.versions.lowerBound) + random.number(below: message.versions.count))
            let damaged = damaged(message.randomBytes(version, &random), &random)
            do {
                let once = try message.recode(damaged, version)
                let twice = try message.recode(once.bytes, version)
                #expect(twice == .init(bytes: once.bytes, unreadBytes: 0), "seed \(seed), version \(version)")
            } catch is WireError {
                continue
            }
        }
    }

    /// Goal: memory grows with the input, not with what the input claims.
    ///
    /// Method: put the largest count in place of every four bytes; if one were reserved before it is checked, the address
    /// space would grow by 8 GiB at least, which the tests that run beside this one do not.
    @Test("reserves no memory for elements that the input cannot hold")
    func falseCounts() throws {
        var random = RandomValues(seed: 5)
        let before = try addressSpacePeakBytes()
        for message in everyMessage {
            for version in [message.versions.lowerBound, message.versions.upperBound] {
                let bytes = message.randomBytes(version, &random)
                for index in stride(from: bytes.readerIndex, to: bytes.writerIndex - 4, by: 1) {
                    var damaged = bytes
                    damaged.setInteger(Int32.max, at: index)
                    _ = try? message.recode(damaged, version)
                    // The same count in the compact form.
                    damaged.setBytes([0xff, 0xff, 0xff, 0xff, 0x07], at: index)
                    _ = try? message.recode(damaged, version)
                }
            }
        }
        #expect(try addressSpacePeakBytes() - before < 4 << 30)
    }

    private func addressSpacePeakBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }

    /// ApiVersions, whose response ends in tagged fields of its own, is in VersionFieldTests.
    @Test(
        "skips tagged fields that it does not know",
        arguments: everyMessage.filter { $0.isFlexible && $0.name != "APIVersionsResponse" })
    func unknownTags(message: MessageCase) throws {
        var random = RandomValues(seed: 7)
        // The newest version is flexible; its bytes end in the count of the outermost structure's tagged fields.
        let version = message.versions.upperBound
        var bytes = message.randomBytes(version, &random)
        while bytes.readableBytesView.last != 0 { bytes = message.randomBytes(version, &random) }
        let known = try message.recode(bytes, version)

        bytes.moveWriterIndex(to: bytes.writerIndex - 1)
        bytes.writeUnsignedVarint(2)
        for tag: UInt32 in [1000, 70_000] {
            bytes.writeUnsignedVarint(tag)
            bytes.writeUnsignedVarint(200)
            bytes.writeRepeatingByte(0xab, count: 200)
        }
        #expect(try message.recode(bytes, version) == known)
    }

    private func damaged(_ bytes: ByteBuffer, _ random: inout RandomValues) -> ByteBuffer {
        var bytes = [UInt8](buffer: bytes)
        for _ in 0...random.number(below: 3) where !bytes.isEmpty {
            let place = random.number(below: bytes.count)
            switch random.number(below: 6) {
            case 0: bytes[place] = random.integer()
            case 1: bytes[place] ^= 1 << random.number(below: 8)
            case 2: bytes.insert(random.integer(), at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.number(below: 4)))
            // Lengths and counts of all sizes, classic and compact.
            case 4: bytes.replaceSubrange(place..<min(bytes.count, place + 4), with: [0x7f, 0xff, 0xff, 0xff])
            default: bytes.replaceSubrange(place..<min(bytes.count, place + 5), with: [0xff, 0xff, 0xff, 0xff, 0x0f])
            }
        }
        return ByteBuffer(bytes: bytes)
    }
}

extension MessageCase {
    var isFlexible: Bool {
        APIKey.allCases.contains { api in
            ["\(api)request", "\(api)response"].contains { $0.lowercased() == self.name.lowercased() }
                && api.isFlexible(version: self.versions.upperBound)
        }
    }
}
