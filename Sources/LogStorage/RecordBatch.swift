import CPlatform

// A record batch, magic 2 (KIP-98): the unit of storage, of replication and of the wire. Big-endian.
// Stored on disk, never renumber.
//
//      0  8  base offset               rewritten on append, outside the CRC
//      8  4  batch length              bytes after this field
//     12  4  partition leader epoch    rewritten on append, outside the CRC
//     16  1  magic                     2
//     17  4  CRC-32C                   of the bytes from 21 to the end
//     21  2  attributes                0-2 codec, 3 log-append time, 4 transactional, 5 control, 6 delete horizon
//     23  4  last offset delta         record count - 1 until compaction
//     27  8  base timestamp            the delete horizon in ms if attribute bit 6 is set
//     35  8  max timestamp
//     43  8  producer id               -1: none
//     51  2  producer epoch
//     53  4  base sequence             -1: none; wraps from 2^31-1 to 0
//     57  4  record count
//     61  …  records                   one compressed blob if the codec is not 0
//
// A batch is valid if it is whole, its magic is 2 and its CRC matches.

/// Byte positions within a batch.
public enum RecordBatchLayout {
    public static let baseOffset = 0
    public static let batchLength = 8
    public static let leaderEpoch = 12
    public static let magic = 16
    public static let crc = 17
    public static let attributes = 21
    public static let lastOffsetDelta = 23
    public static let baseTimestamp = 27
    public static let maxTimestamp = 35
    public static let producerID = 43
    public static let producerEpoch = 51
    public static let baseSequence = 53
    public static let recordCount = 57
    /// Size of the header, and where the records begin.
    public static let records = 61
    /// Bytes before those that `batchLength` counts.
    public static let lengthOverhead = 12
    /// Enough of a batch to know its size and its magic.
    public static let sizePrefix = 17
}

/// A batch's fixed fields, read out of its first 61 bytes.
public struct RecordBatchHeader: Equatable, Sendable {
    public var baseOffset: Int64
    public var batchLength: Int32
    public var leaderEpoch: Int32
    public var magic: Int8
    public var crc: UInt32
    public var attributes: Int16
    public var lastOffsetDelta: Int32
    public var baseTimestamp: Int64
    public var maxTimestamp: Int64
    public var producerID: Int64
    public var producerEpoch: Int16
    public var baseSequence: Int32
    public var recordCount: Int32

    /// Reads the header; `bytes` must hold at least `RecordBatchLayout.records` bytes.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= RecordBatchLayout.records)
        baseOffset = bytes.bigEndian(at: RecordBatchLayout.baseOffset)
        batchLength = bytes.bigEndian(at: RecordBatchLayout.batchLength)
        leaderEpoch = bytes.bigEndian(at: RecordBatchLayout.leaderEpoch)
        magic = bytes.bigEndian(at: RecordBatchLayout.magic)
        crc = bytes.bigEndian(at: RecordBatchLayout.crc)
        attributes = bytes.bigEndian(at: RecordBatchLayout.attributes)
        lastOffsetDelta = bytes.bigEndian(at: RecordBatchLayout.lastOffsetDelta)
        baseTimestamp = bytes.bigEndian(at: RecordBatchLayout.baseTimestamp)
        maxTimestamp = bytes.bigEndian(at: RecordBatchLayout.maxTimestamp)
        producerID = bytes.bigEndian(at: RecordBatchLayout.producerID)
        producerEpoch = bytes.bigEndian(at: RecordBatchLayout.producerEpoch)
        baseSequence = bytes.bigEndian(at: RecordBatchLayout.baseSequence)
        recordCount = bytes.bigEndian(at: RecordBatchLayout.recordCount)
    }

    /// Bytes of the whole batch.
    public var sizeBytes: Int { Int(batchLength) + RecordBatchLayout.lengthOverhead }
    public var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    public var nextOffset: Int64 { lastOffset &+ 1 }
    /// Codec number, 0 (none) to 7; those above 4 are not defined.
    public var codecNumber: UInt8 { UInt8(truncatingIfNeeded: attributes & 7) }
    /// Whether what should be a batch says that its records are compressed; false if it is too short to say.
    public static func isCompressed(_ batch: UnsafeRawBufferPointer) -> Bool {
        batch.count >= RecordBatchLayout.records && batch[RecordBatchLayout.attributes + 1] & 7 != 0
    }
    public var isLogAppendTime: Bool { attributes & (1 << 3) != 0 }
    public var isTransactional: Bool { attributes & (1 << 4) != 0 }
    public var isControl: Bool { attributes & (1 << 5) != 0 }
    public var hasDeleteHorizon: Bool { attributes & (1 << 6) != 0 }
    public var hasProducer: Bool { producerID >= 0 }
    public var hasSequence: Bool { producerID >= 0 && baseSequence >= 0 }
    /// Sequence number of the last record; sequences wrap from 2^31-1 to 0.
    public var lastSequence: Int32 {
        guard baseSequence >= 0 else { return -1 }
        return Int32(truncatingIfNeeded: (Int64(baseSequence) + Int64(lastOffsetDelta)) & 0x7fff_ffff)
    }
}

/// CRC-32C as record batches carry it.
public enum CRC32C {
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        cplatform_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// The checksum a whole batch should carry.
    public static func ofBatch(_ batch: UnsafeRawBufferPointer) -> UInt32 {
        checksum(UnsafeRawBufferPointer(rebasing: batch[RecordBatchLayout.attributes...]))
    }
}

extension UnsafeRawBufferPointer {
    /// A big-endian integer at a byte position; the caller has checked that it is within bounds.
    @inlinable
    public func bigEndian<T: FixedWidthInteger>(at position: Int, as type: T.Type = T.self) -> T {
        T(bigEndian: loadUnaligned(fromByteOffset: position, as: T.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Stores an integer big-endian at a byte position; the caller has checked that it is within bounds.
    @inlinable
    public func storeBigEndian<T: FixedWidthInteger>(_ value: T, at position: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: position, as: T.self)
    }
}
