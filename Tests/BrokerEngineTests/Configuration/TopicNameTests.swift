import Testing

@testable import BrokerEngine

@Suite struct TopicNameTests {
    @Test(
        "names that topics have",
        arguments: [
            "a", "orders", "Orders-2.eu_west", "...", "-", "__consumer_offsets", String(repeating: "x", count: 249),
        ])
    func legal(name: String) throws {
        try TopicName.validate(name)
    }

    @Test(
        "names that no topic may have",
        arguments: [
            ("", TopicNameError.empty), (".", .reserved(".")), ("..", .reserved("..")),
            ("a b", .illegalCharacter(" ")), ("a/b", .illegalCharacter("/")), ("größe", .illegalCharacter("ö")),
            ("a\u{0}", .illegalCharacter("\u{0}")), ("e\u{301}", .illegalCharacter("\u{301}")),
            ("\u{661}", .illegalCharacter("\u{661}")),
            (String(repeating: "x", count: 250), .tooLong(length: 250)),
        ])
    func illegal(name: String, error: TopicNameError) {
        #expect(throws: error) { try TopicName.validate(name) }
    }

    @Test("an error shows a character that a terminal would not")
    func shown() {
        #expect("\(TopicNameError.illegalCharacter("\u{7}"))".contains("U+7"))
        #expect("\(TopicNameError.tooLong(length: 250))".contains("at most 249"))
    }

    @Test("'.' and '_' count as the same in another topic's name")
    func collision() {
        let existing = ["a.b", "a-b", "c_d"]
        #expect(TopicName.collidingName(of: "a_b", among: existing) == "a.b")
        #expect(TopicName.collidingName(of: "c.d", among: existing) == "c_d")
        #expect(TopicName.collidingName(of: "a.b", among: existing) == nil, "the same name is no collision")
        #expect(TopicName.collidingName(of: "a-b", among: existing) == nil)
        #expect(TopicName.collidingName(of: "a.b.", among: existing) == nil)
    }
}
