// A record within a batch of magic 2 (KIP-98). Varints are zigzag. Stored on disk, never renumber.
//
//     length            varint    bytes after this field
//     attributes        1 byte    0, none defined
//     timestamp delta   varlong   to the batch's base timestamp, ms
//     offset delta      varint    to the batch's base offset
//     key               varint length, -1: null; then the bytes
//     value             varint length, -1: null (a tombstone on compacted topics); then the bytes
//     header count      varint
//     headers           each: varint length and key, not null; varint length, -1: null, and value
//
// A record is valid if its fields end exactly where its length says.

/// A record with its own copy of its bytes: what batches are built from.
public struct Record: Equatable, Sendable {
    public var key: [UInt8]?
    /// Null is a tombstone on compacted topics.
    public var value: [UInt8]?
    public var headers: [Header]
    /// Milliseconds since 1970.
    public var timestampMS: Int64

    public init(key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [], timestampMS: Int64) {
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMS = timestampMS
    }

    /// A record header; the same key may stand in a record several times, in an order that counts.
    public struct Header: Equatable, Sendable {
        public var key: String
        public var value: [UInt8]?

        public init(_ key: String, _ value: [UInt8]?) {
            self.key = key
            self.value = value
        }
    }
}

extension Record {
    /// Copies a record out of a batch of the given base timestamp (ms). Header keys that are not UTF-8 are repaired.
    public init(copying view: RecordView, baseTimestampMS: Int64) {
        key = view.key.map { [UInt8]($0) }
        value = view.value.map { [UInt8]($0) }
        headers = view.headers.map { Header(String(decoding: $0.key, as: UTF8.self), $0.value.map { [UInt8]($0) }) }
        timestampMS = baseTimestampMS &+ view.timestampDelta
    }
}

/// A record in place, within the bytes it was read from.
///
/// Requires: the buffer under the iterator that made it outlives it.
public struct RecordView {
    /// The whole encoded record, its length field included.
    public let bytes: UnsafeRawBufferPointer
    /// None are defined; kept as found.
    public let attributes: UInt8
    /// Milliseconds to the batch's base timestamp.
    public let timestampDelta: Int64
    public let offsetDelta: Int32
    public let key: UnsafeRawBufferPointer?
    public let value: UnsafeRawBufferPointer?
    public let headers: RecordHeaders
}

/// The headers of a record in place, walked when asked for. Their form was checked when the record was read.
public struct RecordHeaders: Sequence {
    public let count: Int
    private let encoded: UnsafeRawBufferPointer

    @inline(__always)
    init(count: Int, encoded: UnsafeRawBufferPointer) {
        self.count = count
        self.encoded = encoded
    }

    /// A header's key and value within the record's bytes.
    public typealias Element = (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)

    public var underestimatedCount: Int { count }

    public func makeIterator() -> Iterator { Iterator(remaining: count, encoded: encoded) }

    /// The value of the first header of a name: nil if there is none, `.some(nil)` if its value is null.
    public func first(named name: StaticString) -> UnsafeRawBufferPointer?? {
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        for (key, value) in self where key.elementsEqual(wanted) { return .some(value) }
        return nil
    }

    public struct Iterator: IteratorProtocol {
        private var remaining: Int
        private var cursor: RecordCursor?

        fileprivate init(remaining: Int, encoded: UnsafeRawBufferPointer) {
            self.remaining = remaining
            cursor = encoded.baseAddress.map { RecordCursor($0, from: 0, to: encoded.count) }
        }

        public mutating func next() -> Element? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            do {
                guard let keySize = try cursor?.varint(), let key = try cursor?.bytes(keySize) else { return nil }
                return (key, try cursor?.nullableBytes())
            } catch {
                preconditionFailure("headers changed after they were checked: \(error)")
            }
        }
    }
}

/// What is wrong with a batch's records. Positions are bytes from the start of the (decompressed) records.
public enum RecordError: Error, Equatable, CustomStringConvertible {
    /// The bytes end within a field, or a field runs past its record.
    case truncated(position: Int)
    case varintTooLong(position: Int, bitsMax: Int)
    /// A negative length or count where none is allowed.
    case negativeLength(position: Int, length: Int)
    /// A record's fields end before its length says.
    case lengthMismatch(position: Int, declaredBytes: Int, foundBytes: Int)
    /// The batch's header promises other than what its records section holds.
    case countMismatch(declared: Int, found: Int)
    case trailingBytes(count: Int)
    /// In a batch from a client, offset deltas count from 0 without gaps.
    case offsetDeltaOutOfOrder(got: Int, expected: Int)
    case unknownCodec(number: UInt8)
    case compression(CompressionError)

    public var description: String {
        switch self {
        case .truncated(let position): "records are cut off at byte \(position)"
        case .varintTooLong(let position, let bitsMax): "varint at byte \(position) has more than \(bitsMax) bits"
        case .negativeLength(let position, let length): "length \(length) at byte \(position) is negative"
        case .lengthMismatch(let position, let declared, let found):
            "record at byte \(position) declares \(declared) bytes but its fields take \(found)"
        case .countMismatch(let declared, let found):
            "batch declares \(declared) records but holds \(found); at least one is required"
        case .trailingBytes(let count): "\(count) bytes follow the last record"
        case .offsetDeltaOutOfOrder(let got, let expected): "offset delta is \(got) where \(expected) was due"
        case .unknownCodec(let number): "codec number \(number) is not one of 0 to 4"
        case .compression(let error): error.description
        }
    }
}
