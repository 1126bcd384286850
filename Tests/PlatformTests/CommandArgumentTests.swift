import Testing

@testable import platform

@Suite("Arguments of topic and group commands") struct CommandArgumentTests {
    // MARK: --set

    @Test("a setting ends its name at the first equals sign; the value may be empty or hold more of them")
    func settings() throws {
        #expect(try TopicSetting("retention.ms=60000").name == "retention.ms")
        #expect(try TopicSetting("retention.ms=60000").value == "60000")
        #expect(try TopicSetting("a=").value == "")
        #expect(try TopicSetting("a=b=c").value == "b=c")
    }

    @Test("what is no setting is refused", arguments: ["", "retention.ms", "=60000"])
    func malformedSettings(text: String) {
        #expect(throws: (any Error).self) { try TopicSetting(text) }
    }

    @Test("a setting given twice is refused, by name")
    func repeatedSettings() throws {
        try TopicSetting.checkUnique(["a", "b"])
        let error = #expect(throws: (any Error).self) { try TopicSetting.checkUnique(["a", "b", "a"]) }
        #expect(error.map { "\($0)".contains("'a'") } == true)
    }

    // MARK: --to

    @Test(
        "places that a group can be sent to",
        arguments: [
            ("earliest", ResetTarget.earliest), ("latest", .latest), ("0", .offset(0)), ("42", .offset(42)),
            ("+7", .shift(7)), ("-7", .shift(-7)), ("1970-01-01T00:00:01Z", .timestamp(1000)),
        ])
    func targets(text: String, target: ResetTarget) throws {
        #expect(try ResetTarget(text) == target)
    }

    @Test(
        "what is no place is refused",
        arguments: ["", "begin", "+", "-", "+x", "1e3", "4 2", "99999999999999999999", "2026-02-30", "s@5"])
    func malformedTargets(text: String) {
        #expect(throws: (any Error).self) { try ResetTarget(text) }
    }

    @Test("a shift begins at the committed offset and does not overflow; without one it leads nowhere")
    func shifts() {
        #expect(ResetTarget.shift(-3).offset(committed: 10, found: nil) == 7)
        #expect(ResetTarget.shift(3).offset(committed: nil, found: 5) == nil)
        #expect(ResetTarget.shift(.max).offset(committed: 10, found: nil) == .max)
        #expect(ResetTarget.shift(.min).offset(committed: -10, found: nil) == .min)
        #expect(ResetTarget.latest.offset(committed: 10, found: 50) == 50)
    }

    // MARK: Times

    @Test(
        "times of ISO 8601, in UTC unless they say otherwise",
        arguments: [
            ("1970-01-01", 0), ("1970-01-02T00:00", 86_400_000), ("2000-02-29T12:30:15Z", 951_827_415_000),
            ("2026-01-31T12:00:00.5Z", 1_769_860_800_500), ("2026-01-31T12:00:00.123456Z", 1_769_860_800_123),
            ("2026-01-31T13:00:00+01:00", 1_769_860_800_000), ("2026-01-31T06:30:00-0530", 1_769_860_800_000),
            ("2026-01-31 12:00:00", 1_769_860_800_000),
        ] as [(String, Int64)])
    func times(text: String, timestampMS: Int64) {
        #expect(ISO8601.millisecondsSince1970(text) == timestampMS)
    }

    @Test(
        "days and hours that do not exist are no times",
        arguments: [
            "2026-13-01", "2026-00-01", "2026-04-31", "1900-02-29", "2026-01-01T24:00", "2026-01-01T10:60",
            "2026-01-01T10:00:60", "2026-01-01T10", "26-01-01", "2026-01-01Z", "2026-01-01T10:00+25:00", "1969-12-31",
        ])
    func malformedTimes(text: String) {
        #expect(ISO8601.millisecondsSince1970(text) == nil)
    }
}
