extension ConsumerGroup {
    /// Plans the next search for expired offsets after a change that may let some expire.
    mutating func scheduleExpiry(_ effects: inout GroupEffects) {
        let configuration = effects.configuration
        if case .empty = phase {
            let waitMS =
                offsets.isVacant ? configuration.offsetsRetentionCheckIntervalMS : configuration.offsetsRetentionMS
            effects.setNoLater(&expiry, .expiry, groupID: id, afterMS: waitMS)
        } else if !offsets.isVacant {
            effects.setNoLater(&expiry, .expiry, groupID: id, afterMS: configuration.offsetsRetentionCheckIntervalMS)
        }
    }

    /// Looks for offsets that have outlived their retention, deletes them, and with the last one the empty group.
    mutating func expiryDue(_ effects: inout GroupEffects) {
        let (expired, nextWallMS) = expiredOffsets(effects)
        if case .empty = phase, pendingMembers.isEmpty,
            expired.reduce(0, { $0 + $1.partitions.count }) == offsets.count,
            !hasWritesInFlight
        {
            return beginDeletion(nil, index: 0, &effects)
        }
        if !expired.isEmpty {
            persistRemoval(of: expired, nil, OffsetDeleteReply(error: nil, topics: []), &effects)
        }
        let waitMS =
            nextWallMS.map { saturatingSum($0, -effects.time.wallMS) } ?? effects.configuration.offsetsRetentionMS
        effects.set(
            &expiry, .expiry, groupID: id,
            afterMS: max(waitMS, effects.configuration.offsetsRetentionCheckIntervalMS))
    }

    /// Writes the records that delete the group. Until they are durable the group answers to nothing.
    ///
    /// Requires: the group is empty.
    mutating func beginDeletion(_ request: RequestToken?, index: Int, _ effects: inout GroupEffects) {
        var records: [GroupRecord] = []
        for (topic, partitions) in offsets.topics.sorted(by: { $0.key < $1.key }) {
            for partition in partitions.keys.sorted() {
                records.append(.offset(groupID: id, topic: topic, partition: partition, nil))
            }
        }
        records.append(.group(groupID: id, nil))
        removeDeadlines(&effects)
        pendingMembers = [:]
        enter(.dead, effects)
        effects.persist(records, groupID: id, for: .groupDeletion(request, index: index))
    }

    /// The records that delete the group could not be written: it is there as before.
    mutating func deletionFailed(_ effects: inout GroupEffects) {
        guard case .dead = phase else { return }
        enter(.empty, effects)
        scheduleExpiry(&effects)
    }

    /// Leaves nothing of the group in the queue of deadlines.
    mutating func removeDeadlines(_ effects: inout GroupEffects) {
        effects.remove(&expiry)
        for var deadline in pendingMembers.values {
            effects.remove(&deadline)
        }
    }

    private var hasWritesInFlight: Bool {
        offsets.topics.values.contains { $0.values.contains { $0.writesInFlight > 0 } }
    }

    /// What has expired, and when the next may.
    private func expiredOffsets(_ effects: GroupEffects) -> (expired: [OffsetTopic<Int32>], nextWallMS: Int64?) {
        let retentionMS = effects.configuration.offsetsRetentionMS
        let emptySinceWallMS: Int64
        var kept: Set<String> = []
        switch phase {
        case .dead, .preparing, .completing:
            return ([], nil)
        case .empty:
            // The time counts from when the last member went, or from the commit of a client that is no member.
            emptySinceWallMS = protocolType == nil ? .min : stateSinceWallMS
        case .stable:
            guard protocolType == ConsumerSubscription.protocolType, let subscribedTopics else { return ([], nil) }
            emptySinceWallMS = .min
            kept = subscribedTopics
        }
        var expired: [OffsetTopic<Int32>] = []
        var nextWallMS: Int64?
        for (topic, partitions) in offsets.topics.sorted(by: { $0.key < $1.key }) where !kept.contains(topic) {
            var expiredPartitions: [Int32] = []
            for (partition, entry) in partitions {
                guard let committed = entry.committed, entry.writesInFlight == 0 else { continue }
                let expiryWallMS =
                    committed.expiryWallMS
                    ?? saturatingSum(max(committed.commitWallMS, emptySinceWallMS), retentionMS)
                if expiryWallMS <= effects.time.wallMS {
                    expiredPartitions.append(partition)
                } else {
                    nextWallMS = min(nextWallMS ?? .max, expiryWallMS)
                }
            }
            if !expiredPartitions.isEmpty {
                expired.append(OffsetTopic(topic: topic, partitions: expiredPartitions.sorted()))
            }
        }
        return (expired, nextWallMS)
    }
}
