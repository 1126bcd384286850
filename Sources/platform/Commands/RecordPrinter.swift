import Foundation
import Glibc
import KafkaClient
import LogStorage

/// Writes records to stdout in one of three forms, gathered in one buffer.
struct RecordPrinter {
    enum Form {
        /// Value, with the key before it if a delimiter is given; then what ends a record.
        case plain(keyDelimiter: [UInt8]?, delimiter: [UInt8])
        case json
        case format([Piece])
    }

    /// A part of a format of kcat's.
    enum Piece: Equatable {
        case text([UInt8])
        case value, key, valueSize, keySize, topic, partition, offset, timestamp, headers
    }

    private let form: Form
    private var buffer: [UInt8] = []

    private static let bufferBytesMax = 256 << 10

    init(_ form: Form) { self.form = form }

    /// Reads a format of kcat's: `%s` value, `%S` its size or -1, `%k` key, `%K` its size or -1, `%t` topic,
    /// `%p` partition, `%o` offset, `%T` timestamp in ms, `%h` headers, `%%`. Nil if there is another letter.
    static func pieces(of format: String) -> [Piece]? {
        guard let bytes = Escapes.bytes(of: format) else { return nil }
        let letters: [UInt8: Piece] = [
            UInt8(ascii: "s"): .value, UInt8(ascii: "S"): .valueSize, UInt8(ascii: "k"): .key,
            UInt8(ascii: "K"): .keySize, UInt8(ascii: "t"): .topic, UInt8(ascii: "p"): .partition,
            UInt8(ascii: "o"): .offset, UInt8(ascii: "T"): .timestamp, UInt8(ascii: "h"): .headers,
            UInt8(ascii: "%"): .text([UInt8(ascii: "%")]),
        ]
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            guard let letter = rest.popFirst(), let piece = letters[letter] else { return nil }
            if !text.isEmpty { pieces.append(.text(text)) }
            text = []
            pieces.append(piece)
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    mutating func print(
        _ record: RecordView, in partition: TopicPartition, offset: Int64, timestampMS: Int64
    ) throws(CommandError) {
        switch form {
        case .plain(let keyDelimiter, let delimiter):
            if let keyDelimiter {
                if let key = record.key { buffer.append(contentsOf: key) }
                buffer.append(contentsOf: keyDelimiter)
            }
            if let value = record.value { buffer.append(contentsOf: value) }
            buffer.append(contentsOf: delimiter)
        case .json: printJSON(record, partition, offset, timestampMS)
        case .format(let pieces):
            for piece in pieces { print(piece, record, partition, offset, timestampMS) }
        }
        if buffer.count >= RecordPrinter.bufferBytesMax { try flush() }
    }

    private mutating func print(
        _ piece: Piece, _ record: RecordView, _ partition: TopicPartition, _ offset: Int64, _ timestampMS: Int64
    ) {
        switch piece {
        case .text(let bytes): buffer.append(contentsOf: bytes)
        case .value: if let value = record.value { buffer.append(contentsOf: value) }
        case .key: if let key = record.key { buffer.append(contentsOf: key) }
        case .valueSize: text("\(record.value?.count ?? -1)")
        case .keySize: text("\(record.key?.count ?? -1)")
        case .topic: text(partition.topic)
        case .partition: text("\(partition.partition)")
        case .offset: text("\(offset)")
        case .timestamp: text("\(timestampMS)")
        case .headers:
            for (index, header) in record.headers.enumerated() {
                if index > 0 { text(",") }
                buffer.append(contentsOf: header.key)
                text("=")
                if let value = header.value { buffer.append(contentsOf: value) } else { text("NULL") }
            }
        }
    }

    /// What is in the buffer leaves. Ends the process with 0 if nobody reads any more.
    mutating func flush() throws(CommandError) {
        defer { buffer.removeAll(keepingCapacity: true) }
        var failure: Int32 = 0
        buffer.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = write(STDOUT_FILENO, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else {
                    failure = errno
                    return
                }
                written += count
            }
        }
        if buffer.isEmpty, RecordPrinter.isOutputGone { failure = EPIPE }
        // The usual end of `platform consume … | head`.
        if failure == EPIPE { Glibc.exit(0) }
        guard failure == 0 else {
            throw CommandError("cannot write to stdout: \(String(cString: strerror(failure)).lowercased())")
        }
    }

    /// Whether the reader of a pipe has gone, which a write would tell only with the next record.
    private static var isOutputGone: Bool {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&output, 1, 0) == 1 && output.revents & Int16(POLLERR) != 0
    }

    // MARK: JSON

    private mutating func printJSON(
        _ record: RecordView, _ partition: TopicPartition, _ offset: Int64, _ timestampMS: Int64
    ) {
        text("{\"topic\":\"\(partition.topic)\",\"partition\":\(partition.partition),\"offset\":\(offset)")
        text(",\"timestamp\":\(timestampMS),\"key\":")
        json(record.key)
        text(",\"value\":")
        json(record.value)
        text(",\"headers\":{")
        if record.headers.count > 0 { headers(record.headers) }
        text("}}\n")
    }

    /// A name that stands there several times has an array of its values.
    private mutating func headers(_ headers: RecordHeaders) {
        var names: [[UInt8]] = []
        for header in headers where !names.contains(where: { $0.elementsEqual(header.key) }) {
            names.append([UInt8](header.key))
        }
        for (index, name) in names.enumerated() {
            if index > 0 { text(",") }
            quote(String(decoding: name, as: UTF8.self))
            text(":")
            let values = headers.filter { $0.key.elementsEqual(name) }
            if values.count > 1 { text("[") }
            for (index, header) in values.enumerated() {
                if index > 0 { text(",") }
                json(header.value)
            }
            if values.count > 1 { text("]") }
        }
    }

    /// A string if the bytes are UTF-8, `{"base64":"…"}` if not, null if there are none.
    private mutating func json(_ bytes: UnsafeRawBufferPointer?) {
        guard let bytes else { return text("null") }
        if let string = String(validating: bytes, as: UTF8.self) {
            quote(string)
        } else {
            text("{\"base64\":\"\(Data(bytes).base64EncodedString())\"}")
        }
    }

    /// RFC 8259, section 7.
    private mutating func quote(_ string: String) {
        buffer.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): text("\\\"")
            case UInt8(ascii: "\\"): text("\\\\")
            case 0x0a: text("\\n")
            case 0x0d: text("\\r")
            case 0x09: text("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                text("\\u00" + (digits.count == 1 ? "0" : "") + digits)
            default: buffer.append(byte)
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private mutating func text(_ text: String) { buffer.append(contentsOf: text.utf8) }
}
