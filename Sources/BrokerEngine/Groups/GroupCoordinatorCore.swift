/// All consumer groups of one coordinator, sans I/O.
///
/// The shell brings requests, the time, and the outcome of writes; it carries out the actions it gets back, in
/// order. It reads the log into a new core with `replay`, then calls `loaded`, and calls `advance` no later than
/// at `nextDeadlineMS`. Requests that come before `loaded` are told to wait.
///
///     let actions = core.join(request, token, at: time)     // replies, and records to append
///     …                                                     // append them; when they are durable:
///     let more = core.persisted(write, at: time)            // replies that waited for it
///
/// A client that disconnects while it waits has not left its group: the shell calls `forget`, and the member stays
/// until its session ends. Every other token that was handed in is answered once.
///
/// Requires: one owner, or a lock around it; time that does not go back.
public struct GroupCoordinatorCore: Sendable {
    /// Whether requests are answered.
    enum Activity: Sendable {
        case loading
        case active
        case resigned
    }

    /// A request to delete groups, of which some are still being deleted.
    struct Deletion: Sendable {
        var groups: [DeletedGroup]
        var openCount: Int
    }

    /// The limits and delays.
    public let configuration: GroupConfiguration
    var activity = Activity.loading
    var groups: [String: ConsumerGroup] = [:]
    var effects: GroupEffects
    var deletions: [RequestToken: Deletion] = [:]

    /// A coordinator that has yet to read its log. Member ids are made from `random`.
    public init(
        configuration: GroupConfiguration = GroupConfiguration(), random: any RandomNumberGenerator & Sendable
    ) {
        self.configuration = configuration
        self.effects = GroupEffects(configuration: configuration, memberIDs: MemberIDGenerator(random: random))
    }

    /// How many groups there are.
    public var groupCount: Int { groups.count }

    /// When `advance` has something to do, in monotonic milliseconds; `nil` if nothing is pending.
    public var nextDeadlineMS: Int64? { effects.deadlines.nextDueMS }

    // MARK: The log

    /// Takes over a record of the log, oldest first, before `loaded`. Throws for a record that is damaged.
    public mutating func replay(_ record: GroupRecord) throws(GroupRecordError) {
        switch try record.decoded() {
        case .offset(let groupID, let topic, let partition, let offset):
            groups[groupID, default: ConsumerGroup(id: groupID)].offsets
                .replay(topic: topic, partition: partition, offset)
        case .group(let groupID, let snapshot):
            groups[groupID, default: ConsumerGroup(id: groupID)].replay(snapshot)
        case .foreign:
            break
        }
    }

    /// The log has been read: requests are answered from now on, and members have a whole session to be heard of.
    public mutating func loaded(at time: GroupTime) -> [GroupAction] {
        effects.time = time
        activity = .active
        for groupID in groups.keys.sorted() {
            withGroup(groupID) { $0.loaded(&$1) }
        }
        return effects.takeActions()
    }

    /// The log belongs to another coordinator now, or the process stops: everyone who waits is told to look
    /// elsewhere, and nothing is kept.
    public mutating func resigned(at time: GroupTime) -> [GroupAction] {
        effects.time = time
        activity = .resigned
        for groupID in groups.keys.sorted() {
            for member in groups[groupID]?.members.values.sorted(by: { $0.ordinal < $1.ordinal }) ?? [] {
                switch member.waiting {
                case .nothing: break
                case .join(let token):
                    effects.release(token, .join(.refused(.notCoordinator, memberID: member.id)))
                case .sync(let token):
                    effects.release(token, .sync(.refused(.notCoordinator)))
                }
            }
        }
        groups = [:]
        effects.removeAllDeadlines()
        for write in effects.writes.keys.sorted() {
            writeEnded(write, .notCoordinator)
        }
        return effects.takeActions()
    }

    // MARK: Time

    /// Does what is due: ends sessions and rebalances, deletes expired offsets.
    public mutating func advance(to time: GroupTime) -> [GroupAction] {
        effects.time = time
        while let timer = effects.popDue() {
            withGroup(timer.groupID) { group, effects in
                switch timer.kind {
                case .session(let memberID): group.sessionExpired(memberID, &effects)
                case .pendingMember(let memberID): group.pendingMemberExpired(memberID, &effects)
                case .join: group.joinDeadlinePassed(&effects)
                case .sync: group.syncDeadlinePassed(&effects)
                case .expiry: group.expiryDue(&effects)
                }
            }
        }
        return effects.takeActions()
    }

    // MARK: Membership

    /// A client joins a group; the reply comes when the rebalance it takes part in has everyone's join.
    public mutating func join(_ request: GroupJoin, _ token: RequestToken, at time: GroupTime) -> [GroupAction] {
        effects.time = time
        if let error = refusal(groupID: request.groupID) ?? refusal(of: request) {
            effects.reply(token, .join(.refused(error, memberID: request.memberID)))
            return effects.takeActions()
        }
        if request.memberID.isEmpty, groups[request.groupID] == nil {
            groups[request.groupID] = ConsumerGroup(id: request.groupID)
        }
        if !withGroup(request.groupID, { $0.join(request, token, &$1) }) {
            effects.reply(token, .join(.refused(.unknownMemberID, memberID: request.memberID)))
        }
        return effects.takeActions()
    }

    /// A member asks for its share; the reply comes when the leader's assignment is durable.
    public mutating func sync(_ request: GroupSync, _ token: RequestToken, at time: GroupTime) -> [GroupAction] {
        effects.time = time
        if let error = refusal(groupID: request.groupID) {
            // What the group was doing is lost with the former coordinator; the member joins again, without a
            // detour that old clients do not know how to take here.
            let told = error == .coordinatorLoadInProgress ? .rebalanceInProgress : error
            effects.reply(token, .sync(.refused(told)))
        } else if !withGroup(request.groupID, { $0.sync(request, token, &$1) }) {
            effects.reply(token, .sync(.refused(.unknownMemberID)))
        }
        return effects.takeActions()
    }

    /// A member says that it lives. Answered at once: `nil` if all is well.
    public mutating func heartbeat(_ request: GroupHeartbeat, at time: GroupTime) -> GroupError? {
        effects.time = time
        if let error = refusal(groupID: request.groupID) {
            // While the log is read nobody can be told anything better than to go on.
            return error == .coordinatorLoadInProgress ? nil : error
        }
        var error: GroupError? = .unknownMemberID
        withGroup(request.groupID) { error = $0.heartbeat(request, &$1) }
        return error
    }

    /// Members leave. Answered at once; the other actions begin the rebalance that follows.
    public mutating func leave(_ request: GroupLeave, _ token: RequestToken, at time: GroupTime) -> [GroupAction] {
        effects.time = time
        if let error = refusal(groupID: request.groupID) {
            effects.reply(token, .leave(GroupLeaveReply(error: error, members: [])))
            return effects.takeActions()
        }
        var reply = GroupLeaveReply(
            error: nil,
            members: request.members.map {
                GroupLeaveReply.Member(
                    memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, error: .unknownMemberID)
            })
        withGroup(request.groupID) { reply = $0.leave(request, &$1) }
        effects.reply(token, .leave(reply))
        return effects.takeActions()
    }

    /// Nobody waits for this request any more, because its connection is gone. Its member stays in the group.
    public mutating func forget(_ token: RequestToken) {
        effects.forget(token)
    }

    // MARK: Helpers

    /// Does something with a group, and forgets the group if that leaves nothing of it. `false` if there is none.
    @discardableResult
    mutating func withGroup(_ groupID: String, _ body: (inout ConsumerGroup, inout GroupEffects) -> Void) -> Bool {
        guard let index = groups.index(forKey: groupID) else { return false }
        body(&groups.values[index], &effects)
        if groups.values[index].isVacant {
            groups.values[index].removeDeadlines(&effects)
            groups.remove(at: index)
        }
        return true
    }

    /// Why no request for this group can be served.
    func refusal(groupID: String, mayBeEmpty: Bool = false) -> GroupError? {
        if groupID.utf8.count > configuration.nameBytesMax || (groupID.isEmpty && !mayBeEmpty) {
            return .invalidGroupID
        }
        switch activity {
        case .loading: return .coordinatorLoadInProgress
        case .resigned: return .notCoordinator
        case .active: return nil
        }
    }

    private func refusal(of request: GroupJoin) -> GroupError? {
        let bounds = configuration.sessionTimeoutMSMin...configuration.sessionTimeoutMSMax
        guard bounds.contains(request.sessionTimeoutMS) else { return .invalidSessionTimeout }
        let names = [request.clientID, request.clientHost, request.groupInstanceID ?? "", request.protocolType]
        let isTooLong = { (name: String) in name.utf8.count > configuration.nameBytesMax }
        return names.contains(where: isTooLong) || request.protocols.contains { isTooLong($0.name) }
            ? .invalidRequest : nil
    }
}
