import Dispatch
import Glibc

/// Hears SIGINT and SIGTERM, so that a command can end its work in order.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    /// Calls `onSignal` with the number of the first signal; a second one ends the process at once.
    init(_ onSignal: @escaping @Sendable (_ number: Int32) -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The system's own answer to the next one.
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                onSignal(number)
            }
            signal(number, SIG_IGN)
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
