import ArgumentParser
import Foundation
import Glibc
import Jobs
import KafkaClient
import Logging
import LuaRuntime
import NIOCore
import NIOPosix
import Synchronization

/// Runs a one-shot Lua script.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a Lua script: load, copy, repair, count.",
        discussion: """
            The words behind the script are its own; `platform run SCRIPT --help` shows what it takes. Results go to \
            stdout, everything for people to stderr. Exit status: 0 done, 1 the script failed, 2 wrong arguments, \
            3 finished with failed records, 4 no server reached, 124 timeout, 130 interrupted. docs/lua has the reference.
            """)

    @Option(
        name: [.customLong("connect"), .customShort("b")],
        help: "Server to begin with, as HOST:PORT; several, separated by commas, are tried in turn.")
    var bootstrap = "127.0.0.1:9092"
    @Flag(help: "Start a server of its own, in this process, that ends with the script.") var embedded = false
    @Option(help: "With --embedded: data directory to work on; one that is removed afterwards without it.")
    var dataDir: String?
    @Flag(help: "Count and show what would be written, and write nothing.") var dryRun = false
    @Option(help: "Cancel the script after so long, e.g. 10m.") var timeout: String?
    @Option(help: "Directory of the script's checkpoints.") var checkpoints = "./platform-checkpoints"
    @Argument(help: "Lua file; - is stdin.") var script: String
    @Argument(parsing: .captureForPassthrough, help: "The script's own arguments.") var arguments: [String] = []

    func validate() throws {
        guard BrokerAddress.list(bootstrap) != nil else {
            throw ValidationError("--connect '\(bootstrap)' is not HOST:PORT, with a port from 1 to 65535")
        }
        if dataDir != nil, !embedded { throw ValidationError("--data-dir needs --embedded") }
        if let timeout, LuaDuration.milliseconds(timeout) == nil {
            throw ValidationError("--timeout '\(timeout)' is no duration, e.g. 30s or 10m")
        }
    }

    func run() async throws {
        let text = try readScript()
        var configuration = JobConfiguration(path: script, text: text, bootstrap: BrokerAddress.list(bootstrap) ?? [])
        configuration.arguments = arguments.first == "--" ? Array(arguments.dropFirst()) : arguments
        configuration.isDryRun = dryRun
        configuration.checkpointDirectory = checkpoints
        var server: EmbeddedServer?
        if embedded {
            let started = try await EmbeddedServer.start(dataDirectory: dataDir)
            configuration.bootstrap = [BrokerAddress(host: "127.0.0.1", port: started.port)]
            server = started
        }
        let status = try await runJob(configuration)
        await server?.stop()
        if status != JobStatus.success { throw ExitCode(status) }
    }

    private func readScript() throws -> String {
        let data: Data
        if script == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            guard let contents = FileManager.default.contents(atPath: script) else {
                let reason = String(cString: strerror(errno)).lowercased()
                throw CommandError("cannot read the script '\(script)': \(reason)")
            }
            data = contents
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("the script '\(script)' is not UTF-8 text")
        }
        return text
    }

    /// Runs the script on the main actor; a signal or the timeout has its next wait fail.
    private func runJob(_ configuration: JobConfiguration) async throws -> Int32 {
        let output = JobStreams().output
        let cancel = CancelReason()
        let interruption = Interruption { number in cancel.cancel(status: 128 + number) }
        let task = Task { @MainActor in
            let runner = try JobRunner(configuration, output: output)
            return await runner.run()
        }
        cancel.attach(task)
        let timer = timeout.flatMap { LuaDuration.milliseconds($0) }.map { milliseconds in
            Task {
                try await Task.sleep(for: .milliseconds(milliseconds))
                cancel.cancel(status: JobStatus.timedOut)
            }
        }
        let status = try await task.value
        timer?.cancel()
        withExtendedLifetime(interruption) {}
        return status == JobStatus.interrupted ? cancel.status ?? status : status
    }
}

/// Why a script was cancelled, if it was: the first reason counts.
private final class CancelReason: Sendable {
    private let state = Mutex<(task: Task<Int32, any Error>?, status: Int32?)>((nil, nil))

    var status: Int32? { state.withLock { $0.status } }

    /// The script to cancel; at once if there is a reason already.
    func attach(_ task: Task<Int32, any Error>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.status != nil
        }
        if isCancelled { task.cancel() }
    }

    func cancel(status: Int32) {
        let task = state.withLock { state in
            if state.status == nil { state.status = status }
            return state.task
        }
        task?.cancel()
    }
}

/// Standard output, collected into large writes, and standard error.
final class JobStreams: Sendable {
    private let results = Mutex<[UInt8]>([])
    private let progress = ProgressLine()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let shownAt = Mutex(ContinuousClock.now)

    private static let resultBytesMax = 64 << 10
    /// Where nobody watches, a line of progress now and then.
    private static let lineInterval = Duration.seconds(5)

    var output: JobOutput {
        JobOutput(
            result: { text in self.add(text) }, flushResults: { self.flush() },
            line: { text in
                self.flush()
                Output.notice(text)
            },
            progress: { text in self.show(text) }, clearProgress: { self.progress.clear() })
    }

    private func add(_ text: String) {
        let full = results.withLock { results -> [UInt8] in
            results += text.utf8
            guard results.count >= JobStreams.resultBytesMax else { return [] }
            defer { results = [] }
            return results
        }
        JobStreams.write(full)
    }

    private func flush() {
        JobStreams.write(
            results.withLock { results in
                defer { results = [] }
                return results
            })
    }

    private static func write(_ bytes: [UInt8]) {
        // A reader that has gone does not want the rest; the script ends by itself.
        if !bytes.isEmpty { try? FileHandle.standardOutput.write(contentsOf: Data(bytes)) }
    }

    private func show(_ text: String) {
        guard !isTerminal else { return progress.show(text) }
        let isDue = shownAt.withLock { shownAt in
            let now = ContinuousClock.now
            guard now - shownAt >= JobStreams.lineInterval else { return false }
            shownAt = now
            return true
        }
        if isDue { Output.notice(text) }
    }
}
