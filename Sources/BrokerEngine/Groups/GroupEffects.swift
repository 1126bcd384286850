/// What a group needs of its surroundings, and what it wants done: the clock and the deadlines, replies, writes.
///
/// A request is answered at once, or parked and released later. Parking is what makes «exactly once» easy to
/// see: `release` answers only a token that is parked, and takes it out.
struct GroupEffects: Sendable {
    let configuration: GroupConfiguration
    var time = GroupTime(monotonicMS: 0, wallMS: 0)
    var memberIDs: MemberIDGenerator
    private(set) var deadlines = GroupDeadlineQueue()
    private(set) var writes: [PersistToken: GroupWrite] = [:]
    private var parked: Set<RequestToken> = []
    private var actions: [GroupAction] = []
    private var writeLast: UInt64 = 0

    init(configuration: GroupConfiguration, memberIDs: MemberIDGenerator) {
        self.configuration = configuration
        self.memberIDs = memberIDs
    }

    var parkedCount: Int { parked.count }

    /// The actions since the last call, for the shell.
    mutating func takeActions() -> [GroupAction] {
        defer { actions = [] }
        return actions
    }

    // MARK: Replies

    /// Answers a request that is not parked.
    mutating func reply(_ token: RequestToken, _ reply: GroupReply) {
        actions.append(.reply(token, reply))
    }

    mutating func park(_ token: RequestToken) {
        parked.insert(token)
    }

    /// Answers a parked request, unless nobody waits for the answer any more.
    mutating func release(_ token: RequestToken, _ reply: @autoclosure () -> GroupReply) {
        if parked.remove(token) != nil {
            actions.append(.reply(token, reply()))
        }
    }

    mutating func forget(_ token: RequestToken) {
        parked.remove(token)
    }

    // MARK: Writes

    @discardableResult
    mutating func persist(_ records: [GroupRecord], groupID: String, for purpose: GroupWrite.Purpose) -> PersistToken {
        writeLast += 1
        let token = PersistToken(writeLast)
        writes[token] = GroupWrite(groupID: groupID, purpose: purpose)
        actions.append(.persist(token, groupID: groupID, records))
        return token
    }

    mutating func writeEnded(_ token: PersistToken) -> GroupWrite? {
        writes.removeValue(forKey: token)
    }

    // MARK: Deadlines

    mutating func set(
        _ deadline: inout GroupDeadline, _ kind: @autoclosure () -> GroupTimer.Kind, groupID: String, afterMS: Int64
    ) {
        deadlines.set(
            &deadline, to: saturatingSum(time.monotonicMS, afterMS),
            for: GroupTimer(groupID: groupID, kind: kind()))
    }

    /// Sets the deadline unless it passes earlier anyway.
    mutating func setNoLater(
        _ deadline: inout GroupDeadline, _ kind: @autoclosure () -> GroupTimer.Kind, groupID: String, afterMS: Int64
    ) {
        if let dueMS = deadlines.dueMS(of: deadline), dueMS <= saturatingSum(time.monotonicMS, afterMS) {
            return
        }
        set(&deadline, kind(), groupID: groupID, afterMS: afterMS)
    }

    mutating func remove(_ deadline: inout GroupDeadline) {
        deadlines.remove(&deadline)
    }

    mutating func popDue() -> GroupTimer? {
        deadlines.popDue(atMS: time.monotonicMS)
    }

    mutating func removeAllDeadlines() {
        deadlines = GroupDeadlineQueue()
    }
}

/// The sum of two times, at most the end of time: clients choose some of them.
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? (right > 0 ? .max : .min) : sum
}

/// A write under way, and what is to happen when it is durable.
struct GroupWrite: Sendable {
    enum Purpose: Sendable {
        /// Give the members their shares; the group becomes stable.
        case assignment([String: [UInt8]])
        /// Let a static member go on under its new id without a rebalance.
        case staticMember(memberID: String, RequestToken, leaderIDBefore: String, canSkipAssignment: Bool)
        /// Nothing: if it is lost, the generation before it comes back and dies of silence.
        case emptyGroup
        /// Show the offsets and acknowledge them.
        case commit([OffsetTopic<CommittedPartition>], RequestToken, OffsetCommitReply)
        /// Hide the offsets; answer whoever asked for it.
        case removal([OffsetTopic<Int32>], RequestToken?, OffsetDeleteReply)
        /// Forget the group; answer the given place of the request that asked for it.
        case groupDeletion(RequestToken?, index: Int)
    }

    struct CommittedPartition: Sendable, Equatable {
        let partition: Int32
        let committed: CommittedOffset
    }

    let groupID: String
    let purpose: Purpose
}
