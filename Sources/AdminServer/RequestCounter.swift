import Hummingbird
import Synchronization

/// How many HTTP requests were answered, by route and status.
final class RequestCounter: Sendable {
    /// Both parts come from small fixed sets: the routes that exist and the statuses they answer with.
    struct Key: Hashable, Sendable {
        var method: String
        var route: String
        var status: Int
    }

    private let counts = Mutex<[Key: Int]>([:])

    func count(_ key: Key) {
        counts.withLock { $0[key, default: 0] += 1 }
    }

    var snapshot: [Key: Int] { counts.withLock { $0 } }
}

/// Counts requests once they are answered.
struct RequestCounting: RouterMiddleware {
    let counter: RequestCounter

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: @concurrent (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        let route = context.endpointPath ?? "none"
        // A method is the client's to invent where no route has matched.
        let method = route.hasPrefix("/") ? request.method.rawValue : "other"
        counter.count(RequestCounter.Key(method: method, route: route, status: response.status.code))
        return response
    }
}
