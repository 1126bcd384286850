extension GroupCoordinatorCore {
    /// Deletes groups that have no members, with their offsets. One reply for all, when all is durable.
    public mutating func deleteGroups(
        _ groupIDs: [String], _ token: RequestToken, at time: GroupTime
    ) -> [GroupAction] {
        effects.time = time
        var deletion = Deletion(groups: [], openCount: 0)
        for (index, groupID) in groupIDs.enumerated() {
            var error = refusal(groupID: groupID, mayBeEmpty: true)
            if error == nil {
                error = .groupIDNotFound
                withGroup(groupID) { group, effects in
                    switch group.phase {
                    case .dead:
                        break
                    case .empty:
                        group.beginDeletion(token, index: index, &effects)
                        deletion.openCount += 1
                        error = nil
                    case .preparing, .completing, .stable:
                        error = .nonEmptyGroup
                    }
                }
            }
            deletion.groups.append(DeletedGroup(groupID: groupID, error: error))
        }
        if deletion.openCount == 0 {
            effects.reply(token, .deleteGroups(deletion.groups))
        } else {
            effects.park(token)
            deletions[token] = deletion
        }
        return effects.takeActions()
    }

    /// What a group looks like. Answered at once; an unknown group is `dead`, and that is no error.
    public func describeGroup(_ groupID: String) -> GroupDescription {
        if let error = refusal(groupID: groupID, mayBeEmpty: true) {
            return GroupDescription(error: error, groupID: groupID)
        }
        return groups[groupID]?.described() ?? GroupDescription(groupID: groupID)
    }

    /// The groups in the given states and of the given types, in order of their names; an empty set means all.
    /// States and types are compared without regard to case, and unknown ones match nothing. While the log is
    /// read, the second part is `coordinatorLoadInProgress`, and the list is of what is known so far.
    public func listGroups(
        states: Set<String> = [], types: Set<String> = []
    ) -> (groups: [GroupListing], error: GroupError?) {
        let error: GroupError? =
            switch activity {
            case .loading: .coordinatorLoadInProgress
            case .active: nil
            case .resigned: .coordinatorNotAvailable
            }
        guard types.isEmpty || types.contains(where: { $0.lowercased() == "classic" }) else { return ([], error) }
        let wanted = Set(states.map { $0.lowercased() })
        let listed = groups.values
            .filter { wanted.isEmpty || wanted.contains($0.state.rawValue.lowercased()) }
            .sorted { $0.id < $1.id }
            .map { GroupListing(groupID: $0.id, protocolType: $0.protocolType ?? "", state: $0.state) }
        return (listed, error)
    }

    mutating func deletionEnded(_ token: RequestToken, _ index: Int, _ error: GroupError?) {
        guard var deletion = deletions.removeValue(forKey: token) else { return }
        deletion.groups[index].error = error
        deletion.openCount -= 1
        if deletion.openCount == 0 {
            effects.release(token, .deleteGroups(deletion.groups))
        } else {
            deletions[token] = deletion
        }
    }
}
