// Generated from Descriptors/Fetch.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Reads record batches from partitions, waiting for a minimum of bytes.
///
/// Covers versions 4–12, flexible from 12.
public struct FetchResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 4...12 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none (versions 7–12).
    public var errorCode: Int16
    /// The fetch session; 0 for none (versions 7–12).
    public var sessionID: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        sessionID: Int32 = 0,
        topics: [Topic] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.sessionID = sessionID
        self.topics = topics
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 12
        self.throttleTimeMS = try reader.readInt32()
        if version >= 7 {
            self.errorCode = try reader.readInt16()
            self.sessionID = try reader.readInt32()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 12
        buffer.writeInteger(self.throttleTimeMS)
        if version >= 7 {
            buffer.writeInteger(self.errorCode)
            buffer.writeInteger(self.sessionID)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 4–12.
    public struct Topic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The partitions.
        public var partitions: [Partition]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitions: [Partition] = []
        ) {
            self.name = name
            self.partitions = partitions
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 12
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 30)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try Partition(from: &reader, version: version))
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 12
            buffer.writeWireString(self.name, compact: flexible)
            buffer.writeArrayCount(self.partitions.count, compact: flexible)
            for element in self.partitions {
                element.encode(to: &buffer, version: version)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 4–12.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The offset below which records are committed.
        public var highWatermark: Int64
        /// The offset below which all transactions have ended; -1 if unknown.
        public var lastStableOffset: Int64
        /// The first offset of the partition; -1 if unknown (versions 5–12).
        public var logStartOffset: Int64
        /// Where the reader's log leaves the leader's (version 12; tagged).
        public var divergingEpoch: EpochEndOffset
        /// Who leads the partition, if that is someone else (version 12; tagged).
        public var currentLeader: CurrentLeader
        /// The snapshot to load first, for replicas of the controller (version 12; tagged).
        public var snapshotID: SnapshotID
        /// Aborted transactions that overlap the records, for read_committed readers.
        public var abortedTransactions: [AbortedTransaction]?
        /// The broker to read from instead; -1 for the leader (versions 11–12).
        public var preferredReadReplica: Int32
        /// Record batches, unread; nil for none.
        public var records: ByteBuffer?

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0,
            highWatermark: Int64 = 0,
            lastStableOffset: Int64 = -1,
            logStartOffset: Int64 = -1,
            divergingEpoch: EpochEndOffset = EpochEndOffset(),
            currentLeader: CurrentLeader = CurrentLeader(),
            snapshotID: SnapshotID = SnapshotID(),
            abortedTransactions: [AbortedTransaction]? = nil,
            preferredReadReplica: Int32 = -1,
            records: ByteBuffer? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.highWatermark = highWatermark
            self.lastStableOffset = lastStableOffset
            self.logStartOffset = logStartOffset
            self.divergingEpoch = divergingEpoch
            self.currentLeader = currentLeader
            self.snapshotID = snapshotID
            self.abortedTransactions = abortedTransactions
            self.preferredReadReplica = preferredReadReplica
            self.records = records
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 12
            self.partitionIndex = try reader.readInt32()
            self.errorCode = try reader.readInt16()
            self.highWatermark = try reader.readInt64()
            self.lastStableOffset = try reader.readInt64()
            if version >= 5 {
                self.logStartOffset = try reader.readInt64()
            }
            let abortedTransactionsCount = try reader.readNullableArrayCount(
                compact: flexible, elementBytesMin: 16)
            if let abortedTransactionsCount {
                var abortedTransactions: [AbortedTransaction] = []
                abortedTransactions.reserveCapacity(abortedTransactionsCount)
                for _ in 0..<abortedTransactionsCount {
                    abortedTransactions.append(try AbortedTransaction(from: &reader, version: version))
                }
                self.abortedTransactions = abortedTransactions
            }
            if version >= 11 {
                self.preferredReadReplica = try reader.readInt32()
            }
            self.records = try reader.readNullableBytes(compact: flexible)
            if flexible {
                let tagCount = try reader.readUnsignedVarint()
                for _ in 0..<tagCount {
                    var tagged = try reader.readTaggedField()
                    switch tagged.tag {
                    case 0:
                        self.divergingEpoch = try EpochEndOffset(from: &tagged.reader, version: version)
                    case 1:
                        self.currentLeader = try CurrentLeader(from: &tagged.reader, version: version)
                    case 2:
                        self.snapshotID = try SnapshotID(from: &tagged.reader, version: version)
                    default:
                        break
                    }
                }
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 12
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.errorCode)
            buffer.writeInteger(self.highWatermark)
            buffer.writeInteger(self.lastStableOffset)
            if version >= 5 {
                buffer.writeInteger(self.logStartOffset)
            }
            if let abortedTransactions = self.abortedTransactions {
                buffer.writeArrayCount(abortedTransactions.count, compact: flexible)
                for element in abortedTransactions {
                    element.encode(to: &buffer, version: version)
                }
            } else {
                buffer.writeNullArray(compact: flexible)
            }
            if version >= 11 {
                buffer.writeInteger(self.preferredReadReplica)
            }
            buffer.writeNullableWireBytes(self.records, compact: flexible)
            if flexible {
                var section = TaggedFieldSection()
                if self.divergingEpoch != EpochEndOffset() {
                    var value = ByteBuffer()
                    self.divergingEpoch.encode(to: &value, version: version)
                    section.append(tag: 0, value)
                }
                if self.currentLeader != CurrentLeader() {
                    var value = ByteBuffer()
                    self.currentLeader.encode(to: &value, version: version)
                    section.append(tag: 1, value)
                }
                if self.snapshotID != SnapshotID() {
                    var value = ByteBuffer()
                    self.snapshotID.encode(to: &value, version: version)
                    section.append(tag: 2, value)
                }
                section.encode(to: &buffer)
            }
        }
    }

    /// A structure of version 12.
    public struct EpochEndOffset: Sendable, Equatable {
        /// A leader epoch.
        public var epoch: Int32
        /// The offset after the last record; -1 if unknown.
        public var endOffset: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            epoch: Int32 = -1,
            endOffset: Int64 = -1
        ) {
            self.epoch = epoch
            self.endOffset = endOffset
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.epoch = try reader.readInt32()
            self.endOffset = try reader.readInt64()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.epoch)
            buffer.writeInteger(self.endOffset)
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of version 12.
    public struct CurrentLeader: Sendable, Equatable {
        /// The broker that leads the partition; -1 for none.
        public var leaderID: Int32
        /// A leader epoch; -1 if unknown.
        public var leaderEpoch: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            leaderID: Int32 = -1,
            leaderEpoch: Int32 = -1
        ) {
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.leaderID = try reader.readInt32()
            self.leaderEpoch = try reader.readInt32()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.leaderID)
            buffer.writeInteger(self.leaderEpoch)
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of version 12.
    public struct SnapshotID: Sendable, Equatable {
        /// The offset after the last record; -1 if unknown.
        public var endOffset: Int64
        /// A leader epoch.
        public var epoch: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            endOffset: Int64 = -1,
            epoch: Int32 = -1
        ) {
            self.endOffset = endOffset
            self.epoch = epoch
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            self.endOffset = try reader.readInt64()
            self.epoch = try reader.readInt32()
            try reader.skipTaggedFields()
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            buffer.writeInteger(self.endOffset)
            buffer.writeInteger(self.epoch)
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 4–12.
    public struct AbortedTransaction: Sendable, Equatable {
        /// The producer's id; -1 for none.
        public var producerID: Int64
        /// The offset of the transaction's first record.
        public var firstOffset: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            producerID: Int64 = 0,
            firstOffset: Int64 = 0
        ) {
            self.producerID = producerID
            self.firstOffset = firstOffset
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 12
            self.producerID = try reader.readInt64()
            self.firstOffset = try reader.readInt64()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 12
            buffer.writeInteger(self.producerID)
            buffer.writeInteger(self.firstOffset)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
