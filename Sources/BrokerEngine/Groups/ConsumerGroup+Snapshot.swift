extension ConsumerGroup {
    /// The group for its record; with the given assignment, or with the one the members have.
    func snapshot(assignment: [String: [UInt8]]? = nil) -> GroupSnapshot {
        let round = syncRound
        return GroupSnapshot(
            protocolType: protocolType ?? "", generation: generation, protocolName: round?.protocolName,
            leaderID: round?.leaderID, stateSinceWallMS: stateSinceWallMS,
            members: members.values.sorted { $0.ordinal < $1.ordinal }.map { member in
                GroupSnapshot.Member(
                    memberID: member.id, groupInstanceID: member.groupInstanceID, clientID: member.clientID,
                    clientHost: member.clientHost, rebalanceTimeoutMS: member.rebalanceTimeoutMS,
                    sessionTimeoutMS: member.sessionTimeoutMS,
                    metadata: round.map { member.metadata(for: $0.protocolName) } ?? [],
                    assignment: assignment.map { $0[member.id] ?? [] } ?? member.assignment)
            })
    }

    /// Takes over what the log says of the group, before any request.
    mutating func replay(_ snapshot: GroupSnapshot?) {
        var group = ConsumerGroup(id: id)
        group.offsets = offsets
        defer { self = group }
        guard let snapshot else { return }
        group.generation = snapshot.generation
        group.protocolType = snapshot.protocolType.isEmpty ? nil : snapshot.protocolType
        group.stateSinceWallMS = snapshot.stateSinceWallMS
        let protocolName = snapshot.protocolName ?? ""
        for stored in snapshot.members {
            group.ordinalLast += 1
            group.members[stored.memberID] = GroupMember(
                id: stored.memberID, groupInstanceID: stored.groupInstanceID, clientID: stored.clientID,
                clientHost: stored.clientHost, sessionTimeoutMS: stored.sessionTimeoutMS,
                rebalanceTimeoutMS: stored.rebalanceTimeoutMS,
                protocols: [GroupProtocol(name: protocolName, metadata: stored.metadata)],
                assignment: stored.assignment, isNew: false, ordinal: group.ordinalLast)
            if let instanceID = stored.groupInstanceID {
                group.memberIDsByInstance[instanceID] = stored.memberID
            }
        }
        if let first = snapshot.members.first {
            let leaderID = snapshot.leaderID.flatMap { group.members[$0] == nil ? nil : $0 } ?? first.memberID
            group.supportCounts[protocolName] = group.members.count
            group.phase = .stable(SyncRound(leaderID: leaderID, protocolName: protocolName, owingCount: 0))
        }
        group.subscribedTopics = group.topicsRead(protocolName: protocolName)
    }

    /// The log is read. The members get a whole session to find the coordinator again.
    mutating func loaded(_ effects: inout GroupEffects) {
        for memberID in memberIDsInOrder {
            renewSession(of: memberID, &effects)
        }
        if members.count > effects.configuration.groupSizeMax {
            prepareRebalance(
                "the group has \(members.count) members, more than the \(effects.configuration.groupSizeMax) allowed",
                &effects)
        }
        // What is already old enough was so before the coordinator stopped.
        if !isVacant {
            effects.setNoLater(
                &expiry, .expiry, groupID: id, afterMS: effects.configuration.offsetsRetentionCheckIntervalMS)
        }
    }

    func described() -> GroupDescription {
        let round: SyncRound? = if case .stable(let round) = phase { round } else { nil }
        return GroupDescription(
            error: nil, groupID: id, state: state, protocolType: protocolType ?? "",
            protocolName: round?.protocolName ?? "",
            members: members.values.sorted { $0.ordinal < $1.ordinal }.map { member in
                GroupDescription.Member(
                    memberID: member.id, groupInstanceID: member.groupInstanceID, clientID: member.clientID,
                    clientHost: member.clientHost, metadata: round.map { member.metadata(for: $0.protocolName) } ?? [],
                    assignment: round == nil ? [] : member.assignment)
            },
            generation: generation, leaderID: syncRound?.leaderID, pendingMemberCount: pendingMembers.count,
            committedOffsetCount: offsets.count, stateSinceWallMS: stateSinceWallMS, rebalanceCount: rebalanceCount,
            lastRebalance: lastRebalance)
    }
}
