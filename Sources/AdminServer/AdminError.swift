import HTTPTypes
import Hummingbird

/// What a request is refused with: a status, a code for programs and a sentence for people. Sent as
/// `{"error":{"code":"…","message":"…"}}`.
struct AdminError: Error, Equatable {
    var status: HTTPResponse.Status
    /// In snake case; part of the API, never renamed.
    var code: String
    /// What was wrong, the value, the limit, what to do.
    var message: String
    var headers = HTTPFields()

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func methodNotAllowed(_ method: String, allowed: [String]) -> AdminError {
        let names = allowed.joined(separator: ", ")
        var error = AdminError(.methodNotAllowed, "method_not_allowed", "\(method) is not possible here, only \(names)")
        error.headers[.allow] = names
        return error
    }
}

extension AdminError: Encodable {
    private enum CodingKeys: String, CodingKey {
        case code, message
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
    }
}

/// The body of an answer that is an error and nothing else.
struct ErrorBody: Encodable {
    var error: AdminError
}
