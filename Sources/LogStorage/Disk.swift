/// What the log asks of a file system: the seam behind which tests put a disk that crashes, tears, fills and rots.
///
/// Paths are absolute or relative to the process; they are only ever joined with "/". All calls block.
/// Guarantee wanted of an implementation: bytes written are durable once `DiskFile.sync` has returned on that file,
/// and a created, renamed or removed name is durable once `syncDirectory` has returned on its directory.
public protocol Disk: AnyObject, Sendable {
    /// Opens a file for reading and writing; creates it, empty, if it is absent and `creating` is true.
    func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile
    /// Names in a directory, unsorted, without "." and "..".
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Creates a directory and its missing parents; no error if it is there.
    func createDirectory(_ path: String) throws(DiskError)
    /// Removes a file; no error if it is absent.
    func removeFile(_ path: String) throws(DiskError)
    /// Removes a directory with all it holds; no error if it is absent.
    func removeTree(_ path: String) throws(DiskError)
    /// Renames a file or directory, replacing a file of the new name atomically.
    func rename(_ source: String, to target: String) throws(DiskError)
    /// Makes creations, renames and removals in the directory durable.
    func syncDirectory(_ path: String) throws(DiskError)
    func exists(_ path: String) -> Bool
    /// The device that holds a directory: one object for each device, so that callers can compare by identity.
    func volume(of directory: String) throws(DiskError) -> any DiskVolume
}

/// A device with its file system. Ask for it before the writes that are to be made durable through it: a write-back
/// error from before is not reported.
public protocol DiskVolume: AnyObject, Sendable {
    /// Makes all files and names on the device durable that were written before the call. One call costs less than
    /// `DiskFile.sync` on several files, but waits for what others write to the device too. Errors as there.
    func sync() throws(DiskError)
}

/// An open file. Positions and sizes are bytes. Safe to use from several threads at once.
public protocol DiskFile: AnyObject, Sendable {
    func size() throws(DiskError) -> Int
    /// Reads up to `buffer.count` bytes; fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(DiskError) -> Int
    /// Writes all the bytes or throws; after a throw any prefix may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(DiskError)
    func truncate(to size: Int) throws(DiskError)
    /// Reserves space up to `size` without changing the file's size, so that a full disk shows early.
    func reserve(_ size: Int) throws(DiskError)
    /// Returns when all bytes written before the call are durable. After a throw nothing may be assumed of any byte
    /// since the last success, and a second call proves nothing: the caller must stop.
    func sync() throws(DiskError)
    /// The kernel's descriptor for `sendfile`, if this is a real file. Valid as long as this object lives.
    var descriptor: CInt? { get }
}

/// A file system call that failed.
public struct DiskError: Error, Equatable, CustomStringConvertible {
    /// What was tried, as the system call is named: "open", "write", "fdatasync" …
    public var operation: String
    public var path: String
    /// The `errno` value.
    public var code: CInt

    public init(operation: String, path: String, code: CInt) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var isOutOfSpace: Bool { code == 28 || code == 122 }  // ENOSPC, EDQUOT
    public var isMissing: Bool { code == 2 }  // ENOENT
}
