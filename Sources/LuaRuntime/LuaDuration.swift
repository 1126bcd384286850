/// Durations as scripts write them: "5s", "300ms", "1m30s", or a number of milliseconds.
public enum LuaDuration {
    private static let unitsMS: [(String, Double)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Milliseconds; nil if the text is no duration. A number without a unit is one of milliseconds.
    public static func milliseconds(_ text: String) -> Int64? {
        if let number = Int64(text) { return number >= 0 ? number : nil }
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let letters = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Double(digits), let unit = unitsMS.first(where: { $0.0 == letters })?.1 else {
                return nil
            }
            total += number * unit
            rest = rest.dropFirst(digits.count + letters.count)
        }
        return total <= 1e15 ? Int64(total.rounded()) : nil
    }
}

extension HostCall {
    /// Argument `index`, a duration, in milliseconds.
    public func durationMS(_ index: Int) throws(LuaError) -> Int64 {
        try LuaDuration.milliseconds(stack: stack, at: index, what: "the duration")
    }
}

extension LuaDuration {
    /// The duration at `index` of a stack; `what` names it in errors.
    public static func milliseconds(stack: LuaStack, at index: Int, what: String) throws(LuaError) -> Int64 {
        if let number = stack.number(at: index), number >= 0, number <= 1e15 { return Int64(number.rounded()) }
        if let text = stack.string(at: index), let milliseconds = milliseconds(text) { return milliseconds }
        throw LuaError(
            .argument, "\(what) is \(stack.description(at: index)): write it as \"5s\", \"300ms\" or in milliseconds")
    }
}
