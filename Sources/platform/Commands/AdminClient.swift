import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The server's HTTP listener, as commands speak to it.
struct AdminClientOptions: ParsableArguments {
    @Option(help: "HTTP listener of the server, as HOST:PORT.") var http = "127.0.0.1:8080"

    private static let timeout = TimeAmount.seconds(30)
    private static let answerBytesMax = 64 << 20

    /// Sends a request and decodes its answer. Throws with what the server says if it refuses.
    func send<Answer: Decodable>(_ method: HTTPMethod, _ path: String, waitMS: Int64 = 0) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://\(http)\(path)")
        request.method = method
        let data: Data
        let status: HTTPResponseStatus
        do {
            let response = try await HTTPClient.shared.execute(
                request, timeout: AdminClientOptions.timeout + .milliseconds(waitMS))
            data = Data(try await response.body.collect(upTo: AdminClientOptions.answerBytesMax).readableBytesView)
            status = response.status
        } catch {
            throw CommandError("no server reached at \(http): \(error); name its HTTP listener with --http HOST:PORT")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard status == .ok else {
            let refusal = try? decoder.decode(Refusal.self, from: data)
            throw CommandError(refusal?.error.message ?? "\(http) answered \(status.code) to \(path)")
        }
        return try decoder.decode(Answer.self, from: data)
    }

    private struct Refusal: Decodable {
        struct Body: Decodable {
            var message: String
        }

        var error: Body
    }
}
