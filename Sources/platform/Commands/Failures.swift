import ArgumentParser
import KafkaClient
import KafkaWire

/// What a command on several names could not do: a line on stderr each; the others are served, and the command ends
/// with status 1.
struct Failures {
    /// As it stands in the JSON document.
    struct Failure: Encodable {
        /// The topic or group.
        var name: String
        /// The protocol's name of the error, as in `UNKNOWN_TOPIC_OR_PARTITION`; null if the server did not say no.
        @NullIfAbsent var error: String?
        var message: String
    }

    private(set) var all: [Failure] = []

    var isEmpty: Bool { all.isEmpty }

    /// Takes note of an error on one name. Throws it if it is not about the name: the others would fail as well.
    mutating func note(_ error: KafkaClientError, of name: String) throws(KafkaClientError) {
        let message = error.advised.message
        switch error.code {
        case .refused(let code): all.append(Failure(name: name, error: code.name, message: message))
        case .invalidArgument: all.append(Failure(name: name, error: nil, message: message))
        case .unreachable, .connectionLost, .timedOut, .unsupported, .malformedAnswer, .shutDown: throw error
        }
        Output.notice("Error: \(message.printable)")
    }

    /// Ends the command with the status for failures, if there were any.
    func exit() throws {
        if !isEmpty { throw ExitCode.refused }
    }
}

extension KafkaClientError {
    /// With what can be done about it.
    var advised: KafkaClientError {
        guard let advice else { return self }
        let text = message.hasSuffix(".") ? String(message.dropLast()) : message
        return KafkaClientError(code, "\(text); \(advice)")
    }

    private var advice: String? {
        switch code {
        case .refused(.unknownTopicOrPartition): "`platform topic list` shows the topics that exist"
        case .refused(.invalidTopicException):
            "a topic's name has 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and is not '.' or '..'"
        case .refused(.topicAlreadyExists): "--if-not-exists accepts that"
        case .refused(.groupIDNotFound): "`platform group list` shows the groups that exist"
        case .refused(.nonEmptyGroup), .refused(.unknownMemberID): "stop the group's members first"
        case .refused(.groupSubscribedToTopic): "stop the members that read the topic first"
        case .unreachable, .connectionLost, .timedOut, .unsupported, .malformedAnswer, .refused, .invalidArgument,
            .shutDown:
            nil
        }
    }
}

extension Sequence<String> {
    /// Each name once, in the order given.
    var unique: [String] {
        var seen = Set<String>()
        return filter { seen.insert($0).inserted }
    }
}
