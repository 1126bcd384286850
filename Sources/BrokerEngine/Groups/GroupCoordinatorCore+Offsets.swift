extension GroupCoordinatorCore {
    /// Commits offsets; the reply comes when they are durable, and readers see them from then on.
    public mutating func commitOffsets(
        _ request: OffsetCommit, _ token: RequestToken, at time: GroupTime
    ) -> [GroupAction] {
        effects.time = time
        if let error = refusal(groupID: request.groupID, mayBeEmpty: true) {
            effects.reply(token, .commitOffsets(.refused(error, request)))
            return effects.takeActions()
        }
        if groups[request.groupID] == nil {
            // A member of a generation that nobody remembers; but a client that is no member makes the group.
            guard request.generation < 0 else {
                effects.reply(token, .commitOffsets(.refused(.illegalGeneration, request)))
                return effects.takeActions()
            }
            groups[request.groupID] = ConsumerGroup(id: request.groupID)
        }
        withGroup(request.groupID) { $0.commit(request, token, &$1) }
        return effects.takeActions()
    }

    /// How far a group has read, whatever its state. Answered at once, and only with what is durable.
    public func fetchOffsets(_ request: OffsetFetch) -> OffsetFetchReply {
        if let error = refusal(groupID: request.groupID, mayBeEmpty: true) {
            return OffsetFetchReply(error: error, topics: [])
        }
        if let group = groups[request.groupID] {
            return group.fetch(request)
        }
        return OffsetFetchReply(
            error: nil,
            topics: (request.topics ?? []).map {
                OffsetTopic(topic: $0.topic, partitions: $0.partitions.map { .missing($0, nil) })
            })
    }

    /// Deletes offsets of topics that the group does not read; the reply comes when that is durable.
    public mutating func deleteOffsets(
        _ request: OffsetDelete, _ token: RequestToken, at time: GroupTime
    ) -> [GroupAction] {
        effects.time = time
        if let error = refusal(groupID: request.groupID) {
            effects.reply(token, .deleteOffsets(OffsetDeleteReply(error: error, topics: [])))
        } else if !withGroup(request.groupID, { $0.deleteOffsets(request, token, &$1) }) {
            effects.reply(token, .deleteOffsets(OffsetDeleteReply(error: .groupIDNotFound, topics: [])))
        }
        return effects.takeActions()
    }

    /// Topics were deleted: their offsets are hidden at once, and the records that delete them are handed out.
    /// Takes time in proportion to the number of groups.
    public mutating func topicsDeleted(_ topics: [String], at time: GroupTime) -> [GroupAction] {
        effects.time = time
        guard case .active = activity else { return [] }
        for topic in topics {
            for groupID in groups.filter({ $0.value.offsets.topics[topic] != nil }).keys.sorted() {
                withGroup(groupID) { $0.topicDeleted(topic, &$1) }
            }
        }
        return effects.takeActions()
    }

    /// The records of the write are durable.
    public mutating func persisted(_ write: PersistToken, at time: GroupTime) -> [GroupAction] {
        effects.time = time
        writeEnded(write, nil)
        return effects.takeActions()
    }

    /// The records of the write were not written, and never will be. Whoever waits is told `error`; Kafka's choice
    /// is `coordinatorNotAvailable` where a retry may help; `recordTooLarge` where it does not.
    public mutating func persistFailed(
        _ write: PersistToken, _ error: GroupError, at time: GroupTime
    ) -> [GroupAction] {
        effects.time = time
        writeEnded(write, error)
        return effects.takeActions()
    }

    mutating func writeEnded(_ token: PersistToken, _ error: GroupError?) {
        guard let write = effects.writeEnded(token) else { return }
        switch write.purpose {
        case .assignment(let assignment):
            withGroup(write.groupID) { group, effects in
                if let error {
                    group.assignmentPersistFailed(by: token, error, &effects)
                } else {
                    group.assignmentPersisted(assignment, by: token, &effects)
                }
            }
        case .staticMember(let memberID, let request, let leaderIDBefore, let canSkipAssignment):
            withGroup(write.groupID) { group, effects in
                if let error {
                    group.staticMemberPersistFailed(memberID, request, error, &effects)
                } else {
                    group.staticMemberPersisted(
                        memberID, request, leaderIDBefore: leaderIDBefore, canSkipAssignment: canSkipAssignment,
                        &effects)
                }
            }
        case .emptyGroup:
            break
        case .commit(let topics, let request, let reply):
            withGroup(write.groupID) { $0.commitEnded(topics, by: token, isDurable: error == nil, &$1) }
            effects.release(request, .commitOffsets(error.map(reply.failed) ?? reply))
        case .removal(let topics, let request, let reply):
            withGroup(write.groupID) { group, _ in group.removalEnded(topics, by: token, isDurable: error == nil) }
            if let request {
                let failure = error.map { OffsetDeleteReply(error: $0, topics: []) }
                effects.release(request, .deleteOffsets(failure ?? reply))
            }
        case .groupDeletion(let request, let index):
            if error == nil {
                groups[write.groupID] = nil
            } else {
                withGroup(write.groupID) { $0.deletionFailed(&$1) }
            }
            if let request {
                deletionEnded(request, index, error)
            }
        }
    }
}
