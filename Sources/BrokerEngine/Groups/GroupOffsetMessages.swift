/// A topic and something for each of some of its partitions.
public struct OffsetTopic<Partition: Sendable & Equatable>: Sendable, Equatable {
    /// The topic's name.
    public var topic: String
    /// One entry for each partition, in the order of the request.
    public var partitions: [Partition]

    /// A topic with its partitions.
    public init(topic: String, partitions: [Partition]) {
        self.topic = topic
        self.partitions = partitions
    }
}

/// How far a group has read (Kafka's OffsetCommit). The server checks that the topics exist.
public struct OffsetCommit: Sendable, Equatable {
    /// How far a group has read one partition.
    public struct Partition: Sendable, Equatable {
        /// The partition.
        public var partition: Int32
        /// The next offset to read.
        public var offset: Int64
        /// The leader epoch of the last record read, -1 if unknown.
        public var leaderEpoch: Int32
        /// The client's own text.
        public var metadata: String?

        /// A position to commit.
        public init(partition: Int32, offset: Int64, leaderEpoch: Int32 = -1, metadata: String? = nil) {
            self.partition = partition
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
        }
    }

    /// The group; may be empty, for clients that only keep offsets.
    public var groupID: String
    /// The member, empty for a client that is none.
    public var memberID: String
    /// The member's static name, if it has one.
    public var groupInstanceID: String?
    /// The member's generation, -1 for a client that is no member.
    public var generation: Int32
    /// How long to keep the offsets in milliseconds (v2 to v4), `nil` or negative for the configured time.
    public var retentionTimeMS: Int64?
    /// What to commit.
    public var topics: [OffsetTopic<Partition>]

    /// A commit; without member and generation it is that of a client which assigns partitions itself.
    public init(
        groupID: String, memberID: String = "", groupInstanceID: String? = nil, generation: Int32 = -1,
        retentionTimeMS: Int64? = nil, topics: [OffsetTopic<Partition>]
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.generation = generation
        self.retentionTimeMS = retentionTimeMS
        self.topics = topics
    }
}

/// The answer to a commit: durable where there is no error.
public struct OffsetCommitReply: Sendable, Equatable {
    /// How it went for one partition.
    public struct Partition: Sendable, Equatable {
        /// The partition.
        public var partition: Int32
        /// Why it was not committed; `nil` if it was.
        public var error: GroupError?
    }

    /// The topics and partitions of the request, in its order.
    public var topics: [OffsetTopic<Partition>]
}

/// A client asks how far a group has read (Kafka's OffsetFetch, one group).
public struct OffsetFetch: Sendable, Equatable {
    /// The group.
    public var groupID: String
    /// The partitions, or `nil` for all that have an offset.
    public var topics: [OffsetTopic<Int32>]?
    /// Whether a partition with a commit under way is to be refused with `unstableOffsetCommit` (v7 and later).
    public var requiresStable: Bool

    /// A question for offsets.
    public init(groupID: String, topics: [OffsetTopic<Int32>]?, requiresStable: Bool = false) {
        self.groupID = groupID
        self.topics = topics
        self.requiresStable = requiresStable
    }
}

/// The answer to a question for offsets.
public struct OffsetFetchReply: Sendable, Equatable {
    /// How far a group has read one partition.
    public struct Partition: Sendable, Equatable {
        /// The partition.
        public var partition: Int32
        /// The next offset to read, -1 if none was committed.
        public var offset: Int64
        /// The leader epoch of the last record read, -1 if unknown.
        public var leaderEpoch: Int32
        /// The client's own text, empty if it gave none.
        public var metadata: String
        /// Why there is no answer for this partition; a missing offset is no error.
        public var error: GroupError?
    }

    /// Why there is no answer at all; `nil` if there is one.
    public var error: GroupError?
    /// The partitions of the request in its order, or all with an offset, by name and number; empty with an error.
    public var topics: [OffsetTopic<Partition>]
}

/// An operator deletes offsets of a group (Kafka's OffsetDelete).
public struct OffsetDelete: Sendable, Equatable {
    /// The group.
    public var groupID: String
    /// The partitions.
    public var topics: [OffsetTopic<Int32>]

    /// A deletion of offsets.
    public init(groupID: String, topics: [OffsetTopic<Int32>]) {
        self.groupID = groupID
        self.topics = topics
    }
}

/// The answer to a deletion of offsets.
public struct OffsetDeleteReply: Sendable, Equatable {
    /// How it went for one partition.
    public struct Partition: Sendable, Equatable {
        /// The partition.
        public var partition: Int32
        /// Why the offset is still there; `nil` if there is none any more.
        public var error: GroupError?
    }

    /// Why nothing was done at all; `nil` if something was.
    public var error: GroupError?
    /// The partitions of the request in its order; empty with an error.
    public var topics: [OffsetTopic<Partition>]
}

/// How the deletion of a group went.
public struct DeletedGroup: Sendable, Equatable {
    /// The group.
    public var groupID: String
    /// Why the group is still there; `nil` if it and its offsets are gone.
    public var error: GroupError?
}
