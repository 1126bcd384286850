/// One binding at work: the version that decides, and what became of its calls.
protocol PluginRuntime: AnyObject, Sendable {
    var binding: Binding { get }
    var figures: CallFigures { get }
    /// From now on this version decides.
    func activate(_ version: BoundVersion)
    /// Nobody decides any more; `reason` is what callers are told.
    func deactivate(because reason: String)
    /// Has a version called beside the active one, without effect.
    func tryBeside(_ candidate: BoundVersion, nowMS: Int64)
    /// No version is tried any more.
    func endTrial()
    /// How the version tried beside does; nil if there is none.
    var trialOutcome: TrialOutcome? { get }
    func add(_ tap: Tap)
    /// Ends what runs by itself; returns once it has ended.
    func stop() async
}
