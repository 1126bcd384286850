import Synchronization

/// A clock that stands until it is told to move. Milliseconds since 1970.
public final class ManualClock: Sendable {
    private let state: Mutex<Int64>

    public init(nowMS: Int64 = 1_700_000_000_000) { state = Mutex(nowMS) }

    public var nowMS: Int64 { state.withLock { $0 } }

    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        state.withLock { $0 += seconds * 1000 + attoseconds / 1_000_000_000_000_000 }
    }

    /// Sets the time, forward or back, as an operator or a time server may.
    public func jump(toMS nowMS: Int64) { state.withLock { $0 = nowMS } }
}
