import BrokerEngine
import KafkaWire
import LogStorage
import LuaLibraries
import LuaRuntime

/// `tx`: the transaction that a handler runs in. One object for all its calls.
final class HandlerTransaction: SQLSession {
    /// Writes a message to the outbox; throws if the topic cannot be written to.
    private let send: (String, OutgoingMessage) throws -> Void
    private let capabilities: Capabilities

    init(
        _ database: SQLDatabase, capabilities: Capabilities,
        send: @escaping (_ topic: String, _ message: OutgoingMessage) throws -> Void
    ) {
        self.capabilities = capabilities
        self.send = send
        super.init(
            database,
            refusing: capabilities.sql ? nil : "the plugin does not ask for SQL: add needs = { sql = true }",
            needsTransaction: true)
    }

    func produce(_ message: OutgoingMessage, to topic: String) throws {
        guard capabilities.mayProduce(to: topic) else {
            throw LuaError(
                .host, "the plugin does not ask to write to '\(topic)': add needs = { produce = { \"\(topic)\" } }")
        }
        try checkTransaction()
        try send(topic, message)
    }
}

enum TransactionModule {
    static let className = "Transaction"

    static let module = HostModule(
        "transaction",
        about: """
            `tx`, what `handle` gets: one transaction of SQLite, in which its tables change, the message counts as handled, \
            and other messages are sent. All of it happens, once, or nothing of it. Tables are the plugin's own; make them \
            with `CREATE TABLE IF NOT EXISTS`.
            """,
        [
            HostFunction(
                "Transaction:produce",
                [
                    .required("topic", .string),
                    .required("message", .table("{ key: string?, value: string?, headers: table<string, string>? }")),
                ], at: .transaction,
                about: """
                    Writes a message to a topic of `needs.produce` once the transaction is committed, exactly once.
                    """,
                example: "tx:produce(\"invoices\", { key = msg.key, value = platform.json.encode(invoice) })"
            ) { call in
                let transaction = try call.object(1, as: HandlerTransaction.self)
                try transaction.produce(try OutgoingMessage(call.stack, at: 3), to: call.string(2))
                return .nothing
            }
        ] + SQLModule.transaction + SQLModule.rows)
}
