// Generated from Descriptors/Fetch.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Reads record batches from partitions, waiting for a minimum of bytes.
///
/// Covers versions 4–12, flexible from 12.
public struct FetchRequest: KafkaRequest {
    /// The message that answers this one.
    public typealias Response = FetchResponse

    /// The API this message belongs to.
    public static var apiKey: APIKey { .fetch }

    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 4...12 }

    /// The id of the cluster (version 12; tagged).
    public var clusterID: String?
    /// The follower that asks; -1 for a client.
    public var replicaID: Int32
    /// The longest time in milliseconds to wait for `minBytes`.
    public var maxWaitMS: Int32
    /// The least bytes of records to answer with before `maxWaitMS` is over.
    public var minBytes: Int32
    /// The most bytes of records in the response, all partitions together.
    public var maxBytes: Int32
    /// 0 read_uncommitted, 1 read_committed.
    public var isolationLevel: Int8
    /// The fetch session; 0 for none (versions 7–12).
    public var sessionID: Int32
    /// The next step of the fetch session: 0 opens one, -1 goes without (versions 7–12).
    public var sessionEpoch: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Partitions to take out of the fetch session (versions 7–12).
    public var forgottenTopics: [ForgottenTopic]
    /// The rack or zone of the client (versions 11–12).
    public var rackID: String

    /// Memberwise; every field may be left at its default.
    public init(
        clusterID: String? = nil,
        replicaID: Int32 = -1,
        maxWaitMS: Int32 = 0,
        minBytes: Int32 = 0,
        maxBytes: Int32 = 2147483647,
        isolationLevel: Int8 = 0,
        sessionID: Int32 = 0,
        sessionEpoch: Int32 = -1,
        topics: [Topic] = [],
        forgottenTopics: [ForgottenTopic] = [],
        rackID: String = ""
    ) {
        self.clusterID = clusterID
        self.replicaID = replicaID
        self.maxWaitMS = maxWaitMS
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.isolationLevel = isolationLevel
        self.sessionID = sessionID
        self.sessionEpoch = sessionEpoch
        self.topics = topics
        self.forgottenTopics = forgottenTopics
        self.rackID = rackID
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 12
        self.replicaID = try reader.readInt32()
        self.maxWaitMS = try reader.readInt32()
        self.minBytes = try reader.readInt32()
        self.maxBytes = try reader.readInt32()
        self.isolationLevel = try reader.readInt8()
        if version >= 7 {
            self.sessionID = try reader.readInt32()
            self.sessionEpoch = try reader.readInt32()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        if version >= 7 {
            let forgottenTopicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.forgottenTopics.reserveCapacity(forgottenTopicsCount)
            for _ in 0..<forgottenTopicsCount {
                self.forgottenTopics.append(try ForgottenTopic(from: &reader, version: version))
            }
        }
        if version >= 11 {
            self.rackID = try reader.readString(compact: flexible)
        }
        if flexible {
            let tagCount = try reader.readUnsignedVarint()
            for _ in 0..<tagCount {
                var tagged = try reader.readTaggedField()
                switch tagged.tag {
                case 0:
                    self.clusterID = try tagged.reader.readNullableString(compact: true)
                default:
                    break
                }
            }
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 12
        buffer.writeInteger(self.replicaID)
        buffer.writeInteger(self.maxWaitMS)
        buffer.writeInteger(self.minBytes)
        buffer.writeInteger(self.maxBytes)
        buffer.writeInteger(self.isolationLevel)
        if version >= 7 {
            buffer.writeInteger(self.sessionID)
            buffer.writeInteger(self.sessionEpoch)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if version >= 7 {
            buffer.writeArrayCount(self.forgottenTopics.count, compact: flexible)
            for element in self.forgottenTopics {
                element.encode(to: &buffer, version: version)
            }
        }
        if version >= 11 {
            buffer.writeWireString(self.rackID, compact: flexible)
        }
        if flexible {
            var section = TaggedFieldSection()
            if self.clusterID != nil {
                var value = ByteBuffer()
                value.writeNullableWireString(self.clusterID, compact: true)
                section.append(tag: 0, value)
            }
            section.encode(to: &buffer)
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
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 16)
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
        /// The leader epoch the client knows; -1 for no check (versions 9–12).
        public var currentLeaderEpoch: Int32
        /// The first offset to read.
        public var fetchOffset: Int64
        /// The leader epoch of the last record the reader has; -1 for none (version 12).
        public var lastFetchedEpoch: Int32
        /// The first offset of the partition; -1 if unknown (versions 5–12).
        public var logStartOffset: Int64
        /// The most bytes of records of this partition.
        public var partitionMaxBytes: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            currentLeaderEpoch: Int32 = -1,
            fetchOffset: Int64 = 0,
            lastFetchedEpoch: Int32 = -1,
            logStartOffset: Int64 = -1,
            partitionMaxBytes: Int32 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.fetchOffset = fetchOffset
            self.lastFetchedEpoch = lastFetchedEpoch
            self.logStartOffset = logStartOffset
            self.partitionMaxBytes = partitionMaxBytes
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 12
            self.partitionIndex = try reader.readInt32()
            if version >= 9 {
                self.currentLeaderEpoch = try reader.readInt32()
            }
            self.fetchOffset = try reader.readInt64()
            if version >= 12 {
                self.lastFetchedEpoch = try reader.readInt32()
            }
            if version >= 5 {
                self.logStartOffset = try reader.readInt64()
            }
            self.partitionMaxBytes = try reader.readInt32()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 12
            buffer.writeInteger(self.partitionIndex)
            if version >= 9 {
                buffer.writeInteger(self.currentLeaderEpoch)
            }
            buffer.writeInteger(self.fetchOffset)
            if version >= 12 {
                buffer.writeInteger(self.lastFetchedEpoch)
            }
            if version >= 5 {
                buffer.writeInteger(self.logStartOffset)
            }
            buffer.writeInteger(self.partitionMaxBytes)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 7–12.
    public struct ForgottenTopic: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The partitions.
        public var partitions: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            name: String = "",
            partitions: [Int32] = []
        ) {
            self.name = name
            self.partitions = partitions
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 12
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try reader.readInt32())
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
                buffer.writeInteger(element)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
