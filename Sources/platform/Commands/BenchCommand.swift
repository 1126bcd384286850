import ArgumentParser

/// Measures a server.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a server; reports, and never fails on a figure.",
        subcommands: [BenchBrokerCommand.self])
}
