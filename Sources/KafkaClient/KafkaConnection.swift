public import KafkaWire
public import NIOCore
import NIOPosix

/// One connection to one broker. Requests may be sent before earlier ones are answered; answers come in their order.
public final class KafkaConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<KafkaClientHandler>
    private let configuration: KafkaClientConfiguration
    public let address: BrokerAddress
    /// What the server serves, by API.
    let servedVersions: [Int16: ClosedRange<Int16>]

    private init(
        channel: any Channel, handler: NIOLoopBound<KafkaClientHandler>, address: BrokerAddress,
        configuration: KafkaClientConfiguration, servedVersions: [Int16: ClosedRange<Int16>] = [:]
    ) {
        self.channel = channel
        self.handler = handler
        self.address = address
        self.configuration = configuration
        self.servedVersions = servedVersions
    }

    /// Connects and asks which versions the server serves.
    public static func connect(
        to address: BrokerAddress, configuration: KafkaClientConfiguration, on group: any EventLoopGroup
    ) async throws(KafkaClientError) -> KafkaConnection {
        let bare = try await open(address, configuration: configuration, on: group)
        do {
            let versions = try await bare.negotiate()
            return KafkaConnection(
                channel: bare.channel, handler: bare.handler, address: address, configuration: configuration,
                servedVersions: versions)
        } catch {
            bare.close()
            throw error
        }
    }

    private static func open(
        _ address: BrokerAddress, configuration: KafkaClientConfiguration, on group: any EventLoopGroup
    ) async throws(KafkaClientError) -> KafkaConnection {
        do {
            let bootstrap = ClientBootstrap(group: group)
                .connectTimeout(.milliseconds(configuration.connectTimeoutMS))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            KafkaClientHandler(address: address, responseBytesMax: configuration.responseBytesMax))
                    }
                }
            let channel = try await bootstrap.connect(host: address.host, port: address.port).get()
            let handler = try await channel.eventLoop.submit {
                NIOLoopBound(
                    try channel.pipeline.syncOperations.handler(type: KafkaClientHandler.self),
                    eventLoop: channel.eventLoop)
            }.get()
            return KafkaConnection(channel: channel, handler: handler, address: address, configuration: configuration)
        } catch {
            throw KafkaClientError(.unreachable, "cannot connect to \(address): \(ConnectFailure.reason(error))")
        }
    }

    /// Version 3 first; a server that does not know it answers in version 0 with its own range.
    private func negotiate() async throws(KafkaClientError) -> [Int16: ClosedRange<Int16>] {
        let request = APIVersionsRequest(clientSoftwareName: "platform", clientSoftwareVersion: "1")
        var response = try await send(request, version: 3)
        if response.errorCode == KafkaError.unsupportedVersion.rawValue {
            response = try await send(request, version: 0)
        }
        try KafkaClientError.check(response.errorCode, "versions served by \(address)")
        var versions: [Int16: ClosedRange<Int16>] = [:]
        for api in response.apiKeys where api.minVersion <= api.maxVersion {
            versions[api.apiKey] = api.minVersion...api.maxVersion
        }
        return versions
    }

    // MARK: Requests

    /// The newest version of an API that both sides know.
    public func version<Request: KafkaRequest>(of request: Request.Type) throws(KafkaClientError) -> Int16 {
        let known = request.validVersions
        guard let served = servedVersions[request.apiKey.rawValue] else {
            throw KafkaClientError(.unsupported, "\(address) does not serve \(request.apiKey.name)")
        }
        guard served.overlaps(known) else {
            throw KafkaClientError(
                .unsupported,
                "\(address) serves \(request.apiKey.name) in versions \(served); this client knows \(known)")
        }
        return min(served.upperBound, known.upperBound)
    }

    /// Sends a request and waits for its answer. `waitMS` is the wait that the request itself asks the server for.
    public func send<Request: KafkaRequest>(_ request: Request, waitMS: Int64 = 0) async throws(KafkaClientError)
        -> Request.Response
    {
        try await send(request, version: try version(of: Request.self), waitMS: waitMS)
    }

    private func send<Request: KafkaRequest>(_ request: Request, version: Int16, waitMS: Int64 = 0)
        async throws(KafkaClientError) -> Request.Response
    {
        let result = await withCheckedContinuation { continuation in
            start(request, version: version, waitMS: waitMS) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends a request without waiting. Requests leave in the order of the calls made on one thread; `complete` is called
    /// on the connection's loop.
    public func start<Request: KafkaRequest>(
        _ request: Request, version: Int16, waitMS: Int64 = 0,
        _ complete: @escaping @Sendable (Result<Request.Response, KafkaClientError>) -> Void
    ) {
        let clientID = configuration.clientID
        let deadline = NIODeadline.now() + .milliseconds(configuration.requestTimeoutMS + waitMS)
        let (handler, address) = (handler, address)
        let send = { @Sendable in
            handler.value.send(deadline: deadline) { correlationID, buffer in
                request.encodeFrame(
                    to: &buffer, version: version, correlationID: correlationID, clientID: clientID)
            } complete: { answer in
                complete(answer.flatMap { Request.decode($0, version: version, from: address) })
            }
        }
        if channel.eventLoop.inEventLoop { send() } else { channel.eventLoop.execute(send) }
    }

    /// Sends a request that has no answer: Produce with acks 0.
    public func startUnanswered<Request: KafkaRequest>(_ request: Request, version: Int16) {
        let (handler, clientID) = (handler, configuration.clientID)
        channel.eventLoop.execute {
            handler.value.sendUnanswered { buffer in
                request.encodeFrame(to: &buffer, version: version, correlationID: -1, clientID: clientID)
            }
        }
    }

    /// Whether requests can still be sent.
    public var isOpen: Bool { channel.isActive }

    /// Ends the connection; requests that wait fail.
    public func close() { channel.close(promise: nil) }
}

extension KafkaRequest {
    fileprivate static func decode(_ frame: ByteBuffer, version: Int16, from address: BrokerAddress)
        -> Result<Response, KafkaClientError>
    {
        var reader = WireReader(frame)
        do {
            _ = try ResponseHeader(from: &reader, api: apiKey, version: version)
            return .success(try Response(from: &reader, version: version))
        } catch {
            // Servers that do not know a version of ApiVersions answer it in version 0.
            if apiKey == .apiVersions, version > 0 { return decode(frame, version: 0, from: address) }
            return .failure(
                KafkaClientError(
                    .malformedAnswer,
                    "\(address) answered \(apiKey.name) version \(version) with bytes that are none: \(error)"))
        }
    }
}
