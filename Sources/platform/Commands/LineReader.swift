import Glibc

/// Cuts what comes from a file descriptor into records. Blocks while it waits for bytes.
struct LineReader {
    private let descriptor: Int32
    /// What errors call it.
    private let name: String
    private let delimiter: [UInt8]
    private var buffer: [UInt8] = []
    /// Of `buffer`: what has been handed out, and how far the delimiter was looked for.
    private var start = 0
    private var scanned = 0
    private var isAtEnd = false

    private static let chunkBytes = 256 << 10
    /// A record above this is an error: more likely the delimiter is wrong, and no server takes it.
    private let recordBytesMax: Int

    /// Requires: the delimiter is not empty.
    init(descriptor: Int32, name: String, delimiter: [UInt8], recordBytesMax: Int = 64 << 20) {
        self.descriptor = descriptor
        self.name = name
        self.recordBytesMax = recordBytesMax
        self.delimiter = delimiter
    }

    /// Calls `body` with each record that is there without reading again, then reads once. False at the end, after the
    /// last record, which needs no delimiter. `body` gets the bytes in place.
    mutating func readSome(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        if !isAtEnd { try fill() }
        try buffer.withUnsafeBytes { all in
            while let end = nextDelimiter(in: all) {
                try body(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                start = end + delimiter.count
                scanned = start
            }
            if isAtEnd, start < all.count {
                try body(UnsafeRawBufferPointer(rebasing: all[start...]))
                start = all.count
            }
        }
        guard buffer.count - start <= recordBytesMax else {
            throw CommandError(
                "\(name): more than \(recordBytesMax) bytes without a delimiter; --delimiter says what ends a record")
        }
        buffer.removeFirst(start)
        scanned -= start
        start = 0
        return !isAtEnd
    }

    private mutating func fill() throws {
        var failure: Int32 = 0
        var chunk = 0
        let read = [UInt8](unsafeUninitializedCapacity: LineReader.chunkBytes) { space, filled in
            repeat { chunk = Glibc.read(descriptor, space.baseAddress, space.count) } while chunk < 0 && errno == EINTR
            if chunk < 0 { failure = errno }
            filled = max(0, chunk)
        }
        guard failure == 0 else {
            throw CommandError("cannot read \(name): \(String(cString: strerror(failure)).lowercased())")
        }
        buffer += read
        isAtEnd = chunk == 0
    }

    private mutating func nextDelimiter(in all: UnsafeRawBufferPointer) -> Int? {
        guard let base = all.baseAddress, let first = delimiter.first else { return nil }
        while scanned + delimiter.count <= all.count {
            guard let found = memchr(base + scanned, Int32(first), all.count - scanned) else { break }
            let position = base.distance(to: UnsafeRawPointer(found))
            guard position + delimiter.count <= all.count else {
                scanned = position
                return nil
            }
            if all[position..<position + delimiter.count].elementsEqual(delimiter) { return position }
            scanned = position + 1
        }
        // The first bytes of a delimiter may be the last that have come.
        scanned = max(scanned, all.count - delimiter.count + 1)
        return nil
    }
}
