/// One way to share out work that a member offers: for consumers an assignor and the member's subscription.
public struct GroupProtocol: Sendable, Hashable {
    /// The protocol's name, such as `range` or `cooperative-sticky`.
    public var name: String
    /// What the leader needs to know of the member; opaque to the coordinator.
    public var metadata: [UInt8]

    /// A protocol offered by a member.
    public init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

/// A client asks to be a member of a group (Kafka's JoinGroup).
public struct GroupJoin: Sendable, Equatable {
    /// The group, not empty.
    public var groupID: String
    /// The member's id, empty at the first join.
    public var memberID: String
    /// The name that makes a member static, if it has one (KIP-345).
    public var groupInstanceID: String?
    /// The client's name; the member's id begins with it.
    public var clientID: String
    /// Where the client connects from, for descriptions.
    public var clientHost: String
    /// How long the member may be silent, in milliseconds.
    public var sessionTimeoutMS: Int32
    /// How long the member needs to join again when the group rebalances, in milliseconds; a negative value
    /// means the session timeout (JoinGroup v0 has no such field).
    public var rebalanceTimeoutMS: Int32
    /// The kind of the protocols, `consumer` or `connect`, not empty.
    public var protocolType: String
    /// What the member offers, the preferred one first, not empty.
    public var protocols: [GroupProtocol]
    /// Whether a first join is to be answered with `memberIDRequired` (JoinGroup v4 and later, KIP-394).
    public var requiresKnownMemberID: Bool
    /// Whether the client understands `skipAssignment` (JoinGroup v9 and later).
    public var canSkipAssignment: Bool
    /// Why the client joins, for descriptions (KIP-800).
    public var reason: String?

    /// A join; the last three fields default to what old clients send.
    public init(
        groupID: String, memberID: String, groupInstanceID: String? = nil, clientID: String, clientHost: String,
        sessionTimeoutMS: Int32, rebalanceTimeoutMS: Int32, protocolType: String, protocols: [GroupProtocol],
        requiresKnownMemberID: Bool = false, canSkipAssignment: Bool = false, reason: String? = nil
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.clientID = clientID
        self.clientHost = clientHost
        self.sessionTimeoutMS = sessionTimeoutMS
        self.rebalanceTimeoutMS = rebalanceTimeoutMS
        self.protocolType = protocolType
        self.protocols = protocols
        self.requiresKnownMemberID = requiresKnownMemberID
        self.canSkipAssignment = canSkipAssignment
        self.reason = reason
    }
}

/// The answer to a join.
public struct GroupJoinReply: Sendable, Equatable {
    /// A member as the leader sees it.
    public struct Member: Sendable, Equatable {
        /// The member's id.
        public var memberID: String
        /// The member's static name, if it has one.
        public var groupInstanceID: String?
        /// The member's metadata for the chosen protocol.
        public var metadata: [UInt8]
    }

    /// Why the join was refused; `nil` if it was not.
    public var error: GroupError?
    /// The member's id; with `memberIDRequired`, the one to join with.
    public var memberID: String
    /// The group's generation, -1 with an error.
    public var generation: Int32 = -1
    /// The kind of the protocols (answered from v7); `nil` with an error.
    public var protocolType: String?
    /// The chosen protocol; `nil` with an error.
    public var protocolName: String?
    /// The leader's member id, empty with an error.
    public var leaderID: String = ""
    /// Whether the leader is to leave the assignment as it is (answered from v9).
    public var skipAssignment: Bool = false
    /// All members if this member is the leader, otherwise none.
    public var members: [Member] = []
}

/// A member asks for its assignment; the leader brings everyone's (Kafka's SyncGroup).
public struct GroupSync: Sendable, Equatable {
    /// What the leader assigned to one member.
    public struct Assignment: Sendable, Equatable {
        /// The member.
        public var memberID: String
        /// Its share, opaque to the coordinator.
        public var assignment: [UInt8]

        /// A member's share.
        public init(memberID: String, assignment: [UInt8]) {
            self.memberID = memberID
            self.assignment = assignment
        }
    }

    /// The group.
    public var groupID: String
    /// The member.
    public var memberID: String
    /// The member's static name, if it has one.
    public var groupInstanceID: String?
    /// The generation the join was answered with.
    public var generation: Int32
    /// The kind of the protocols, if the client says it (v5 and later).
    public var protocolType: String?
    /// The chosen protocol, if the client says it (v5 and later).
    public var protocolName: String?
    /// Everyone's share, from the leader only.
    public var assignments: [Assignment]

    /// A sync; followers bring no assignments.
    public init(
        groupID: String, memberID: String, groupInstanceID: String? = nil, generation: Int32,
        protocolType: String? = nil, protocolName: String? = nil, assignments: [Assignment] = []
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.generation = generation
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

/// The answer to a sync.
public struct GroupSyncReply: Sendable, Equatable {
    /// Why the sync was refused; `nil` if it was not.
    public var error: GroupError?
    /// The kind of the protocols (answered from v5); `nil` with an error.
    public var protocolType: String?
    /// The chosen protocol (answered from v5); `nil` with an error.
    public var protocolName: String?
    /// The member's share, empty with an error.
    public var assignment: [UInt8] = []
}

/// A member says that it lives (Kafka's Heartbeat).
public struct GroupHeartbeat: Sendable, Equatable {
    /// The group.
    public var groupID: String
    /// The member.
    public var memberID: String
    /// The member's static name, if it has one.
    public var groupInstanceID: String?
    /// The member's generation.
    public var generation: Int32

    /// A heartbeat.
    public init(groupID: String, memberID: String, groupInstanceID: String? = nil, generation: Int32) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.generation = generation
    }
}

/// Members leave, or an operator removes them (Kafka's LeaveGroup).
public struct GroupLeave: Sendable, Equatable {
    /// A member that leaves.
    public struct Member: Sendable, Equatable {
        /// The member's id; empty if the static name alone says who is meant.
        public var memberID: String
        /// The member's static name, if it has one.
        public var groupInstanceID: String?
        /// Why it leaves, for descriptions (KIP-800).
        public var reason: String?

        /// A member that leaves.
        public init(memberID: String, groupInstanceID: String? = nil, reason: String? = nil) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.reason = reason
        }
    }

    /// The group.
    public var groupID: String
    /// Who leaves; one member up to v2.
    public var members: [Member]

    /// A leave.
    public init(groupID: String, members: [Member]) {
        self.groupID = groupID
        self.members = members
    }
}

/// The answer to a leave.
public struct GroupLeaveReply: Sendable, Equatable {
    /// How it went for one member.
    public struct Member: Sendable, Equatable {
        /// The member's id as it was asked for.
        public var memberID: String
        /// The static name as it was asked for.
        public var groupInstanceID: String?
        /// Why the member was not removed; `nil` if it was.
        public var error: GroupError?
    }

    /// Why nothing was done at all; `nil` if something was.
    public var error: GroupError?
    /// One entry for each member asked for, in that order; empty with an error.
    public var members: [Member]
}
