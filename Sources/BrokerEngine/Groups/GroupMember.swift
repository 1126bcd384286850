/// A member of a group, as the coordinator knows it.
struct GroupMember: Sendable {
    /// What the member waits for. A member that waits is taken to be alive.
    enum Waiting: Sendable, Equatable {
        case nothing
        /// For the others to join too, or for the record of its new member id.
        case join(RequestToken)
        /// For the leader's assignment to be durable.
        case sync(RequestToken)
    }

    /// Changes when a static member starts again.
    var id: String
    let groupInstanceID: String?
    var clientID: String
    var clientHost: String
    var sessionTimeoutMS: Int32
    var rebalanceTimeoutMS: Int32
    /// What it offers, the preferred one first, each name once.
    var protocols: [GroupProtocol]
    var assignment: [UInt8] = []
    var waiting = Waiting.nothing
    /// Whether it has yet to be answered its first join, so that it cannot send heartbeats.
    var isNew: Bool
    /// Whether it has yet to ask for its assignment of this generation.
    var owesSync = false
    var session = GroupDeadline()
    /// Counts joins of the group: the order of members is the order in which they came.
    let ordinal: UInt64

    var isStatic: Bool { groupInstanceID != nil }

    var hasJoined: Bool {
        switch waiting {
        case .join: true
        case .nothing, .sync: false
        }
    }

    func metadata(for protocolName: String) -> [UInt8] {
        protocols.first { $0.name == protocolName }?.metadata ?? []
    }
}

extension GroupJoin {
    /// What is offered, each name once: a name given twice would count as two members' support.
    var distinctProtocols: [GroupProtocol] {
        var names: Set<String> = []
        return protocols.filter { names.insert($0.name).inserted }
    }

    var effectiveRebalanceTimeoutMS: Int32 {
        rebalanceTimeoutMS < 0 ? sessionTimeoutMS : rebalanceTimeoutMS
    }
}
