/// Finds the name that somebody who wrote another one probably meant.
public enum NearestName {
    /// The nearest of `names`, of equally near ones the first; nil if none is near enough to be meant.
    public static func of(_ name: String, among names: some Sequence<String>) -> String? {
        // Longer names say no more, and the time taken grows with the length.
        let wanted = Array(name.lowercased().prefix(lengthMax))
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(wanted, Array(candidate.prefix(lengthMax)))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= nearEnough(wanted.count) else { return nil }
        return best.name
    }

    public static let lengthMax = 64

    /// The most changes by which a name of this length may be off.
    public static func nearEnough(_ length: Int) -> Int { max(2, length / 3) }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, each part of a
    /// text being changed once (optimal string alignment).
    public static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(substitution, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
