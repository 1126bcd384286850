import ArgumentParser

/// Says what this program is.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    /// Of the program; data directories carry their own.
    static let current = "0.1.0"

    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        guard json else { return Output.line("platform \(VersionCommand.current)") }
        try Output.json(["version": VersionCommand.current])
    }
}
