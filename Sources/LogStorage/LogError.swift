/// Why a log refused or failed a call. Servers translate it to their protocol's codes.
public enum LogError: Error, Equatable {
    /// The bytes are not a whole, valid batch: length, magic or CRC.
    case corruptBatch(reason: String)
    /// The batch is whole but breaks a rule for records from clients.
    case invalidRecord(reason: String)
    /// Records of a batch for a compacted log that have no key, by their index in the batch.
    case recordsWithoutKey(indexes: [Int32])
    /// Records of a batch that the topic has already, by their index in the batch.
    case duplicateRecords(indexes: [Int32])
    /// Whether the topic has the records already cannot be said now.
    case gateClosed(reason: String)
    /// The batch's codec number is not one of the five.
    case unsupportedCodec(number: UInt8)
    /// A batch above `LogConfiguration.batchBytesMax`.
    case batchTooLarge(sizeBytes: Int, limitBytes: Int)
    /// A batch above `LogConfiguration.segmentBytes`.
    case batchLargerThanSegment(sizeBytes: Int, limitBytes: Int)
    /// Compressed records that take more than this once inflated: in one batch, or in those of a request together.
    case inflatesTooFar(limitBytes: Int)
    /// A create time outside the topic's allowed distance from now.
    case timestampOutOfRange(timestampMS: Int64, nowMS: Int64)
    /// A producer that a newer epoch has replaced.
    case producerFenced(producerID: Int64, epoch: Int16, currentEpoch: Int16)
    /// A gap or a step back in a producer's sequence numbers.
    case sequenceOutOfOrder(producerID: Int64, got: Int32, expected: Int32)
    /// Transactional and control batches, which need a coordinator.
    case transactionsUnsupported
    case offsetOutOfRange(offset: Int64, start: Int64, end: Int64)
    /// The stored bytes at this offset fail their check: rot, not a torn tail.
    case damaged(offset: Int64, reason: String)
    case disk(DiskError)
    /// An earlier failure took the log out of service; the process must be restarted.
    case offline(reason: String)
    /// The log was deleted while the call was under way or before it.
    case deleted(log: LogName)
}

extension DiskError {
    public var description: String {
        switch code {
        case 28: "\(operation) \(path): no space left on the device; free some or raise the quota"
        case 5: "\(operation) \(path): input/output error; check the device"
        case 2: "\(operation) \(path): no such file or directory"
        case 17: "\(operation) \(path): a file of that name exists"
        case 20: "\(operation) \(path): not a directory"
        case 30: "\(operation) \(path): the file system is read-only"
        case 13: "\(operation) \(path): permission denied"
        case 24: "\(operation) \(path): too many open files; raise the limit (ulimit -n)"
        default: "\(operation) \(path): errno \(code)"
        }
    }
}
