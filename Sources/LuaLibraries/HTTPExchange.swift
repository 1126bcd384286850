import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One request of a script's, from its sending to the last byte of the answer, through redirects.
struct HTTPExchange: Sendable {
    let request: HTTPRequest
    let access: HTTPAccess
    let clients: HTTPClientHolder

    /// What a script gets.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: ByteBuffer
        /// Where it came from in the end.
        var url: String
    }

    /// Throws `HTTPFailure`, or `CancellationError` once the task is cancelled.
    func run() async throws -> Answer {
        let timedOut = HTTPFailure("no answer within \(request.timeoutMS) ms")
        let deadline = NIODeadline.now() + .milliseconds(request.timeoutMS)
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await follow(until: deadline) }
                // The client's own deadline ends with the answer's head.
                group.addTask {
                    try await Task.sleep(for: .milliseconds(request.timeoutMS))
                    throw timedOut
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw CancellationError() }
                return answer
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if (error as? HTTPClientError) == .deadlineExceeded { throw timedOut }
            throw HTTPExchange.failure(of: error)
        }
    }

    // MARK: Redirects

    private func follow(until deadline: NIODeadline) async throws -> Answer {
        var hop = Hop(request)
        var redirectCount: Int64 = 0
        while true {
            let client = try clients.client(for: try access.reach(of: hop.target))
            do {
                let response = try await client.execute(hop.message, deadline: deadline)
                guard request.redirectCountMax > 0, let following = try hop.following(response, access.limits) else {
                    return Answer(
                        status: Int(response.status.code), headers: response.headers,
                        body: try await body(of: response), url: hop.target.requestText)
                }
                redirectCount += 1
                guard redirectCount <= request.redirectCountMax else {
                    throw HTTPFailure("more than \(request.redirectCountMax) redirects")
                }
                hop = following
            } catch is HTTPClientHolder.NotPublic {
                throw HTTPFailure.notPublic(hop.target.host)
            }
        }
    }

    /// One request of the chain.
    private struct Hop {
        var target: HTTPTarget
        var method: String
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        init(_ request: HTTPRequest) {
            (target, method, headers, body) = (request.target, request.method, request.headers, request.body)
        }

        var message: HTTPClientRequest {
            var message = HTTPClientRequest(url: target.requestText)
            message.method = HTTPMethod(rawValue: method)
            for (name, value) in headers { message.headers.add(name: name, value: value) }
            if !message.headers.contains(name: "user-agent") {
                message.headers.add(name: "user-agent", value: "platform")
            }
            if let user = target.url.user, !message.headers.contains(name: "authorization") {
                let credentials = user + [UInt8(ascii: ":")] + (target.url.password ?? [])
                message.headers.add(
                    name: "authorization", value: "Basic \(Data(credentials).base64EncodedString())")
            }
            let hasBody = !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method)
            if hasBody { message.body = .bytes(ByteBuffer(bytes: body)) }
            return message
        }

        /// The request that an answer redirects to (RFC 9110, section 15.4); nil if it does not. Elsewhere what this
        /// server was to know is left out.
        func following(_ response: HTTPClientResponse, _ limits: HTTPLimits) throws -> Hop? {
            guard [301, 302, 303, 307, 308].contains(response.status.code),
                let location = response.headers.first(name: "location")
            else { return nil }
            var next = self
            guard let reference = try? URLText(location.utf8) else {
                throw HTTPFailure("a redirect to '\(location.prefix(200))', which is no URL")
            }
            next.target = try HTTPTarget(target.url.resolving(reference), limits: limits)
            let becomesGet = response.status.code == 303 || (response.status.code < 303 && method == "POST")
            if becomesGet, method != "HEAD" {
                next.method = "GET"
                next.body = []
                next.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
            }
            if next.target.origin != target.origin {
                next.headers.removeAll { ["authorization", "cookie"].contains($0.name.lowercased()) }
            }
            return next
        }
    }

    // MARK: Bodies

    private func body(of response: HTTPClientResponse) async throws -> ByteBuffer {
        let tooLong = HTTPFailure("an answer of more than \(access.limits.responseBytesMax) bytes")
        if let announced = response.headers.first(name: "content-length").flatMap({ Int($0) }),
            announced > access.limits.responseBytesMax, request.method != "HEAD"
        {
            throw tooLong
        }
        var body = ByteBuffer()
        for try await var piece in response.body {
            guard body.readableBytes + piece.readableBytes <= access.limits.responseBytesMax else { throw tooLong }
            body.writeBuffer(&piece)
        }
        try Task.checkCancellation()
        return body
    }

    // MARK: Failures

    private static func failure(of error: any Error) -> HTTPFailure {
        switch error {
        case let failure as HTTPFailure: failure
        case let error as IOError: HTTPFailure(String(cString: strerror(error.errnoCode)).lowercased())
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { failure(of: $0.error) }
                ?? HTTPFailure("the host name '\(error.host)' has no address")
        case ChannelError.connectTimeout(let time):
            HTTPFailure("no connection within \(time.nanoseconds / 1_000_000) ms")
        case let error as HTTPClientError: HTTPFailure(error.shortDescription.lowercased())
        default: HTTPFailure("\(error)")
        }
    }
}
