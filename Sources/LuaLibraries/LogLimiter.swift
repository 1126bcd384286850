/// How many lines a second may be written: the first ones of each second, the rest are counted. Time is an argument.
struct LogLimiter {
    enum Decision: Equatable {
        /// Write it; before it say how many lines are missing, if any.
        case write(suppressedCount: Int)
        case suppress
    }

    let linesPerSecondMax: Int
    private var secondStartMS: Int64?
    private var lineCount = 0
    private var suppressedCount = 0

    init(linesPerSecondMax: Int) { self.linesPerSecondMax = linesPerSecondMax }

    /// A line is to be written. `nowMS` only goes forward.
    mutating func lineArrived(nowMS: Int64) -> Decision {
        if secondStartMS.map({ nowMS - $0 >= 1_000 }) ?? true {
            secondStartMS = nowMS
            lineCount = 0
        }
        guard lineCount < linesPerSecondMax else {
            suppressedCount += 1
            return .suppress
        }
        lineCount += 1
        return .write(suppressedCount: takeSuppressedCount())
    }

    /// How many lines are missing that nobody has been told of.
    mutating func takeSuppressedCount() -> Int {
        defer { suppressedCount = 0 }
        return suppressedCount
    }
}
