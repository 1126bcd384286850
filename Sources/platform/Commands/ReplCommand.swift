import ArgumentParser
import Dispatch
import Foundation
import Glibc
import Jobs
import KafkaClient
import Synchronization

/// A console for what scripts can do.
struct ReplCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl", abstract: "Try Lua on a server, line by line.",
        discussion: """
            What scripts of `platform run` can call, there is here; help() shows it. An expression is shown; globals stay \
            from line to line, locals do not. Ctrl-C ends what is running, Ctrl-D the console. `rlwrap platform repl` \
            gives it a history.
            """)

    @Option(
        name: [.customLong("connect"), .customShort("b")],
        help: "Server to begin with, as HOST:PORT; several, separated by commas, are tried in turn.")
    var bootstrap = "127.0.0.1:9092"
    @Flag(help: "Start a server of its own, in this process, that ends with the console.") var embedded = false

    func validate() throws {
        guard BrokerAddress.list(bootstrap) != nil else {
            throw ValidationError("--connect '\(bootstrap)' is not HOST:PORT, with a port from 1 to 65535")
        }
    }

    func run() async throws {
        var configuration = JobConfiguration(path: "console", text: "", bootstrap: BrokerAddress.list(bootstrap) ?? [])
        var server: EmbeddedServer?
        if embedded {
            let started = try await EmbeddedServer.start(dataDirectory: nil)
            configuration.bootstrap = [BrokerAddress(host: "127.0.0.1", port: started.port)]
            server = started
        }
        let status = try await ReplCommand.converse(configuration)
        await server?.stop()
        if status != JobStatus.success { throw ExitCode(status) }
    }

    @MainActor private static func converse(_ configuration: JobConfiguration) async throws -> Int32 {
        let console = try JobConsole(configuration, output: JobStreams().output)
        let isTerminal = isatty(STDIN_FILENO) == 1
        let running = RunningLine()
        let interruption = ConsoleInterruption { running.interrupt() }
        if isTerminal {
            Output.notice(
                "Lua on \(configuration.bootstrap.map { "\($0)" }.joined(separator: ", ")); help() shows what there is, Ctrl-D ends"
            )
        }
        var pending = ""
        var status = JobStatus.success
        for await line in ConsoleLines.all(prompt: isTerminal) {
            pending += (pending.isEmpty ? "" : "\n") + line
            let text = pending
            if text.allSatisfy(\.isWhitespace) {
                pending = ""
                ConsoleLines.prompt(isTerminal, isContinued: false)
                continue
            }
            let task = Task { @MainActor in await console.evaluate(text) }
            running.begin(task)
            let outcome = await task.value
            running.end()
            switch outcome {
            case .incomplete: break
            case .done: pending = ""
            case .exit(let code):
                await console.close()
                return code
            }
            ConsoleLines.prompt(isTerminal, isContinued: !pending.isEmpty)
        }
        if !pending.isEmpty {
            Output.notice("the last lines are not complete: \(pending)")
            status = JobStatus.scriptError
        }
        await console.close()
        withExtendedLifetime(interruption) {}
        return status
    }
}

/// The line that runs, for Ctrl-C to end.
private final class RunningLine: Sendable {
    private let task = Mutex<(task: Task<JobConsole.Outcome, Never>?, interruptCount: Int)>((nil, 0))

    func begin(_ task: Task<JobConsole.Outcome, Never>) { self.task.withLock { $0 = (task, 0) } }
    func end() { task.withLock { $0 = (nil, 0) } }

    /// The first has the line's next wait fail; a second one, or one at the prompt, ends the process.
    func interrupt() {
        let (running, count) = task.withLock { state in
            state.interruptCount += 1
            return (state.task, state.interruptCount)
        }
        guard let running, count == 1 else { _exit(JobStatus.interrupted) }
        running.cancel()
    }
}

/// Hears every SIGINT.
private final class ConsoleInterruption {
    private let source: any DispatchSourceSignal

    init(_ onSignal: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler(handler: onSignal)
        signal(SIGINT, SIG_IGN)
        source.resume()
    }

    deinit { source.cancel() }
}

/// Lines of standard input, read on a thread of their own so that what runs meanwhile goes on.
private enum ConsoleLines {
    static func all(prompt isTerminal: Bool) -> AsyncStream<String> {
        prompt(isTerminal, isContinued: false)
        return AsyncStream { continuation in
            Thread.detachNewThread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
    }

    static func prompt(_ isTerminal: Bool, isContinued: Bool) {
        guard isTerminal else { return }
        FileHandle.standardError.write(Data((isContinued ? ">> " : "> ").utf8))
    }
}
