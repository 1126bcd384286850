import Foundation
import LuaRuntime

/// What a plugin would be to a server, found out without one.
public struct PluginCheck: Sendable {
    public var path: String
    public var manifest: PluginManifest?
    /// With file, line and excerpt, as far as they have them.
    public var problems: [String] = []

    public var pointNames: [String] {
        guard let manifest else { return [] }
        return Point.names.filter { manifest.points.contains($0.point) }.map(\.name)
    }

    /// Checks a plugin, or all plugins of a directory with their bindings. Blocks.
    public static func run(_ path: String, environment: @escaping @Sendable (String) -> String?) -> [PluginCheck] {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        guard exists, isDirectory.boolValue,
            !FileManager.default.fileExists(atPath: "\(path)/\(PluginBundle.mainFile)")
        else { return [check(path)] }
        let paths: [String]
        do throws(PluginError) { paths = try PluginBundle.paths(in: path) } catch {
            return [PluginCheck(path: path, problems: ["\(error)"])]
        }
        var checks = paths.map { check($0) }
        if let file = checkOperatorFile("\(path)/\(OperatorFile.fileName)", checks, environment) { checks.append(file) }
        if checks.isEmpty { checks = [PluginCheck(path: path, problems: ["there are no plugins in it"])] }
        return checks
    }

    private static func check(_ path: String) -> PluginCheck {
        var check = PluginCheck(path: path)
        do throws(PluginError) {
            let bundle = try PluginBundle.read(path)
            check.manifest = try PluginState(bundle, isPure: true).manifest
            // Modules that nothing has asked for yet are compiled too.
            for (file, text) in bundle.files.sorted(by: { $0.key < $1.key }) where file != PluginBundle.mainFile {
                try compile(text, name: bundle.chunkName(of: file))
            }
            for (file, text) in bundle.files.sorted(by: { $0.key < $1.key }) {
                check.problems +=
                    SourceFindings(
                        text, file: bundle.chunkName(of: file), points: check.manifest?.points ?? [],
                        registry: PluginRegistry.shared
                    ).problems
            }
        } catch {
            check.problems.append("\(error)")
        }
        return check
    }

    private static func compile(_ text: String, name: String) throws(PluginError) {
        let vm: LuaVM
        do throws(LuaError) { vm = try LuaVM(registry: PluginRegistry.shared) } catch {
            throw PluginError(.script, "\(error)")
        }
        do throws(LuaError) { _ = try vm.load(text, name: name) } catch { throw PluginError(error, in: vm) }
    }

    /// Nil if there is no such file.
    private static func checkOperatorFile(
        _ path: String, _ plugins: [PluginCheck], _ environment: @escaping @Sendable (String) -> String?
    ) -> PluginCheck? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        var check = PluginCheck(path: path)
        do throws(PluginError) {
            let file = try OperatorFile(
                text: String(decoding: data, as: UTF8.self), path: path, environment: environment)
            for binding in file.bindings {
                guard let plugin = plugins.first(where: { $0.manifest?.name == binding.plugin }) else {
                    check.problems.append("'\(binding.id)': there is no plugin '\(binding.plugin)' here")
                    continue
                }
                do throws(PluginError) {
                    let version = try PluginVersion(PluginBundle.read(plugin.path), limits: PluginLimits())
                    _ = try BoundVersion(version, binding)
                    let granted = file.grants[binding.plugin] ?? Capabilities()
                    if let missing = version.manifest.needs.missing(from: granted, plugin: binding.plugin) {
                        check.problems.append(
                            "'\(binding.plugin)' asks for what it is not granted; to grant it, add: \(missing)")
                    }
                } catch {
                    check.problems.append("'\(binding.id)': \(error)")
                }
            }
        } catch {
            check.problems.append("\(error)")
        }
        return check
    }
}
