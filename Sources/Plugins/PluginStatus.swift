/// What people are shown of a plugin.
public struct PluginStatus: Sendable, Equatable {
    public enum State: String, Sendable {
        case active
        /// A new version is tried beside the active one.
        case trial
        /// No binding names it.
        case unbound
        case rejected
    }

    public struct Binding: Sendable, Equatable {
        public var binding: Plugins.Binding
        public var figures: CallFigures
    }

    public var name: String
    public var path: String
    public var state: State
    public var version: String?
    /// The first digits of the SHA-256 of its text.
    public var hash: String?
    public var about: String
    public var needs: [String]
    public var config: ConfigSchema
    public var candidateVersion: String?
    public var previousVersion: String?
    /// Why the latest text was not taken.
    public var rejection: String?
    public var bindings: [Binding]
}
