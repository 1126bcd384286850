import CLuaShim

/// What a state may use up.
public struct LuaLimits: Sendable, Equatable {
    /// Bytes of all that the interpreter allocates.
    public var memoryBytesMax = 64 << 20
    /// Bytes of one string made by a library function.
    public var stringBytesMax = 8 << 20
    /// Steps of the pattern matcher in one call of find, match, gsub or gmatch's iterator.
    public var patternStepsMax = 1_000_000

    public init() {}

    var shim: clua_limits {
        clua_limits(
            memory_bytes_max: memoryBytesMax, string_bytes_max: stringBytesMax,
            pattern_steps_max: Int64(patternStepsMax))
    }
}

/// How long a call may run.
public struct LuaBudget: Sendable, Equatable {
    /// Milliseconds of processor time between two waits; 0 means no limit.
    public var sliceMS: UInt32
    /// Milliseconds of wall time altogether; 0 means no limit.
    public var totalMS: UInt32
    /// Whether host functions run on the slice's time, or the slice begins anew after each.
    public var includesHostCalls: Bool

    public init(sliceMS: UInt32, totalMS: UInt32 = 0, includesHostCalls: Bool = false) {
        self.sliceMS = sliceMS
        self.totalMS = totalMS
        self.includesHostCalls = includesHostCalls
    }

    /// For trusted jobs, which may compute for as long as they like.
    public static let unlimited = LuaBudget(sliceMS: 0)

    var shim: clua_budget {
        clua_budget(slice_ms: sliceMS, total_ms: totalMS, includes_host_calls: includesHostCalls)
    }
}
