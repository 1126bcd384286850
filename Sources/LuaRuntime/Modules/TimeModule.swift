import Foundation

/// `platform.time`: the clocks, and times as text.
public enum TimeModule {
    /// `nowMS` is the wall clock, `monotonicMS` one that never goes back; both in milliseconds.
    public static func module(
        nowMS: @escaping @Sendable () -> Int64, monotonicMS: @escaping @Sendable () -> Double
    ) -> HostModule {
        HostModule(
            "time", about: "Clocks, and times as text. Times are integers: milliseconds since 1970, UTC.",
            [
                HostFunction(
                    "time.now", returns: [.value(.integer, "milliseconds since 1970")], about: "The time.",
                    example: "local started = platform.time.now()"
                ) { call in call.answer(.integer(nowMS())) },
                HostFunction(
                    "time.monotonic", returns: [.value(.number, "milliseconds")],
                    about: "A clock that never goes back, for measuring.",
                    example: "local took = platform.time.monotonic() - started"
                ) { call in call.answer(.number(monotonicMS())) },
                HostFunction(
                    "time.format", [.required("time", .integer, "milliseconds since 1970")],
                    returns: [.value(.string)], about: "The time in ISO 8601 with milliseconds, in UTC.",
                    example: "platform.time.format(0)  --> \"1970-01-01T00:00:00.000Z\""
                ) { call in
                    call.answer(.string(text(of: call.integer(1))))
                },
                HostFunction(
                    "time.parse", [.required("text", .string, "ISO 8601; without a zone it is UTC")],
                    returns: [.value(.integer, "milliseconds since 1970"), .value(.string, "why not")],
                    about:
                        "The time that a text names: `2026-01-31`, `2026-01-31T12:00:00Z`, with or without fractions "
                        + "and zone. nil and a message if it names none.",
                    example: "local ms = assert(platform.time.parse(row.created_at))"
                ) { call in
                    let text = call.string(1)
                    guard let milliseconds = milliseconds(text) else {
                        return call.failure("'\(text)' is no ISO 8601 time, e.g. 2026-01-31T12:00:00Z")
                    }
                    return call.answer(.integer(milliseconds))
                },
                HostFunction(
                    "time.duration", [.required("text", .duration, "\"1m30s\", \"300ms\", or milliseconds")],
                    returns: [.value(.integer, "milliseconds")], about: "A duration in milliseconds.",
                    example: "platform.time.duration(\"1m30s\")  --> 90000"
                ) { call in call.answer(.integer(try call.durationMS(1))) },
            ])
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// ISO 8601 in UTC. The milliseconds are written as the integer they are: a Date would round them down.
    private static func text(of milliseconds: Int64) -> String {
        let fraction = ((milliseconds % 1000) + 1000) % 1000
        let date = Date(timeIntervalSince1970: Double((milliseconds - fraction) / 1000))
        let digits = String(1000 + fraction).dropFirst()
        return date.formatted(Date.ISO8601FormatStyle()).dropLast() + "." + digits + "Z"
    }

    /// Milliseconds since 1970 of an ISO 8601 text.
    public static func milliseconds(_ text: String) -> Int64? {
        var candidates = [text, text + "Z"]
        if text.count == 10 { candidates = [text + "T00:00:00Z"] }
        for candidate in candidates {
            for style in [style, Date.ISO8601FormatStyle()] {
                if let date = try? style.parse(candidate) {
                    return Int64((date.timeIntervalSince1970 * 1000).rounded())
                }
            }
        }
        return nil
    }
}
