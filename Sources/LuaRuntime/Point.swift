/// The places from which scripts run; each host function names those that may call it.
public struct Point: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A file's own chunk, before any of its functions is called.
    public static let load = Point(rawValue: 1 << 0)
    /// A one-shot script of `platform run`, and the console.
    public static let script = Point(rawValue: 1 << 1)

    public static let everywhere: Point = [.load, .script]

    /// As errors and documentation name them.
    static let names: [(Point, String)] = [(.load, "load"), (.script, "scripts")]

    /// The names of all points in the set, "load, scripts".
    public var text: String {
        Point.names.filter { contains($0.0) }.map { $0.1 }.joined(separator: ", ")
    }
}
