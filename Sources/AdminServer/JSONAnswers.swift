import Foundation
import HTTPTypes
import Hummingbird
import LogStorage
import NIOCore

extension Response {
    /// An answer in JSON, its fields sorted by name so that it is the same every time.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
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

/// The name of a field that is only known when it is read.
struct FieldName: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
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

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: FieldName.self)
        for (name, values) in Dictionary(grouping: headers, by: \.key) {
            if values.count == 1 {
                try container.encode(JSONBytes(bytes: values[0].value), forKey: FieldName(name))
            } else {
                try container.encode(values.map { JSONBytes(bytes: $0.value) }, forKey: FieldName(name))
            }
        }
    }
}
