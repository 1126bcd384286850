extension ConsumerGroup {
    mutating func join(_ request: GroupJoin, _ token: RequestToken, _ effects: inout GroupEffects) {
        let refuse = { (error: GroupError, memberID: String, effects: inout GroupEffects) in
            effects.reply(token, .join(.refused(error, memberID: memberID)))
        }
        if case .dead = phase {
            return refuse(.coordinatorNotAvailable, request.memberID, &effects)
        }
        guard hasRoom(for: request.memberID, effects.configuration) else {
            removeMember(request.memberID, &effects)
            refuse(.groupMaxSizeReached, "", &effects)
            return completeJoinIfAllJoined(&effects)
        }
        guard supports(protocolType: request.protocolType, request.protocols) else {
            return refuse(.inconsistentGroupProtocol, request.memberID, &effects)
        }
        if request.memberID.isEmpty {
            joinFirst(request, token, &effects)
        } else if pendingMembers[request.memberID] != nil {
            // A static member is never asked to come back with an id, so this is somebody else's id.
            guard request.groupInstanceID == nil else {
                return refuse(.unknownMemberID, request.memberID, &effects)
            }
            addMember(request.memberID, request, token, &effects)
        } else if let error = refusal(memberID: request.memberID, groupInstanceID: request.groupInstanceID) {
            return refuse(error, request.memberID, &effects)
        } else {
            joinAgain(request, token, &effects)
        }
        completeJoinIfAllJoined(&effects)
    }

    mutating func pendingMemberExpired(_ memberID: String, _ effects: inout GroupEffects) {
        pendingMembers[memberID] = nil
        completeJoinIfAllJoined(&effects)
    }

    /// Members that have joined a rebalance keep their place in it; otherwise those who come first have it.
    private func hasRoom(for memberID: String, _ configuration: GroupConfiguration) -> Bool {
        switch phase {
        case .empty, .dead: true
        case .preparing: members[memberID]?.hasJoined == true || joinedCount < configuration.groupSizeMax
        case .completing, .stable: members[memberID] != nil || members.count < configuration.groupSizeMax
        }
    }

    private mutating func joinFirst(_ request: GroupJoin, _ token: RequestToken, _ effects: inout GroupEffects) {
        if let instanceID = request.groupInstanceID {
            let memberID = effects.memberIDs.next(prefix: instanceID)
            if let memberIDBefore = memberIDsByInstance[instanceID] {
                replaceMember(memberIDBefore, with: memberID, request, token, &effects)
            } else {
                addMember(memberID, request, token, &effects)
            }
            return
        }
        guard request.requiresKnownMemberID else {
            return addMember(effects.memberIDs.next(prefix: request.clientID), request, token, &effects)
        }
        guard pendingMembers.count < effects.configuration.pendingMembersMax else {
            return effects.reply(token, .join(.refused(.groupMaxSizeReached, memberID: "")))
        }
        let memberID = effects.memberIDs.next(prefix: request.clientID)
        var deadline = GroupDeadline()
        effects.set(
            &deadline, .pendingMember(memberID: memberID), groupID: id, afterMS: Int64(request.sessionTimeoutMS))
        pendingMembers[memberID] = deadline
        effects.reply(token, .join(.refused(.memberIDRequired, memberID: memberID)))
    }

    private mutating func addMember(
        _ memberID: String, _ request: GroupJoin, _ token: RequestToken, _ effects: inout GroupEffects
    ) {
        if var deadline = pendingMembers.removeValue(forKey: memberID) {
            effects.remove(&deadline)
        }
        if case .preparing(var round) = phase, generation == 0 {
            round.initialDelay?.hasNewMember = true
            phase = .preparing(round)
        }
        if members.isEmpty {
            protocolType = request.protocolType
        }
        ordinalLast += 1
        let member = GroupMember(
            id: memberID, groupInstanceID: request.groupInstanceID, clientID: request.clientID,
            clientHost: request.clientHost, sessionTimeoutMS: request.sessionTimeoutMS,
            rebalanceTimeoutMS: request.effectiveRebalanceTimeoutMS, protocols: request.distinctProtocols,
            isNew: true, ordinal: ordinalLast)
        for offered in member.protocols {
            supportCounts[offered.name, default: 0] += 1
        }
        members[memberID] = member
        if let instanceID = request.groupInstanceID {
            memberIDsByInstance[instanceID] = memberID
        }
        renewSession(of: memberID, &effects)
        parkJoin(of: memberID, token, &effects)
        prepareRebalance("member \(memberID) joined\(request.reasonSuffix)", &effects)
    }

    private mutating func joinAgain(_ request: GroupJoin, _ token: RequestToken, _ effects: inout GroupEffects) {
        let memberID = request.memberID
        let isUnchanged = members[memberID]?.protocols == request.distinctProtocols
        switch phase {
        case .preparing:
            updateMember(memberID, request, &effects)
            parkJoin(of: memberID, token, &effects)
        case .completing where isUnchanged:
            // The answer to the first attempt was lost on the way.
            effects.reply(token, .join(joinReply(for: memberID)))
            renewSession(of: memberID, &effects)
        case .stable(let round) where isUnchanged && round.leaderID != memberID:
            effects.reply(token, .join(joinReply(for: memberID)))
            renewSession(of: memberID, &effects)
        case .stable(let round) where isUnchanged && round.leaderID == memberID:
            // Something that only the leader sees has changed, such as the number of partitions.
            updateMember(memberID, request, &effects)
            parkJoin(of: memberID, token, &effects)
            prepareRebalance("leader \(memberID) joined again\(request.reasonSuffix)", &effects)
        case .completing, .stable:
            updateMember(memberID, request, &effects)
            parkJoin(of: memberID, token, &effects)
            prepareRebalance("member \(memberID) changed what it offers\(request.reasonSuffix)", &effects)
        case .empty, .dead:
            effects.reply(token, .join(.refused(.unknownMemberID, memberID: memberID)))
        }
    }

    /// What a member of the present generation is told.
    func joinReply(for memberID: String) -> GroupJoinReply {
        guard let round = syncRound else { return .refused(.unknownMemberID, memberID: memberID) }
        return GroupJoinReply(
            error: nil, memberID: memberID, generation: generation, protocolType: protocolType,
            protocolName: round.protocolName, leaderID: round.leaderID,
            members: round.leaderID == memberID ? membersForLeader(round) : [])
    }

    func membersForLeader(_ round: SyncRound) -> [GroupJoinReply.Member] {
        members.values.sorted { $0.ordinal < $1.ordinal }.map {
            GroupJoinReply.Member(
                memberID: $0.id, groupInstanceID: $0.groupInstanceID, metadata: $0.metadata(for: round.protocolName))
        }
    }

    mutating func updateMember(_ memberID: String, _ request: GroupJoin, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID) else { return }
        for offered in members.values[index].protocols {
            supportCounts[offered.name, default: 0] -= 1
        }
        members.values[index].protocols = request.distinctProtocols
        members.values[index].clientID = request.clientID
        members.values[index].clientHost = request.clientHost
        members.values[index].sessionTimeoutMS = request.sessionTimeoutMS
        members.values[index].rebalanceTimeoutMS = request.effectiveRebalanceTimeoutMS
        for offered in members.values[index].protocols {
            supportCounts[offered.name, default: 0] += 1
        }
        supportCounts = supportCounts.filter { $0.value > 0 }
    }

    /// Lets the member wait for the join round to end. An earlier attempt of the same member came over a
    /// connection it has given up; it is answered, so that nothing waits behind it for ever.
    mutating func parkJoin(of memberID: String, _ token: RequestToken, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID) else { return }
        switch members.values[index].waiting {
        case .nothing:
            joinedCount += 1
        case .join(let earlier):
            effects.release(earlier, .join(.refused(.rebalanceInProgress, memberID: memberID)))
        case .sync(let earlier):
            effects.release(earlier, .sync(.refused(.rebalanceInProgress)))
            joinedCount += 1
        }
        members.values[index].waiting = .join(token)
        effects.park(token)
    }
}

extension GroupJoin {
    var reasonSuffix: String {
        guard let reason, !reason.isEmpty else { return "" }
        return "; the client says: \(reason)"
    }
}

extension GroupJoinReply {
    static func refused(_ error: GroupError, memberID: String) -> GroupJoinReply {
        GroupJoinReply(error: error, memberID: memberID)
    }
}

extension GroupSyncReply {
    static func refused(_ error: GroupError) -> GroupSyncReply {
        GroupSyncReply(error: error)
    }
}
