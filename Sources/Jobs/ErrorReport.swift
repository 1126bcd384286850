import LuaRuntime

/// An error of a script, as it is shown: where, the line itself, how it came to that.
struct ErrorReport {
    private let error: LuaError
    private let source: String?

    init(_ error: LuaError, source: String?) {
        self.error = error
        self.source = source
    }

    var text: String {
        var text = "Error: \(error)"
        if let place = error.place, let source {
            text += "\n  \(place.line) | \(source)"
        }
        for frame in error.traceback where !frame.hasPrefix("\(JobPrelude.chunkName):") { text += "\n  \(frame)" }
        return text
    }

    static func status(of error: LuaError) -> Int32 {
        guard case .fields(let fields) = error.details else { return JobStatus.scriptError }
        return fields["code"]?.text == "UNREACHABLE" ? JobStatus.unreachable : JobStatus.scriptError
    }
}
