/// What a request names over and over is answered once: its answer may be thousands of times as long as its name.
extension Sequence {
    /// The elements whose key did not come before, in order.
    func withoutRepeats<Key: Hashable>(of key: (Element) -> Key) -> [Element] {
        var seen: Set<Key> = []
        return filter { seen.insert(key($0)).inserted }
    }
}
