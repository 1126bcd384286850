import Foundation
import LogStorage
import Logging
import LuaLibraries
public import LuaRuntime
import NIOCore

/// Runs the tests of a plugin: Lua files beside it, which call its functions as the host would.
///
/// Handlers run in real transactions on a database in memory. On the main actor alone.
public final class PluginTest {
    /// One `it`.
    public struct Case: Sendable {
        public var name: String
        /// nil if it passed.
        public var failure: String?
    }

    private let bundle: PluginBundle
    private let vm: LuaVM
    fileprivate var cases: [(name: String, body: LuaReference)] = []
    fileprivate let limits = PluginLimits()
    private let services: PluginServices
    private let connections = HTTPClientHolder()

    /// The test files of a plugin: `test/*_test.lua` within a directory, `test/NAME_test.lua` beside a single file.
    public static func files(of bundle: PluginBundle) -> [String] {
        guard bundle.path.hasSuffix(".lua") else {
            let directory = "\(bundle.path)/test"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return names.sorted().filter { $0.hasSuffix("_test.lua") }.map { "\(directory)/\($0)" }
        }
        let beside = URL(filePath: bundle.path).deletingLastPathComponent().appending(
            path: "test/\(bundle.name)_test.lua")
        return FileManager.default.fileExists(atPath: beside.relativePath) ? [beside.relativePath] : []
    }

    private static let registry = HostRegistry(
        [module, SQLModule.forPrelude] + PluginRegistry.documented.filter { $0.name != "plugin" })
    private static let budget = LuaBudget(sliceMS: 10_000, totalMS: 60_000)

    /// `note` gets what the plugin logs.
    public init(_ bundle: PluginBundle, note: @escaping @Sendable (String) -> Void) throws(PluginError) {
        self.bundle = bundle
        services = PluginServices(
            plugin: bundle.name, connections: connections, databasePath: ":memory:",
            wallMS: { Int64(Date().timeIntervalSince1970 * 1000) }, sink: LogSink { note("\($0)") })
        do throws(LuaError) {
            vm = try LuaVM(registry: PluginTest.registry)
        } catch {
            throw PluginError(.script, "\(error)")
        }
        vm.provide(self)
        do throws(LuaError) {
            for text in [SQLPrelude.text, PluginTestPrelude.text] {
                try vm.call(try vm.load(text, name: PluginPrelude.chunkName), at: .load, budget: .unlimited)
            }
        } catch {
            throw PluginError(error, in: vm)
        }
    }

    /// Runs one file; throws if it does not come to its cases.
    @MainActor public func run(_ path: String, filter: String?) async throws -> [Case] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw PluginError(.unreadable, "'\(path)' cannot be read")
        }
        cases = []
        do throws(LuaError) {
            try await vm.run(try vm.load(text, name: path), at: .script, budget: PluginTest.budget)
        } catch {
            throw PluginError(error, in: vm)
        }
        var outcomes: [Case] = []
        for (name, body) in cases where filter.map({ name.contains($0) }) ?? true {
            var outcome = Case(name: name)
            do throws(LuaError) {
                try await vm.run(body, at: .script, budget: PluginTest.budget)
            } catch {
                var shown = error
                // A failed `expect` is at the line of the test that said it.
                if shown.place?.source == PluginPrelude.chunkName {
                    shown.place = error.traceback.lazy.compactMap { LuaError.Place(frame: $0) }.first {
                        $0.source != PluginPrelude.chunkName
                    }
                }
                outcome.failure = "\(PluginError(shown, in: vm))"
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Closes what tests have opened; to be called once, at the end.
    public func finish() async { await connections.shutdown() }

    // MARK: What tests call

    fileprivate func makePlugin(_ config: LuaValue) throws -> PluginUnderTest {
        try PluginUnderTest(try PluginVersion(bundle, limits: limits, services: services), config: config)
    }

    /// What the prelude's `t` and `it` are made of, and the plugin under test.
    public static let module = HostModule(
        "test", about: "What tests of plugins call, beside `describe`, `it`, `before_each` and `expect`.",
        [
            HostFunction(
                "internal.case", [.required("name", .string), .required("body", .function)], at: .script, about: ""
            ) { call in
                try call.vm.service(PluginTest.self).cases.append((call.string(1), call.vm.keep(at: 2, of: call.stack)))
                return .nothing
            },
            HostFunction("internal.plugin", [.optional("config", .any)], at: .script, about: "") { call in
                let plugin = try call.vm.service(PluginTest.self).makePlugin(try call.value(1))
                call.vm.push(plugin, class: "PluginUnderTest", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "PluginUnderTest:select", [.required("message", .table("table")), .required("partitions", .integer)],
                returns: [.value(.integer, "nil: the host's choice")], at: .script,
                about: "Calls `select` with a message given as a table; raises its error."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                let input = try PluginUnderTest.input(try call.value(2))
                return call.answer(try plugin.select(input, count: Int32(clamping: call.integer(3))))
            },
            HostFunction(
                "PluginUnderTest:dedup", [.required("message", .table("table"))],
                returns: [
                    .value(.string, "nil: not checked"), .value(.integer, "milliseconds"), .value(.string, "scope"),
                ],
                at: .script, about: "Calls `dedup` with a message given as a table; raises its error."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                guard let answer = try plugin.dedup(try PluginUnderTest.input(try call.value(2))) else {
                    return call.answer(.none)
                }
                for value in [LuaValue.bytes(answer.key), .integer(answer.windowMS), .string(answer.scope.rawValue)] {
                    call.stack.push(value)
                }
                return .pushed(3)
            },
            HostFunction(
                "PluginUnderTest:handle", [.required("message", .table("table"))],
                returns: [
                    .value(
                        .table(
                            "{ verdict: string, reason: string?, code: string?, duplicate: boolean, produced: table[] }"
                        ))
                ],
                at: .script, mayWait: true,
                about: "Handles a message, given as a table, as the host would: dedup, prepare, transaction."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                let input = try PluginUnderTest.input(try call.value(2))
                return .wait { .values(try await plugin.handle(input)) }
            },
            HostFunction(
                "PluginUnderTest:rows", [.required("statement", .string)], returns: [.value(.table("table[]"))],
                at: .script,
                about: "What is in the handler's tables."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                return try plugin.pushRows(call.string(2), on: call.stack)
            },
            HostFunction(
                "PluginUnderTest:health", returns: [.value(.boolean), .value(.string)], at: .script, mayWait: true,
                about: "Calls `health`."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                return .wait { try await plugin.run(.health, intervalMS: nil) }
            },
            HostFunction(
                "PluginUnderTest:every", [.required("interval", .string)], at: .script, mayWait: true,
                about: "Calls the function of an interval of `every`."
            ) { call in
                let plugin = try call.object(1, as: PluginUnderTest.self)
                let intervalMS = try call.durationMS(2)
                return .wait { try await plugin.run(.every, intervalMS: intervalMS) }
            },
        ])
}

/// A plugin as its tests hold it: with its settings, and a database in memory.
final class PluginUnderTest {
    private let version: PluginVersion
    private let config: LuaValue
    private var states: [Point: PluginState] = [:]
    private var lane: HandlerLane?
    private let store: HandlerStore
    private var produced: [LuaValue] = []
    private var offset: Int64 = 0

    init(_ version: PluginVersion, config: LuaValue) throws {
        self.version = version
        self.config = config
        store = try HandlerStore(path: ":memory:")
        // A mistake in the settings shows where they are given.
        _ = try version.manifest.config.values(for: config, plugin: version.manifest.name)
    }

    private func binding(_ point: Point) -> Binding {
        Binding(plugin: version.manifest.name, topics: ["test"], point: point, config: config)
    }

    private func state(_ point: Point) throws -> PluginState {
        if let state = states[point] { return state }
        let state = try BoundVersion(version, binding(point)).makeState()
        states[point] = state
        return state
    }

    /// A message from a table.
    static func input(_ value: LuaValue) throws(LuaError) -> HandlerInput {
        guard case .fields(let fields) = value else {
            throw LuaError(.argument, "a message is a table of named fields")
        }
        let known = ["key", "value", "headers", "topic", "partition", "offset", "attempts", "timestamp"]
        if let unknown = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw LuaError(.argument, "a message has no field '\(unknown)'; there are \(known.joined(separator: ", "))")
        }
        func bytes(_ name: String) throws(LuaError) -> [UInt8]? {
            switch fields[name] {
            case nil, .none?, .null?: return nil
            case .bytes(let bytes)?: return bytes
            default: throw LuaError(.argument, "a message's \(name) has to be a string")
            }
        }
        func integer(_ name: String) throws(LuaError) -> Int64? {
            switch fields[name] {
            case nil, .none?: return nil
            case .integer(let integer)?: return integer
            default: throw LuaError(.argument, "a message's \(name) has to be an integer")
            }
        }
        var record = Record(
            key: try bytes("key"), value: try bytes("value"), timestampMS: try integer("timestamp") ?? 0)
        if case .fields(let headers)? = fields["headers"] {
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
                guard case .bytes(let bytes) = value else {
                    throw LuaError(.argument, "header '\(name)' has to be a string")
                }
                record.headers.append(Record.Header(name, bytes))
            }
        }
        var input = HandlerInput(
            topic: fields["topic"]?.text ?? "test", topicID: "test",
            partition: Int32(clamping: try integer("partition") ?? 0), offset: try integer("offset") ?? -1,
            record: record)
        if let attempts = try integer("attempts"), attempts > 0 {
            input.parked = HandlerStore.Parked(
                topic: input.topic, topicID: input.topicID, partition: input.partition, offset: input.offset,
                key: record.key, attempts: attempts,
                dueMS: 0, reason: "")
        }
        return input
    }

    func select(_ input: HandlerInput, count: Int32) throws -> LuaValue {
        let state = try state(.select)
        switch state.select([input.record], topic: input.topic, partitionCount: count).first {
        case .partition(let partition)?: return .integer(Int64(partition))
        case .failed(let error)?: throw error
        default: return .none
        }
    }

    func dedup(_ input: HandlerInput) throws -> PluginState.DedupAnswer? {
        let state = try state(.dedup)
        return try input.withMessage { state.dedup($0) }.get()
    }

    func handle(_ given: HandlerInput) async throws -> LuaValue {
        var input = given
        if input.offset < 0 {
            input.offset = offset
            offset += 1
        }
        let lane = try openLane()
        guard lane.prepareVersion() else { throw LuaError(.host, "the handler cannot run: see the error above") }
        produced = []
        var prepared: [Result<LuaReference, LuaError>] = []
        if lane.hasPrepare { prepared = [await lane.prepare(input)] }
        _ = try lane.handle([input], prepared: prepared)
        // Each call of a test stands for itself.
        for row in try store.parked(consumer: lane.consumer) { try lane.forget(row) }
        lane.parked = ParkedQueues()
        guard let latest = lane.latest else { return .none }
        var result: [String: LuaValue] = ["duplicate": .boolean(latest.isDuplicate), "produced": .array(produced)]
        switch latest.verdict {
        case .done, .again: result["verdict"] = .string("ok")
        case .retry(let delayMS, let code, let reason):
            result["verdict"] = .string("retry")
            result["code"] = .string(code)
            result["reason"] = .string(reason)
            if let delayMS { result["delay"] = .integer(delayMS) }
        case .dead(let code, let reason):
            result["verdict"] = .string("dead")
            result["code"] = .string(code)
            result["reason"] = .string(reason)
        }
        return .fields(result)
    }

    private func openLane() throws -> HandlerLane {
        if let lane { return lane }
        let point: Point = version.manifest.points.contains(.handleBatch) ? .handleBatch : .handle
        let bound = try BoundVersion(version, binding(point))
        let runtime = HandlerRuntime(binding(point), active: bound, absence: "", worker: nil)
        let lane = try HandlerLane(
            runtime, store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            nowNS: { Int64(NIODeadline.now().uptimeNanoseconds) },
            wallMS: { Int64(Date().timeIntervalSince1970 * 1000) }
        ) { [unowned self] topic, message in
            // Dead letters are the host's, not what the plugin sends.
            guard topic != runtime.binding.deadLetters(of: "test") else { return }
            var fields: [String: LuaValue] = ["topic": .string(topic)]
            fields["key"] = message.key.map { .bytes($0) }
            fields["value"] = message.value.map { .bytes($0) }
            produced.append(.fields(fields))
        }
        self.lane = lane
        return lane
    }

    func pushRows(_ text: String, on stack: LuaStack) throws -> HostResult {
        _ = try openLane().prepareVersion()
        do {
            let statement = try store.database.prepare(text)
            defer { statement.reset() }
            stack.pushTable()
            var count = 0
            while try statement.step() {
                count += 1
                statement.pushRow(on: stack)
                stack.setElement(count, of: -2)
            }
        } catch {
            throw LuaError(.host, "\(error)")
        }
        return .pushed(1)
    }

    func run(_ point: Point, intervalMS: Int64?) async throws -> HostReply {
        let state = try state(point)
        guard let function = intervalMS.map({ state.every[$0] }) ?? state.function(at: point) else {
            throw LuaError(.argument, "the plugin has no such function")
        }
        let values = try await state.vm.run(at: point, budget: state.limits.handler) { stack throws(LuaError) in
            function.push(on: stack)
            state.pushContext(on: stack)
            return 1
        } results: { stack throws(LuaError) in
            var values: [LuaValue] = []
            for index in stride(from: 1, through: stack.count, by: 1) { values.append(try stack.value(at: index)) }
            return values
        }
        return HostReply { stack in
            for value in values { stack.push(value) }
            return values.count
        }
    }
}
