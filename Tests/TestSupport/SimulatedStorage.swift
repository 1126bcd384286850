import Glibc
import LogStorage
import Synchronization

/// What all views of a simulated disk share.
final class SimulatedStorage: Sendable {
    let state: Mutex<SimulatedState>

    init(seed: UInt64) { state = Mutex(SimulatedState(seed: seed)) }

    private init(copying other: SimulatedStorage, seed: UInt64) {
        state = Mutex(other.state.withLock { $0.copy(seed: seed) })
    }

    func copy(seed: UInt64) -> SimulatedStorage { SimulatedStorage(copying: self, seed: seed) }

    /// Returns the generation of views that are alive from now on.
    func crash() -> Int {
        state.withLock { state in
            state.crash()
            return state.generation
        }
    }

    /// Performs a call if the view is alive and no fault was planned for it; of a fault, only `whenFailing` remains.
    func call<Result: Sendable>(
        _ operation: SimulatedDisk.Operation, _ path: String, _ generation: Int,
        _ body: (inout SimulatedState) throws(DiskError) -> Result,
        whenFailing: (inout SimulatedState) -> Void = { _ in }
    ) throws(DiskError) -> Result {
        try state.withLock { (state) throws(DiskError) -> Result in
            guard state.generation == generation else {
                throw DiskError(operation: operation.rawValue, path: path, code: EBADF)
            }
            state.counters.calls += 1
            if let code = state.strikeFault(operation) {
                whenFailing(&state)
                throw DiskError(operation: operation.rawValue, path: path, code: code)
            }
            return try body(&state)
        }
    }
}

/// The disk's contents, its names, and what is planned for it.
struct SimulatedState {
    var random: SeededGenerator
    var generation = 0
    var files: [Int: FileState] = [:]
    var tree = NameTree()
    var counters = SimulatedDisk.Counters()
    var plannedFaults: [PlannedFault] = []
    var capacityBytes: Int?
    /// Of files that have a name.
    var usedBytes = 0
    var syncHook: (@Sendable (String) -> Void)?
    var volume: SimulatedVolume?

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    func copy(seed: UInt64) -> SimulatedState {
        var copy = self
        copy.random = SeededGenerator(seed: seed)
        copy.files = files.mapValues { $0.copy() }
        copy.plannedFaults = []
        copy.syncHook = nil
        copy.volume = nil
        return copy
    }

    // MARK: Faults and space

    /// Counts a call against the planned faults; returns the error if one strikes.
    mutating func strikeFault(_ operation: SimulatedDisk.Operation) -> CInt? {
        var code: CInt?
        for index in plannedFaults.indices where plannedFaults[index].operation ?? operation == operation {
            plannedFaults[index].countdown -= 1
            if plannedFaults[index].countdown <= 0 { code = code ?? plannedFaults[index].code }
        }
        plannedFaults.removeAll { $0.countdown <= 0 && !$0.isPersistent }
        return code
    }

    /// How many of the bytes from `start` to `end` can be had.
    func roomBytes(for file: FileState, upTo end: Int, from start: Int) -> Int {
        guard let capacityBytes, file.isLinked else { return end - start }
        return min(end, max(file.usedBytes, file.usedBytes + capacityBytes - usedBytes)) - start
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, to file: FileState, at position: Int) {
        counters.writes += 1
        counters.writtenBytes += bytes.count
        let used = file.usedBytes
        file.write(bytes, at: position)
        if file.isLinked { usedBytes += file.usedBytes - used }
    }

    // MARK: Names

    /// The file of a path; nil if there is none.
    func file(_ path: String) -> FileState? {
        guard case .file(let inode)? = try? tree.resolve(path, for: "stat") else { return nil }
        return files[inode]
    }

    mutating func openFile(_ path: String, creating: Bool) throws(DiskError) -> Int {
        switch try tree.resolve(path, for: "open") {
        case .file(let inode): return inode
        case .directory: throw DiskError(operation: "open", path: path, code: EISDIR)
        case nil:
            let (parent, name) = try tree.parent(of: path, for: "open")
            guard creating else { throw DiskError(operation: "open", path: path, code: ENOENT) }
            let inode = tree.link(newFileIn: parent, name: name)
            files[inode] = FileState()
            return inode
        }
    }

    /// Names in an order that means nothing.
    mutating func list(_ path: String) throws(DiskError) -> [String] {
        var names = tree.names(in: try directory(path, for: "opendir"))
        for index in names.indices { names.swapAt(index, random.int(in: index...names.count - 1)) }
        return names
    }

    func directory(_ path: String, for operation: String) throws(DiskError) -> Int {
        switch try tree.resolve(path, for: operation) {
        case .directory(let inode): return inode
        case .file: throw DiskError(operation: operation, path: path, code: ENOTDIR)
        case nil: throw DiskError(operation: operation, path: path, code: ENOENT)
        }
    }

    mutating func createDirectory(_ path: String) throws(DiskError) { try tree.createDirectory(path) }

    mutating func removeFile(_ path: String) throws(DiskError) {
        switch try tree.resolve(path, for: "unlink") {
        case .file(let inode):
            try tree.unlink(path)
            release(inode)
        case .directory: throw DiskError(operation: "unlink", path: path, code: EISDIR)
        case nil: return
        }
    }

    mutating func removeTree(_ path: String) throws(DiskError) {
        guard case .directory(let inode)? = try tree.resolve(path, for: "lstat") else { return try removeFile(path) }
        for name in tree.names(in: inode) { try removeTree(path + "/" + name) }
        try tree.unlink(path)
    }

    mutating func rename(_ source: String, to target: String) throws(DiskError) {
        let replaced = try tree.rename(source, to: target)
        if let replaced { release(replaced) }
    }

    mutating func syncDirectory(_ directory: Int) { tree.sync(directory) }

    mutating func loseNames(in directory: Int) { tree.loseUnsynced(in: directory, &random) }

    mutating func syncAll() {
        for file in files.values { file.sync() }
        tree.syncAll()
    }

    mutating func loseAllUnsynced() {
        for inode in files.keys.sorted() { files[inode]?.loseUnsynced(&random) }
        tree.loseUnsynced(in: nil, &random)
    }

    /// A file without a name lives on for its handles but takes no space.
    private mutating func release(_ inode: Int) {
        guard let file = files[inode] else { return }
        usedBytes -= file.usedBytes
        file.isLinked = false
    }

    // MARK: Crashing

    mutating func crash() {
        generation += 1
        plannedFaults = []
        syncHook = nil
        tree.crash(&random)
        let survivors = tree.reachableFiles()
        files = files.filter { survivors.contains($0.key) }
        usedBytes = 0
        for inode in files.keys.sorted() {
            guard let file = files[inode] else { continue }
            file.crash(&random)
            file.isLinked = true
            usedBytes += file.usedBytes
        }
    }
}

/// How much a crash keeps of a list of things that were not synced.
enum CrashMood {
    case nothing, everything
    /// What came first, up to a point: the usual crash.
    case prefix
    /// Each thing by itself.
    case subset

    init(_ random: inout SeededGenerator) {
        switch random.int(in: 0..<8) {
        case 0: self = .nothing
        case 1: self = .everything
        case 2, 3, 4: self = .prefix
        default: self = .subset
        }
    }

    /// Which of `count` things, in the order they were done, are kept.
    func choose(_ count: Int, _ random: inout SeededGenerator) -> [Bool] {
        switch self {
        case .nothing: return Array(repeating: false, count: count)
        case .everything: return Array(repeating: true, count: count)
        case .prefix:
            let kept = random.int(in: 0...count)
            return (0..<count).map { $0 < kept }
        case .subset: return (0..<count).map { _ in random.chance(1, in: 2) }
        }
    }
}
