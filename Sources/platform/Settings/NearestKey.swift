import LuaRuntime

/// Finds the key that somebody who wrote another one probably meant.
enum NearestKey {
    /// The name of the key nearest to `name`; of equally near ones the first. Nil if none is near enough to be meant.
    static func of(
        _ name: String, among keys: [SettingKey], comparing text: (SettingKey) -> [Character] = { Array($0.name) }
    ) -> String? {
        if let key = keys.first(where: { $0.kafkaName == name }) { return key.name }
        // Longer names say no more, and the time taken grows with the length.
        let wanted = Array(name.lowercased().prefix(NearestName.lengthMax))
        var best: (name: String, distance: Int)?
        for key in keys {
            let candidate = text(key)
            // The right key in the wrong section, or without one, is nearer than any misspelling.
            let leaf = candidate.drop { $0 != "." }.dropFirst()
            let isLeaf =
                !leaf.isEmpty
                && (wanted.elementsEqual(leaf) || wanted.suffix(leaf.count + 1).elementsEqual(["."] + leaf))
            let distance = isLeaf ? 1 : NearestName.distance(wanted, candidate)
            if distance < best?.distance ?? .max { best = (key.name, distance) }
        }
        guard let best, best.distance <= NearestName.nearEnough(wanted.count) else { return nil }
        return best.name
    }
}
