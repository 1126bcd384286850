import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// What a route knows of a request beside its head and body.
struct AdminRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Answers `Expect: 100-continue` (RFC 9110, section 10.1.1), for which curl waits a second before it sends a body
    /// above 1 MiB. Call it when all that can be refused without the body has been, right before reading it: a client
    /// that is refused first need not send it. Throws for other expectations, which nobody here meets.
    func letBodyCome(for request: Request) async throws {
        guard let expectation = request.headers[.expect] else { return }
        guard expectation.lowercased() == "100-continue" else {
            throw AdminError(
                .expectationFailed, "unknown_expectation",
                "the expectation '\(expectation)' cannot be met, only 100-continue can: leave the Expect header out")
        }
        try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue))).get()
    }
}
