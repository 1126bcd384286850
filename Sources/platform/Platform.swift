import ArgumentParser

@main
struct Platform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform",
        abstract: "A durable log broker in one executable, for existing Kafka clients.",
        version: VersionCommand.current,
        subcommands: [
            ServeCommand.self, RunCommand.self, ReplCommand.self, ProduceCommand.self, ConsumeCommand.self,
            TopicCommand.self,
            GroupCommand.self, PluginCommand.self,
            VerifyCommand.self, BenchCommand.self, VersionCommand.self,
        ])
}
