import Foundation
import HTTPTypes
import Hummingbird
import LogStorage
import NIOCore

extension Response {
    /// An answer in JSON: fields in snake case and sorted by name, so that it is the same every time. The keys of
    /// dictionaries are data and stay as they are.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let data = try encoder.encode(value)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(data.count + 1)
        buffer.writeBytes(data)
        // For those who read it in a terminal.
        buffer.writeString("\n")
        return Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"], body: .init(byteBuffer: buffer))
    }
}

/// Bytes in JSON: a string if they are UTF-8, `{"base64":"…"}` if not, null if there are none.
struct JSONBytes: Encodable {
    var bytes: [UInt8]?

    private enum CodingKeys: String, CodingKey {
        case base64
    }

    func encode(to encoder: any Encoder) throws {
        if let bytes, let text = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else if let bytes {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Data(bytes).base64EncodedString(), forKey: .base64)
        } else {
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }
}

/// A record's headers as a JSON object; a name that stands there several times has an array of its values.
struct JSONHeaders: Encodable {
    var headers: [Record.Header]

    private struct Values: Encodable {
        var values: [JSONBytes]

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if values.count == 1 {
                try container.encode(values[0])
            } else {
                try container.encode(values)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let byName = Dictionary(grouping: headers, by: \.key)
        try container.encode(byName.mapValues { Values(values: $0.map { JSONBytes(bytes: $0.value) }) })
    }
}
