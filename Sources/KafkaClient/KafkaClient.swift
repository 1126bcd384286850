public import KafkaWire
public import NIOCore

/// A cluster as a client sees it: who leads what, with one connection a broker.
///
/// Connecting is repeated until `retryTimeoutMS` has gone while no broker can be reached; requests are not repeated here,
/// as only the caller knows whether one may be carried out twice.
public actor KafkaClient {
    /// Who is to answer a request.
    public enum Destination: Hashable, Sendable {
        case anyBroker
        case controller
        case node(Int32)
        case coordinator(group: String)
    }

    /// Answers come in order, so what a server may let wait has a connection of its own.
    private enum Lane: Hashable {
        case general
        case fetch
        case group
    }

    private struct Line: Hashable {
        var address: BrokerAddress
        var lane: Lane
    }

    public nonisolated let configuration: KafkaClientConfiguration
    public nonisolated let eventLoopGroup: any EventLoopGroup
    private let bootstrap: [BrokerAddress]
    private var brokers: [Int32: BrokerAddress] = [:]
    private var controllerID: Int32 = -1
    private var topics: [String: MetadataResponse.Topic] = [:]
    private var coordinators: [String: Int32] = [:]
    private var connections: [Line: Task<KafkaConnection, any Error>] = [:]
    private var isShutDown = false

    public init(
        bootstrap: [BrokerAddress], configuration: KafkaClientConfiguration = .init(),
        eventLoopGroup: any EventLoopGroup
    ) {
        precondition(!bootstrap.isEmpty, "a client needs an address to begin with")
        self.bootstrap = bootstrap
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
    }

    /// Makes the first connection. Unlike other calls it does not wait for a server to come up.
    public func connect() async throws(KafkaClientError) { _ = try await connection(to: .anyBroker) }

    /// Ends all connections; calls that wait fail.
    public func shutdown() async {
        isShutDown = true
        for connection in connections.values { try? await connection.value.close() }
        connections = [:]
    }

    // MARK: Requests

    /// Sends a request once and waits for its answer; error codes are in the answer.
    public func send<Request: KafkaRequest>(
        _ request: Request, to destination: Destination = .anyBroker, waitMS: Int64 = 0
    ) async throws(KafkaClientError) -> Request.Response {
        let lane: Lane =
            switch destination {
            case .coordinator: .group
            default: Request.apiKey == .fetch ? .fetch : .general
            }
        return try await connection(to: destination, lane: lane).send(request, waitMS: waitMS)
    }

    /// Calls `attempt` until it succeeds, fails for good, or `retryTimeoutMS` has gone. What is known of the cluster is
    /// looked up anew before it is called again.
    public nonisolated func retrying<Result: Sendable>(
        _ attempt: () async throws(KafkaClientError) -> Result
    ) async throws(KafkaClientError) -> Result {
        let deadline = NIODeadline.now() + .milliseconds(configuration.retryTimeoutMS)
        while true {
            do throws(KafkaClientError) { return try await attempt() } catch {
                guard error.isRetriable, NIODeadline.now() < deadline else { throw error }
                await forget()
                // Cancelled: the next attempt fails, or the deadline comes.
                try? await Task.sleep(for: .milliseconds(configuration.retryBackoffMS))
                if Task.isCancelled { throw error }
            }
        }
    }

    /// Forgets who leads and coordinates what: the next call looks it up.
    public func forget() {
        topics = [:]
        coordinators = [:]
    }

    // MARK: Topics

    /// What the cluster says of topics, of all without names; partitions in order. Errors of single topics are in the
    /// answer.
    public func metadata(of names: [String]?, creating: Bool = false) async throws(KafkaClientError) -> MetadataResponse
    {
        let request = MetadataRequest(
            topics: names.map { $0.map { MetadataRequest.Topic(name: $0) } }, allowAutoTopicCreation: creating)
        var response = try await send(request)
        for index in response.topics.indices {
            response.topics[index].partitions.sort { $0.partitionIndex < $1.partitionIndex }
        }
        for broker in response.brokers {
            brokers[broker.nodeID] = BrokerAddress(host: broker.host, port: Int(broker.port))
        }
        controllerID = response.controllerID
        for topic in response.topics where topic.errorCode == 0 {
            if let name = topic.name { topics[name] = topic }
        }
        return response
    }

    /// A topic with its partitions in order; looked up once, until `forget`. Throws the server's error if there is none.
    public func topic(_ name: String, creating: Bool = false) async throws(KafkaClientError) -> MetadataResponse.Topic {
        if let topic = topics[name] { return topic }
        let response = try await metadata(of: [name], creating: creating)
        guard let topic = response.topics.first(where: { $0.name == name }) else {
            throw KafkaClientError(.malformedAnswer, "the answer on topic '\(name)' does not name it")
        }
        try KafkaClientError.check(topic.errorCode, "topic '\(name)'")
        return topic
    }

    // MARK: Connections

    /// A connection to whoever is to answer, for requests that are answered at once.
    func connection(to destination: Destination) async throws(KafkaClientError) -> KafkaConnection {
        try await connection(to: destination, lane: .general)
    }

    private func connection(to destination: Destination, lane: Lane) async throws(KafkaClientError) -> KafkaConnection {
        switch destination {
        case .anyBroker: return try await anyConnection(lane: lane)
        case .controller:
            if brokers[controllerID] == nil { _ = try await metadata(of: []) }
            return try await connection(toNode: controllerID, lane: lane)
        case .node(let id):
            if brokers[id] == nil { _ = try await metadata(of: []) }
            return try await connection(toNode: id, lane: lane)
        case .coordinator(let group): return try await connection(toNode: coordinator(of: group), lane: lane)
        }
    }

    private func anyConnection(lane: Lane) async throws(KafkaClientError) -> KafkaConnection {
        var failure = KafkaClientError(.unreachable, "no broker is known")
        for address in bootstrap + brokers.values.filter({ !bootstrap.contains($0) }) {
            do throws(KafkaClientError) { return try await connection(Line(address: address, lane: lane)) } catch {
                guard error.code == .unreachable || error.code == .connectionLost || error.code == .timedOut else {
                    throw error
                }
                failure = error
            }
        }
        throw failure
    }

    private func connection(toNode id: Int32, lane: Lane) async throws(KafkaClientError) -> KafkaConnection {
        guard let address = brokers[id] else {
            throw KafkaClientError(.refused(.leaderNotAvailable), "no broker leads: node \(id) is not in the cluster")
        }
        return try await connection(Line(address: address, lane: lane))
    }

    private func connection(_ line: Line) async throws(KafkaClientError) -> KafkaConnection {
        guard !isShutDown else { throw KafkaClientError(.shutDown, "the client was shut down") }
        if let task = connections[line] {
            if let connection = try? await task.value, connection.isOpen { return connection }
            if connections[line] == task { connections[line] = nil }
            // Somebody else may have begun anew meanwhile.
            guard connections[line] == nil else { return try await self.connection(line) }
        }
        let (configuration, group) = (configuration, eventLoopGroup)
        let task = Task {
            try await KafkaConnection.connect(to: line.address, configuration: configuration, on: group)
        }
        connections[line] = task
        do { return try await task.value } catch {
            throw error as? KafkaClientError ?? KafkaClientError(.unreachable, "\(line.address): \(error)")
        }
    }

    private func coordinator(of group: String) async throws(KafkaClientError) -> Int32 {
        if let id = coordinators[group] { return id }
        let response = try await send(FindCoordinatorRequest(key: group, keyType: 0, coordinatorKeys: [group]))
        let what = "coordinator of group '\(group)'"
        if let found = response.coordinators.first {
            try KafkaClientError.check(found.errorCode, what, detail: found.errorMessage)
            brokers[found.nodeID] = BrokerAddress(host: found.host, port: Int(found.port))
            coordinators[group] = found.nodeID
            return found.nodeID
        }
        try KafkaClientError.check(response.errorCode, what, detail: response.errorMessage)
        brokers[response.nodeID] = BrokerAddress(host: response.host, port: Int(response.port))
        coordinators[group] = response.nodeID
        return response.nodeID
    }
}
