/// Where a group stands, under the names that Kafka's tools show.
public enum GroupState: String, Sendable, CaseIterable {
    /// No members; offsets may be kept.
    case empty = "Empty"
    /// Waiting for the members to join.
    case preparingRebalance = "PreparingRebalance"
    /// Waiting for the leader's assignment.
    case completingRebalance = "CompletingRebalance"
    /// Every member may have its assignment.
    case stable = "Stable"
    /// Deleted, or never there.
    case dead = "Dead"
}

/// What a group looks like from outside (Kafka's DescribeGroups, and more for the admin views).
public struct GroupDescription: Sendable, Equatable {
    /// A member from outside.
    public struct Member: Sendable, Equatable {
        /// The member's id.
        public var memberID: String
        /// The member's static name, if it has one.
        public var groupInstanceID: String?
        /// The client's name.
        public var clientID: String
        /// Where the client connects from.
        public var clientHost: String
        /// The member's metadata for the chosen protocol; empty unless the group is stable.
        public var metadata: [UInt8]
        /// The member's share; empty unless the group is stable.
        public var assignment: [UInt8]
    }

    /// Why the group last began to rebalance.
    public struct Rebalance: Sendable, Equatable {
        /// The cause, in words.
        public var reason: String
        /// When it began, in milliseconds since 1970.
        public var startedWallMS: Int64
        /// The generation that it ended.
        public var generation: Int32
    }

    /// Why there is no answer; `nil` if there is one. An unknown group is no error: it is `dead`.
    public var error: GroupError?
    /// The group.
    public var groupID: String
    /// Where it stands.
    public var state: GroupState = .dead
    /// The kind of its protocols; empty for a group that only keeps offsets.
    public var protocolType: String = ""
    /// The chosen protocol; empty unless the group is stable.
    public var protocolName: String = ""
    /// Its members in the order in which they joined.
    public var members: [Member] = []
    /// Its generation.
    public var generation: Int32 = 0
    /// Its leader's member id, while there is one.
    public var leaderID: String?
    /// Member ids handed out and not yet used to join.
    public var pendingMemberCount: Int = 0
    /// How many partitions have a committed offset.
    public var committedOffsetCount: Int = 0
    /// When it came to its state, in milliseconds since 1970.
    public var stateSinceWallMS: Int64 = 0
    /// How many rebalances it began since the coordinator started.
    public var rebalanceCount: UInt64 = 0
    /// The last of them.
    public var lastRebalance: Rebalance?
}

/// A line in the list of groups (Kafka's ListGroups).
public struct GroupListing: Sendable, Equatable {
    /// The group.
    public var groupID: String
    /// The kind of its protocols; empty for a group that only keeps offsets.
    public var protocolType: String
    /// Where it stands.
    public var state: GroupState
    /// The kind of the group: always `classic`.
    public var groupType: String { "classic" }
}
