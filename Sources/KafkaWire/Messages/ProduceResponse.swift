// Generated from Descriptors/Produce.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Appends record batches to partitions; acks 0 has no response.
///
/// Covers versions 3–9, flexible from 9.
public struct ProduceResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 3...9 }

    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Milliseconds for which a quota held the request back; 0 for none.
    public var throttleTimeMS: Int32

    /// Memberwise; every field may be left at its default.
    public init(
        topics: [Topic] = [],
        throttleTimeMS: Int32 = 0
    ) {
        self.topics = topics
        self.throttleTimeMS = throttleTimeMS
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 9
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 3)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        self.throttleTimeMS = try reader.readInt32()
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 9
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        buffer.writeInteger(self.throttleTimeMS)
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 3–9.
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
            let flexible = version >= 9
            self.name = try reader.readString(compact: flexible)
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 22)
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
            let flexible = version >= 9
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

    /// A structure of versions 3–9.
    public struct Partition: Sendable, Equatable {
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The offset of the first record written.
        public var baseOffset: Int64
        /// The time of writing in milliseconds since 1970; -1 if the records keep their own times.
        public var logAppendTimeMS: Int64
        /// The first offset of the partition; -1 if unknown (versions 5–9).
        public var logStartOffset: Int64
        /// The records that were refused (versions 8–9).
        public var recordErrors: [RecordError]
        /// The error in words (versions 8–9).
        public var errorMessage: String?

        /// Memberwise; every field may be left at its default.
        public init(
            partitionIndex: Int32 = 0,
            errorCode: Int16 = 0,
            baseOffset: Int64 = 0,
            logAppendTimeMS: Int64 = -1,
            logStartOffset: Int64 = -1,
            recordErrors: [RecordError] = [],
            errorMessage: String? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.baseOffset = baseOffset
            self.logAppendTimeMS = logAppendTimeMS
            self.logStartOffset = logStartOffset
            self.recordErrors = recordErrors
            self.errorMessage = errorMessage
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.partitionIndex = try reader.readInt32()
            self.errorCode = try reader.readInt16()
            self.baseOffset = try reader.readInt64()
            self.logAppendTimeMS = try reader.readInt64()
            if version >= 5 {
                self.logStartOffset = try reader.readInt64()
            }
            if version >= 8 {
                let recordErrorsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 6)
                self.recordErrors.reserveCapacity(recordErrorsCount)
                for _ in 0..<recordErrorsCount {
                    self.recordErrors.append(try RecordError(from: &reader, version: version))
                }
                self.errorMessage = try reader.readNullableString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.errorCode)
            buffer.writeInteger(self.baseOffset)
            buffer.writeInteger(self.logAppendTimeMS)
            if version >= 5 {
                buffer.writeInteger(self.logStartOffset)
            }
            if version >= 8 {
                buffer.writeArrayCount(self.recordErrors.count, compact: flexible)
                for element in self.recordErrors {
                    element.encode(to: &buffer, version: version)
                }
                buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 8–9.
    public struct RecordError: Sendable, Equatable {
        /// The record's place in the batch, from 0.
        public var batchIndex: Int32
        /// The error in words.
        public var errorMessage: String?

        /// Memberwise; every field may be left at its default.
        public init(
            batchIndex: Int32 = 0,
            errorMessage: String? = nil
        ) {
            self.batchIndex = batchIndex
            self.errorMessage = errorMessage
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.batchIndex = try reader.readInt32()
            self.errorMessage = try reader.readNullableString(compact: flexible)
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.batchIndex)
            buffer.writeNullableWireString(self.errorMessage, compact: flexible)
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
