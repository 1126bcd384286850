import ArgumentParser
import Foundation
import KafkaClient
import NIOPosix

/// What every command that talks to a server takes.
struct ClientOptions: ParsableArguments {
    @Option(
        name: [.customShort("b"), .long],
        help: "Server to begin with, as HOST:PORT; several, separated by commas, are tried in turn.")
    var bootstrap = "127.0.0.1:9092"

    func validate() throws {
        guard BrokerAddress.list(bootstrap) != nil else {
            throw ValidationError("--bootstrap '\(bootstrap)' is not HOST:PORT, with a port from 1 to 65535")
        }
    }

    /// Calls `body` with a client that has reached a server; it is shut down afterwards.
    func withClient<Result>(_ body: (KafkaClient) async throws -> Result) async throws -> Result {
        let client = KafkaClient(
            bootstrap: BrokerAddress.list(bootstrap) ?? [], eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        do {
            try await connect(client)
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw (error as? KafkaClientError)?.advised ?? error
        }
    }

    private func connect(_ client: KafkaClient) async throws {
        do throws(KafkaClientError) { try await client.connect() } catch {
            guard error.code == .unreachable else { throw error }
            throw CommandError("\(error); `platform serve` starts a server, --bootstrap names another")
        }
    }
}

/// Exit codes of commands.
extension ExitCode {
    /// What was asked for was not there, or was refused; the reason is on stderr.
    static let refused = ExitCode(1)
}

/// Writes to the standard streams that no buffer holds back.
enum Output {
    /// A line for the reader of the command's result.
    static func line(_ text: String) { write(text + "\n", to: .standardOutput) }
    /// A line for the person who watches.
    static func notice(_ text: String) { write(text + "\n", to: .standardError) }
    /// "1 record", "2 records".
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    /// One JSON value on a line, fields in snake case as over HTTP, sorted by name.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    private static func write(_ text: String, to file: FileHandle) {
        // A reader that has gone does not want the rest; the command ends by itself.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
