import HTTPTypes
import Hummingbird
import Logging

/// Turns whatever a route throws into an error in JSON.
struct ErrorAnswers: RouterMiddleware {
    func handle(
        _ request: Request, context: AdminRequestContext,
        next: @concurrent (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            var answer = AdminError(any: error)
            if answer.status == .notFound, error is any HTTPResponseError {
                answer = AdminError(
                    .notFound, "unknown_path",
                    "there is nothing at \(request.uri.path); known are /healthz, /readyz, /metrics, /v1/topics and "
                        + "/v1/groups")
            }
            if answer.code == "internal" {
                context.logger.error(
                    "request failed",
                    metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"])
            }
            var response = try Response.json(ErrorBody(error: answer), status: answer.status)
            response.headers.append(contentsOf: answer.headers)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }
}

/// Refuses requests that a browser sends for a page of another site. Without this any page that a developer looks at
/// could write to the topics of a broker on the same machine: text/plain needs no permission across sites.
struct SameOriginOnly: RouterMiddleware {
    func handle(
        _ request: Request, context: AdminRequestContext,
        next: @concurrent (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        if let origin = request.headers[.origin] {
            let host = origin.split(separator: "/").last.map { $0.lowercased() }
            guard let host, host == request.head.authority?.lowercased() else {
                throw AdminError(
                    .forbidden, "cross_origin",
                    "a page of \(origin) may not call this server; call it from a server or without the Origin header")
            }
        }
        return try await next(request, context)
    }
}
