@testable import BrokerEngine

/// A consumer as real ones behave: join, sync, heartbeat; join again when told to; static or not, old or new.
struct SimulatedGroupClient {
    enum Phase: Equatable {
        case mustJoin
        case joining
        case mustSync
        case syncing
        case working
    }

    let number: Int
    /// Static members keep their name when they start again.
    let instanceID: String?
    let isCooperative: Bool
    /// Whether it knows JoinGroup v4 and v9.
    let isModern: Bool
    var isAlive = true
    /// Stalled in user code: sends nothing, not even heartbeats.
    var isStalled = false
    var phase = Phase.mustJoin
    var memberID = ""
    var generation: Int32 = -1
    var protocolName: String?
    var topics = ["t"]
    /// The join or sync it waits for; answers to earlier ones do not reach it.
    var awaited: RequestToken?
    var waitedSteps = 0
    var wantsRejoin = false
    /// Whether the last join made it the leader, with an assignment to compute.
    var assigns = false
    var membersToAssign: [String] = []
    var commitsInFlight: [RequestToken: (partition: Int32, offset: Int64)] = [:]
    /// A cooperative member names what it owned, so that its metadata differ from one join to the next.
    private var joinCount: UInt8 = 0
    /// Whether its next assignment makes it give up partitions, and so join once more.
    private var owesSecondRound = true

    init(number: Int, random: inout SeededGroupRandom) {
        self.number = number
        instanceID = Bool.random(using: &random) ? "static\(number)" : nil
        isCooperative = Bool.random(using: &random)
        isModern = Int.random(in: 0..<4, using: &random) > 0
    }

    mutating func joinRequest(groupID: String) -> GroupJoin {
        joinCount &+= 1
        let userData: [UInt8] = isCooperative ? [joinCount] : []
        let metadata = GroupJoin.subscription(topics, userData: userData)
        return GroupJoin(
            groupID: groupID, memberID: memberID, groupInstanceID: instanceID, clientID: "client\(number)",
            clientHost: "/10.0.0.1", sessionTimeoutMS: 10_000, rebalanceTimeoutMS: 30_000, protocolType: "consumer",
            protocols: ["cooperative-sticky", "range"].map { GroupProtocol(name: $0, metadata: metadata) },
            requiresKnownMemberID: isModern, canSkipAssignment: isModern)
    }

    mutating func joined(_ reply: GroupJoinReply) {
        memberID = reply.memberID
        generation = reply.generation
        protocolName = reply.protocolName
        assigns = reply.leaderID == memberID && !reply.skipAssignment
        membersToAssign = reply.members.map(\.memberID)
        phase = .mustSync
        if isCooperative, owesSecondRound {
            owesSecondRound = false
            wantsRejoin = true
        }
    }

    mutating func loseMembership(keepsID: Bool) {
        if !keepsID { memberID = "" }
        generation = -1
        phase = .mustJoin
    }

    mutating func connectionLost() {
        awaited = nil
        commitsInFlight = [:]
        switch phase {
        case .joining: phase = .mustJoin
        case .syncing: phase = .mustJoin
        case .mustJoin, .mustSync, .working: break
        }
    }

    mutating func changeSubscription() {
        topics = topics.count == 1 ? ["t", "u"] : ["t"]
        wantsRejoin = true
        owesSecondRound = true
    }

    mutating func start() {
        isAlive = true
        isStalled = false
        loseMembership(keepsID: false)
        commitsInFlight = [:]
        wantsRejoin = false
        owesSecondRound = true
    }
}
