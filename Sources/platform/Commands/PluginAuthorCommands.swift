import ArgumentParser
import Foundation
import Jobs
import LuaRuntime
import Plugins

/// Makes the files of a plugin.
struct PluginNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a plugin to begin with, and a test that passes.")

    @Argument(help: "Name: lower-case letters, digits and -.") var name: String
    @Option(help: "Extension points, separated by commas: \(PluginTemplate.points.joined(separator: ", ")).")
    var point = "select"
    @Option(help: "Directory of plugins.") var dir = "plugins"

    func run() async throws {
        let points = point.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let files = try PluginTemplate.files(name: name, points: points)
        let directory = "\(dir)/\(name)"
        guard !FileManager.default.fileExists(atPath: directory),
            !FileManager.default.fileExists(atPath: directory + ".lua")
        else { throw CommandError("'\(directory)' is there already: choose another name, or remove it") }
        for (file, text) in files.sorted(by: { $0.key < $1.key }) {
            let url = URL(filePath: "\(directory)/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            Output.line("\(directory)/\(file)")
        }
        Output.notice("Next: platform plugin test \(directory)")
    }
}

/// Runs the tests of plugins.
struct PluginTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests of plugins: their functions, called as a server would.",
        discussion: "A plugin's tests are test/*_test.lua within it, or test/NAME_test.lua beside a single file.")

    @Argument(help: "Plugin files or directories, or a directory of plugins.") var paths: [String]
    @Option(help: "Only tests whose name contains this.") var filter: String?
    @Flag(help: "Print one JSON document.") var json = false

    private struct Report: Encodable {
        struct Case: Encodable {
            var plugin: String
            var name: String
            var passed: Bool
            var failure: String?
        }

        var passed = 0
        var failed = 0
        var cases: [Case] = []
    }

    func run() async throws {
        var report = Report()
        for path in try plugins() {
            let bundle = try PluginBundle.read(path)
            let files = PluginTest.files(of: bundle)
            if files.isEmpty, !json { Output.notice("\(path): there are no tests") }
            for file in files {
                for outcome in try await PluginTestCommand.run(bundle, file, filter) {
                    let isPassed = outcome.failure == nil
                    report.cases.append(
                        .init(plugin: bundle.name, name: outcome.name, passed: isPassed, failure: outcome.failure))
                    report.passed += isPassed ? 1 : 0
                    report.failed += isPassed ? 0 : 1
                    guard !json else { continue }
                    Output.line("\(isPassed ? "ok    " : "FAILED") \(bundle.name): \(outcome.name)")
                    if let failure = outcome.failure {
                        Output.line(failure.split(separator: "\n").map { "       \($0)" }.joined(separator: "\n"))
                    }
                }
            }
        }
        if json {
            try Output.json(report)
        } else {
            Output.line("\(report.passed) passed, \(report.failed) failed")
        }
        if report.failed > 0 { throw ExitCode.failure }
    }

    @MainActor private static func run(_ bundle: PluginBundle, _ file: String, _ filter: String?) async throws
        -> [PluginTest.Case]
    {
        let test = try PluginTest(bundle) { Output.notice($0) }
        do {
            let outcomes = try await test.run(file, filter: filter)
            await test.finish()
            return outcomes
        } catch {
            await test.finish()
            throw error
        }
    }

    /// A directory that is no plugin stands for the plugins in it.
    private func plugins() throws -> [String] {
        try paths.flatMap { path in
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
                !FileManager.default.fileExists(atPath: "\(path)/\(PluginBundle.mainFile)")
            else { return [path] }
            return try PluginBundle.paths(in: path)
        }
    }
}

/// Writes what editors want to know.
struct PluginTypesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Write definitions for the Lua language server, so that editors complete msg: and tx:.")

    @Option(help: "Directory to write platform.d.lua and .luarc.json to.") var out = "."

    func run() async throws {
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let files = [
            ("platform.d.lua", PluginDefinitions.text(scriptModules: JobRegistry.documented)),
            (".luarc.json", LuaDefinitions.configuration),
        ]
        for (name, text) in files {
            let path = "\(out)/\(name)"
            // Settings that somebody has made stay.
            if name == ".luarc.json", FileManager.default.fileExists(atPath: path) {
                Output.notice("\(path) is there already: it needs \"workspace.library\": [\"platform.d.lua\"]")
                continue
            }
            try Data(text.utf8).write(to: URL(filePath: path))
            Output.line(path)
        }
    }
}
