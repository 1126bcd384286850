import LuaRuntime
import Synchronization

/// What all states of one plugin in this process share: a service of each of its `LuaVM`s. Neither durable nor
/// replicated.
public final class SharedStore: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Keys, values and what keeps them. Beyond it, what was not used for longest is dropped.
        public var bytesMax = 16 << 20
        /// The same for the number of values.
        public var entryCountMax = 65_536
        /// Longer ones are an error.
        public var keyBytesMax = 1_024
        /// Larger ones are an error.
        public var valueBytesMax = 1 << 20
        /// Counters are never dropped; more are an error.
        public var counterCountMax = 1_024

        public init() {}
    }

    public let limits: Limits
    private let entries: Mutex<SharedEntries>
    private let counters = Mutex<[String: SharedCounter]>([:])

    public init(_ limits: Limits = .init()) {
        self.limits = limits
        entries = Mutex(SharedEntries(bytesMax: limits.bytesMax, countMax: limits.entryCountMax))
    }

    /// Values there are, and the bytes they take up.
    public var size: (count: Int, bytes: Int) { entries.withLock { ($0.count, $0.byteCount) } }

    func value(of key: [UInt8], nowMS: Int64) -> SharedValue? {
        entries.withLock { $0.value(of: key, nowMS: nowMS) }
    }

    /// `endMS` is when it ends, `Int64.max` for never.
    func set(_ key: [UInt8], to value: SharedValue, endMS: Int64) throws(LuaError) {
        try check(key, value)
        entries.withLock { $0.set(key, to: value, endMS: endMS) }
    }

    /// False if there is one already.
    func add(_ key: [UInt8], _ value: SharedValue, endMS: Int64, nowMS: Int64) throws(LuaError) -> Bool {
        try check(key, value)
        return entries.withLock { $0.add(key, value, endMS: endMS, nowMS: nowMS) }
    }

    func remove(_ key: [UInt8]) -> Bool { entries.withLock { $0.remove(key) } }

    /// Adds to a number; one that is not there begins at `initial` and ends at `endMS`.
    func increment(
        _ key: [UInt8], by amount: SharedValue, from initial: SharedValue, endMS: Int64, nowMS: Int64
    ) throws(LuaError) -> SharedValue {
        try check(key, initial)
        return try entries.withLock { (entries) throws(LuaError) -> SharedValue in
            let added = { (value: SharedValue) throws(LuaError) -> SharedValue in
                guard let sum = value.adding(amount) else {
                    let name = String(decoding: key, as: UTF8.self)
                    throw LuaError(.argument, "'\(name)' is a \(value.luaValue.typeName); only numbers can be added to")
                }
                return sum
            }
            if let sum = try entries.update(key, nowMS: nowMS, added) { return sum }
            let first = try added(initial)
            entries.set(key, to: first, endMS: endMS)
            return first
        }
    }

    private func check(_ key: [UInt8], _ value: SharedValue) throws(LuaError) {
        guard key.count <= limits.keyBytesMax else {
            throw LuaError(.argument, "a key of \(key.count) bytes; it can have \(limits.keyBytesMax)")
        }
        guard value.byteCount <= limits.valueBytesMax, SharedEntries.size(of: key, value) <= limits.bytesMax else {
            let limit = min(limits.valueBytesMax, limits.bytesMax - key.count - SharedEntries.overheadBytes)
            throw LuaError(.argument, "a value of \(value.byteCount) bytes; it can have \(limit)")
        }
    }

    /// The counter of a name, from 0 on.
    func counter(_ name: String) throws(LuaError) -> SharedCounter {
        try counters.withLock { (counters) throws(LuaError) -> SharedCounter in
            if let counter = counters[name] { return counter }
            guard name.utf8.count <= limits.keyBytesMax else {
                throw LuaError(.argument, "a name of \(name.utf8.count) bytes; it can have \(limits.keyBytesMax)")
            }
            guard counters.count < limits.counterCountMax else {
                throw LuaError(
                    .argument, "more than \(limits.counterCountMax) counters; use incr, whose keys can be dropped")
            }
            let counter = SharedCounter()
            counters[name] = counter
            return counter
        }
    }
}

/// An integer that states add to without a lock.
final class SharedCounter: Sendable {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    /// The sum; it wraps around.
    func add(_ amount: Int64) -> Int64 { count.wrappingAdd(amount, ordering: .relaxed).newValue }
}
