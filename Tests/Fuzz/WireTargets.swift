import Foundation
import NIOCore

@testable import KafkaServer
@testable import KafkaWire

/// A message that can be made of random values; the extensions are generated with the messages.
protocol RandomMessage: KafkaMessage {
    static func random(version: Int16, using random: inout RandomValues) -> Self
}

/// One kind of message, without its type.
struct MessageCase: Sendable {
    let name: String
    let versions: ClosedRange<Int16>
    let randomBytes: @Sendable (_ version: Int16, _ random: inout RandomValues) -> [UInt8]
    /// Decodes a message, and expects what it gives to survive writing and reading.
    let check: @Sendable (_ bytes: ByteBuffer, _ version: Int16) throws -> FuzzTarget.Outcome

    static func of<Message: RandomMessage>(_ type: Message.Type, _ name: String) -> MessageCase {
        MessageCase(
            name: name, versions: Message.validVersions,
            randomBytes: { version, random in encoded(Message.random(version: version, using: &random), version) },
            check: { bytes, version in
                let message: Message
                var reader = WireReader(bytes)
                do { message = try Message(from: &reader, version: version) } catch { return .refused }
                try require(reader.position + reader.bytesRemaining == bytes.readableBytes, "reader lost count")
                var again = WireReader(ByteBuffer(bytes: encoded(message, version)))
                let reread = try Message(from: &again, version: version)
                try require(reread == message, "\(name) \(version) reads otherwise after it was written")
                try require(again.bytesRemaining == 0, "\(name) \(version) leaves \(again.bytesRemaining) bytes")
                return .accepted
            })
    }

    private static func encoded(_ message: some KafkaMessage, _ version: Int16) -> [UInt8] {
        var buffer = ByteBuffer()
        message.encode(to: &buffer, version: version)
        return Array(buffer: buffer)
    }
}

/// The Kafka protocol: messages, headers, frames.
enum WireTargets {
    static let all = [messages, requests, headers, frames]

    /// A frame that a real client sent, or that it was sent and accepted; without its length.
    private struct Capture: Sendable {
        var isRequest: Bool
        var api: APIKey
        var version: Int16
        var frame: [UInt8]
    }

    private static let captures: [Capture] = {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "KafkaWireTests/Golden")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: golden.path())) ?? []
        let apis = Dictionary(APIKey.allCases.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return files.sorted().filter { $0.hasSuffix(".hex") }.flatMap { file in
            let text = (try? String(contentsOf: golden.appending(path: file), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { line -> Capture? in
                let words = line.split(separator: " ")
                guard words.count == 4, let api = apis[String(words[1])], let version = Int16(words[2]),
                    let frame = Hex.bytes(words[3])
                else { return nil }
                return Capture(isRequest: words[0] == "request", api: api, version: version, frame: frame)
            }
        }
    }()

    private static let messageIndexes: [String: Int] = Dictionary(
        everyMessage.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })

    private static func messageIndex(of api: APIKey, isRequest: Bool) -> Int? {
        messageIndexes["\(api)\(isRequest ? "request" : "response")".lowercased()]
    }

    /// Message, version, body.
    static let messages = FuzzTarget(
        name: "messages", about: "every request and response in every version",
        makeInput: { random in
            if random.chance(oneIn: 4), !captures.isEmpty {
                let capture = random.pick(captures)
                if let (index, body) = body(of: capture) {
                    let first = everyMessage[index].versions.lowerBound
                    let other = random.pick(captures).frame
                    return [UInt8(index), UInt8(capture.version - first)] + random.mutated(body, splicing: other)
                }
            }
            let index = random.number(below: everyMessage.count)
            let versions = everyMessage[index].versions
            let version = versions.lowerBound + Int16(random.number(below: versions.count))
            let other = everyMessage[index].randomBytes(version, &random)
            let body = random.mutated(everyMessage[index].randomBytes(version, &random), splicing: other)
            return [UInt8(index), UInt8(version - versions.lowerBound)] + body
        },
        check: { input in
            var input = InputReader(input)
            let message = everyMessage[input.byte() % everyMessage.count]
            let version = message.versions.lowerBound + Int16(input.byte() % message.versions.count)
            return try message.check(ByteBuffer(bytes: input.remainder()), version)
        })

    private static func body(of capture: Capture) -> (index: Int, body: [UInt8])? {
        guard let index = messageIndex(of: capture.api, isRequest: capture.isRequest),
            everyMessage[index].versions.contains(capture.version)
        else { return nil }
        var reader = WireReader(ByteBuffer(bytes: capture.frame))
        if capture.isRequest {
            guard (try? RequestHeader(from: &reader)) != nil else { return nil }
        } else {
            guard (try? ResponseHeader(from: &reader, api: capture.api, version: capture.version)) != nil else {
                return nil
            }
        }
        return (index, Array(buffer: reader.remainder))
    }

    /// A frame without its length, as the dispatcher gets it.
    static let requests = FuzzTarget(
        name: "requests", about: "whole request frames of real clients, header first",
        makeInput: { random in
            let requests = captures.filter(\.isRequest)
            guard !requests.isEmpty else { return random.mutated([0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0]) }
            return random.mutated(random.pick(requests).frame, splicing: random.pick(requests).frame)
        },
        check: { input in
            var reader = WireReader(ByteBuffer(bytes: input))
            let header: RequestHeader
            do { header = try RequestHeader(from: &reader) } catch { return .refused }
            guard let api = APIVersions.api(key: header.apiKey, version: header.apiVersion),
                let index = messageIndex(of: api, isRequest: true)
            else { return .refused }
            return try everyMessage[index].check(reader.remainder, header.apiVersion)
        })

    /// API, version, header.
    static let headers = FuzzTarget(
        name: "headers", about: "request and response headers",
        makeInput: { random in
            let api = random.pick(APIKey.allCases)
            let version = api.validVersions.lowerBound + Int16(random.number(below: api.validVersions.count))
            var buffer = ByteBuffer()
            RequestHeader(
                api: api, version: version, correlationID: random.integer(),
                clientID: random.isPresent(nullable: true) ? random.string() : nil
            ).encode(to: &buffer)
            return [UInt8(random.number(below: APIKey.allCases.count)), UInt8(version)]
                + random.mutated(Array(buffer: buffer))
        },
        check: { input in
            var input = InputReader(input)
            let api = APIKey.allCases[input.byte() % APIKey.allCases.count]
            let version = Int16(input.byte())
            let bytes = ByteBuffer(bytes: input.remainder())

            var reader = WireReader(bytes)
            if let response = try? ResponseHeader(from: &reader, api: api, version: version) {
                var written = ByteBuffer()
                response.encode(to: &written, api: api, version: version)
                var again = WireReader(written)
                try require(try ResponseHeader(from: &again, api: api, version: version) == response, "response header")
            }
            reader = WireReader(bytes)
            let request: RequestHeader
            do { request = try RequestHeader(from: &reader) } catch { return .refused }
            var written = ByteBuffer()
            request.encode(to: &written)
            var again = WireReader(written)
            try require(try RequestHeader(from: &again) == request, "request header reads otherwise when written")
            return .accepted
        })

    private static let frameBytesMax = 1000

    /// Eight bytes that say how the stream is cut, then the stream.
    static let frames = FuzzTarget(
        name: "frames", about: "a stream of frames that arrives in random pieces",
        makeInput: { random in
            var stream: [UInt8] = []
            for _ in 0..<random.number(below: 6) {
                let body =
                    random.blob() + [UInt8](repeating: 7, count: random.pick([0, 0, 0, 700, 870]))
                stream += bigEndian(Int32(body.count)) + body
            }
            if random.bool() { stream = random.mutated(stream) }
            return bigEndian(random.integer() as UInt64) + stream
        },
        check: { input in
            var cuts = RandomValues(seed: input.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
            let stream = Array(input.dropFirst(8))
            let expected = FrameModel(stream, frameBytesMax: frameBytesMax)
            var accumulator = FrameAccumulator(frameBytesMax: frameBytesMax)
            var found: [[UInt8]] = []
            var (fed, cutOff) = (0, 0)
            while fed < stream.count {
                let piece = stream[fed..<min(stream.count, fed + 1 + cuts.number(below: cuts.pick([1, 4, 50, 2000])))]
                // Slices of a larger buffer, as a socket's reads are.
                var buffer = ByteBuffer(bytes: [0xee] + piece + [0xee])
                buffer.moveReaderIndex(forwardBy: 1)
                accumulator.append(buffer.readSlice(length: piece.count) ?? ByteBuffer())
                fed += piece.count
                do throws(FrameAccumulator.Failure) {
                    while let frame = try accumulator.next() {
                        found.append(Array(buffer: frame))
                        cutOff += 4 + frame.readableBytes
                    }
                } catch {
                    try require(found == expected.frames, "frames before the failure differ")
                    try require(expected.failurePosition.map { $0 <= fed } ?? false, "\(error) of a sound stream")
                    return .refused
                }
                try require(expected.failurePosition.map { $0 > fed } ?? true, "a bad length is not refused at once")
                try require(accumulator.heldBytes == fed - cutOff, "bytes lost")
            }
            try require(found == expected.frames, "frames differ from those of the whole stream")
            return .accepted
        })
}

/// The frames of a stream that is there as a whole, cut the simple way.
private struct FrameModel {
    var frames: [[UInt8]] = []
    /// Where the stream is known to be lost: behind a length that cannot be.
    var failurePosition: Int?

    init(_ stream: [UInt8], frameBytesMax: Int) {
        var rest = stream[...]
        while rest.count >= 4 {
            let length = Int(Int32(truncatingIfNeeded: rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }))
            guard (0...frameBytesMax).contains(length) else {
                failurePosition = rest.startIndex + 4
                return
            }
            guard rest.count >= 4 + length else { return }
            frames.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
    }
}
