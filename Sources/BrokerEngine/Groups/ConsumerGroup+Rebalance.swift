extension ConsumerGroup {
    /// Begins a round in which all members join, unless one has begun.
    mutating func prepareRebalance(_ reason: String, _ effects: inout GroupEffects) {
        guard canRebalance else { return }
        var round = JoinRound()
        var timeoutMS = rebalanceTimeoutMS
        switch phase {
        case .preparing, .dead:
            return
        case .empty:
            let delayMS = effects.configuration.initialRebalanceDelayMS
            round.initialDelay = InitialDelay(delayMS: delayMS, remainingMS: max(timeoutMS - delayMS, 0))
            timeoutMS = delayMS
        case .completing(var former, _):
            effects.remove(&former.deadline)
            round.leaderIDBefore = former.leaderID
            endSyncs(.rebalanceInProgress, &effects)
        case .stable(var former):
            effects.remove(&former.deadline)
            round.leaderIDBefore = former.leaderID
        }
        effects.set(&round.deadline, .join, groupID: id, afterMS: timeoutMS)
        rebalanceCount += 1
        lastRebalance = GroupDescription.Rebalance(
            reason: String(reason.prefix(effects.configuration.rebalanceReasonLengthMax)),
            startedWallMS: effects.time.wallMS, generation: generation)
        enter(.preparing(round), effects)
    }

    private var canRebalance: Bool {
        switch phase {
        case .empty, .completing, .stable: true
        case .preparing, .dead: false
        }
    }

    /// As long as the slowest member needs to join again.
    private var rebalanceTimeoutMS: Int64 {
        Int64(members.values.lazy.map(\.rebalanceTimeoutMS).max() ?? 0)
    }

    mutating func completeJoinIfAllJoined(_ effects: inout GroupEffects) {
        guard case .preparing(let round) = phase else { return }
        if let initialDelay = round.initialDelay {
            // Who comes first cannot know who else will come: only time ends this round.
            if initialDelay.delayMS == 0 {
                completeJoin(&effects)
            }
        } else if joinedCount == members.count, pendingMembers.isEmpty {
            completeJoin(&effects)
        }
    }

    mutating func joinDeadlinePassed(_ effects: inout GroupEffects) {
        guard case .preparing(var round) = phase else { return }
        guard var initialDelay = round.initialDelay, initialDelay.hasNewMember, initialDelay.remainingMS > 0 else {
            return completeJoin(&effects)
        }
        let elapsedMS = initialDelay.delayMS
        initialDelay.delayMS = min(effects.configuration.initialRebalanceDelayMS, initialDelay.remainingMS)
        initialDelay.remainingMS = max(initialDelay.remainingMS - elapsedMS, 0)
        initialDelay.hasNewMember = false
        round.initialDelay = initialDelay
        effects.set(&round.deadline, .join, groupID: id, afterMS: initialDelay.delayMS)
        phase = .preparing(round)
    }

    /// Goes on with those who have joined. Static members that have not keep their place until their session
    /// ends: that they may be away for a while is what they are static for.
    private mutating func completeJoin(_ effects: inout GroupEffects) {
        for member in members.values where !member.hasJoined && !member.isStatic {
            removeMember(member.id, &effects)
        }
        guard case .preparing(var round) = phase else { return }
        effects.remove(&round.deadline)
        guard !members.isEmpty else {
            return becomeEmpty(&effects)
        }
        guard let leaderID = electedLeader(before: round.leaderIDBefore) else {
            // Only absent static members are left. One of them comes back, or their sessions end.
            round.initialDelay = nil
            effects.set(&round.deadline, .join, groupID: id, afterMS: max(rebalanceTimeoutMS, 1_000))
            phase = .preparing(round)
            return
        }
        nextGeneration()
        let protocolName = electedProtocol()
        subscribedTopics = topicsRead(protocolName: protocolName)
        var syncRound = SyncRound(leaderID: leaderID, protocolName: protocolName, owingCount: joinedCount)
        effects.set(&syncRound.deadline, .sync, groupID: id, afterMS: rebalanceTimeoutMS)
        enter(.completing(syncRound, assignmentWrite: nil), effects)
        for memberID in memberIDsInOrder {
            guard let index = members.index(forKey: memberID) else { continue }
            members.values[index].isNew = false
            members.values[index].owesSync = members.values[index].hasJoined
            if members.values[index].hasJoined {
                endJoin(of: memberID, joinReply(for: memberID), &effects)
                renewSession(of: memberID, &effects)
            }
        }
    }

    private mutating func becomeEmpty(_ effects: inout GroupEffects) {
        nextGeneration()
        subscribedTopics = protocolType == ConsumerSubscription.protocolType ? [] : nil
        enter(.empty, effects)
        effects.persist([.group(groupID: id, snapshot())], groupID: id, for: .emptyGroup)
        scheduleExpiry(&effects)
    }

    private mutating func nextGeneration() {
        generation = generation == .max ? 1 : generation + 1
    }

    mutating func endJoin(of memberID: String, _ reply: GroupJoinReply, _ effects: inout GroupEffects) {
        guard let index = members.index(forKey: memberID), case .join(let token) = members.values[index].waiting else {
            return
        }
        members.values[index].waiting = .nothing
        joinedCount -= 1
        effects.release(token, .join(reply))
    }

    /// The leader of before if it has joined, or whoever of those who have is longest in the group.
    private func electedLeader(before leaderIDBefore: String?) -> String? {
        if let leaderIDBefore, members[leaderIDBefore]?.hasJoined == true {
            return leaderIDBefore
        }
        return members.values.filter(\.hasJoined).min { $0.ordinal < $1.ordinal }?.id
    }

    /// Of the protocols that all members offer, the one that most prefer; with equal votes, the one that the
    /// member prefers that is longest in the group.
    ///
    /// Requires: members, and a protocol that all offer, which `supports` sees to at each join.
    func electedProtocol() -> String {
        var votes: [String: Int] = [:]
        for member in members.values {
            if let choice = member.protocols.first(where: { supportCounts[$0.name] == members.count }) {
                votes[choice.name, default: 0] += 1
            }
        }
        let votesMax = votes.values.max()
        let oldest = members.values.min { $0.ordinal < $1.ordinal }
        return oldest?.protocols.first { votes[$0.name] == votesMax }?.name ?? ""
    }

    func topicsRead(protocolName: String) -> Set<String>? {
        guard protocolType == ConsumerSubscription.protocolType else { return nil }
        var all: Set<String> = []
        for member in members.values {
            guard let topics = ConsumerSubscription.topics(in: member.metadata(for: protocolName)) else { return nil }
            all.formUnion(topics)
        }
        return all
    }
}
