import Foundation
import Glibc
import LuaRuntime

/// `platform.fs`: files. Scripts are trusted jobs; plugins do not have it.
enum FileModule {
    static let module = HostModule(
        "fs", about: "Files. Paths are relative to the directory that `platform run` was started in.",
        [
            HostFunction(
                "fs.open", [.required("path", .string, "`-` is stdin")], returns: [.value(.object("File"))],
                at: .script,
                about: "Opens a file for reading. Raises if that cannot be.",
                example: "local file <close> = platform.fs.open(args.file)"
            ) { call in
                call.vm.push(try ScriptFile(reading: call.string(1)), class: "File", on: call.stack)
                return .pushed(1)
            },
            HostFunction(
                "File:read", [.optional("bytes", .integer, "at most so many; 256 KiB without it")],
                returns: [.value(.string, "nil at the end")], at: .script, about: "The next bytes."
            ) { call in
                let count = call.optionalInteger(2) ?? 262_144
                guard (1...(64 << 20)).contains(count) else {
                    throw LuaError(.argument, "\(count) bytes at once; at most 67108864 can be read")
                }
                let isAtEnd = try call.object(1, as: ScriptFile.self).read(Int(count)) { bytes in
                    if bytes.count > 0 { call.stack.push(bytes) }
                    return bytes.count == 0
                }
                if isAtEnd { call.stack.pushNil() }
                return .pushed(1)
            },
            HostFunction(
                "File:size", returns: [.value(.integer, "bytes; nil of a pipe")], at: .script, about: "The file's size."
            ) { call in
                guard let size = try call.object(1, as: ScriptFile.self).size else { return call.answer(.none) }
                return call.answer(.integer(size))
            },
            HostFunction("File:close", [.optional("reason", .any)], at: .script, about: "Closes it.") { call in
                try call.object(1, as: ScriptFile.self).close()
                return .nothing
            },
            HostFunction(
                "fs.read", [.required("path", .string)], returns: [.value(.string), .value(.string)], at: .script,
                about: "The whole file, or nil and why not."
            ) { call in
                let path = call.string(1)
                do {
                    let data = try Data(contentsOf: URL(filePath: path))
                    return call.answer(.bytes([UInt8](data)))
                } catch {
                    return call.failure("\(path): \(ScriptFile.reason(error))")
                }
            },
            HostFunction(
                "fs.write", [.required("path", .string), .required("text", .string)], at: .script,
                about: """
                    Puts a file in the place of what was there, at once and durably: after a crash it is either the old \
                    one or the new one. Directories above it are made.
                    """
            ) { call in
                try ScriptFile.replace(call.string(1), with: call.bytes(2))
                return .nothing
            },
            HostFunction(
                "fs.append", [.required("path", .string), .required("text", .string)], at: .script,
                about: "Adds to the end of a file, which is made if it is not there."
            ) { call in
                let path = call.string(1)
                let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
                guard descriptor >= 0 else { throw ScriptFile.failure(path) }
                defer { Glibc.close(descriptor) }
                try ScriptFile.write(call.bytes(2), to: descriptor, path: path)
                return .nothing
            },
            HostFunction(
                "fs.exists", [.required("path", .string)], returns: [.value(.boolean)], at: .script,
                about: "Whether there is something of that name."
            ) { call in call.answer(.boolean(access(call.string(1), F_OK) == 0)) },
            HostFunction(
                "fs.remove", [.required("path", .string)], at: .script, about: "Removes a file, if it is there."
            ) { call in
                let path = call.string(1)
                guard unlink(path) == 0 || errno == ENOENT else { throw ScriptFile.failure(path) }
                return .nothing
            },
            HostFunction(
                "fs.list", [.required("path", .string)], returns: [.value(.table("string[]"))], at: .script,
                about: "The names in a directory, sorted."
            ) { call in
                let path = call.string(1)
                do {
                    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
                    return call.answer(.array(names.map { .string($0) }))
                } catch {
                    throw LuaError(.host, "\(path): \(ScriptFile.reason(error))")
                }
            },
        ])
}

/// A file that a script reads.
final class ScriptFile {
    private var descriptor: Int32
    private let path: String
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)

    init(reading path: String) throws(LuaError) {
        self.path = path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        // An initializer that throws with everything initialized runs deinit.
        guard descriptor >= 0 else { throw ScriptFile.failure(path) }
    }

    deinit {
        close()
        buffer.deallocate()
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Bytes; nil of what is no file.
    var size: Int64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Gives the next bytes, none at the end, to a closure.
    func read<Result>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Result) throws(LuaError) -> Result {
        if count > buffer.count {
            buffer.deallocate()
            buffer = .allocate(byteCount: count, alignment: 16)
        }
        guard descriptor >= 0 else { throw LuaError(.argument, "\(path) is closed") }
        while true {
            let result = Glibc.read(descriptor, buffer.baseAddress, count)
            if result >= 0 { return body(UnsafeRawBufferPointer(rebasing: buffer[..<result])) }
            guard errno == EINTR else { throw ScriptFile.failure(path) }
        }
    }

    // MARK: Writing

    static func replace(_ path: String, with bytes: [UInt8]) throws(LuaError) {
        let directory = URL(filePath: path).deletingLastPathComponent().path()
        do { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) } catch {
            throw LuaError(.host, "\(directory): \(reason(error))")
        }
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(temporary) }
        defer { _ = Glibc.close(descriptor) }
        try write(bytes, to: descriptor, path: temporary)
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure(path) }
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw failure(directory) }
        defer { _ = Glibc.close(parent) }
        guard fsync(parent) == 0 else { throw failure(directory) }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(LuaError) {
        var done = 0
        while done < bytes.count {
            let result = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if result < 0, errno != EINTR { throw failure(path) }
            done += max(0, result)
        }
    }

    static func failure(_ path: String) -> LuaError {
        LuaError(.host, "\(path): \(String(cString: strerror(errno)).lowercased())")
    }

    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? (error as NSError)
        return underlying.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(underlying.code))).lowercased() : error.localizedDescription
    }
}
