import Glibc
public import LogStorage
import Synchronization

/// A disk in memory that keeps only what its contract promises: the fault model behind the log's crash tests.
///
///     let disk = SimulatedDisk(seed: 7)
///     … write, sync some of it …
///     let restarted = disk.crash()        // `disk` and its files are dead: every call throws EBADF
///
/// What a crash keeps:
/// - bytes that `DiskFile.sync` covered, and names that `syncDirectory` covered: always;
/// - unsynced writes: any subset of 512-byte sectors, each sector in any state it went through; most often a prefix
///   with a torn end, now and then all or nothing;
/// - unsynced truncations, creations, renames and removals: each either way, a rename as a whole. A file whose name
///   is lost is gone with its bytes, synced or not; so is all below a directory whose name is lost;
/// - sometimes the new size of a file without its bytes, which then are zeros.
///
/// Faults on demand are in `SimulatedDisk+Faults.swift`. Everything follows from the seed if calls come from one
/// thread.
/// Deliberately missing: hard links, symbolic links, permissions, modification times.
public final class SimulatedDisk: Disk {
    let storage: SimulatedStorage
    /// Counts the crashes before this view of the disk; a view of an earlier time is dead.
    let generation: Int

    public convenience init(seed: UInt64) { self.init(storage: SimulatedStorage(seed: seed), generation: 0) }

    init(storage: SimulatedStorage, generation: Int) {
        self.storage = storage
        self.generation = generation
    }

    // MARK: Crashing

    /// Cuts the power and starts again: returns the disk as the next process finds it. Planned faults are forgotten;
    /// the space limit and flipped bits stay.
    public func crash() -> SimulatedDisk {
        SimulatedDisk(storage: storage, generation: storage.crash())
    }

    /// What `crash` might have left, on a disk of its own, while this one lives on: one moment can be tried many times.
    public func crashedCopy(seed: UInt64) -> SimulatedDisk {
        let copy = storage.copy(seed: seed)
        return SimulatedDisk(storage: copy, generation: copy.crash())
    }

    // MARK: Disk

    public func open(_ path: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let inode = try storage.call(.open, path, generation) { state throws(DiskError) in
            try state.openFile(path, creating: creating)
        }
        return SimulatedFile(storage: storage, generation: generation, inode: inode, path: path)
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        try storage.call(.list, directory, generation) { state throws(DiskError) in try state.list(directory) }
    }

    public func createDirectory(_ path: String) throws(DiskError) {
        try storage.call(.createDirectory, path, generation) { state throws(DiskError) in
            try state.createDirectory(path)
        }
    }

    public func removeFile(_ path: String) throws(DiskError) {
        try storage.call(.remove, path, generation) { state throws(DiskError) in try state.removeFile(path) }
    }

    public func removeTree(_ path: String) throws(DiskError) {
        try storage.call(.remove, path, generation) { state throws(DiskError) in try state.removeTree(path) }
    }

    public func rename(_ source: String, to target: String) throws(DiskError) {
        try storage.call(.rename, source, generation) { state throws(DiskError) in
            try state.rename(source, to: target)
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try storage.call(.syncDirectory, path, generation) { state throws(DiskError) in
            let directory = try state.directory(path, for: "fsync")
            state.counters.directorySyncs += 1
            state.syncDirectory(directory)
        } whenFailing: { state in
            if let directory = try? state.directory(path, for: "fsync") { state.loseNames(in: directory) }
        }
    }

    public func volume(of directory: String) throws(DiskError) -> any DiskVolume {
        _ = try storage.call(.open, directory, generation) { state throws(DiskError) in
            try state.directory(directory, for: "open")
        }
        return storage.state.withLock { state in
            if let volume = state.volume, volume.generation == generation { return volume }
            let volume = SimulatedVolume(storage: storage, generation: generation)
            state.volume = volume
            return volume
        }
    }

    /// False also on a dead disk: this call has no other way to fail.
    public func exists(_ path: String) -> Bool {
        storage.state.withLock { state in
            state.generation == generation && (try? state.tree.resolve(path, for: "lstat")) != nil
        }
    }
}

/// The one device that a `SimulatedDisk` is.
final class SimulatedVolume: DiskVolume {
    private unowned let storage: SimulatedStorage
    let generation: Int

    init(storage: SimulatedStorage, generation: Int) {
        self.storage = storage
        self.generation = generation
    }

    func sync() throws(DiskError) {
        storage.state.withLock { $0.syncHook }?("/")
        try storage.call(.syncVolume, "/", generation) { state in
            state.counters.syncs += 1
            state.syncAll()
        } whenFailing: { state in
            state.loseAllUnsynced()
        }
    }
}

/// An open file of a `SimulatedDisk`; it can be read and written after its name is gone.
final class SimulatedFile: DiskFile {
    private let storage: SimulatedStorage
    private let generation: Int
    private let inode: Int
    private let path: String

    init(storage: SimulatedStorage, generation: Int, inode: Int, path: String) {
        self.storage = storage
        self.generation = generation
        self.inode = inode
        self.path = path
    }

    var descriptor: CInt? { nil }

    func size() throws(DiskError) -> Int {
        try withFile(.size) { (_, file) in file.current.count }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(DiskError) -> Int {
        try check(position, "read")
        // A pointer may not cross into the lock's closure as it is; its bits may.
        let target = UInt(bitPattern: buffer.baseAddress)
        let capacity = buffer.count
        return try withFile(.read) { (state, file) in
            state.counters.reads += 1
            let buffer = UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: target), count: capacity)
            return file.read(into: buffer, at: position)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(DiskError) {
        try check(position, "write")
        let bytes = [UInt8](bytes)
        try withFile(.write) { (state, file) throws(DiskError) in
            let room = state.roomBytes(for: file, upTo: position + bytes.count, from: position)
            if room < bytes.count {
                // The kernel writes what fits; the caller may find any of it.
                let prefix = state.random.int(in: 0...max(0, room))
                state.write(bytes[..<prefix], to: file, at: position)
                throw DiskError(operation: "write", path: path, code: ENOSPC)
            }
            state.write(bytes[...], to: file, at: position)
        } whenFailing: { (state, file) in
            let prefix = state.random.int(in: 0...bytes.count)
            state.write(bytes[..<prefix], to: file, at: position)
        }
    }

    func truncate(to size: Int) throws(DiskError) {
        try check(size, "ftruncate")
        try withFile(.truncate) { (state, file) in
            let used = file.usedBytes
            file.truncate(to: size)
            state.usedBytes += file.isLinked ? file.usedBytes - used : 0
        }
    }

    func reserve(_ size: Int) throws(DiskError) {
        try check(size, "fallocate")
        try withFile(.reserve) { (state, file) throws(DiskError) in
            guard size > file.usedBytes else { return }
            guard state.roomBytes(for: file, upTo: size, from: 0) >= size else {
                throw DiskError(operation: "fallocate", path: path, code: ENOSPC)
            }
            if file.isLinked { state.usedBytes += size - file.usedBytes }
            file.reservedBytes = size
        }
    }

    func sync() throws(DiskError) {
        storage.state.withLock { $0.syncHook }?(path)
        try withFile(.sync) { (state, file) in
            state.counters.syncs += 1
            file.sync()
        } whenFailing: { (state, file) in
            file.loseUnsynced(&state.random)
        }
    }

    private func withFile<Result: Sendable>(
        _ operation: SimulatedDisk.Operation, _ body: (inout SimulatedState, FileState) throws(DiskError) -> Result,
        whenFailing: (inout SimulatedState, FileState) -> Void = { _, _ in }
    ) throws(DiskError) -> Result {
        try storage.call(operation, path, generation) { state throws(DiskError) in
            guard let file = state.files[inode] else {
                throw DiskError(operation: operation.rawValue, path: path, code: EBADF)
            }
            return try body(&state, file)
        } whenFailing: { state in
            if let file = state.files[inode] { whenFailing(&state, file) }
        }
    }

    private func check(_ position: Int, _ operation: String) throws(DiskError) {
        guard position >= 0 else { throw DiskError(operation: operation, path: path, code: EINVAL) }
    }
}
