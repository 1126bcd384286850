/// The places from which scripts run; each host function names those that may call it.
public struct Point: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A file's own chunk, before any of its functions is called.
    public static let load = Point(rawValue: 1 << 0)
    /// A one-shot script of `platform run`, and the console.
    public static let script = Point(rawValue: 1 << 1)

    /// A plugin's `setup`, once for each of its states.
    public static let setup = Point(rawValue: 1 << 2)
    /// A plugin's choice of a record's partition.
    public static let select = Point(rawValue: 1 << 3)
    /// A plugin's choice of the key by which duplicates are known.
    public static let dedup = Point(rawValue: 1 << 4)
    /// What a handler does before its transaction begins.
    public static let prepare = Point(rawValue: 1 << 5)
    /// A handler of one record, in a transaction.
    public static let handle = Point(rawValue: 1 << 6)
    /// A handler of several records, in a transaction.
    public static let handleBatch = Point(rawValue: 1 << 7)
    /// What a plugin does at intervals.
    public static let every = Point(rawValue: 1 << 8)
    /// A plugin's word on whether it is well.
    public static let health = Point(rawValue: 1 << 9)

    public static let everywhere = Point(rawValue: (1 << 10) - 1)
    /// Where a script may wait, and change what is outside it.
    public static let unbound: Point = [.script, .prepare, .every]
    /// Within the transaction of a handler.
    public static let transaction: Point = [.handle, .handleBatch]

    /// As errors, manifests and documentation name them.
    public static let names: [(point: Point, name: String)] = [
        (.load, "load"), (.script, "scripts"), (.setup, "setup"), (.select, "select"), (.dedup, "dedup"),
        (.prepare, "prepare"), (.handle, "handle"), (.handleBatch, "handle_batch"), (.every, "every"),
        (.health, "health"),
    ]

    /// The names of all points in the set, "load, scripts".
    public var text: String {
        Point.names.filter { contains($0.0) }.map { $0.1 }.joined(separator: ", ")
    }
}
