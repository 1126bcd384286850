/// What a job has done so far.
final class JobFigures {
    var readCount = 0
    var writtenCount = 0
    /// Already there, by their source's sequence.
    var skippedCount = 0
    /// Would have been written, by topic and partition.
    var plannedCounts: [String: Int] = [:]
    var samples: [String] = []

    static let sampleCountMax = 5

    var isWorthShowing: Bool { readCount > 0 || writtenCount > 0 || skippedCount > 0 }

    /// Counts what would have been done.
    func plan(_ place: String) { plannedCounts[place, default: 0] += 1 }

    /// Counts a record that would have been written, and keeps the first few to be shown.
    func plan(_ place: String, sample: @autoclosure () -> String) {
        plan(place)
        if samples.count < JobFigures.sampleCountMax { samples.append(sample()) }
    }

    /// "read 3, written 1000000, skipped 0 in 2.5 s (400000/s)"
    func summary(took: Duration, isDryRun: Bool) -> String {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let count = max(readCount, writtenCount)
        var text = "records: \(readCount) read, \(writtenCount) written"
        if skippedCount > 0 { text += ", \(skippedCount) skipped as already there" }
        text += " in \((seconds * 100).rounded() / 100) s"
        if seconds > 0, count > 0 { text += " (\(Int(Double(count) / seconds))/s)" }
        guard isDryRun else { return text }
        let planned = plannedCounts.sorted { $0.key < $1.key }.map { "\n  \($0.key): \($0.value)" }.joined()
        return "dry run, nothing was written; it would have been:\(planned.isEmpty ? " nothing" : planned)"
            + samples.map { "\n  e.g. \($0)" }.joined()
    }
}
