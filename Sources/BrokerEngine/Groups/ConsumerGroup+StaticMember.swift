extension ConsumerGroup {
    /// A static member starts again: it takes the place of its former self (KIP-345).
    ///
    /// In a stable group it goes on with the same share, without a rebalance, once its new id is durable, provided
    /// that the group would choose the same protocol and the member reads the same topics. (Kafka compares the
    /// protocol only, so that a changed subscription goes unnoticed. Metadata as a whole says too much: it names
    /// the partitions a cooperative member owned, which differ at each start.)
    mutating func replaceMember(
        _ memberIDBefore: String, with memberID: String, _ request: GroupJoin, _ token: RequestToken,
        _ effects: inout GroupEffects
    ) {
        guard var member = members.removeValue(forKey: memberIDBefore), let instanceID = member.groupInstanceID else {
            return
        }
        answer(&member, .fencedInstanceID, memberID: memberIDBefore, &effects)
        effects.remove(&member.session)
        let protocolsBefore = member.protocols
        member.id = memberID
        members[memberID] = member
        memberIDsByInstance[instanceID] = memberID
        let leaderIDBefore = leaderID
        rename(leader: memberIDBefore, to: memberID)
        updateMember(memberID, request, &effects)
        renewSession(of: memberID, &effects)
        parkJoin(of: memberID, token, &effects)

        switch phase {
        case .stable(let round):
            let isUnchanged =
                electedProtocol() == round.protocolName
                && readsSameTopics(memberID, protocolsBefore, protocolName: round.protocolName)
            if isUnchanged {
                effects.persist(
                    [.group(groupID: id, snapshot())], groupID: id,
                    for: .staticMember(
                        memberID: memberID, token, leaderIDBefore: leaderIDBefore ?? "",
                        canSkipAssignment: request.canSkipAssignment))
            } else {
                prepareRebalance(
                    "static member \(instanceID) started again with another subscription\(request.reasonSuffix)",
                    &effects)
            }
        case .completing:
            // The leader may have been told the former id, and would assign to nobody.
            prepareRebalance("static member \(instanceID) started again\(request.reasonSuffix)", &effects)
        case .preparing, .empty, .dead:
            break
        }
    }

    /// The new id is durable; the member goes on with its former share.
    mutating func staticMemberPersisted(
        _ memberID: String, _ token: RequestToken, leaderIDBefore: String, canSkipAssignment: Bool,
        _ effects: inout GroupEffects
    ) {
        // In a rebalance that began meanwhile, the member has joined, and is answered when that ends.
        guard case .stable(let round) = phase, members[memberID]?.waiting == .join(token) else { return }
        var reply = joinReply(for: memberID)
        if canSkipAssignment {
            reply.skipAssignment = round.leaderID == memberID
        } else {
            // An old client that sees its own id here would compute an assignment that nobody asks for.
            reply.leaderID = leaderIDBefore
            reply.members = []
        }
        endJoin(of: memberID, reply, &effects)
        renewSession(of: memberID, &effects)
    }

    /// The new id could not be written. The member keeps it here: the former self stays fenced, and a retry brings
    /// yet another id.
    mutating func staticMemberPersistFailed(
        _ memberID: String, _ token: RequestToken, _ error: GroupError, _ effects: inout GroupEffects
    ) {
        guard case .stable = phase, members[memberID]?.waiting == .join(token) else { return }
        endJoin(of: memberID, .refused(error, memberID: ""), &effects)
        renewSession(of: memberID, &effects)
    }

    private var leaderID: String? {
        switch phase {
        case .preparing(let round): round.leaderIDBefore
        case .completing(let round, _), .stable(let round): round.leaderID
        case .empty, .dead: nil
        }
    }

    private mutating func rename(leader memberIDBefore: String, to memberID: String) {
        guard leaderID == memberIDBefore else { return }
        if case .preparing(var round) = phase {
            round.leaderIDBefore = memberID
            phase = .preparing(round)
        }
        syncRound?.leaderID = memberID
    }

    private func readsSameTopics(
        _ memberID: String, _ protocolsBefore: [GroupProtocol], protocolName: String
    ) -> Bool {
        guard protocolType == ConsumerSubscription.protocolType,
            let before = protocolsBefore.first(where: { $0.name == protocolName }),
            let now = members[memberID]?.metadata(for: protocolName),
            let topicsBefore = ConsumerSubscription.topics(in: before.metadata),
            let topicsNow = ConsumerSubscription.topics(in: now)
        else { return true }
        return topicsBefore == topicsNow
    }
}
