import AsyncHTTPClient
import NIOCore
import Synchronization

/// The connections that all states of a process ask through: a service of each `LuaVM`. Made when first used; whoever
/// made the holder shuts it down.
///
/// Where only public addresses may be asked, what counts is the address that a connection has got, not what its name
/// resolved to a moment before. As connections are kept and shared, there is a client for each reach.
public final class HTTPClientHolder: Sendable {
    private enum State {
        case open([HTTPAccess.Reach: HTTPClient])
        case shutDown
    }

    private let state = Mutex(State.open([:]))

    public init() {}

    func client(for reach: HTTPAccess.Reach) throws(HTTPFailure) -> HTTPClient {
        try state.withLock { (state) throws(HTTPFailure) -> HTTPClient in
            guard case .open(var clients) = state else { throw HTTPFailure("the process is stopping") }
            if let client = clients[reach] { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .singleton, configuration: HTTPClientHolder.configuration(for: reach))
            clients[reach] = client
            state = .open(clients)
            return client
        }
    }

    /// Closes all connections; requests under way fail, and so do all later ones.
    public func shutdown() async {
        let clients = state.withLock { state -> [HTTPClient] in
            guard case .open(let clients) = state else { return [] }
            state = .shutDown
            return Array(clients.values)
        }
        // Its only error is that it has been shut down before, which the state above rules out.
        for client in clients { try? await client.shutdown() }
    }

    private static func configuration(for reach: HTTPAccess.Reach) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A script is told at once that nobody listens, and tries again itself if it wants to.
        configuration.connectionPool.retryConnectionEstablishment = false
        if reach == .publicAddresses {
            configuration.http1_1ConnectionDebugInitializer = refuseUnlessPublic
            configuration.http2ConnectionDebugInitializer = refuseUnlessPublic
        }
        return configuration
    }

    /// Runs when a connection stands and nothing has been asked over it.
    @Sendable private static func refuseUnlessPublic(_ channel: any Channel) -> EventLoopFuture<Void> {
        let address = channel.remoteAddress.flatMap { IPAddress($0) }
        if let address, address.isPublic { return channel.eventLoop.makeSucceededVoidFuture() }
        // Closed by the loop's next round: the pool has to hear of the failure before it hears of the closing.
        channel.eventLoop.execute { channel.close(promise: nil) }
        return channel.eventLoop.makeFailedFuture(NotPublic())
    }

    /// What a request fails with whose connection was refused.
    struct NotPublic: Error {}
}
