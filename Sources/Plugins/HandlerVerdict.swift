import LuaRuntime

/// What a handler says of a message, or what its failure comes to.
enum HandlerVerdict: Sendable, Equatable {
    case done
    /// Handled again after the delay, milliseconds, or the binding's backoff without one.
    case retry(delayMS: Int64?, code: String, reason: String)
    /// Given up at once.
    case dead(code: String, reason: String)
    /// Handled again at once, and not counted: nothing was wrong with the message.
    case again

    /// From the results of `handle`, the first of which lies at `first`: nothing or "ok"; "retry" and a delay;
    /// "dead" and a reason.
    init(_ stack: LuaStack, first: Int) throws(LuaError) {
        if stack.isNil(at: first) {
            self = .done
            return
        }
        switch stack.string(at: first) {
        case "ok": self = .done
        case "retry":
            let delayMS =
                stack.isNil(at: first + 1)
                ? nil : try LuaDuration.milliseconds(stack: stack, at: first + 1, what: "the delay of a retry")
            self = .retry(delayMS: delayMS, code: "RETRY", reason: "the handler asked for it")
        case "dead":
            self = .dead(
                code: "DEAD", reason: stack.isNil(at: first + 1) ? "no reason given" : stack.description(at: first + 1))
        default:
            throw LuaError(
                .script,
                "handle returned \(stack.description(at: first)): it has to be nil, \"ok\", \"retry\" and a delay, or "
                    + "\"dead\" and a reason")
        }
    }

    /// What an error comes to: one of `platform.fail` as it says, any other is tried again.
    init(_ error: LuaError) {
        guard case .fields(let fields) = error.details, let code = fields["code"]?.text else {
            self = .retry(delayMS: nil, code: error.code.headerText, reason: "\(error)")
            return
        }
        let message = fields["message"]?.text ?? error.message
        switch code {
        case "DEAD", "INVALID", "ABORT": self = .dead(code: code, reason: message)
        default:
            let delayMS: Int64? =
                switch fields["after"] {
                case .integer(let milliseconds) where milliseconds >= 0: milliseconds
                case .number(let milliseconds) where milliseconds >= 0 && milliseconds <= 1e15: Int64(milliseconds)
                case .bytes: fields["after"]?.text.flatMap { LuaDuration.milliseconds($0) }
                default: nil
                }
            self = .retry(delayMS: delayMS, code: code, reason: message)
        }
    }
}

extension LuaError.Code {
    /// As the header `x-error-code` of a dead letter has it.
    var headerText: String {
        switch self {
        case .stopped: "TIMEOUT"
        case .outOfMemory: "MEMORY"
        default: "ERROR"
        }
    }
}
