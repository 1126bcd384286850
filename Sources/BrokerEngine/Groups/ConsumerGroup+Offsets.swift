extension ConsumerGroup {
    mutating func commit(_ request: OffsetCommit, _ token: RequestToken, _ effects: inout GroupEffects) {
        if let error = refusal(of: request) {
            return effects.reply(token, .commitOffsets(.refused(error, request)))
        }
        renewSession(of: request.memberID, &effects)

        let wallMS = effects.time.wallMS
        let retentionMS = request.retentionTimeMS.flatMap { $0 < 0 ? nil : $0 }
        let configuration = effects.configuration
        var accepted: [OffsetTopic<GroupWrite.CommittedPartition>] = []
        var records: [GroupRecord] = []
        var reply = OffsetCommitReply(topics: [])
        for topic in request.topics {
            var acceptedTopic = OffsetTopic<GroupWrite.CommittedPartition>(topic: topic.topic, partitions: [])
            var replyTopic = OffsetTopic<OffsetCommitReply.Partition>(topic: topic.topic, partitions: [])
            for item in topic.partitions {
                let metadata = item.metadata ?? ""
                let error: GroupError? =
                    if metadata.utf16.count > configuration.offsetMetadataLengthMax {
                        .offsetMetadataTooLarge
                    } else if max(topic.topic.utf8.count, metadata.utf8.count) > configuration.nameBytesMax {
                        .invalidRequest
                    } else {
                        nil
                    }
                replyTopic.partitions.append(OffsetCommitReply.Partition(partition: item.partition, error: error))
                guard error == nil else { continue }
                let committed = CommittedOffset(
                    offset: item.offset, leaderEpoch: item.leaderEpoch, metadata: metadata, commitWallMS: wallMS,
                    expiryWallMS: retentionMS.map { saturatingSum(wallMS, $0) })
                records.append(
                    .offset(groupID: id, topic: topic.topic, partition: item.partition, committed))
                acceptedTopic.partitions.append(
                    GroupWrite.CommittedPartition(partition: item.partition, committed: committed))
                offsets.writeBegan(topic: topic.topic, partition: item.partition)
            }
            reply.topics.append(replyTopic)
            accepted.append(acceptedTopic)
        }
        guard !records.isEmpty else {
            return effects.reply(token, .commitOffsets(reply))
        }
        effects.park(token)
        effects.persist(records, groupID: id, for: .commit(accepted, token, reply))
        if let retentionMS {
            effects.setNoLater(&expiry, .expiry, groupID: id, afterMS: retentionMS)
        }
    }

    mutating func commitEnded(
        _ topics: [OffsetTopic<GroupWrite.CommittedPartition>], by write: PersistToken, isDurable: Bool,
        _ effects: inout GroupEffects
    ) {
        for topic in topics {
            for item in topic.partitions {
                offsets.writeEnded(
                    topic: topic.topic, partition: item.partition, by: write,
                    isDurable ? .committed(item.committed) : .failed)
            }
        }
        if isDurable, state != .dead {
            effects.setNoLater(&expiry, .expiry, groupID: id, afterMS: effects.configuration.offsetsRetentionMS)
        }
    }

    func fetch(_ request: OffsetFetch) -> OffsetFetchReply {
        let topics =
            request.topics
            ?? offsets.topics.sorted { $0.key < $1.key }.compactMap { topic, partitions in
                let committed = partitions.filter { $0.value.committed != nil }.keys.sorted()
                return committed.isEmpty ? nil : OffsetTopic(topic: topic, partitions: committed)
            }
        return OffsetFetchReply(
            error: nil,
            topics: topics.map { topic in
                OffsetTopic(
                    topic: topic.topic,
                    partitions: topic.partitions.map { partition in
                        let entry = offsets[topic.topic, partition]
                        if request.requiresStable, let entry, entry.writesInFlight > 0 {
                            return .missing(partition, .unstableOffsetCommit)
                        }
                        guard let committed = entry?.committed else { return .missing(partition, nil) }
                        return OffsetFetchReply.Partition(
                            partition: partition, offset: committed.offset, leaderEpoch: committed.leaderEpoch,
                            metadata: committed.metadata, error: nil)
                    })
            })
    }

    mutating func deleteOffsets(_ request: OffsetDelete, _ token: RequestToken, _ effects: inout GroupEffects) {
        let isReading: (String) -> Bool
        switch phase {
        case .dead:
            let reply = OffsetDeleteReply(error: .groupIDNotFound, topics: [])
            return effects.reply(token, .deleteOffsets(reply))
        case .empty:
            isReading = { _ in false }
        case .preparing, .completing, .stable:
            guard protocolType == ConsumerSubscription.protocolType else {
                let reply = OffsetDeleteReply(error: .nonEmptyGroup, topics: [])
                return effects.reply(token, .deleteOffsets(reply))
            }
            // If what they read is not known, they may read it.
            let subscribed = subscribedTopics
            isReading = { subscribed?.contains($0) ?? true }
        }
        var reply = OffsetDeleteReply(error: nil, topics: [])
        var removed: [OffsetTopic<Int32>] = []
        for topic in request.topics {
            let error: GroupError? = isReading(topic.topic) ? .groupSubscribedToTopic : nil
            reply.topics.append(
                OffsetTopic(
                    topic: topic.topic,
                    partitions: topic.partitions.map { OffsetDeleteReply.Partition(partition: $0, error: error) }))
            if error == nil {
                let known = topic.partitions.filter { offsets[topic.topic, $0] != nil }
                removed.append(OffsetTopic(topic: topic.topic, partitions: known))
            }
        }
        guard removed.contains(where: { !$0.partitions.isEmpty }) else {
            return effects.reply(token, .deleteOffsets(reply))
        }
        effects.park(token)
        persistRemoval(of: removed, token, reply, &effects)
    }

    /// The topic is gone. A topic of the same name must not find its offsets, so they are hidden at once.
    mutating func topicDeleted(_ topic: String, _ effects: inout GroupEffects) {
        guard let partitions = offsets.topics[topic] else { return }
        let removed = [OffsetTopic(topic: topic, partitions: partitions.keys.sorted())]
        let write = persistRemoval(
            of: removed, nil, OffsetDeleteReply(error: nil, topics: []), &effects)
        offsets.hide(topic: topic, by: write)
    }

    mutating func removalEnded(_ topics: [OffsetTopic<Int32>], by write: PersistToken, isDurable: Bool) {
        for topic in topics {
            for partition in topic.partitions {
                offsets.writeEnded(
                    topic: topic.topic, partition: partition, by: write, isDurable ? .removed : .failed)
            }
        }
    }

    @discardableResult
    mutating func persistRemoval(
        of topics: [OffsetTopic<Int32>], _ token: RequestToken?, _ reply: OffsetDeleteReply,
        _ effects: inout GroupEffects
    ) -> PersistToken {
        var records: [GroupRecord] = []
        for topic in topics {
            for partition in topic.partitions {
                offsets.writeBegan(topic: topic.topic, partition: partition)
                records.append(.offset(groupID: id, topic: topic.topic, partition: partition, nil))
            }
        }
        return effects.persist(records, groupID: id, for: .removal(topics, token, reply))
    }

    /// Members commit for their generation. A client that is no member may commit while there are none.
    private func refusal(of request: OffsetCommit) -> GroupError? {
        switch phase {
        case .dead:
            return .coordinatorNotAvailable
        case .empty where request.generation < 0:
            return nil
        case .empty, .preparing, .completing, .stable:
            break
        }
        guard request.generation >= 0 || !request.memberID.isEmpty || request.groupInstanceID != nil else {
            return .unknownMemberID
        }
        if let error = refusal(memberID: request.memberID, groupInstanceID: request.groupInstanceID) {
            return error
        }
        if request.generation != generation { return .illegalGeneration }
        if case .completing = phase {
            // Its partitions may be another's by now; a member of the new generation has nothing to commit yet.
            return .rebalanceInProgress
        }
        return nil
    }
}

extension OffsetCommitReply {
    /// The same error for every partition of the request.
    static func refused(_ error: GroupError, _ request: OffsetCommit) -> OffsetCommitReply {
        OffsetCommitReply(
            topics: request.topics.map { topic in
                OffsetTopic(
                    topic: topic.topic,
                    partitions: topic.partitions.map { Partition(partition: $0.partition, error: error) })
            })
    }

    /// The same error for every partition that was to be written.
    func failed(_ error: GroupError) -> OffsetCommitReply {
        OffsetCommitReply(
            topics: topics.map { topic in
                OffsetTopic(
                    topic: topic.topic,
                    partitions: topic.partitions.map { Partition(partition: $0.partition, error: $0.error ?? error) })
            })
    }
}

extension OffsetFetchReply.Partition {
    static func missing(_ partition: Int32, _ error: GroupError?) -> OffsetFetchReply.Partition {
        OffsetFetchReply.Partition(partition: partition, offset: -1, leaderEpoch: -1, metadata: "", error: error)
    }
}
