import BrokerEngine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Plugins

extension AdminService {
    /// `/v1/plugins`: what there is and how it does. `/v1/plugins/reload`: reads the files anew. Of one plugin: `rollback`
    /// goes back to the version before, `calls` shows the next calls as they happen.
    func addPluginRoutes(to router: Router<AdminRequestContext>) {
        router.get("/v1/plugins") { request, _ in
            _ = try QueryParameters(request.uri.query, known: [])
            return try await self.deciding { try Response.json(PluginsAnswer(self.plugins)) }
        }
        router.post("/v1/plugins/reload") { request, _ in
            _ = try QueryParameters(request.uri.query, known: [])
            return try await self.deciding { try Response.json(ReloadAnswer(self.plugins.reload())) }
        }
        router.post("/v1/plugins/:plugin/rollback") { request, context in
            _ = try QueryParameters(request.uri.query, known: [])
            let name = try self.pathParameter("plugin", in: context)
            return try await self.deciding {
                do throws(PluginError) { try self.plugins.rollBack(name) } catch {
                    throw AdminError(.conflict, "no_rollback", error.message)
                }
                return try Response.json(PluginsAnswer(self.plugins, only: name))
            }
        }
        router.get("/v1/plugins/:plugin/calls") { request, context in
            let query = try QueryParameters(request.uri.query, known: ["limit", "wait-ms"])
            let name = try self.pathParameter("plugin", in: context)
            let countMax = try query.integer("limit", in: 1...AdminService.tappedCallCountMax) ?? 10
            let waitMS = try query.integer("wait-ms", in: 0...self.configuration.readWaitMSMax) ?? 0
            let calls = try await self.tap(name, countMax: countMax, waitMS: waitMS)
            return try Response.json(TapAnswer(calls: calls))
        }
    }

    private static let tappedCallCountMax = 1_000
    private static let tapLookInterval = TimeAmount.milliseconds(50)

    /// The next calls of a plugin, until there are enough of them or the time is over.
    private func tap(_ name: String, countMax: Int, waitMS: Int64) async throws -> [Tap.Call] {
        let tap = Tap(countMax: countMax)
        do throws(PluginError) { try plugins.tap(name, tap) } catch {
            throw AdminError(.notFound, "unknown_plugin", error.message)
        }
        let deadline = NIODeadline.now() + .milliseconds(waitMS)
        while !tap.isFull, NIODeadline.now() < deadline {
            try await eventLoopGroup.next().scheduleTask(in: AdminService.tapLookInterval) {}.futureResult.get()
        }
        tap.close()
        return tap.taken
    }
}

private struct PluginsAnswer: Encodable {
    struct Entry: Encodable {
        struct Binding: Encodable {
            var binding: String
            var point: String
            var topics: [String]
            var group: String?
            var calls: Int
            var errors: Int
            var timeouts: Int
            var skipped: Int
            var duplicates: Int
            var retries: Int
            var dead: Int
            var totalNS: Int64
            var meanNS: Int64
            var greatestNS: Int64
            var lastError: String?
        }

        struct Setting: Encodable {
            var type: String
            var about: String
        }

        var name: String
        var state: String
        var version: String?
        var hash: String?
        var candidateVersion: String?
        var previousVersion: String?
        var about: String
        var path: String
        var needs: [String]
        var config: [String: Setting]
        var rejection: String?
        var complaint: String?
        var bindings: [Binding]
    }

    var plugins: [Entry]
    /// Why `bindings.lua` is not in force.
    var bindingsError: String?

    init(_ host: PluginHost, only name: String? = nil) {
        let complaints = host.complaints
        bindingsError = host.operatorFileProblem.map { "\($0)" }
        plugins = host.statuses.filter { name == nil || $0.name == name }.map { status in
            Entry(
                name: status.name, state: status.state.rawValue, version: status.version, hash: status.hash,
                candidateVersion: status.candidateVersion, previousVersion: status.previousVersion, about: status.about,
                path: status.path, needs: status.needs,
                config: status.config.fields.mapValues { Entry.Setting(type: $0.type.text, about: $0.about) },
                rejection: status.rejection, complaint: complaints[status.name],
                bindings: status.bindings.map { bound in
                    let figures = bound.figures
                    return Entry.Binding(
                        binding: bound.binding.id, point: bound.binding.pointName, topics: bound.binding.topics,
                        group: bound.binding.isHandler ? bound.binding.group : nil, calls: figures.callCount,
                        errors: figures.errorCount, timeouts: figures.timeoutCount, skipped: figures.skippedCount,
                        duplicates: figures.duplicateCount, retries: figures.retryCount, dead: figures.deadCount,
                        totalNS: figures.totalNS, meanNS: figures.meanNS, greatestNS: figures.greatestNS,
                        lastError: figures.lastError)
                })
        }
    }
}

private struct ReloadAnswer: Encodable {
    var lines: [String]
    var hasErrors: Bool

    init(_ report: PluginHost.ReloadReport) {
        lines = report.lines
        hasErrors = report.hasErrors
    }
}

private struct TapAnswer: Encodable {
    struct Call: Encodable {
        var topic: String
        var key: JSONBytes
        var sizeBytes: Int
        var partition: Int64?
        var offset: Int64?
        var answer: String
    }

    var calls: [Call]

    init(calls: [Tap.Call]) {
        self.calls = calls.map {
            Call(
                topic: $0.topic, key: JSONBytes(bytes: $0.key), sizeBytes: $0.sizeBytes, partition: $0.partition,
                offset: $0.offset, answer: $0.answer)
        }
    }
}
