import Dispatch
import Glibc

/// Hears SIGINT and SIGTERM, so that a command can end its work in order.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    /// Calls `onSignal` with the number of the first signal; a second one ends the process at once. Listens when this
    /// returns: make it before the work that a signal is to end.
    init(_ onSignal: @escaping @Sendable (_ number: Int32) -> Void) {
        let registered = DispatchSemaphore(value: 0)
        sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The system's own answer to the next one.
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                onSignal(number)
            }
            source.setRegistrationHandler { registered.signal() }
            signal(number, SIG_IGN)
            source.resume()
            return source
        }
        // Until then a signal is ignored, and nobody hears of it.
        for _ in sources { registered.wait() }
    }

    deinit { for source in sources { source.cancel() } }
}
