/// Lives that once failed, or that reach a rare place. They run before all others.
enum RecordedSeeds {
    static let lives: [(seed: UInt64, steps: Int)] = []
}
