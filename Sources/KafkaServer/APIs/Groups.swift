import BrokerEngine
import KafkaWire
import NIOCore

extension RequestDispatcher {
    /// Hands a call to the coordinator whose answer comes by and by; while it waits, the token dies with the connection.
    func park<Request: KafkaRequest>(
        _ call: RequestCall, _ type: Request.Type,
        _ submit: (@escaping GroupCoordinator.Reply) -> RequestToken,
        _ makeResponse: @escaping @Sendable (GroupReply, ByteBufferAllocator) -> Request.Response?
    ) {
        let (connection, loop, allocator) = (connection, loop, channel.allocator)
        let token = submit { reply in
            guard let response = makeResponse(reply, allocator) else { return }
            let encoded = call.encode(type, response, allocator)
            loop.execute { connection.groupRequestAnswered(call.slot, with: encoded) }
        }
        // An answer that came at once is on its way behind this call.
        parkedGroupRequests[call.slot] = token
    }

    func findCoordinator(_ request: FindCoordinatorRequest, _ call: RequestCall) {
        let (groups, node) = (service.groups, service.node)
        let keys = call.version >= 4 ? request.coordinatorKeys : [request.key]
        let makeResponse: @Sendable () -> FindCoordinatorResponse = {
            let found = keys.map { key -> FindCoordinatorResponse.Coordinator in
                var coordinator = FindCoordinatorResponse.Coordinator(key: key, nodeID: -1, host: "", port: -1)
                let error: KafkaError?
                switch request.keyType {
                case 0:
                    do {
                        try groups.prepare()
                        error = nil
                    } catch {
                        coordinator.errorMessage = "\(error)"
                        return coordinator.with(.coordinatorNotAvailable)
                    }
                case 1:
                    coordinator.errorMessage = "transactions are not available on this broker"
                    error = .transactionalIDAuthorizationFailed
                default:
                    coordinator.errorMessage = "key type \(request.keyType) is not 0 (group) or 1 (transaction)"
                    error = .invalidRequest
                }
                if let error { return coordinator.with(error) }
                coordinator.nodeID = node.id
                coordinator.host = node.host
                coordinator.port = node.port
                return coordinator
            }
            var response = FindCoordinatorResponse(coordinators: call.version >= 4 ? found : [])
            if call.version < 4, let first = found.first {
                response.errorCode = first.errorCode
                response.errorMessage = first.errorMessage
                response.nodeID = first.nodeID
                response.host = first.host
                response.port = first.port
            }
            return response
        }
        if broker.topic(GroupCoordinator.topicName) == nil {
            answerFromPool(call, FindCoordinatorRequest.self, makeResponse)
        } else {
            answer(call, FindCoordinatorRequest.self, makeResponse())
        }
    }

    func joinGroup(_ request: JoinGroupRequest, _ call: RequestCall) {
        let host = channel.remoteAddress?.ipAddress ?? "unknown"
        let join = GroupJoin(
            groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
            clientID: call.header.clientID ?? "", clientHost: "/" + host, sessionTimeoutMS: request.sessionTimeoutMS,
            rebalanceTimeoutMS: call.version >= 1 ? request.rebalanceTimeoutMS : -1,
            protocolType: request.protocolType,
            protocols: request.protocols.map { .init(name: $0.name, metadata: Array($0.metadata.readableBytesView)) },
            requiresKnownMemberID: call.version >= 4, canSkipAssignment: call.version >= 9, reason: request.reason)
        park(call, JoinGroupRequest.self, { service.groups.join(join, reply: $0) }) { reply, allocator in
            guard case .join(let joined) = reply else { return nil }
            return JoinGroupResponse(
                errorCode: KafkaError.code(joined.error), generationID: joined.generation,
                protocolType: joined.protocolType,
                // Not nullable before version 7.
                protocolName: joined.protocolName ?? (call.version >= 7 ? nil : ""), leader: joined.leaderID,
                skipAssignment: joined.skipAssignment, memberID: joined.memberID,
                members: joined.members.map {
                    .init(
                        memberID: $0.memberID, groupInstanceID: $0.groupInstanceID,
                        metadata: allocator.buffer(bytes: $0.metadata))
                })
        }
    }

    func syncGroup(_ request: SyncGroupRequest, _ call: RequestCall) {
        let sync = GroupSync(
            groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
            generation: request.generationID, protocolType: request.protocolType, protocolName: request.protocolName,
            assignments: request.assignments.map {
                .init(memberID: $0.memberID, assignment: Array($0.assignment.readableBytesView))
            })
        park(call, SyncGroupRequest.self, { service.groups.sync(sync, reply: $0) }) { reply, allocator in
            guard case .sync(let synced) = reply else { return nil }
            return SyncGroupResponse(
                errorCode: KafkaError.code(synced.error), protocolType: synced.protocolType,
                protocolName: synced.protocolName, assignment: allocator.buffer(bytes: synced.assignment))
        }
    }

    func heartbeat(_ request: HeartbeatRequest, _ call: RequestCall) {
        let error = service.groups.heartbeat(
            .init(
                groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
                generation: request.generationID))
        answer(call, HeartbeatRequest.self, HeartbeatResponse(errorCode: KafkaError.code(error)))
    }

    func leaveGroup(_ request: LeaveGroupRequest, _ call: RequestCall) {
        let members =
            call.version >= 3
            ? request.members.map {
                GroupLeave.Member(memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, reason: $0.reason)
            } : [GroupLeave.Member(memberID: request.memberID)]
        let leave = GroupLeave(groupID: request.groupID, members: members)
        park(call, LeaveGroupRequest.self, { service.groups.leave(leave, reply: $0) }) { reply, _ in
            guard case .leave(let left) = reply else { return nil }
            var response = LeaveGroupResponse(errorCode: KafkaError.code(left.error))
            if call.version >= 3 {
                response.members = left.members.map {
                    .init(
                        memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, errorCode: KafkaError.code($0.error)
                    )
                }
            } else if left.error == nil {
                response.errorCode = KafkaError.code(left.members.first?.error)
            }
            return response
        }
    }

    /// Most bytes of members' metadata and assignments in one answer, beyond one group's: above it groups are answered
    /// with an error, and have to be asked for in smaller numbers.
    private static let describedBytesMax = 64 << 20

    func describeGroups(_ request: DescribeGroupsRequest, _ call: RequestCall) {
        var bytesLeft = RequestDispatcher.describedBytesMax
        let groups = request.groupIDs.withoutRepeats { $0 }.map { id -> DescribeGroupsResponse.Group in
            guard bytesLeft > 0 else { return .init(errorCode: KafkaError.messageTooLarge.rawValue, groupID: id) }
            let group = service.groups.describe(id)
            bytesLeft -= group.members.reduce(0) { $0 + $1.metadata.count + $1.assignment.count }
            return .init(
                errorCode: KafkaError.code(group.error), groupID: group.groupID, groupState: group.state.rawValue,
                protocolType: group.protocolType, protocolData: group.protocolName,
                members: group.members.map {
                    .init(
                        memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, clientID: $0.clientID,
                        clientHost: $0.clientHost, memberMetadata: channel.allocator.buffer(bytes: $0.metadata),
                        memberAssignment: channel.allocator.buffer(bytes: $0.assignment))
                },
                authorizedOperations: request.includeAuthorizedOperations
                    ? AuthorizedOperations.group : AuthorizedOperations.notAskedFor)
        }
        answer(call, DescribeGroupsRequest.self, DescribeGroupsResponse(groups: groups))
    }

    func listGroups(_ request: ListGroupsRequest, _ call: RequestCall) {
        let listed = service.groups.list(states: request.statesFilter, types: request.typesFilter)
        let groups = listed.groups.map {
            ListGroupsResponse.Group(
                groupID: $0.groupID, protocolType: $0.protocolType, groupState: $0.state.rawValue,
                groupType: $0.groupType)
        }
        answer(
            call, ListGroupsRequest.self, ListGroupsResponse(errorCode: KafkaError.code(listed.error), groups: groups))
    }

    func deleteGroups(_ request: DeleteGroupsRequest, _ call: RequestCall) {
        park(call, DeleteGroupsRequest.self, { service.groups.deleteGroups(request.groupIDs, reply: $0) }) { reply, _ in
            guard case .deleteGroups(let deleted) = reply else { return nil }
            return DeleteGroupsResponse(
                groups: deleted.map { .init(groupID: $0.groupID, errorCode: KafkaError.code($0.error)) })
        }
    }
}

extension FindCoordinatorResponse.Coordinator {
    fileprivate func with(_ error: KafkaError) -> Self {
        var copy = self
        copy.errorCode = error.rawValue
        return copy
    }
}
