extension ConsumerGroup {
    mutating func heartbeat(_ request: GroupHeartbeat, _ effects: inout GroupEffects) -> GroupError? {
        if case .dead = phase { return .coordinatorNotAvailable }
        if let error = refusal(memberID: request.memberID, groupInstanceID: request.groupInstanceID) {
            return error
        }
        if request.generation != generation { return .illegalGeneration }
        renewSession(of: request.memberID, &effects)
        switch phase {
        case .preparing: return .rebalanceInProgress
        case .empty, .completing, .stable, .dead: return nil
        }
    }

    mutating func leave(_ request: GroupLeave, _ effects: inout GroupEffects) -> GroupLeaveReply {
        if case .dead = phase {
            return GroupLeaveReply(error: .coordinatorNotAvailable, members: [])
        }
        let members = request.members.map { leaving in
            GroupLeaveReply.Member(
                memberID: leaving.memberID, groupInstanceID: leaving.groupInstanceID, error: leave(leaving, &effects))
        }
        return GroupLeaveReply(error: nil, members: members)
    }

    mutating func sessionExpired(_ memberID: String, _ effects: inout GroupEffects) {
        guard let member = members[memberID] else { return }
        // Who waits for an answer is alive, and its session begins anew with the answer; but a first join is not
        // waited for without end, since its client may have given up and come back under another id.
        guard member.isNew || member.waiting == .nothing else { return }
        let reason =
            member.isNew
            ? "member \(memberID) joined and was not answered in time"
            : "member \(memberID) was silent for its session timeout of \(member.sessionTimeoutMS) ms"
        removeAndRebalance(memberID, reason, &effects)
    }

    /// Takes the member out of the group and answers what it waits for. What follows is the caller's to decide.
    mutating func removeMember(_ memberID: String, _ effects: inout GroupEffects) {
        settleSync(of: memberID, &effects)
        guard var member = members.removeValue(forKey: memberID) else { return }
        effects.remove(&member.session)
        answer(&member, .unknownMemberID, memberID: "", &effects)
        for offered in member.protocols {
            supportCounts[offered.name, default: 0] -= 1
        }
        supportCounts = supportCounts.filter { $0.value > 0 }
        if let instanceID = member.groupInstanceID {
            memberIDsByInstance[instanceID] = nil
        }
    }

    /// Answers whatever the member waits for with an error.
    ///
    /// Requires: the member has been taken out of `members`.
    mutating func answer(
        _ member: inout GroupMember, _ error: GroupError, memberID: String, _ effects: inout GroupEffects
    ) {
        switch member.waiting {
        case .nothing:
            break
        case .join(let token):
            joinedCount -= 1
            effects.release(token, .join(.refused(error, memberID: memberID)))
        case .sync(let token):
            effects.release(token, .sync(.refused(error)))
        }
        member.waiting = .nothing
    }

    /// An operator names a static member by its instance id alone; a member names itself by its member id.
    private mutating func leave(_ leaving: GroupLeave.Member, _ effects: inout GroupEffects) -> GroupError? {
        var memberID = leaving.memberID
        if memberID.isEmpty {
            guard let holder = leaving.groupInstanceID.flatMap({ memberIDsByInstance[$0] }) else {
                return .unknownMemberID
            }
            memberID = holder
        } else if var deadline = pendingMembers.removeValue(forKey: memberID) {
            effects.remove(&deadline)
            completeJoinIfAllJoined(&effects)
            return nil
        } else if let error = refusal(memberID: memberID, groupInstanceID: leaving.groupInstanceID) {
            return error
        }
        let suffix = leaving.reason.map { "; the client says: \($0)" } ?? ""
        removeAndRebalance(memberID, "member \(memberID) left\(suffix)", &effects)
        return nil
    }

    private mutating func removeAndRebalance(
        _ memberID: String, _ reason: String, _ effects: inout GroupEffects
    ) {
        removeMember(memberID, &effects)
        prepareRebalance(reason, &effects)
        completeJoinIfAllJoined(&effects)
    }
}
