import Foundation
import Glibc
import Synchronization

/// A line on a terminal that tells how far long work has come. Nothing is shown elsewhere.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let shownAt = Mutex<ContinuousClock.Instant?>(nil)
    private static let interval = Duration.milliseconds(100)

    /// Shows a text in the place of the last, unless that is hardly old. `text` is evaluated only if it is shown.
    func show(_ text: @autoclosure () -> String) {
        guard isTerminal else { return }
        let isDue = shownAt.withLock { shownAt in
            let now = ContinuousClock.now
            guard shownAt.map({ now - $0 > ProgressLine.interval }) ?? true else { return false }
            shownAt = now
            return true
        }
        if isDue { write("\r\u{1b}[K\(text())") }
    }

    /// Leaves the line empty for what is printed next.
    func clear() {
        guard isTerminal else { return }
        let wasShown = shownAt.withLock { shownAt in
            defer { shownAt = nil }
            return shownAt != nil
        }
        if wasShown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
