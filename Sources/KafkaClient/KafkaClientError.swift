public import KafkaWire

/// Why a call to a broker failed.
public struct KafkaClientError: Error, Sendable, CustomStringConvertible {
    /// What callers tell apart.
    public enum Code: Equatable, Sendable {
        /// No connection could be made.
        case unreachable
        /// The connection ended before the answer came: what was asked for may have been done.
        case connectionLost
        /// No answer came in time: what was asked for may have been done.
        case timedOut
        /// The server does not serve the API, or no version that this client knows.
        case unsupported
        /// The server sent what the protocol does not allow.
        case malformedAnswer
        /// The server said no.
        case refused(KafkaError)
        /// What the caller asked for cannot be sent.
        case invalidArgument
        /// The client was shut down.
        case shutDown
    }

    public let code: Code
    /// What failed, with the values that show it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// Trying again may help, after looking up again who leads.
    public var isRetriable: Bool {
        switch code {
        case .unreachable, .connectionLost, .timedOut: true
        case .refused(let error): error.isRetriable
        case .unsupported, .malformedAnswer, .invalidArgument, .shutDown: false
        }
    }

    /// An error code of an answer. `what` is what was asked for, as in `topic 'orders'`; `detail` the server's own words.
    public static func refused(_ rawCode: Int16, _ what: String, detail: String? = nil) -> KafkaClientError {
        let error = KafkaError(rawValue: rawCode) ?? .unknownServerError
        let reason = detail.flatMap { $0.isEmpty ? nil : $0 } ?? error.explanation
        return KafkaClientError(.refused(error), "\(what): \(error.name): \(reason)")
    }

    /// Throws unless the code of an answer says that there was no error.
    public static func check(_ rawCode: Int16, _ what: @autoclosure () -> String, detail: String? = nil)
        throws(KafkaClientError)
    {
        guard rawCode != KafkaError.noError.rawValue else { return }
        throw refused(rawCode, what(), detail: detail)
    }
}
