public import KafkaClient

/// What a job is started with.
public struct JobConfiguration: Sendable {
    /// The script's path, as errors name it; its modules are found beside it.
    public var path: String
    public var text: String
    /// The words behind the script's path.
    public var arguments: [String] = []
    /// Servers to begin with.
    public var bootstrap: [BrokerAddress]
    /// Writes are counted and shown, not made.
    public var isDryRun = false
    /// Where checkpoints are kept.
    public var checkpointDirectory = "./platform-checkpoints"

    public init(path: String, text: String, bootstrap: [BrokerAddress]) {
        self.path = path
        self.text = text
        self.bootstrap = bootstrap
    }
}

/// Exit statuses of `platform run` itself; scripts give others by `platform.exit`, 3 for failed records by convention.
public enum JobStatus {
    public static let success: Int32 = 0
    /// The script raised an error.
    public static let scriptError: Int32 = 1
    /// The words behind the script are not what `platform.args` asks for.
    public static let usage: Int32 = 2
    /// No server could be reached.
    public static let unreachable: Int32 = 4
    public static let timedOut: Int32 = 124
    public static let interrupted: Int32 = 130
}
