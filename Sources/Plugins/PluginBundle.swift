import Crypto
import Foundation

/// A plugin's text as it was read: one file, or a directory with `init.lua` and its modules.
public struct PluginBundle: Sendable, Equatable {
    /// Of the file or directory, without `.lua`; the manifest has to say the same.
    public var name: String
    /// Where it was read from, as people write it.
    public var path: String
    /// Texts by path within the plugin: "init.lua", "lib/prices.lua".
    public var files: [String: String]

    public static let mainFile = "init.lua"
    /// Of one file.
    public static let fileBytesMax = 1 << 20
    public static let fileCountMax = 256

    public init(name: String, path: String, files: [String: String]) {
        self.name = name
        self.path = path
        self.files = files
    }

    /// SHA-256 over names and texts in order, in hexadecimal: two bundles of one hash are the same plugin.
    public var hash: String {
        var hasher = SHA256()
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            // Lengths first, so that no two bundles come to the same bytes.
            hasher.update(data: Data("\(name.utf8.count) \(text.utf8.count)\n".utf8))
            hasher.update(data: Data(name.utf8))
            hasher.update(data: Data(text.utf8))
        }
        return hasher.finalize().map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// What errors call a file of it: the path as the author knows it.
    func chunkName(of file: String) -> String { isDirectory ? "\(path)/\(file)" : path }

    private var isDirectory: Bool { !path.hasSuffix(".lua") }

    // MARK: Reading

    /// Reads a plugin from its file or directory; blocks.
    public static func read(_ path: String) throws(PluginError) -> PluginBundle {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        // `init.lua` stands for its directory.
        if trimmed.hasSuffix("/" + mainFile) { trimmed = String(trimmed.dropLast(mainFile.count + 1)) }
        let url = URL(filePath: trimmed)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: trimmed, isDirectory: &isDirectory) else {
            throw PluginError(.unreadable, "there is no file or directory '\(path)'")
        }
        guard isDirectory.boolValue else {
            guard trimmed.hasSuffix(".lua") else {
                throw PluginError(.unreadable, "'\(path)' is no Lua file: its name has to end in .lua")
            }
            let name = url.deletingPathExtension().lastPathComponent
            return PluginBundle(name: name, path: trimmed, files: [mainFile: try text(of: trimmed)])
        }
        var files: [String: String] = [:]
        try collect(trimmed, within: "", into: &files, depth: 0)
        guard files[mainFile] != nil else {
            throw PluginError(
                .unreadable, "'\(path)' has no \(mainFile): a plugin is one .lua file, or a directory with it")
        }
        return PluginBundle(name: url.lastPathComponent, path: trimmed, files: files)
    }

    /// The plugins under a directory, by name; tests and fixtures of theirs are not part of them.
    public static func paths(in directory: String) throws(PluginError) -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw PluginError(.unreadable, "the directory of plugins '\(directory)' cannot be read")
        }
        return names.sorted().filter { !$0.hasPrefix(".") && $0 != OperatorFile.fileName }.map { "\(directory)/\($0)" }
            .filter { $0.hasSuffix(".lua") || FileManager.default.fileExists(atPath: "\($0)/\(mainFile)") }
    }

    private static let depthMax = 8
    private static let notPartOfIt: Set<String> = ["test", "fixtures"]

    private static func collect(_ root: String, within: String, into files: inout [String: String], depth: Int)
        throws(PluginError)
    {
        let directory = within.isEmpty ? root : "\(root)/\(within)"
        guard depth < depthMax else {
            throw PluginError(.unreadable, "'\(directory)' is nested deeper than \(depthMax) directories")
        }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw PluginError(.unreadable, "'\(directory)' cannot be read")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let relative = within.isEmpty ? name : "\(within)/\(name)"
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(relative)", isDirectory: &isDirectory) else {
                continue
            }
            if isDirectory.boolValue {
                if !(within.isEmpty && notPartOfIt.contains(name)) {
                    try collect(root, within: relative, into: &files, depth: depth + 1)
                }
            } else if name.hasSuffix(".lua") {
                guard files.count < fileCountMax else {
                    throw PluginError(.unreadable, "'\(root)' has more than \(fileCountMax) files")
                }
                files[relative] = try text(of: "\(root)/\(relative)")
            }
        }
    }

    private static func text(of path: String) throws(PluginError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PluginError(.unreadable, "'\(path)' cannot be read")
        }
        guard data.count <= fileBytesMax else {
            throw PluginError(.unreadable, "'\(path)' has \(data.count) bytes, the limit is \(fileBytesMax)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw PluginError(.unreadable, "'\(path)' is not UTF-8 text")
        }
        return text
    }
}
