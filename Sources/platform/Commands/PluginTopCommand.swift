import ArgumentParser
import Foundation
import Glibc
import NIOHTTP1

/// What plugins take of the processor, second by second.
struct PluginTopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show what each plugin of a server takes of the processor.",
        discussion: "Refreshed each second on a terminal, until Ctrl-C; elsewhere once.")

    @OptionGroup var admin: AdminClientOptions
    @Option(help: "End after so many looks.") var count: Int?

    /// Of one binding, between two looks.
    private struct Row {
        var plugin: String
        var binding: PluginListing.Binding
        var callsPerSecond: Double
        var share: Double
        var errorsPerSecond: Double
    }

    func run() async throws {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var before: PluginListing = try await admin.send(.GET, "/v1/plugins")
        var since = ContinuousClock.now
        var rest = count ?? (isTerminal ? .max : 1)
        while rest > 0 {
            try await Task.sleep(for: .seconds(1))
            let listing: PluginListing = try await admin.send(.GET, "/v1/plugins")
            let now = ContinuousClock.now
            show(PluginTopCommand.rows(listing, before, seconds: (now - since) / .seconds(1)), isTerminal)
            (before, since) = (listing, now)
            rest -= 1
        }
    }

    private static func rows(_ listing: PluginListing, _ before: PluginListing, seconds: Double) -> [Row] {
        let known = Dictionary(
            before.plugins.flatMap(\.bindings).map { ($0.binding, $0) }, uniquingKeysWith: { first, _ in first })
        return listing.plugins.flatMap { plugin in
            plugin.bindings.map { binding in
                // A version that was activated meanwhile counts from 0.
                let last = known[binding.binding].flatMap { $0.calls <= binding.calls ? $0 : nil }
                return Row(
                    plugin: plugin.name, binding: binding,
                    callsPerSecond: Double(binding.calls - (last?.calls ?? 0)) / seconds,
                    share: Double(binding.totalNs - (last?.totalNs ?? 0)) / (seconds * 1e9),
                    errorsPerSecond: Double(binding.errors - (last?.errors ?? 0)) / seconds)
            }
        }.sorted { $0.share > $1.share }
    }

    private func show(_ rows: [Row], _ isTerminal: Bool) {
        var table = TextTable(
            .text("PLUGIN"), .text("BINDING"), .number("CPU %"), .number("CALLS/S"), .number("ERRORS/S"),
            .number("MEAN NS"))
        for row in rows {
            table.add(
                row.plugin, row.binding.binding, "\((row.share * 1000).rounded() / 10)", "\(Int(row.callsPerSecond))",
                "\(Int(row.errorsPerSecond))", "\(row.binding.meanNs)")
        }
        // Home and clear, as top does.
        if isTerminal { Output.line("\u{1b}[H\u{1b}[J" + table.text) } else { Output.line(table.text) }
    }
}
