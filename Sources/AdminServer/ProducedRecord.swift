import Foundation
import HTTPTypes
import LogStorage
import NIOCore

/// A record as a request describes it, and the JSON it is read from:
///
///     {"records": [{"key": …, "value": …, "headers": {"name": …}, "partition": 3, "timestamp": 1700000000000}, …]}
///
/// or one such record alone. Key, value and header values are a string, `{"base64": "…"}` or null; a header that stands
/// in a record several times has an array of them. Only `value` must be given. What reading a record gives can be sent
/// again: its `topic` and `offset` are passed over. Unknown fields are refused: a misspelt one would lose what it holds.
struct ProducedRecord: Equatable, Sendable {
    /// Nil: by the key, or in turn.
    var partition: Int32?
    var key: [UInt8]?
    var value: [UInt8]?
    /// Sorted by name, as the order of a JSON object's fields means nothing.
    var headers: [Record.Header] = []
    /// Milliseconds since 1970; nil: the time it arrives.
    var timestampMS: Int64?

    /// More bytes than the record takes in a batch without compression.
    var sizeBytesBound: Int {
        headers.reduce(32 + (key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + 10 + $1.key.utf8.count + ($1.value?.count ?? 0)
        }
    }
}

extension ProducedRecord: Decodable {
    private static let fields = ["key", "value", "headers", "partition", "timestamp", "topic", "offset"]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: FieldName.self)
        try fields.refuseOthers(than: ProducedRecord.fields)
        guard fields.contains(FieldName("value")) else {
            throw AdminError.form(fields.codingPath, "has no value; send null for a record without one")
        }
        partition = try fields.integer("partition")
        timestampMS = try fields.integer("timestamp")
        key = try fields.decodeIfPresent(FieldBytes.self, forKey: FieldName("key"))?.bytes
        value = try fields.decodeIfPresent(FieldBytes.self, forKey: FieldName("value"))?.bytes
        guard fields.contains(FieldName("headers")), try !fields.decodeNil(forKey: FieldName("headers")) else { return }
        let names = try fields.nestedContainer(keyedBy: FieldName.self, forKey: FieldName("headers"))
        for name in names.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            if var values = try? names.nestedUnkeyedContainer(forKey: name) {
                while !values.isAtEnd {
                    headers.append(Record.Header(name.stringValue, try values.decodeIfPresent(FieldBytes.self)?.bytes))
                }
            } else {
                headers.append(
                    Record.Header(name.stringValue, try names.decodeIfPresent(FieldBytes.self, forKey: name)?.bytes))
            }
        }
    }
}

extension ProducedRecord {
    /// Reads the records of a JSON body, at most `countMax`.
    static func parse(json body: ByteBuffer, countMax: Int) throws(AdminError) -> [ProducedRecord] {
        guard body.readableBytes > 0 else {
            throw AdminError(
                .badRequest, "malformed_json", "the body is empty; send {\"records\":[{\"value\":\"…\"}]}")
        }
        do {
            return try JSONDecoder().decode(
                RecordList.self, from: Data(body.readableBytesView), configuration: countMax
            ).records
        } catch let error as AdminError {
            throw error
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            let cause = syntaxError(in: body) ?? context.debugDescription
            throw AdminError(.badRequest, "malformed_json", "the body is not JSON: \(cause)")
        } catch let error as DecodingError {
            throw AdminError(error)
        } catch {
            throw AdminError(.badRequest, "malformed_json", "the body cannot be read as JSON: \(error)")
        }
    }

    /// Where the JSON breaks off: the decoder does not say, the older parser does.
    private static func syntaxError(in body: ByteBuffer) -> String? {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
            return nil
        } catch {
            return (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
        }
    }
}

/// A body: `{"records":[…]}` or one record.
private struct RecordList: DecodableWithConfiguration {
    var records: [ProducedRecord] = []

    /// Reads at most `countMax` records.
    init(from decoder: any Decoder, configuration countMax: Int) throws {
        let fields = try decoder.container(keyedBy: FieldName.self)
        guard fields.contains(FieldName("records")) else {
            records = [try ProducedRecord(from: decoder)]
            return
        }
        try fields.refuseOthers(than: ["records"])
        var list = try fields.nestedUnkeyedContainer(forKey: FieldName("records"))
        let count = list.count ?? 0
        guard count <= countMax else {
            throw AdminError(
                .contentTooLarge, "too_many_records",
                "\(count) records in one request, the limit is \(countMax): send them in several requests")
        }
        guard count > 0 else { throw AdminError.form(list.codingPath, "is empty; send at least one record") }
        records.reserveCapacity(count)
        while !list.isAtEnd { records.append(try list.decode(ProducedRecord.self)) }
    }
}

/// Bytes as a string or in base64.
private struct FieldBytes: Decodable {
    var bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        do {
            bytes = Array(try decoder.singleValueContainer().decode(String.self).utf8)
            return
        } catch DecodingError.typeMismatch {
            // Not a string: the other form, or an error.
        }
        guard let fields = try? decoder.container(keyedBy: FieldName.self),
            fields.allKeys.map(\.stringValue) == ["base64"],
            let encoded = try? fields.decode(String.self, forKey: FieldName("base64"))
        else {
            throw AdminError.form(
                decoder.codingPath, "must be a string, null or {\"base64\":\"…\"}; to store JSON, send it as a string")
        }
        guard let decoded = Data(base64Encoded: encoded) else {
            throw AdminError.form(decoder.codingPath, "is not base64 (RFC 4648, with padding, without line breaks)")
        }
        bytes = Array(decoded)
    }
}

extension KeyedDecodingContainer<FieldName> {
    /// The integer in a field, nil if it is absent or null.
    fileprivate func integer<Value: FixedWidthInteger & Decodable>(_ name: String) throws -> Value? {
        do {
            return try decodeIfPresent(Value.self, forKey: FieldName(name))
        } catch {
            // The decoder does not say where it met a number that does not fit, nor with an error of one type.
            throw AdminError.form(codingPath + [FieldName(name)], "must be an integer of at most \(Value.max)")
        }
    }

    fileprivate func refuseOthers(than known: [String]) throws {
        guard let other = allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() else { return }
        throw AdminError.form(codingPath, "has an unknown field '\(other)'; known are \(known.joined(separator: ", "))")
    }
}

extension AdminError {
    /// A body that is JSON but not of the form expected.
    fileprivate static func form(_ path: [any CodingKey], _ problem: String) -> AdminError {
        AdminError(.unprocessableContent, "invalid_record", "\(name(path)) \(problem)")
    }

    /// A place in a body, as `records[3].value`.
    private static func name(_ path: [any CodingKey]) -> String {
        var name = ""
        for key in path {
            if let index = key.intValue {
                name += "[\(index)]"
            } else {
                name += name.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return name.isEmpty ? "the body" : name
    }

    fileprivate init(_ error: DecodingError) {
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            self = .form(context.codingPath, "cannot be read: \(context.debugDescription)")
        @unknown default:
            self.init(.unprocessableContent, "invalid_record", "\(error)")
        }
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
