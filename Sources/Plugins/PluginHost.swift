public import BrokerEngine
import Foundation
public import LogStorage
public import Logging
public import LuaLibraries
import LuaRuntime
import NIOCore
import NIOPosix
import Synchronization

/// All plugins of a server: read from a directory, checked, tried beside their predecessors, activated, rolled back.
///
/// Safe from any thread. Administration (`reload`, `rollback`, `advance`) blocks, and runs scripts up to their time for
/// loading: from threads that may wait, never from an event loop.
public final class PluginHost: BrokerHooks {
    public struct Configuration: Sendable {
        /// Where plugins and `bindings.lua` are; nil: there are none.
        public var directory: String?
        /// Where the databases of handlers are.
        public var databaseDirectory: String
        public var limits = PluginLimits()
        /// A new version is called beside the active one for so many calls …
        public var shadowCallCount = 1_000
        /// … or so long, milliseconds, whichever ends first.
        public var shadowMS: Int64 = 10_000
        /// So long after its activation a version that fails is replaced by the one before it.
        public var probationMS: Int64 = 60_000
        /// Files that changed are loaded without being asked, as they are while one writes them.
        public var watchesFiles = false

        public init(databaseDirectory: String) { self.databaseDirectory = databaseDirectory }
    }

    private let broker: Broker
    private let groups: GroupCoordinator
    let configuration: Configuration
    let logger: Logger
    /// A monotonic clock, nanoseconds.
    let nowNS: @Sendable () -> Int64
    /// What plugins do at intervals.
    private let periodicGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let environment: @Sendable (String) -> String?
    private let administration = Mutex(Administration())
    private let selectors = Mutex<[String: SelectorRuntime]>([:])
    private let periodic = Mutex<[PeriodicRuntime]>([])
    private let gates = Mutex<[String: TopicDuplicateGate]>([:])

    private let connections = HTTPClientHolder()

    private struct Administration {
        /// By plugin; they outlive its versions.
        var services: [String: PluginServices] = [:]
        var entries: [String: Entry] = [:]
        var file = OperatorFile()
        /// Why the operator's file is not the one in force.
        var fileProblem: PluginError?
        var runtimes: [any PluginRuntime] = []
        /// Threads of handlers, by plugin.
        var workers: [String: HandlerWorker] = [:]
        /// The last thread that was ended of each plugin: another on its database waits for it.
        var endingWorkers: [String: HandlerWorker] = [:]
        var seenFiles: [String: Date] = [:]
        var isStopped = false
    }

    /// What is known of one plugin.
    private struct Entry {
        var path: String
        var active: PluginVersion?
        var activatedMS: Int64 = 0
        /// Kept to go back to.
        var previous: PluginVersion?
        /// Being tried, with each of its bindings.
        var candidate: (version: PluginVersion, bound: [BoundVersion])?
        /// The latest text that was not taken.
        var rejected: (hash: String, error: PluginError)?
    }

    public init(
        configuration: Configuration, broker: Broker, groups: GroupCoordinator, logger: Logger,
        nowNS: @escaping @Sendable () -> Int64,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.configuration = configuration
        self.broker = broker
        self.groups = groups
        self.logger = logger
        self.nowNS = nowNS
        self.environment = environment
    }

    private var nowMS: Int64 { nowNS() / 1_000_000 }

    // MARK: Hooks

    public func decides(for topic: String) -> Bool {
        selectors.withLock { $0[topic] != nil } || gates.withLock { $0[topic] != nil }
    }

    public func select(_ records: [Record], topic: String, partitionCount: Int32) -> [PartitionSelection]? {
        selectors.withLock { $0[topic] }?.select(records, topic: topic, partitionCount: partitionCount)
    }

    public func duplicateGate(of topic: String) -> (any DuplicateGate)? { gates.withLock { $0[topic] } }

    // MARK: Reading the directory

    /// What a reload did, a line for each plugin.
    public struct ReloadReport: Sendable, Equatable {
        /// "order-router: active, 1.2.0 (3f2b8c1e7a54)"
        public var lines: [String] = []
        public var hasErrors = false
    }

    /// Reads everything anew: what changed is checked, and activated or tried beside what is active.
    @discardableResult
    public func reload() -> ReloadReport {
        administration.withLock { administration in
            guard !administration.isStopped, let directory = configuration.directory else { return ReloadReport() }
            var report = ReloadReport()
            readOperatorFile(directory, &administration, &report)
            var found: Set<String> = []
            do throws(PluginError) {
                for path in try PluginBundle.paths(in: directory) {
                    if let name = load(path, &administration, &report) { found.insert(name) }
                }
            } catch {
                report.add("\(error)", isError: true)
                logger.error("plugins cannot be read", metadata: ["error": "\(error)"])
                return report
            }
            for name in administration.entries.keys.sorted() where !found.contains(name) {
                remove(name, &administration)
                report.add("\(name): removed, its file is gone", isError: false)
            }
            bindAll(&administration, &report)
            administration.seenFiles = PluginHost.modificationTimes(directory)
            return report
        }
    }

    private func readOperatorFile(
        _ directory: String, _ administration: inout Administration, _ report: inout ReloadReport
    ) {
        let path = "\(directory)/\(OperatorFile.fileName)"
        do throws(PluginError) {
            if let data = FileManager.default.contents(atPath: path) {
                administration.file = try OperatorFile(
                    text: String(decoding: data, as: UTF8.self), path: path, environment: environment)
            } else {
                administration.file = OperatorFile()
            }
            administration.fileProblem = nil
        } catch {
            // What was in force stays.
            administration.fileProblem = error
            report.add("\(OperatorFile.fileName): not taken: \(error)", isError: true)
            logger.error("the bindings of plugins are not taken", metadata: ["error": "\(error)"])
        }
    }

    /// Reads and checks one plugin; its name.
    private func load(_ path: String, _ administration: inout Administration, _ report: inout ReloadReport) -> String? {
        let bundle: PluginBundle
        do throws(PluginError) { bundle = try PluginBundle.read(path) } catch {
            report.add("\(path): \(error)", isError: true)
            logger.error("a plugin cannot be read", metadata: ["path": "\(path)", "error": "\(error)"])
            return nil
        }
        var entry = administration.entries[bundle.name] ?? Entry(path: path)
        defer { administration.entries[bundle.name] = entry }
        let hash = bundle.hash
        let granted = administration.file.grants[bundle.name] ?? Capabilities()
        if let active = entry.active, active.hash == hash {
            entry.candidate = nil
            entry.rejected = nil
            if let missing = active.manifest.needs.missing(from: granted, plugin: bundle.name) {
                // A grant was taken back.
                entry.active = nil
                reject(bundle.name, hash, PluginHost.notGranted(missing), &entry, &administration, &report)
            } else {
                report.add("\(bundle.name): unchanged, \(active.label)", isError: false)
            }
            return bundle.name
        }
        if let candidate = entry.candidate, candidate.version.hash == hash {
            report.add(
                "\(bundle.name): still tried beside the active version, \(candidate.version.label)", isError: false)
            return bundle.name
        }
        do throws(PluginError) {
            let services = administration.services[bundle.name] ?? makeServices(bundle.name)
            administration.services[bundle.name] = services
            let version = try PluginVersion(bundle, limits: configuration.limits, services: services)
            if let missing = version.manifest.needs.missing(from: granted, plugin: bundle.name) {
                throw PluginHost.notGranted(missing)
            }
            let bindings = administration.file.bindings.filter { $0.plugin == bundle.name }
            var bound: [BoundVersion] = []
            for binding in bindings { bound.append(try BoundVersion(version, binding)) }
            entry.rejected = nil
            let runtimes = administration.runtimes.filter { $0.binding.plugin == bundle.name }
            if entry.active == nil || runtimes.isEmpty {
                entry.candidate = nil
                activate(version, bound, &entry, runtimes)
                report.add("\(bundle.name): active, \(version.label)", isError: false)
            } else {
                entry.candidate = (version, bound)
                for runtime in runtimes {
                    guard let bound = bound.first(where: { $0.binding.id == runtime.binding.id }) else { continue }
                    runtime.tryBeside(bound, nowMS: nowMS)
                }
                report.add("\(bundle.name): tried beside the active version, \(version.label)", isError: false)
            }
        } catch {
            reject(bundle.name, hash, error, &entry, &administration, &report)
        }
        return bundle.name
    }

    private func makeServices(_ name: String) -> PluginServices {
        let logger = logger
        return PluginServices(
            plugin: name, connections: connections,
            databasePath: "\(configuration.databaseDirectory)/\(name).sqlite", wallMS: broker.nowMS,
            sink: LogSink { line in
                var metadata: Logger.Metadata = ["plugin": "\(name)"]
                for field in line.fields { metadata[field.name] = "\(field.value)" }
                logger.log(level: line.level.loggerLevel, "\(line.message)", metadata: metadata)
            })
    }

    private static func notGranted(_ missing: String) -> PluginError {
        PluginError(
            .notGranted, "it asks for what it was not granted; to grant it, add to \(OperatorFile.fileName): \(missing)"
        )
    }

    private func reject(
        _ name: String, _ hash: String, _ error: PluginError, _ entry: inout Entry,
        _ administration: inout Administration,
        _ report: inout ReloadReport
    ) {
        entry.rejected = (hash, error)
        entry.candidate = nil
        if entry.active == nil {
            for runtime in administration.runtimes where runtime.binding.plugin == name {
                runtime.deactivate(because: error.message)
            }
        }
        report.add("\(name): rejected: \(error)", isError: true)
        logger.error("a plugin is rejected", metadata: ["plugin": "\(name)", "error": "\(error)"])
    }

    private func activate(
        _ version: PluginVersion, _ bound: [BoundVersion], _ entry: inout Entry, _ runtimes: [any PluginRuntime]
    ) {
        if let active = entry.active { entry.previous = active }
        entry.active = version
        entry.activatedMS = nowMS
        entry.candidate = nil
        for runtime in runtimes {
            guard let bound = bound.first(where: { $0.binding.id == runtime.binding.id }) else { continue }
            runtime.activate(bound)
        }
        logger.info(
            "a plugin is active", metadata: ["plugin": "\(version.manifest.name)", "version": "\(version.label)"])
    }

    private func remove(_ name: String, _ administration: inout Administration) {
        administration.entries[name] = nil
        administration.services[name] = nil
        for runtime in administration.runtimes where runtime.binding.plugin == name {
            runtime.deactivate(because: "its file is gone")
        }
        logger.notice("a plugin is gone", metadata: ["plugin": "\(name)"])
    }

    /// Makes a runtime for each binding of the operator's file that has none, and ends those whose binding is gone.
    private func bindAll(_ administration: inout Administration, _ report: inout ReloadReport) {
        var kept: [any PluginRuntime] = []
        for runtime in administration.runtimes {
            if administration.file.bindings.contains(runtime.binding) {
                kept.append(runtime)
            } else {
                runtime.deactivate(because: "the binding was taken back")
                end(runtime, &administration)
            }
        }
        administration.runtimes = kept
        for binding in administration.file.bindings where !kept.contains(where: { $0.binding == binding }) {
            var active: BoundVersion?
            var absence = "there is no plugin of that name in \(configuration.directory ?? "")"
            let entry = administration.entries[binding.plugin]
            do throws(PluginError) {
                if let version = entry?.active { active = try BoundVersion(version, binding) }
                if let rejected = entry?.rejected, active == nil { absence = rejected.error.message }
            } catch {
                absence = error.message
                logger.error("a binding cannot be", metadata: ["binding": "\(binding.id)", "error": "\(error)"])
            }
            if active == nil { report.add("\(binding.id): not active: \(absence)", isError: true) }
            let runtime = makeRuntime(binding, active: active, absence: absence, &administration)
            administration.runtimes.append(runtime)
        }
        let byTopic = administration.runtimes.compactMap { $0 as? SelectorRuntime }.flatMap { runtime in
            runtime.binding.topics.map { ($0, runtime) }
        }
        selectors.withLock { $0 = Dictionary(byTopic, uniquingKeysWith: { first, _ in first }) }
        let periodicRuntimes = administration.runtimes.compactMap { $0 as? PeriodicRuntime }
        periodic.withLock { $0 = periodicRuntimes }
        let gatesByTopic = administration.runtimes.compactMap { $0 as? DedupRuntime }.flatMap { runtime in
            runtime.binding.topics.map { ($0, TopicDuplicateGate(runtime: runtime, topic: $0)) }
        }
        gates.withLock { $0 = Dictionary(gatesByTopic, uniquingKeysWith: { first, _ in first }) }
    }

    /// Ends a runtime whose binding is gone; the last handler of a plugin takes its thread with it.
    private func end(_ runtime: any PluginRuntime, _ administration: inout Administration) {
        let plugin = runtime.binding.plugin
        let isLast = !administration.file.bindings.contains {
            $0.plugin == plugin && !$0.point.isDisjoint(with: .transaction)
        }
        if let runtime = runtime as? HandlerRuntime {
            // At once: the binding may be back with the next line.
            runtime.worker?.remove(runtime)
            guard isLast, let worker = administration.workers.removeValue(forKey: plugin) else { return }
            administration.endingWorkers[plugin] = worker
            Task { await worker.stop() }
        } else {
            Task { await runtime.stop() }
        }
    }

    private func makeRuntime(
        _ binding: Binding, active: BoundVersion?, absence: String, _ administration: inout Administration
    ) -> any PluginRuntime {
        if binding.point == .every || binding.point == .health {
            return PeriodicRuntime(
                binding, active: active, logger: logger, loop: periodicGroup.next(), nowNS: nowNS)
        }
        if binding.point == .dedup {
            return DedupRuntime(
                binding, active: active, absence: absence,
                .init(
                    broker: broker, directory: configuration.databaseDirectory, logger: logger, nowNS: nowNS,
                    wallMS: broker.nowMS))
        }
        guard binding.isHandler else {
            return SelectorRuntime(binding, active: active, absence: absence, nowNS: nowNS)
        }
        let worker =
            administration.workers[binding.plugin]
            ?? HandlerWorker(
                plugin: binding.plugin,
                .init(
                    broker: broker, groups: groups, directory: configuration.databaseDirectory, logger: logger,
                    nowNS: nowNS, wallMS: broker.nowMS), after: administration.endingWorkers[binding.plugin])
        administration.workers[binding.plugin] = worker
        let runtime = HandlerRuntime(binding, active: active, absence: absence, worker: worker)
        worker.add(runtime)
        return runtime
    }

    // MARK: What time brings

    /// Ends trials that have lasted, takes back versions that fail, looks for files that changed. To be called some times
    /// a second.
    public func advance() {
        let nowMS = nowMS
        administration.withLock { administration in
            guard !administration.isStopped else { return }
            for name in administration.entries.keys {
                endTrial(of: name, &administration, nowMS)
                endProbation(of: name, &administration, nowMS)
            }
        }
        for runtime in administration.withLock({ $0.runtimes }) { (runtime as? DedupRuntime)?.writeRows() }
        guard configuration.watchesFiles, let directory = configuration.directory else { return }
        let times = PluginHost.modificationTimes(directory)
        if administration.withLock({ $0.seenFiles != times }) { reload() }
    }

    private func endTrial(of name: String, _ administration: inout Administration, _ nowMS: Int64) {
        guard var entry = administration.entries[name], let candidate = entry.candidate else { return }
        let runtimes = administration.runtimes.filter { $0.binding.plugin == name }
        let outcomes = runtimes.compactMap(\.trialOutcome)
        var report = ReloadReport()
        if let objection = outcomes.lazy.compactMap(\.objection).first {
            reject(
                name, candidate.version.hash, PluginError(.shadow, objection), &entry, &administration, &report)
            for runtime in runtimes { runtime.endTrial() }
        } else if outcomes.allSatisfy({
            $0.callCount >= configuration.shadowCallCount || nowMS >= $0.startMS + configuration.shadowMS
        }) {
            activate(candidate.version, candidate.bound, &entry, runtimes)
        }
        administration.entries[name] = entry
    }

    private func endProbation(of name: String, _ administration: inout Administration, _ nowMS: Int64) {
        guard let entry = administration.entries[name], entry.previous != nil, let active = entry.active,
            nowMS < entry.activatedMS + configuration.probationMS
        else { return }
        let limits = Breaker.Settings()
        for runtime in administration.runtimes where runtime.binding.plugin == name {
            let figures = runtime.figures
            guard figures.callCount >= limits.callCountMin,
                Double(figures.errorCount) > limits.errorRate * Double(figures.callCount)
            else { continue }
            let reason =
                "\(figures.errorCount) of \(figures.callCount) calls failed after its activation: \(figures.lastError ?? "")"
            do throws(PluginError) {
                try rollBack(name, &administration)
                administration.entries[name]?.rejected = (active.hash, PluginError(.shadow, reason))
            } catch {
                logger.error(
                    "a plugin that fails cannot be rolled back", metadata: ["plugin": "\(name)", "error": "\(error)"])
            }
            return
        }
    }

    private static func modificationTimes(_ directory: String) -> [String: Date] {
        var times: [String: Date] = [:]
        guard let files = FileManager.default.enumerator(atPath: directory) else { return times }
        for case let file as String in files where file.hasSuffix(".lua") {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(directory)/\(file)")
            times[file] = attributes?[.modificationDate] as? Date
        }
        return times
    }

    /// Goes back to the version before the active one.
    public func rollBack(_ name: String) throws(PluginError) {
        try administration.withLock { administration throws(PluginError) in
            try rollBack(name, &administration)
        }
    }

    private func rollBack(_ name: String, _ administration: inout Administration) throws(PluginError) {
        guard var entry = administration.entries[name] else {
            throw PluginError(.binding, "there is no plugin '\(name)'")
        }
        guard let previous = entry.previous else {
            throw PluginError(.binding, "'\(name)' has no version before this one to go back to")
        }
        var bound: [BoundVersion] = []
        for binding in administration.file.bindings where binding.plugin == name {
            bound.append(try BoundVersion(previous, binding))
        }
        let left = entry.active
        activate(previous, bound, &entry, administration.runtimes.filter { $0.binding.plugin == name })
        entry.previous = nil
        if let left { entry.rejected = (left.hash, PluginError(.shadow, "rolled back to \(previous.label)")) }
        administration.entries[name] = entry
    }

    // MARK: Looking

    /// All plugins, by name.
    public var statuses: [PluginStatus] {
        administration.withLock { administration in
            administration.entries.keys.sorted().compactMap { name in
                administration.entries[name].map { status(name, $0, administration) }
            }
        }
    }

    private func status(_ name: String, _ entry: Entry, _ administration: Administration) -> PluginStatus {
        let version = entry.active ?? entry.candidate?.version
        let runtimes = administration.runtimes.filter { $0.binding.plugin == name }
        let state: PluginStatus.State =
            entry.candidate != nil
            ? .trial : entry.active != nil ? (runtimes.isEmpty ? .unbound : .active) : .rejected
        return PluginStatus(
            name: name, path: entry.path, state: state, version: version?.manifest.version, hash: version?.shortHash,
            about: version?.manifest.about ?? "", needs: version?.manifest.needs.names ?? [],
            config: version?.manifest.config ?? ConfigSchema(),
            candidateVersion: entry.candidate?.version.manifest.version,
            previousVersion: entry.previous?.manifest.version,
            rejection: entry.rejected.map { "\($0.error)" },
            bindings: runtimes.map { PluginStatus.Binding(binding: $0.binding, figures: $0.figures) })
    }

    /// The metrics that plugins keep themselves.
    public var metrics: [MetricFamily] {
        administration.withLock { $0.services.values.map(\.metrics) }.flatMap { $0.snapshot() }
    }

    /// Plugins whose `health` says that they are not well, and why.
    public var complaints: [String: String] {
        // Not with the lock of administration, which is held for as long as plugins take to load.
        let pairs = periodic.withLock { $0 }.compactMap { runtime in
            runtime.complaint.map { (runtime.binding.plugin, $0) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// Why the operator's file is not in force; nil if it is, or there is none.
    public var operatorFileProblem: PluginError? { administration.withLock { $0.fileProblem } }

    /// Has the next calls of a plugin shown to a tap. Throws if it is bound nowhere.
    public func tap(_ name: String, _ tap: Tap) throws(PluginError) {
        try administration.withLock { administration throws(PluginError) in
            let runtimes = administration.runtimes.filter { $0.binding.plugin == name }
            guard !runtimes.isEmpty else {
                throw PluginError(.binding, "'\(name)' is bound to no topic, so nothing calls it")
            }
            for runtime in runtimes { runtime.add(tap) }
        }
    }

    /// Ends everything that runs by itself.
    public func stop() async {
        let (runtimes, workers) = administration.withLock { administration in
            administration.isStopped = true
            defer { administration.runtimes = [] }
            return (administration.runtimes, Array(administration.workers.values))
        }
        for runtime in runtimes { await runtime.stop() }
        for worker in workers { await worker.stop() }
        await connections.shutdown()
        try? await periodicGroup.shutdownGracefully()
    }
}

extension PluginHost.ReloadReport {
    mutating func add(_ line: String, isError: Bool) {
        lines.append(line)
        if isError { hasErrors = true }
    }
}

extension PluginVersion {
    var shortHash: String { String(hash.prefix(12)) }
    /// "1.2.0 (3f2b8c1e7a54)"
    var label: String { "\(manifest.version) (\(shortHash))" }
}

extension LogLevel {
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}
