/// What became of the calls of one function of a plugin.
public struct CallFigures: Sendable, Equatable {
    public var callCount = 0
    public var errorCount = 0
    /// Of those, stopped at the end of their time.
    public var timeoutCount = 0
    /// Calls that were not made as the breaker was open.
    public var skippedCount = 0
    /// Messages known to have been handled before.
    public var duplicateCount = 0
    /// Messages that were put off, and that were given up.
    public var retryCount = 0
    public var deadCount = 0
    /// Time in the function, nanoseconds; the greatest is that of one call, or the mean of a batch of them.
    public var totalNS: Int64 = 0
    public var greatestNS: Int64 = 0
    /// The latest error.
    public var lastError: String?

    public var meanNS: Int64 { callCount == 0 ? 0 : totalNS / Int64(callCount) }

    mutating func add(_ other: CallFigures) {
        callCount += other.callCount
        errorCount += other.errorCount
        timeoutCount += other.timeoutCount
        skippedCount += other.skippedCount
        duplicateCount += other.duplicateCount
        retryCount += other.retryCount
        deadCount += other.deadCount
        totalNS += other.totalNS
        greatestNS = max(greatestNS, other.greatestNS)
        lastError = other.lastError ?? lastError
    }
}
