import KafkaClient
import KafkaWire
import LuaLibraries
import LuaRuntime
import NIOPosix

/// A broker of the Kafka protocol: topics, writing, reading.
enum BrokerModule {
    static let module = HostModule(
        "broker", about: "Topics of a server, written to and read from.",
        [
            HostFunction(
                "connect",
                [.optional("server", .string, "HOST:PORT; the one that `platform run` was given without it")],
                returns: [.value(.object("Connection"))], at: .script, mayWait: true,
                about: "Connects to a server. Raises, and the script ends with status 4, if none can be reached.",
                example: "local p <close> = platform.connect()"
            ) { call in
                let job = try call.job
                let vm = call.vm
                var bootstrap = job.configuration.bootstrap
                if let text = call.optionalString(1) {
                    guard let addresses = BrokerAddress.list(text) else {
                        throw LuaError(.argument, "'\(text)' is not HOST:PORT, with a port from 1 to 65535")
                    }
                    bootstrap = addresses
                }
                return .wait {
                    let connection = ScriptConnection(try await job.client(of: bootstrap), job: job)
                    return HostReply { stack in
                        vm.push(connection, class: "Connection", on: stack)
                        return 1
                    }
                }
            },
            HostFunction(
                "Connection:topics", returns: [.value(.table("{ name: string, partitions: integer }[]"))],
                at: .script, mayWait: true, about: "The topics that there are, by name."
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                return .wait { .values(.array(try await connection.topics())) }
            },
            HostFunction(
                "Connection:offsets", [.required("topic", .string)],
                returns: [.value(.table("{ first: integer, next: integer }[]"), "by partition, from 0 on at index 1")],
                at: .script, mayWait: true, about: "Where each partition begins, and the offset its next record gets."
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                let topic = call.string(2)
                return .wait { .values(.array(try await connection.offsets(of: topic))) }
            },
            HostFunction(
                "Connection:ensure_topic",
                [
                    .required(
                        "topic", .table("{ name: string, partitions: integer?, config: table<string, string>? }"))
                ], returns: [.value(.boolean, "whether it was made now")], at: .script, mayWait: true,
                about: "Makes a topic unless it is there already; then it stays as it is.",
                example: "p:ensure_topic { name = \"orders\", partitions = 12 }"
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                guard case .fields(let fields) = try call.value(2), let name = fields["name"]?.text else {
                    throw LuaError(.argument, "ensure_topic: the table has to have a name")
                }
                var partitions: Int32 = -1
                switch fields["partitions"] ?? .none {
                case .none: break
                case .integer(let count) where (1...100_000).contains(count): partitions = Int32(count)
                case let other:
                    throw LuaError(.argument, "ensure_topic: partitions is \(other), not an integer from 1 on")
                }
                var settings: [String: String] = [:]
                if case .fields(let config)? = fields["config"] { settings = config.compactMapValues(\.text) }
                return .wait { [settings] in
                    .values(.boolean(try await connection.ensureTopic(name, partitions: partitions, settings)))
                }
            },
            HostFunction(
                "Connection:produce", [.required("topic", .string), .required("message", .table("platform.Outgoing"))],
                returns: [.value(.table("{ partition: integer, offset: integer }"))], at: .script, mayWait: true,
                about: "Writes one record and waits until it is acknowledged, i.e. durable. For many, use a producer.",
                example: "local at = p:produce(\"orders\", { key = \"c-1\", value = json })"
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                let message = try OutgoingMessage(call.stack, at: 3)
                let topic = call.string(2)
                return .wait {
                    let (partition, offset) = try await connection.produce(message, to: topic)
                    return .values(.fields(["partition": .integer(partition), "offset": .integer(offset)]))
                }
            },
            HostFunction(
                "Connection:producer",
                [.required("topic", .string), .optional("options", .table("platform.ProducerOptions"))],
                returns: [.value(.object("Producer"))], at: .script, mayWait: true,
                about: """
                    A producer: records are sent in batches, in order, each once. Options: linger (duration, 5ms), \
                    batch (bytes, 262144), codec (none, gzip, snappy, lz4, zstd), source. With a source, a name of what \
                    is loaded, each record carries that name and its `sequence`, and one that the topic holds already \
                    is left out: a load that was broken off and is started again adds what is missing.
                    """,
                example: """
                    local w <close> = p:producer("orders", { source = "orders.csv" })
                    w:send { key = row.id, value = platform.json.encode(row), sequence = line }
                    """
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                let options = try ProducerOptions(call.stack, at: 3)
                let topic = call.string(2)
                let vm = call.vm
                return .wait {
                    let producer = try await connection.producer(of: topic, options)
                    return HostReply { stack in
                        vm.push(producer, class: "Producer", on: stack)
                        return 1
                    }
                }
            },
            HostFunction(
                "Producer:send", [.required("message", .table("platform.Outgoing"))],
                returns: [.value(.boolean, "false if the topic holds it already")], at: .script, mayWait: true,
                about: """
                    Takes a record: key, value (string; nil or platform.null is a tombstone), headers (table of \
                    strings), partition, timestamp (milliseconds), sequence. Waits only while the buffer is full. A \
                    failure to write raises here or in flush.
                    """
            ) { call in
                let producer = try call.object(1, as: ScriptProducer.self)
                let (isNew, hasRoom) = try producer.send(call.stack, at: 2)
                guard !hasRoom else { return call.answer(.boolean(isNew)) }
                return .wait {
                    try await producer.waitForRoom()
                    return .values(.boolean(isNew))
                }
            },
            HostFunction(
                "Producer:flush", at: .script, mayWait: true, about: "Waits until all records sent are acknowledged.",
                body: flush),
            HostFunction(
                "Producer:close", [.optional("reason", .any)], at: .script, mayWait: true,
                about: "As flush; what `local w <close>` does at the end of its block.", body: flush),
            HostFunction(
                "Connection:consume", [.required("options", .table("platform.ConsumeOptions"))],
                returns: [.value(.object("Consumer"), "an iterator of messages")], at: .script, mayWait: true,
                about: """
                    The records of a topic, one by one. Options: topic; group, to share the partitions with other \
                    members and go on where the group was, or from: "earliest", "latest", "-1000" (the last so many of \
                    each partition), "@2026-01-31" (a time), or an offset; to = "end" stops at the end as of now; idle \
                    (duration) stops when none came for so long; partition. In a group a record counts as dealt with \
                    when the next one is asked for.
                    """,
                example: "for msg in p:consume { topic = \"orders\", from = \"earliest\", to = \"end\" } do … end"
            ) { call in
                let connection = try call.object(1, as: ScriptConnection.self)
                let options = try ConsumeOptions(call.stack, at: 2)
                let vm = call.vm
                return .wait {
                    let consumer = try await connection.consumer(options)
                    // A generic `for` closes its fourth value, also when the loop is left early.
                    return HostReply { stack in
                        vm.push(consumer, class: "Consumer", on: stack)
                        let first = stack.count
                        stack.pushNil()
                        stack.pushNil()
                        stack.pushCopy(of: first)
                        return 4
                    }
                }
            },
            HostFunction(
                "Consumer:next", [.rest(.any)], returns: [.value(.table("platform.Message"), "nil at the end")],
                at: .script, mayWait: true, about: "The next message; what a `for` loop calls."
            ) { call in
                let consumer = try call.object(1, as: ScriptConsumer.self)
                if consumer.pushNext(on: call.stack) { return .pushed(1) }
                return .wait {
                    try await consumer.fill()
                    return HostReply { stack in
                        if !consumer.pushNext(on: stack) { stack.pushNil() }
                        return 1
                    }
                }
            },
            HostFunction(
                "Consumer:close", [.optional("reason", .any)], at: .script, mayWait: true,
                about: """
                    Ends reading; a group learns how far it came. A `for` loop does it at its end, and when it is left \
                    early: the message at hand then counts as dealt with, unless an error ended the loop.
                    """
            ) { call in
                let consumer = try call.object(1, as: ScriptConsumer.self)
                let hasFailed = !call.isAbsent(2)
                return .wait(isCancellable: false) {
                    try await consumer.close(returningLast: hasFailed)
                    return .nothing
                }
            },
            HostFunction(
                "Connection:close", [.optional("reason", .any)], at: .script,
                about: "Nothing to be done: connections end with the script."
            ) { _ in .nothing },
        ])

    /// Goes on after the script was cancelled: what was sent is not to be lost.
    private static let flush: HostFunction.Body = { call in
        let producer = try call.object(1, as: ScriptProducer.self)
        return .wait(isCancellable: false) {
            try await producer.flush()
            return .nothing
        }
    }
}

extension JobRunner {
    /// A client that has reached a server; one for all connections to it.
    func client(of bootstrap: [BrokerAddress]) async throws -> KafkaClient {
        if let client = clients[bootstrap] { return client }
        let client = KafkaClient(bootstrap: bootstrap, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        clients[bootstrap] = client
        do throws(KafkaClientError) { try await client.connect() } catch {
            clients[bootstrap] = nil
            await client.shutdown()
            var failure = LuaError(.host, "\(error); `platform serve` starts a server, --embedded needs none")
            failure.details = .fields(["code": .string("UNREACHABLE"), "message": .string(failure.message)])
            throw failure
        }
        return client
    }
}
