// Generated from Descriptors/DescribeLogDirs.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Shows how many bytes partitions take in each log directory.
///
/// Covers versions 0–4, flexible from 2.
public struct DescribeLogDirsResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...4 }

    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32
    /// A `KafkaError`; 0 for none (versions 3–4).
    public var errorCode: Int16
    /// The directories that hold logs.
    public var logDirs: [LogDir]

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        errorCode: Int16 = 0,
        logDirs: [LogDir] = []
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.errorCode = errorCode
        self.logDirs = logDirs
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 2
        self.throttleTimeMS = try reader.readInt32()
        if version >= 3 {
            self.errorCode = try reader.readInt16()
        }
        let logDirsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 5)
        self.logDirs.reserveCapacity(logDirsCount)
        for _ in 0..<logDirsCount {
            self.logDirs.append(try LogDir(from: &reader, version: version))
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 2
        buffer.writeInteger(self.throttleTimeMS)
        if version >= 3 {
            buffer.writeInteger(self.errorCode)
        }
        buffer.writeArrayCount(self.logDirs.count, compact: flexible)
        for element in self.logDirs {
            element.encode(to: &buffer, version: version)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–4.
    public struct LogDir: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The path of the directory.
        public var path: String
        /// The topics; where it may be nil, nil stands for all.
        public var topics: [Topic]
        /// The size of the volume; -1 if unknown (version 4).
        public var totalBytes: Int64
        /// The bytes left on the volume; -1 if unknown (version 4).
        public var usableBytes: Int64

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            path: String = "",
            topics: [Topic] = [],
            totalBytes: Int64 = -1,
            usableBytes: Int64 = -1
        ) {
            self.errorCode = errorCode
            self.path = path
            self.topics = topics
            self.totalBytes = totalBytes
            self.usableBytes = usableBytes
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            self.errorCode = try reader.readInt16()
            self.path = try reader.readString(compact: flexible)
            let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
            self.topics.reserveCapacity(topicsCount)
            for _ in 0..<topicsCount {
                self.topics.append(try Topic(from: &reader, version: version))
            }
            if version >= 4 {
                self.totalBytes = try reader.readInt64()
                self.usableBytes = try reader.readInt64()
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeInteger(self.errorCode)
            buffer.writeWireString(self.path, compact: flexible)
            buffer.writeArrayCount(self.topics.count, compact: flexible)
            for element in self.topics {
                element.encode(to: &buffer, version: version)
            }
            if version >= 4 {
                buffer.writeInteger(self.totalBytes)
                buffer.writeInteger(self.usableBytes)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–4.
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
            let flexible = version >= 2
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 21)
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
            let flexible = version >= 2
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

    /// A structure of versions 0–4.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// Bytes of the partition's segments.
        public var sizeBytes: Int64
        /// Records the copy is behind.
        public var offsetLag: Int64
        /// Whether this copy is still being moved into its directory.
        public var isFuture: Bool

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            sizeBytes: Int64 = 0,
            offsetLag: Int64 = 0,
            isFuture: Bool = false
        ) {
            self.partitionIndex = partitionIndex
            self.sizeBytes = sizeBytes
            self.offsetLag = offsetLag
            self.isFuture = isFuture
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 2
            self.partitionIndex = try reader.readInt32()
            self.sizeBytes = try reader.readInt64()
            self.offsetLag = try reader.readInt64()
            self.isFuture = try reader.readBool()
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 2
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.sizeBytes)
            buffer.writeInteger(self.offsetLag)
            buffer.writeWireBool(self.isFuture)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
