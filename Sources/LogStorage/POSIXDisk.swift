import CPlatform
import Glibc
import Synchronization

/// The real file system. Directories get mode 0700, files 0600, before the process's umask.
public final class POSIXDisk: Disk {
    /// By device number. Never dropped: the kernel reports write-back errors only to those who were there.
    private let volumes = Mutex<[UInt64: POSIXVolume]>([:])

    public init() {}

    public func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0)
        let descriptor = try retrying("open", path) { Glibc.open(path, flags, 0o600) }
        return POSIXFile(descriptor: descriptor, path: path)
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else {
            throw DiskError(operation: "opendir", path: directory, code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let code = errno
                guard code == 0 else { throw DiskError(operation: "readdir", path: directory, code: code) }
                return names
            }
            // The name's array is declared longer than an entry near the end of its block may be: read it in place.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = String(cString: start)
            if name != ".", name != ".." { names.append(name) }
        }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        if mkdir(path, 0o700) == 0 { return }
        let code = errno
        switch code {
        case EEXIST:
            guard isDirectory(path) else { throw DiskError(operation: "mkdir", path: path, code: ENOTDIR) }
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                throw DiskError(operation: "mkdir", path: path, code: code)
            }
            try createDirectory(String(path[..<slash]))
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw DiskError(operation: "mkdir", path: path, code: errno)
            }
        default: throw DiskError(operation: "mkdir", path: path, code: code)
        }
    }

    public func removeFile(_ path: String) throws(DiskError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw DiskError(operation: "unlink", path: path, code: errno)
        }
    }

    /// Symbolic links are removed, not followed.
    public func removeTree(_ path: String) throws(DiskError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            let code = errno
            if code == ENOENT { return }
            throw DiskError(operation: "lstat", path: path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try removeFile(path) }
        for name in try list(path) { try removeTree(path + "/" + name) }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw DiskError(operation: "rmdir", path: path, code: errno)
        }
    }

    public func rename(_ source: String, to target: String) throws(DiskError) {
        guard Glibc.rename(source, target) == 0 else {
            throw DiskError(operation: "rename", path: source, code: errno)
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try retrying("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        // Not repeated on failure: after an error the kernel forgets what it failed to write.
        guard fsync(descriptor) == 0 else { throw DiskError(operation: "fsync", path: path, code: errno) }
    }

    public func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    public func volume(of directory: String) throws(DiskError) -> any DiskVolume {
        var status = stat()
        guard stat(directory, &status) == 0 else {
            throw DiskError(operation: "stat", path: directory, code: errno)
        }
        let device = UInt64(status.st_dev)
        return try volumes.withLock { volumes throws(DiskError) in
            if let volume = volumes[device] { return volume }
            let descriptor = try retrying("open", directory) {
                Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            }
            let volume = POSIXVolume(descriptor: descriptor, path: directory)
            volumes[device] = volume
            return volume
        }
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// A mounted file system, held by one of its directories.
final class POSIXVolume: DiskVolume {
    private let descriptor: CInt
    private let path: String

    init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func sync() throws(DiskError) {
        let code = -cplatform_syncfs(descriptor)
        guard code == 0 else { throw DiskError(operation: "syncfs", path: path, code: code) }
    }
}

/// An open file of the real file system; closed when the object goes.
final class POSIXFile: DiskFile {
    private let fileDescriptor: CInt
    private let path: String

    init(descriptor: CInt, path: String) {
        fileDescriptor = descriptor
        self.path = path
    }

    // Errors of close say nothing that `sync` has not said before, and there is nobody left to tell.
    deinit { close(fileDescriptor) }

    var descriptor: CInt? { fileDescriptor }

    func size() throws(DiskError) -> Int {
        var status = stat()
        guard fstat(fileDescriptor, &status) == 0 else {
            throw DiskError(operation: "fstat", path: path, code: errno)
        }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(DiskError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try retrying("read", path) {
                pread(fileDescriptor, rest.baseAddress, rest.count, position + filled)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(DiskError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = try retrying("write", path) {
                pwrite(fileDescriptor, rest.baseAddress, rest.count, position + written)
            }
            // POSIX allows no progress without an error; repeating that would not end.
            guard count > 0 else { throw DiskError(operation: "write", path: path, code: EIO) }
            written += count
        }
    }

    func truncate(to size: Int) throws(DiskError) {
        _ = try retrying("ftruncate", path) { ftruncate(fileDescriptor, size) }
    }

    /// A file system that cannot reserve is no error: the space then shows its end at a write.
    func reserve(_ size: Int) throws(DiskError) {
        guard size > 0 else { return }
        let code = -cplatform_fallocate_keep_size(fileDescriptor, 0, size)
        guard code == 0 || code == EOPNOTSUPP || code == ENOSYS else {
            throw DiskError(operation: "fallocate", path: path, code: code)
        }
    }

    func sync() throws(DiskError) {
        let code = -cplatform_fdatasync(fileDescriptor)
        guard code == 0 else { throw DiskError(operation: "fdatasync", path: path, code: code) }
    }
}

/// Repeats a call that a signal interrupted; -1 with any other `errno` is thrown.
private func retrying<Count: FixedWidthInteger>(
    _ operation: String, _ path: String, _ call: () -> Count
) throws(DiskError) -> Count {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        guard code == EINTR else { throw DiskError(operation: operation, path: path, code: code) }
    }
}
