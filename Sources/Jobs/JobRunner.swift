import Foundation
import KafkaClient
import LuaLibraries
public import LuaRuntime
import NIOPosix

/// Runs one script from its text to an exit status.
///
/// Not Sendable: script, host functions and all that they share run on the main actor, one at a time.
public final class JobRunner {
    public let configuration: JobConfiguration
    let vm: LuaVM
    let output: JobOutput
    let figures = JobFigures()
    /// Set by `platform.exit`.
    var exit: (status: Int32, text: String?)?
    /// Connections by bootstrap addresses, made when first used.
    var clients: [[BrokerAddress]: KafkaClient] = [:]
    private let httpClients = HTTPClientHolder()
    private let log: ScriptLog

    /// Throws if there is no memory for a state.
    public init(_ configuration: JobConfiguration, output: JobOutput) throws(LuaError) {
        self.configuration = configuration
        self.output = output
        log = ScriptLog(
            to: LogSink { line in
                output.clearProgress()
                output.line("\(line.level.rawValue): \(line)")
            })
        var limits = LuaLimits()
        limits.memoryBytesMax = 1 << 30
        limits.stringBytesMax = 256 << 20
        limits.patternStepsMax = 1_000_000_000
        vm = try LuaVM(registry: JobRegistry.shared, limits: limits)
        vm.provide(self)
        // Scripts are trusted.
        vm.provide(HTTPAccess.everything)
        vm.provide(httpClients)
        vm.provide(log)
        vm.provide(SQLAccess(isDryRun: configuration.isDryRun))
        if configuration.isDryRun { vm.provide(HTTPDryRun { [figures] request in figures.plan(request) }) }
        for (text, name) in [
            (SQLPrelude.text, SQLPrelude.chunkName), (HTTPPrelude.text, HTTPPrelude.chunkName),
            (JobPrelude.text, JobPrelude.chunkName),
        ] {
            try vm.call(try vm.load(text, name: name), at: .load, budget: .unlimited)
        }
    }

    /// Runs the script; the status is what the process is to exit with. What there is to say has been said on `output`.
    @MainActor public func run() async -> Int32 {
        let started = ContinuousClock.now
        let status = await runScript()
        await close()
        if figures.isWorthShowing || configuration.isDryRun {
            output.line(figures.summary(took: ContinuousClock.now - started, isDryRun: configuration.isDryRun))
        }
        return status
    }

    /// Closes all connections, and says what is left to say.
    @MainActor func close() async {
        for client in clients.values { await client.shutdown() }
        await httpClients.shutdown()
        log.finish()
        output.finish()
    }

    @MainActor private func runScript() async -> Int32 {
        do throws(LuaError) {
            let script = try vm.load(JobRunner.withoutInterpreterLine(configuration.text), name: configuration.path)
            try await vm.run(script, at: .script, budget: .unlimited)
            return exit?.status ?? JobStatus.success
        } catch {
            if let exit {
                if let text = exit.text { output.line(exit.status == 0 ? text : "Error: \(text)") }
                return exit.status
            }
            if Task.isCancelled { return JobStatus.interrupted }
            let shown = JobPrelude.blamingScript(for: error)
            output.line(ErrorReport(shown, source: vm.sourceLine(of: shown)).text)
            return ErrorReport.status(of: error)
        }
    }

    /// A first line `#!/usr/bin/env -S platform run` becomes a comment; lines keep their numbers.
    private static func withoutInterpreterLine(_ text: String) -> String {
        text.hasPrefix("#!") ? "--" + text.dropFirst(2) : text
    }
}

/// Where a job writes.
public struct JobOutput: Sendable {
    /// The script's results; kept back until there is a lot, or the job ends.
    public var result: @Sendable (String) -> Void
    public var flushResults: @Sendable () -> Void
    /// For the person who watches.
    public var line: @Sendable (String) -> Void
    /// Shown in the place of the last one on a terminal.
    public var progress: @Sendable (String) -> Void
    public var clearProgress: @Sendable () -> Void

    public init(
        result: @escaping @Sendable (String) -> Void, flushResults: @escaping @Sendable () -> Void,
        line: @escaping @Sendable (String) -> Void, progress: @escaping @Sendable (String) -> Void,
        clearProgress: @escaping @Sendable () -> Void
    ) {
        self.result = result
        self.flushResults = flushResults
        self.line = line
        self.progress = progress
        self.clearProgress = clearProgress
    }

    func finish() {
        clearProgress()
        flushResults()
    }
}
