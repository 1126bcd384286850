import Synchronization

/// A quantity that requests take a share of while they run. Taking never waits: what is not there is refused.
final class Budget: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a share, to be given back; false if it is not there.
    func take(_ share: Int) -> Bool {
        taken.withLock { taken in
            guard share <= limit - taken else { return false }
            taken += share
            return true
        }
    }

    /// Shares given out now.
    var takenNow: Int { taken.withLock { $0 } }

    func giveBack(_ share: Int) {
        taken.withLock { $0 -= share }
    }
}
