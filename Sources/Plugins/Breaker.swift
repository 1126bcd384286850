/// Stops calling what keeps failing: opens when too large a share of a window's calls failed, and lets calls through again
/// after a pause. Sans-IO: time is an argument, milliseconds of a monotonic clock.
struct Breaker: Sendable {
    struct Settings: Sendable {
        /// Share of failed calls at which it opens.
        var errorRate = 0.05
        var windowMS: Int64 = 10_000
        var pauseMS: Int64 = 30_000
        /// Calls that a window needs before its share says anything.
        var callCountMin = 100
    }

    let settings: Settings
    private var windowStartMS: Int64 = .min
    private var callCount = 0
    private var errorCount = 0
    private(set) var openUntilMS: Int64 = .min
    /// How often it has opened.
    private(set) var openCount = 0

    init(_ settings: Settings = .init()) { self.settings = settings }

    func isOpen(nowMS: Int64) -> Bool { nowMS < openUntilMS }

    /// Takes note of calls that ended.
    mutating func note(calls: Int, errors: Int, nowMS: Int64) {
        if nowMS >= windowStartMS &+ settings.windowMS {
            windowStartMS = nowMS
            (callCount, errorCount) = (0, 0)
        }
        callCount += calls
        errorCount += errors
        guard callCount >= settings.callCountMin,
            Double(errorCount) > settings.errorRate * Double(callCount), !isOpen(nowMS: nowMS)
        else { return }
        openUntilMS = nowMS + settings.pauseMS
        openCount += 1
        (callCount, errorCount) = (0, 0)
    }
}
