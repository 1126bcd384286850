import Foundation
public import LogStorage
import LuaLibraries
import LuaRuntime

/// What a plugin decides of records, found out without a server: handlers run on a database in memory. On the main actor
/// alone.
public final class PluginReplay {
    public struct Input: Sendable {
        public var topic: String
        public var partition: Int32
        public var offset: Int64
        public var record: Record

        public init(topic: String, partition: Int32, offset: Int64, record: Record) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
            self.record = record
        }
    }

    private let plugin: PluginUnderTest
    private let manifest: PluginManifest

    /// With the defaults of its settings.
    public init(_ bundle: PluginBundle) throws {
        let services = PluginServices(
            plugin: bundle.name, connections: HTTPClientHolder(), databasePath: ":memory:",
            wallMS: { Int64(Date().timeIntervalSince1970 * 1000) }, sink: LogSink { _ in })
        let version = try PluginVersion(bundle, limits: PluginLimits(), services: services)
        manifest = version.manifest
        plugin = try PluginUnderTest(version, config: .none)
    }

    /// By point: the partition, the key, the verdict; or the error.
    @MainActor public func decide(_ input: Input, partitionCount: Int32) async -> [String: String] {
        let message = HandlerInput(
            topic: input.topic, topicID: "replay", partition: input.partition, offset: input.offset,
            record: input.record)
        var decisions: [String: String] = [:]
        if manifest.points.contains(.select) {
            decisions["select"] = PluginReplay.text {
                let partition = try plugin.select(message, count: partitionCount)
                return partition == .none ? "nil" : partition.shown
            }
        }
        if manifest.points.contains(.dedup) {
            decisions["dedup"] = PluginReplay.text {
                try plugin.dedup(message).map { String(decoding: $0.key, as: UTF8.self) } ?? "nil"
            }
        }
        if !manifest.points.isDisjoint(with: .transaction) {
            do {
                guard case .fields(let result) = try await plugin.handle(message) else { return decisions }
                let isDuplicate = result["duplicate"] == .boolean(true)
                let reason = result["reason"]?.text.map { ": \($0)" } ?? ""
                decisions["handle"] = isDuplicate ? "duplicate" : (result["verdict"]?.text ?? "nil") + reason
            } catch {
                decisions["handle"] = "error: \(error)"
            }
        }
        return decisions
    }

    private static func text(_ body: () throws -> String) -> String {
        do { return try body() } catch { return "error: \(error)" }
    }
}
