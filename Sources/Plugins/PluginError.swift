import LuaRuntime

/// Why a plugin, a binding or the operator's file cannot be used.
public struct PluginError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The files cannot be read.
        case unreadable
        /// The text is not Lua, or running it failed.
        case script
        /// The manifest is not what it has to be.
        case manifest
        /// The configuration of a binding does not fit the plugin's.
        case configuration
        /// It asks for what it was not granted.
        case notGranted
        /// A binding that cannot be.
        case binding
        /// It was tried beside the active version and did worse.
        case shadow
    }

    public var code: Code
    public var message: String
    /// The line of the text at which it happened.
    public var sourceLine: String?
    public var traceback: [String] = []

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: LuaError, in vm: LuaVM) {
        code = .script
        message = "\(error)"
        if let place = error.place, let line = vm.sourceLine(of: error) { sourceLine = "\(place.line) | \(line)" }
        traceback = error.traceback.filter { !$0.hasPrefix("\(PluginPrelude.chunkName):") }
    }

    public var description: String {
        var text = message
        if let sourceLine { text += "\n  \(sourceLine)" }
        for frame in traceback { text += "\n  \(frame)" }
        return text
    }
}
