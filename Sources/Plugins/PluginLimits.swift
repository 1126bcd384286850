import LuaRuntime

/// What plugins may use up. A manifest may ask for less.
public struct PluginLimits: Sendable, Equatable {
    /// Loading and `setup` together.
    public var loadTimeMS: UInt32 = 500
    /// One call of `select` or `dedup`, processor time.
    public var pureTimeMS: UInt32 = 10
    /// Processor time between two waits in the other functions.
    public var sliceMS: UInt32 = 100
    /// Wall time of `prepare`, of `every`, and of a handler's transaction for one record.
    public var handlerTimeMS: UInt32 = 30_000
    /// Bytes of a state that only `select` and `dedup` run in.
    public var pureMemoryBytes = 16 << 20
    /// Bytes of any other state.
    public var memoryBytes = 64 << 20

    public init() {}

    var load: LuaBudget { LuaBudget(sliceMS: loadTimeMS, totalMS: loadTimeMS) }
    var pure: LuaBudget { LuaBudget(sliceMS: pureTimeMS, includesHostCalls: true) }
    var handler: LuaBudget { LuaBudget(sliceMS: sliceMS, totalMS: handlerTimeMS) }

    func state(isPure: Bool) -> LuaLimits {
        var limits = LuaLimits()
        limits.memoryBytesMax = isPure ? pureMemoryBytes : memoryBytes
        return limits
    }

    /// These, lowered to what a plugin says it needs.
    func lowered(to manifest: PluginManifest) -> PluginLimits {
        var limits = self
        if let timeMS = manifest.timeMS {
            limits.pureTimeMS = min(pureTimeMS, timeMS)
            limits.sliceMS = min(sliceMS, timeMS)
        }
        if let bytes = manifest.memoryBytes {
            limits.pureMemoryBytes = min(pureMemoryBytes, bytes)
            limits.memoryBytes = min(memoryBytes, bytes)
        }
        return limits
    }
}
