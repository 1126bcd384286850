//                      first member joins
//           ┌─────────┐ ───────────────────► ┌───────────┐   all joined, or time is up   ┌────────────┐
//      ┌──► │  empty  │                      │ preparing │ ────────────────────────────► │ completing │
//      │    └─────────┘ ◄─────────────────── └───────────┘ ◄──────────────────────────── └────────────┘
//      │         │         nobody is left      ▲              a member comes, goes, changes     │
//      │ failed  │ deleted, or expired         │ a member comes, goes, changes                  │ the leader's
//      │         ▼                             │                                                │ assignment is
//      │    ┌─────────┐                   ┌────────┐                                            │ durable
//      └─── │  dead   │ ► forgotten       │ stable │ ◄──────────────────────────────────────────┘
//           └─────────┘                   └────────┘

/// One consumer group: who its members are, which generation they form, and how far they have read.
///
/// The classic protocol of Kafka's group coordinator, sans I/O: each event is a call, what follows from it goes to
/// `GroupEffects`. Members join; when all have, the generation goes up, one of them leads; it hands in an
/// assignment for all, and each asks for its share. Members and their metadata are opaque, but for the topics in a
/// consumer's subscription.
///
/// Requires: one owner, and `GroupEffects.time` set before each call.
struct ConsumerGroup: Sendable {
    enum Phase: Sendable {
        /// No members. Can go to `preparing` (first member) or `dead` (deleted or expired).
        case empty
        /// Members join. Can go to `completing`, or to `empty` if nobody is left.
        case preparing(JoinRound)
        /// The leader assigns; `assignmentWrite` is the write of what it said. Can go to `stable` or `preparing`.
        case completing(SyncRound, assignmentWrite: PersistToken?)
        /// Members work. Can go to `preparing`.
        case stable(SyncRound)
        /// The records that delete the group are being written. It is forgotten then, or `empty` again if they fail.
        case dead
    }

    /// A round in which the members join.
    struct JoinRound: Sendable {
        /// Who led the generation before, and does so again if it joins in time.
        var leaderIDBefore: String?
        /// When those who have joined go on without the others.
        var deadline = GroupDeadline()
        /// Set in the first round of an empty group.
        var initialDelay: InitialDelay?
    }

    /// The first round waits a fixed time for company, and longer while it keeps coming.
    struct InitialDelay: Sendable {
        var delayMS: Int64
        /// How much longer the rebalance timeout lets it be prolonged.
        var remainingMS: Int64
        var hasNewMember = false
    }

    /// A round in which the leader assigns and everyone asks for its share; it lasts until the next rebalance.
    struct SyncRound: Sendable {
        var leaderID: String
        let protocolName: String
        /// Members that have yet to ask; the deadline stands while there are any, and removes them.
        var owingCount: Int
        var deadline = GroupDeadline()
    }

    let id: String
    var phase = Phase.empty
    var generation: Int32 = 0
    /// `nil` if there never was a member.
    var protocolType: String?
    var members: [String: GroupMember] = [:]
    var memberIDsByInstance: [String: String] = [:]
    /// Member ids handed out and not yet used to join (KIP-394).
    var pendingMembers: [String: GroupDeadline] = [:]
    /// How many members offer each protocol. A protocol that all offer can be chosen.
    var supportCounts: [String: Int] = [:]
    /// How many members wait for their join to be answered.
    var joinedCount = 0
    /// What the members of the last generation read; `nil` if it is not known.
    var subscribedTopics: Set<String>?
    var offsets = CommittedOffsets()
    var expiry = GroupDeadline()
    var stateSinceWallMS: Int64 = 0
    var rebalanceCount: UInt64 = 0
    var lastRebalance: GroupDescription.Rebalance?
    var ordinalLast: UInt64 = 0

    init(id: String) {
        self.id = id
    }

    var state: GroupState {
        switch phase {
        case .empty: .empty
        case .preparing: .preparingRebalance
        case .completing: .completingRebalance
        case .stable: .stable
        case .dead: .dead
        }
    }

    /// Whether the group can be forgotten without a trace, since no record speaks of it.
    var isVacant: Bool {
        guard case .empty = phase else { return false }
        return generation == 0 && pendingMembers.isEmpty && offsets.isVacant
    }

    var syncRound: SyncRound? {
        get {
            switch phase {
            case .completing(let round, _), .stable(let round): round
            case .empty, .preparing, .dead: nil
            }
        }
        set {
            guard let newValue else { return }
            switch phase {
            case .completing(_, let write): phase = .completing(newValue, assignmentWrite: write)
            case .stable: phase = .stable(newValue)
            case .empty, .preparing, .dead: break
            }
        }
    }

    var memberIDsInOrder: [String] {
        members.values.sorted { $0.ordinal < $1.ordinal }.map(\.id)
    }

    /// Whether the request comes from a member, and from the present holder of its static name.
    func refusal(memberID: String, groupInstanceID: String?) -> GroupError? {
        if let groupInstanceID {
            guard let holder = memberIDsByInstance[groupInstanceID] else { return .unknownMemberID }
            if holder != memberID { return .fencedInstanceID }
        }
        return members[memberID] == nil ? .unknownMemberID : nil
    }

    /// Whether a joining member has a protocol in common with all members.
    func supports(protocolType: String, _ protocols: [GroupProtocol]) -> Bool {
        if case .empty = phase {
            return !protocolType.isEmpty && !protocols.isEmpty
        }
        return protocolType == self.protocolType
            && protocols.contains { supportCounts[$0.name, default: 0] == members.count }
    }

    /// The member has been heard of. Until its first join is answered it cannot be, so it gets longer.
    mutating func renewSession(of memberID: String, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID) else { return }
        let timeoutMS =
            members.values[index].isNew
            ? effects.configuration.newMemberJoinTimeoutMS : Int64(members.values[index].sessionTimeoutMS)
        effects.set(
            &members.values[index].session, .session(memberID: memberID), groupID: id, afterMS: timeoutMS)
    }

    mutating func enter(_ phase: Phase, _ effects: GroupEffects) {
        self.phase = phase
        stateSinceWallMS = effects.time.wallMS
    }
}
