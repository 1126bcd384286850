/// A closed range of API versions, written `7`, `3-9`, or `3+` for "3 and all later ones".
struct VersionRange: Equatable {
    var first: Int
    var last: Int

    /// The text form; `latest` stands for the upper end of an open range.
    init(_ text: String, latest: Int) throws {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if text.hasSuffix("+"), let first = Int(text.dropLast()) {
            self.init(first: first, last: latest)
        } else if parts.count == 1, let only = Int(parts[0]) {
            self.init(first: only, last: only)
        } else if parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]) {
            self.init(first: first, last: last)
        } else {
            throw DescriptorError("“\(text)” is no version range; write 7, 3-9 or 3+")
        }
        guard self.first <= self.last else {
            throw DescriptorError("version range “\(text)” ends at \(self.last), before it begins")
        }
    }

    init(first: Int, last: Int) {
        self.first = first
        self.last = last
    }

    /// The Swift condition under which a version inside `outer` lies in this range, or nil if it always does.
    func condition(within outer: VersionRange) -> String? {
        let isBoundedBelow = self.first > outer.first
        let isBoundedAbove = self.last < outer.last
        if isBoundedBelow, isBoundedAbove {
            return self.first == self.last
                ? "version == \(self.first)" : "version >= \(self.first) && version <= \(self.last)"
        }
        if isBoundedBelow { return "version >= \(self.first)" }
        if isBoundedAbove { return "version <= \(self.last)" }
        return nil
    }

    /// The Swift expression that is true for the versions of this range, given one inside `outer`.
    func expression(within outer: VersionRange) -> String {
        self.intersection(outer) == nil ? "false" : (self.condition(within: outer) ?? "true")
    }

    func intersection(_ other: VersionRange) -> VersionRange? {
        let first = max(self.first, other.first)
        let last = min(self.last, other.last)
        return first <= last ? VersionRange(first: first, last: last) : nil
    }

    func union(_ other: VersionRange) -> VersionRange {
        VersionRange(first: min(self.first, other.first), last: max(self.last, other.last))
    }

    func contains(_ version: Int) -> Bool { version >= self.first && version <= self.last }

    /// The words of a doc comment: “version 7”, “versions 3–9”.
    var words: String {
        self.first == self.last ? "version \(self.first)" : "versions \(self.first)–\(self.last)"
    }
}
