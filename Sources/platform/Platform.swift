import ArgumentParser

@main
struct Platform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform",
        abstract: "A durable log broker in one executable, for existing Kafka clients.",
        subcommands: [ServeCommand.self])
}
