public import LuaRuntime

/// A console on the state of a job: runs what is typed, line by line, and shows what comes of it. Globals stay.
///
/// Not Sendable: on the main actor, as the job is.
public final class JobConsole {
    public enum Outcome: Sendable, Equatable {
        case done
        /// The text is not complete: more has to follow.
        case incomplete
        /// `platform.exit` was called.
        case exit(Int32)
    }

    private let runner: JobRunner
    private let show: LuaReference

    /// Throws if there is no memory for a state.
    public init(_ configuration: JobConfiguration, output: JobOutput) throws(LuaError) {
        runner = try JobRunner(configuration, output: output)
        // Runs a chunk and shows its results, each on a line.
        let maker = try runner.vm.load(
            """
            return function(chunk)
                local results = table.pack(chunk())
                for i = 1, results.n do platform.out(platform.inspect(results[i])) end
            end
            """, name: JobPrelude.chunkName)
        show = try runner.vm.call(at: .load, budget: .unlimited) { stack throws(LuaError) in
            maker.push(on: stack)
            return 0
        } results: { [runner] stack, first throws(LuaError) in
            runner.vm.keep(at: first, of: stack)
        }
    }

    /// Runs a text: an expression, whose values are shown, or statements. An error is shown, and is no end.
    @MainActor public func evaluate(_ text: String) async -> Outcome {
        let vm = runner.vm
        do throws(LuaError) {
            let chunk: LuaReference
            do throws(LuaError) {
                chunk = try vm.load("return " + text, name: JobConsole.chunkName)
            } catch let asExpression {
                do throws(LuaError) { chunk = try vm.load(text, name: JobConsole.chunkName) } catch {
                    let endsEarly = [asExpression, error].contains { $0.message.hasSuffix("near <eof>") }
                    if endsEarly { return .incomplete }
                    throw error
                }
            }
            try await vm.run(at: .script, budget: .unlimited) { stack throws(LuaError) in
                show.push(on: stack)
                chunk.push(on: stack)
                return 1
            } results: { _ throws(LuaError) in
            }
        } catch {
            if let exit = runner.exit {
                if let text = exit.text { runner.output.line(text) }
                return .exit(exit.status)
            }
            runner.output.flushResults()
            runner.output.line(
                Task.isCancelled ? "interrupted" : ErrorReport(JobPrelude.blamingScript(for: error), source: nil).text)
        }
        runner.output.flushResults()
        return .done
    }

    @MainActor public func close() async { await runner.close() }

    /// What errors call the text that was typed.
    static let chunkName = "console"
}
