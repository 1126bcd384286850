/// Finds the key that somebody who wrote another one probably meant.
enum NearestKey {
    /// The name of the key nearest to `name`; of equally near ones the first. Nil if none is near enough to be meant.
    static func of(
        _ name: String, among keys: [SettingKey], comparing text: (SettingKey) -> [Character] = { Array($0.name) }
    ) -> String? {
        if let key = keys.first(where: { $0.kafkaName == name }) { return key.name }
        // Longer names say no more, and the time taken grows with the length.
        let wanted = Array(name.lowercased().prefix(lengthMax))
        var best: (name: String, distance: Int)?
        for key in keys {
            let candidate = text(key)
            // The right key in the wrong section, or without one, is nearer than any misspelling.
            let leaf = candidate.drop { $0 != "." }.dropFirst()
            let isLeaf =
                !leaf.isEmpty
                && (wanted.elementsEqual(leaf) || wanted.suffix(leaf.count + 1).elementsEqual(["."] + leaf))
            let distance = isLeaf ? 1 : distance(wanted, candidate)
            if distance < best?.distance ?? .max { best = (key.name, distance) }
        }
        guard let best, best.distance <= max(2, wanted.count / 3) else { return nil }
        return best.name
    }

    private static let lengthMax = 64

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, each part of a
    /// text being changed once (optimal string alignment).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
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
