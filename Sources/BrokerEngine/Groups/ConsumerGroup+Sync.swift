extension ConsumerGroup {
    mutating func sync(_ request: GroupSync, _ token: RequestToken, _ effects: inout GroupEffects) {
        if let error = refusal(of: request) {
            return effects.reply(token, .sync(.refused(error)))
        }
        switch phase {
        case .empty, .dead:
            effects.reply(token, .sync(.refused(.unknownMemberID)))
        case .preparing:
            effects.reply(token, .sync(.refused(.rebalanceInProgress)))
        case .completing(let round, let write):
            parkSync(of: request.memberID, token, &effects)
            settleSync(of: request.memberID, &effects)
            if round.leaderID == request.memberID, write == nil {
                persistAssignment(request.assignments, &effects)
            }
        case .stable(let round):
            settleSync(of: request.memberID, &effects)
            let assignment = members[request.memberID]?.assignment ?? []
            effects.reply(token, .sync(syncReply(round, assignment)))
            renewSession(of: request.memberID, &effects)
        }
    }

    /// The assignment is durable: everyone may have its share.
    mutating func assignmentPersisted(
        _ assignment: [String: [UInt8]], by write: PersistToken, _ effects: inout GroupEffects
    ) {
        // A rebalance that began meanwhile has told everyone to join again.
        guard case .completing(let round, assignmentWrite: write) = phase else { return }
        enter(.stable(round), effects)
        for memberID in memberIDsInOrder {
            guard let index = members.index(forKey: memberID) else { continue }
            members.values[index].assignment = assignment[memberID] ?? []
            if case .sync(let token) = members.values[index].waiting {
                members.values[index].waiting = .nothing
                effects.release(token, .sync(syncReply(round, assignment[memberID] ?? [])))
                renewSession(of: memberID, &effects)
            }
        }
        scheduleExpiry(&effects)
    }

    mutating func assignmentPersistFailed(by write: PersistToken, _ error: GroupError, _ effects: inout GroupEffects) {
        guard case .completing(_, assignmentWrite: write) = phase else { return }
        endSyncs(error, &effects)
        prepareRebalance("the assignment of generation \(generation) could not be written: \(error)", &effects)
        completeJoinIfAllJoined(&effects)
    }

    /// Members that have joined and never asked for their share are gone or broken.
    mutating func syncDeadlinePassed(_ effects: inout GroupEffects) {
        let late = memberIDsInOrder.filter { members[$0]?.owesSync == true }
        guard syncRound != nil, !late.isEmpty else { return }
        for memberID in late {
            removeMember(memberID, &effects)
        }
        prepareRebalance(
            "\(late.count) members did not ask for their assignment in time: \(late.joined(separator: ", "))", &effects)
        completeJoinIfAllJoined(&effects)
    }

    /// Takes the shares back and answers everyone who waits for one.
    mutating func endSyncs(_ error: GroupError, _ effects: inout GroupEffects) {
        for memberID in memberIDsInOrder {
            guard let index = members.index(forKey: memberID) else { continue }
            members.values[index].assignment = []
            if case .sync(let token) = members.values[index].waiting {
                members.values[index].waiting = .nothing
                effects.release(token, .sync(.refused(error)))
                renewSession(of: memberID, &effects)
            }
        }
    }

    private func refusal(of request: GroupSync) -> GroupError? {
        if case .dead = phase { return .coordinatorNotAvailable }
        if let error = refusal(memberID: request.memberID, groupInstanceID: request.groupInstanceID) {
            return error
        }
        if request.generation != generation { return .illegalGeneration }
        // While members join there is no protocol to name; they are told to join too.
        guard let round = syncRound else { return nil }
        if let name = request.protocolType, name != protocolType { return .inconsistentGroupProtocol }
        if let name = request.protocolName, name != round.protocolName { return .inconsistentGroupProtocol }
        return nil
    }

    private func syncReply(_ round: SyncRound, _ assignment: [UInt8]) -> GroupSyncReply {
        GroupSyncReply(
            error: nil, protocolType: protocolType, protocolName: round.protocolName, assignment: assignment)
    }

    private mutating func parkSync(of memberID: String, _ token: RequestToken, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID) else { return }
        if case .sync(let earlier) = members.values[index].waiting {
            effects.release(earlier, .sync(.refused(.rebalanceInProgress)))
        }
        members.values[index].waiting = .sync(token)
        effects.park(token)
    }

    /// The member has asked for its share.
    mutating func settleSync(of memberID: String, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID), members.values[index].owesSync,
            var round = syncRound
        else { return }
        members.values[index].owesSync = false
        round.owingCount -= 1
        if round.owingCount == 0 {
            effects.remove(&round.deadline)
        }
        syncRound = round
    }

    /// Writes the leader's assignment. Members it forgot get nothing, and it cannot give to those who are none.
    private mutating func persistAssignment(_ assignments: [GroupSync.Assignment], _ effects: inout GroupEffects) {
        guard case .completing(let round, _) = phase else { return }
        var assignment: [String: [UInt8]] = [:]
        for share in assignments where members[share.memberID] != nil {
            assignment[share.memberID] = share.assignment
        }
        let write = effects.persist(
            [.group(groupID: id, snapshot(assignment: assignment))], groupID: id, for: .assignment(assignment))
        phase = .completing(round, assignmentWrite: write)
    }
}
