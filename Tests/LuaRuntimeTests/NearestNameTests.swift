import Testing

@testable import LuaRuntime

@Suite struct NearestNameTests {
    @Test(
        "insertions, deletions, substitutions and swaps count one each",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("flush", "flush", 0), ("flsuh", "flush", 1),
            ("flus", "flush", 1), ("fflush", "flush", 1), ("fl-sh", "flush", 1), ("kitten", "sitting", 3),
        ])
    func distance(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(Array(left), Array(right)) == distance)
        #expect(NearestName.distance(Array(right), Array(left)) == distance)
    }

    @Test("a name far from all has no nearest one")
    func far() {
        #expect(NearestName.of("slect", among: ["select", "setup"]) == "select")
        #expect(NearestName.of("partitioner", among: ["select", "setup"]) == nil)
    }
}
