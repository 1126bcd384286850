import Foundation
public import LogStorage
public import Replication

/// A topic as of one moment: replaced whole in the broker's registry when its partitions or settings change, so that
/// a request works on one state of it and takes no lock.
public final class Topic: Sendable {
    public let name: String
    /// Identity that a topic of the same name created later does not share; 16 bytes.
    public let id: TopicID
    public let isInternal: Bool
    public let partitions: [Partition]
    /// The settings that were given, by Kafka's names; the others have their defaults.
    public let settings: [String: String]
    public let logConfiguration: LogConfiguration

    init(
        name: String, id: TopicID, isInternal: Bool, partitions: [Partition], settings: [String: String],
        logConfiguration: LogConfiguration
    ) {
        self.name = name
        self.id = id
        self.isInternal = isInternal
        self.partitions = partitions
        self.settings = settings
        self.logConfiguration = logConfiguration
    }

    public func partition(_ index: Int32) throws(BrokerError) -> Partition {
        guard index >= 0, index < partitions.count else { throw .unknownPartition(topic: name, partition: index) }
        return partitions[Int(index)]
    }
}

/// A topic's 16-byte identity.
public struct TopicID: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ uuid: UUID) {
        (high, low) = withUnsafeBytes(of: uuid.uuid) { ($0.bigEndian(at: 0), $0.bigEndian(at: 8)) }
    }
}

/// One partition of a topic: its log and the rules for what clients may append to it.
public final class Partition: Sendable {
    public let topic: String
    public let index: Int32
    public let log: ReplicatedLog

    init(topic: String, index: Int32, log: ReplicatedLog) {
        self.topic = topic
        self.index = index
        self.log = log
    }

    /// Appends one batch as a client sent it. Offset, epoch and, where the topic asks for it, times are written into
    /// `batch`; the rest is stored as it is. Acknowledge when `log.whenCommitted(outcome.endOffset, …)` says so.
    /// Takes long if the batch is compressed: it is inflated to be checked.
    public func append(
        _ batch: UnsafeMutableRawBufferPointer, configuration: LogConfiguration, nowMS: Int64,
        inflation: inout InflationBudget
    ) throws(LogError) -> AppendOutcome {
        let validated = try BatchValidator.validate(
            batch, configuration: configuration, nowMS: nowMS, inflation: &inflation)
        return try log.append(validated, nowMS: nowMS)
    }

    /// Appends records of the broker's own or of callers without a batch: HTTP, groups.
    public func append(_ records: [Record], configuration: LogConfiguration, nowMS: Int64) throws(LogError)
        -> AppendOutcome
    {
        var builder = RecordBatchBuilder(codec: .none)
        for record in records { builder.append(record) }
        var bytes: [UInt8]
        do { bytes = try builder.build() } catch { throw .corruptBatch(reason: "\(error)") }
        let result: Result<AppendOutcome, LogError> = bytes.withUnsafeMutableBytes { buffer in
            do throws(LogError) {
                var inflation = InflationBudget()
                return .success(
                    try append(buffer, configuration: configuration, nowMS: nowMS, inflation: &inflation))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
