import ArgumentParser
import Foundation
import NIOHTTP1
import Plugins

/// Plugins: making and checking them, and those of a server.
struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Make, check and test Lua plugins, and see and change those of a server.",
        subcommands: [
            PluginNewCommand.self, PluginCheckCommand.self, PluginTestCommand.self, PluginTypesCommand.self,
            PluginListCommand.self, PluginInspectCommand.self, PluginReloadCommand.self,
            PluginRollbackCommand.self, PluginTapCommand.self, PluginTopCommand.self, PluginReplayCommand.self,
        ])
}

/// Loads plugins as a server would, without one.
struct PluginCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Load plugins as a server would, and say what is wrong with them.",
        discussion: "Ends with status 1 if something is. A directory of plugins is checked with its bindings.lua.")

    @Argument(help: "Plugin file, plugin directory, or directory of plugins.") var paths: [String]
    @Flag(help: "Print one JSON document.") var json = false

    private struct Report: Encodable {
        struct Entry: Encodable {
            var path: String
            var name: String?
            var version: String?
            var points: [String] = []
            var problems: [String] = []
        }

        var plugins: [Entry] = []
    }

    func run() async throws {
        var report = Report()
        for path in paths {
            for checked in PluginCheck.run(path, environment: { ProcessInfo.processInfo.environment[$0] }) {
                report.plugins.append(
                    Report.Entry(
                        path: checked.path, name: checked.manifest?.name, version: checked.manifest?.version,
                        points: checked.pointNames, problems: checked.problems))
            }
        }
        let problemCount = report.plugins.reduce(0) { $0 + $1.problems.count }
        if json {
            try Output.json(report)
        } else {
            for entry in report.plugins {
                if entry.problems.isEmpty {
                    let version = entry.version.map { " \($0)" } ?? ""
                    Output.line(
                        "\(entry.path): ok\(version)\(entry.points.isEmpty ? "" : ", \(entry.points.joined(separator: ", "))")"
                    )
                }
                for problem in entry.problems { Output.line("\(entry.path): \(problem)") }
            }
        }
        if problemCount > 0 { throw ExitCode.failure }
    }
}

/// What `/v1/plugins` answers.
struct PluginListing: Codable {
    struct Binding: Codable {
        var binding: String
        var point: String
        var topics: [String]
        var group: String?
        var calls: Int
        var errors: Int
        var timeouts: Int
        var skipped: Int
        var duplicates: Int
        var retries: Int
        var dead: Int
        var totalNs: Int64
        var meanNs: Int64
        var greatestNs: Int64
        var lastError: String?
    }

    struct Setting: Codable {
        var type: String
        var about: String
    }

    struct Plugin: Codable {
        var name: String
        var state: String
        var version: String?
        var hash: String?
        var candidateVersion: String?
        var previousVersion: String?
        var about: String
        var path: String
        var needs: [String]
        var config: [String: Setting]
        var rejection: String?
        var complaint: String?
        var bindings: [Binding]
    }

    var plugins: [Plugin]
    var bindingsError: String?
}

struct PluginListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plugins of a server, and how their calls go.")

    @OptionGroup var admin: AdminClientOptions
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let listing: PluginListing = try await admin.send(.GET, "/v1/plugins")
        guard !json else { return try Output.json(listing) }
        if let problem = listing.bindingsError { Output.notice("bindings.lua is not in force: \(problem)") }
        guard !listing.plugins.isEmpty else { return Output.notice("There are no plugins.") }
        var table = TextTable(
            .text("PLUGIN"), .text("VERSION"), .text("HASH"), .text("STATE"), .text("BINDING"), .number("CALLS"),
            .number("ERRORS"), .number("MEAN NS"))
        for plugin in listing.plugins {
            let shown = (plugin.name, plugin.version ?? "", plugin.hash ?? "", plugin.state)
            for binding in plugin.bindings {
                table.add(
                    shown.0, shown.1, shown.2, shown.3, binding.binding, "\(binding.calls)", "\(binding.errors)",
                    "\(binding.meanNs)")
            }
            if plugin.bindings.isEmpty { table.add(shown.0, shown.1, shown.2, shown.3, "", "", "", "") }
        }
        Output.line(table.text)
        for plugin in listing.plugins {
            if let rejection = plugin.rejection {
                Output.notice("\(plugin.name): the latest text is rejected: \(rejection)")
            }
            if let complaint = plugin.complaint { Output.notice("\(plugin.name): not well: \(complaint)") }
        }
    }
}

struct PluginInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show all that a server knows of one plugin.")

    @OptionGroup var admin: AdminClientOptions
    @Argument(help: "Name of the plugin.") var plugin: String
    @Flag(help: "Print one JSON document.") var json = false

    func run() async throws {
        let listing: PluginListing = try await admin.send(.GET, "/v1/plugins")
        guard let found = listing.plugins.first(where: { $0.name == plugin }) else {
            throw CommandError("the server has no plugin '\(plugin)'; platform plugin list shows those it has")
        }
        guard !json else { return try Output.json(found) }
        Output.line("\(found.name) \(found.version ?? "-") (\(found.hash ?? "-")), \(found.state)")
        if !found.about.isEmpty { Output.line("  \(found.about)") }
        Output.line("  file: \(found.path)")
        if !found.needs.isEmpty { Output.line("  needs: \(found.needs.joined(separator: ", "))") }
        for (name, setting) in found.config.sorted(by: { $0.key < $1.key }) {
            Output.line("  config.\(name): \(setting.type)\(setting.about.isEmpty ? "" : ", \(setting.about)")")
        }
        if let version = found.candidateVersion { Output.line("  tried beside it: \(version)") }
        if let version = found.previousVersion { Output.line("  to go back to: \(version)") }
        if let rejection = found.rejection { Output.line("  rejected: \(rejection)") }
        if let complaint = found.complaint { Output.line("  not well: \(complaint)") }
        for binding in found.bindings {
            Output.line(
                "  \(binding.binding): \(binding.calls) calls, \(binding.errors) errors (\(binding.timeouts) timeouts), "
                    + "\(binding.skipped) skipped, \(binding.duplicates) duplicates, \(binding.retries) retries, "
                    + "\(binding.dead) dead, mean \(binding.meanNs) ns, greatest \(binding.greatestNs) ns")
            if let error = binding.lastError { Output.line("    last error: \(error)") }
        }
    }
}

struct PluginReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have a server read its plugins and bindings anew.",
        discussion:
            "What changed is checked, then tried beside the active version. Ends with status 1 if something was refused."
    )

    private struct Answer: Decodable {
        var lines: [String]
        var hasErrors: Bool
    }

    @OptionGroup var admin: AdminClientOptions

    func run() async throws {
        let answer: Answer = try await admin.send(.POST, "/v1/plugins/reload")
        for line in answer.lines { Output.line(line) }
        if answer.lines.isEmpty { Output.notice("There are no plugins.") }
        if answer.hasErrors { throw ExitCode.failure }
    }
}

struct PluginRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Have a server go back to a plugin's version before the active one.")

    @OptionGroup var admin: AdminClientOptions
    @Argument(help: "Name of the plugin.") var plugin: String

    func run() async throws {
        let listing: PluginListing = try await admin.send(.POST, "/v1/plugins/\(plugin.percentEncoded)/rollback")
        for plugin in listing.plugins { Output.line("\(plugin.name): active, \(plugin.version ?? "-")") }
    }
}

struct PluginTapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap", abstract: "Show the next calls of a plugin: what it is given, what it answers.")

    private struct Answer: Decodable {
        struct Call: Codable {
            struct Bytes: Codable {
                var base64: String
            }

            var topic: String
            var key: JSONText?
            var sizeBytes: Int
            var partition: Int64?
            var offset: Int64?
            var answer: String
        }

        var calls: [Call]
    }

    @OptionGroup var admin: AdminClientOptions
    @Argument(help: "Name of the plugin.") var plugin: String
    @Option(name: .shortAndLong, help: "How many calls.") var count = 10
    @Option(help: "Seconds to wait for them.") var wait = 30
    @Flag(help: "Print each call as JSON.") var json = false

    func run() async throws {
        let waitMS = Int64(min(max(wait, 0), 30)) * 1000
        let answer: Answer = try await admin.send(
            .GET, "/v1/plugins/\(plugin.percentEncoded)/calls?limit=\(count)&wait-ms=\(waitMS)", waitMS: waitMS)
        for call in answer.calls {
            guard !json else {
                try Output.json(call)
                continue
            }
            let place = call.offset.map { "\(call.topic)-\(call.partition ?? 0)@\($0)" } ?? call.topic
            Output.line("\(place) \(call.key?.text ?? "null") (\(call.sizeBytes) bytes) → \(call.answer)")
        }
        if answer.calls.isEmpty { Output.notice("'\(plugin)' was not called within \(waitMS / 1000) s.") }
    }
}

/// A string, or bytes that are none as `{"base64": …}`.
private struct JSONText: Codable {
    var text: String

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.text = text
        } else {
            text = "base64:" + (try decoder.singleValueContainer().decode([String: String].self)["base64"] ?? "")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension String {
    /// As a segment of a path.
    fileprivate var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_."))) ?? self
    }
}
