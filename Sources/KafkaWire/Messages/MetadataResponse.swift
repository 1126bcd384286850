// Generated from Descriptors/Metadata.json by `swift run WireGenerator`; edit the descriptor.

public import NIOCore

/// Lists the brokers, topics and partition leaders of the cluster.
///
/// Covers versions 0–12, flexible from 9.
public struct MetadataResponse: KafkaMessage {
    /// The versions that can be read and written.
    public static var validVersions: ClosedRange<Int16> { 0...12 }

    /// Milliseconds for which a quota held the request back; 0 for none (versions 3–12).
    public var throttleTimeMS: Int32
    /// The brokers that are alive.
    public var brokers: [Broker]
    /// The id of the cluster (versions 2–12).
    public var clusterID: String?
    /// The broker that is the controller; -1 if there is none (versions 1–12).
    public var controllerID: Int32
    /// The topics; where it may be nil, nil stands for all.
    public var topics: [Topic]
    /// Bit set of the operations the client may do on the cluster; the least int32 if not asked for (versions 8–10).
    public var clusterAuthorizedOperations: Int32

    /// Memberwise; every field may be left at its default.
    public init(
        throttleTimeMS: Int32 = 0,
        brokers: [Broker] = [],
        clusterID: String? = nil,
        controllerID: Int32 = -1,
        topics: [Topic] = [],
        clusterAuthorizedOperations: Int32 = -2147483648
    ) {
        self.throttleTimeMS = throttleTimeMS
        self.brokers = brokers
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.topics = topics
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    /// Reads the fields that `version` has; the others keep their defaults.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        let flexible = version >= 9
        if version >= 3 {
            self.throttleTimeMS = try reader.readInt32()
        }
        let brokersCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 10)
        self.brokers.reserveCapacity(brokersCount)
        for _ in 0..<brokersCount {
            self.brokers.append(try Broker(from: &reader, version: version))
        }
        if version >= 2 {
            self.clusterID = try reader.readNullableString(compact: flexible)
        }
        if version >= 1 {
            self.controllerID = try reader.readInt32()
        }
        let topicsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 8)
        self.topics.reserveCapacity(topicsCount)
        for _ in 0..<topicsCount {
            self.topics.append(try Topic(from: &reader, version: version))
        }
        if version >= 8 && version <= 10 {
            self.clusterAuthorizedOperations = try reader.readInt32()
        }
        if flexible {
            try reader.skipTaggedFields()
        }
    }

    /// Writes the fields that `version` has and leaves out the others.
    public func encode(to buffer: inout ByteBuffer, version: Int16) {
        let flexible = version >= 9
        if version >= 3 {
            buffer.writeInteger(self.throttleTimeMS)
        }
        buffer.writeArrayCount(self.brokers.count, compact: flexible)
        for element in self.brokers {
            element.encode(to: &buffer, version: version)
        }
        if version >= 2 {
            buffer.writeNullableWireString(self.clusterID, compact: flexible)
        }
        if version >= 1 {
            buffer.writeInteger(self.controllerID)
        }
        buffer.writeArrayCount(self.topics.count, compact: flexible)
        for element in self.topics {
            element.encode(to: &buffer, version: version)
        }
        if version >= 8 && version <= 10 {
            buffer.writeInteger(self.clusterAuthorizedOperations)
        }
        if flexible {
            buffer.writeUnsignedVarint(0)
        }
    }

    /// A structure of versions 0–12.
    public struct Broker: Sendable, Equatable {
        /// The broker's id.
        public var nodeID: Int32
        /// The address to connect to.
        public var host: String
        /// The port to connect to.
        public var port: Int32
        /// The rack or zone of the broker (versions 1–12).
        public var rack: String?

        /// Memberwise; every field may be left at its default.
        public init(
            nodeID: Int32 = 0,
            host: String = "",
            port: Int32 = 0,
            rack: String? = nil
        ) {
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.rack = rack
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.nodeID = try reader.readInt32()
            self.host = try reader.readString(compact: flexible)
            self.port = try reader.readInt32()
            if version >= 1 {
                self.rack = try reader.readNullableString(compact: flexible)
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.nodeID)
            buffer.writeWireString(self.host, compact: flexible)
            buffer.writeInteger(self.port)
            if version >= 1 {
                buffer.writeNullableWireString(self.rack, compact: flexible)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–12.
    public struct Topic: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The name (nil only in version 12, elsewhere written as empty).
        public var name: String?
        /// The id of the topic; zero if it is named instead (versions 10–12).
        public var topicID: KafkaUUID
        /// Whether the topic belongs to the broker itself (versions 1–12).
        public var isInternal: Bool
        /// The partitions.
        public var partitions: [Partition]
        /// Bit set of the operations the client may do on the topic; the least int32 if not asked for (versions 8–12).
        public var topicAuthorizedOperations: Int32

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            name: String? = nil,
            topicID: KafkaUUID = .zero,
            isInternal: Bool = false,
            partitions: [Partition] = [],
            topicAuthorizedOperations: Int32 = -2147483648
        ) {
            self.errorCode = errorCode
            self.name = name
            self.topicID = topicID
            self.isInternal = isInternal
            self.partitions = partitions
            self.topicAuthorizedOperations = topicAuthorizedOperations
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.errorCode = try reader.readInt16()
            self.name = try reader.readNullableString(compact: flexible, nullable: version >= 12)
            if version >= 10 {
                self.topicID = try reader.readUUID()
            }
            if version >= 1 {
                self.isInternal = try reader.readBool()
            }
            let partitionsCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 18)
            self.partitions.reserveCapacity(partitionsCount)
            for _ in 0..<partitionsCount {
                self.partitions.append(try Partition(from: &reader, version: version))
            }
            if version >= 8 {
                self.topicAuthorizedOperations = try reader.readInt32()
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.errorCode)
            buffer.writeNullableWireString(self.name, compact: flexible, nullable: version >= 12)
            if version >= 10 {
                buffer.writeUUID(self.topicID)
            }
            if version >= 1 {
                buffer.writeWireBool(self.isInternal)
            }
            buffer.writeArrayCount(self.partitions.count, compact: flexible)
            for element in self.partitions {
                element.encode(to: &buffer, version: version)
            }
            if version >= 8 {
                buffer.writeInteger(self.topicAuthorizedOperations)
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }

    /// A structure of versions 0–12.
    public struct Partition: Sendable, Equatable {
        /// A `KafkaError`; 0 for none.
        public var errorCode: Int16
        /// The number of the partition, from 0.
        public var partitionIndex: Int32
        /// The broker that leads the partition; -1 for none.
        public var leaderID: Int32
        /// A leader epoch; -1 if unknown (versions 7–12).
        public var leaderEpoch: Int32
        /// The brokers that hold replicas.
        public var replicaNodes: [Int32]
        /// The brokers whose replicas are in sync.
        public var isrNodes: [Int32]
        /// The brokers whose replicas are offline (versions 5–12).
        public var offlineReplicas: [Int32]

        /// Memberwise; every field may be left at its default.
        public init(
            errorCode: Int16 = 0,
            partitionIndex: Int32 = 0,
            leaderID: Int32 = 0,
            leaderEpoch: Int32 = -1,
            replicaNodes: [Int32] = [],
            isrNodes: [Int32] = [],
            offlineReplicas: [Int32] = []
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
            self.replicaNodes = replicaNodes
            self.isrNodes = isrNodes
            self.offlineReplicas = offlineReplicas
        }

        /// Reads the fields that `version` has; the others keep their defaults.
        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.init()
            let flexible = version >= 9
            self.errorCode = try reader.readInt16()
            self.partitionIndex = try reader.readInt32()
            self.leaderID = try reader.readInt32()
            if version >= 7 {
                self.leaderEpoch = try reader.readInt32()
            }
            let replicaNodesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.replicaNodes.reserveCapacity(replicaNodesCount)
            for _ in 0..<replicaNodesCount {
                self.replicaNodes.append(try reader.readInt32())
            }
            let isrNodesCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
            self.isrNodes.reserveCapacity(isrNodesCount)
            for _ in 0..<isrNodesCount {
                self.isrNodes.append(try reader.readInt32())
            }
            if version >= 5 {
                let offlineReplicasCount = try reader.readArrayCount(compact: flexible, elementBytesMin: 4)
                self.offlineReplicas.reserveCapacity(offlineReplicasCount)
                for _ in 0..<offlineReplicasCount {
                    self.offlineReplicas.append(try reader.readInt32())
                }
            }
            if flexible {
                try reader.skipTaggedFields()
            }
        }

        /// Writes the fields that `version` has and leaves out the others.
        public func encode(to buffer: inout ByteBuffer, version: Int16) {
            let flexible = version >= 9
            buffer.writeInteger(self.errorCode)
            buffer.writeInteger(self.partitionIndex)
            buffer.writeInteger(self.leaderID)
            if version >= 7 {
                buffer.writeInteger(self.leaderEpoch)
            }
            buffer.writeArrayCount(self.replicaNodes.count, compact: flexible)
            for element in self.replicaNodes {
                buffer.writeInteger(element)
            }
            buffer.writeArrayCount(self.isrNodes.count, compact: flexible)
            for element in self.isrNodes {
                buffer.writeInteger(element)
            }
            if version >= 5 {
                buffer.writeArrayCount(self.offlineReplicas.count, compact: flexible)
                for element in self.offlineReplicas {
                    buffer.writeInteger(element)
                }
            }
            if flexible {
                buffer.writeUnsignedVarint(0)
            }
        }
    }
}
