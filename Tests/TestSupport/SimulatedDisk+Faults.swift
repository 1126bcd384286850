import Synchronization

extension SimulatedDisk {
    /// Kinds of calls, named as `DiskError.operation` names them.
    public enum Operation: String, Sendable, CaseIterable {
        case open = "open"
        case list = "opendir"
        case createDirectory = "mkdir"
        case remove = "unlink"
        case rename = "rename"
        case syncDirectory = "fsync"
        case size = "fstat"
        case read = "read"
        case write = "write"
        case truncate = "ftruncate"
        case reserve = "fallocate"
        case sync = "fdatasync"
        case syncVolume = "syncfs"
    }

    /// Calls since the disk was made, failed ones included. `exists` does not count: it cannot fail.
    public struct Counters: Equatable, Sendable {
        public var calls = 0
        public var reads = 0
        public var writes = 0
        public var writtenBytes = 0
        public var syncs = 0
        public var directorySyncs = 0
    }

    public var counters: Counters { storage.state.withLock { $0.counters } }

    /// Makes a call fail: the `number`-th from now on, counting from 1, of one kind or of all; with `persistently`
    /// that one and all later ones. A failed write leaves any prefix. A failed sync leaves what a crash might, and
    /// takes the rest for written, as Linux does: the next sync succeeds, and the next crash shows the loss.
    public func failCall(
        _ number: Int, of operation: Operation? = nil, code: CInt = 5, persistently: Bool = false
    ) {
        storage.state.withLock {
            $0.plannedFaults.append(
                PlannedFault(operation: operation, countdown: number, code: code, isPersistent: persistently))
        }
    }

    /// Whether a call may still fail by `failCall`.
    public var hasPlannedFaults: Bool { storage.state.withLock { !$0.plannedFaults.isEmpty } }

    /// Forgets all faults planned by `failCall`.
    public func forgetPlannedFaults() { storage.state.withLock { $0.plannedFaults = [] } }

    /// Limits the space to so many bytes more than are in use now; nil for no limit. Beyond it, writes that lengthen a
    /// file and reservations fail with ENOSPC. Space comes back by truncation and removal.
    public func setSpaceLeft(bytes: Int?) {
        storage.state.withLock { state in state.capacityBytes = bytes.map { state.usedBytes + $0 } }
    }

    /// Flips `count` bits in a range of a file, for every reader from now on; overwriting a byte heals it.
    /// Returns the bytes' positions, none if the file is absent or the range lies outside it.
    @discardableResult
    public func flipBits(in path: String, range: Range<Int>, count: Int = 1) -> [Int] {
        storage.state.withLock { state in
            guard let file = state.file(path) else { return [] }
            let range = range.clamped(to: 0..<file.current.count)
            guard !range.isEmpty else { return [] }
            var positions: [Int] = []
            for _ in 0..<count {
                let position = state.random.int(in: range)
                file.flippedBits[position, default: 0] ^= 1 << UInt8(state.random.int(in: 0..<8))
                positions.append(position)
            }
            return positions
        }
    }

    /// Changes a file's bytes behind the log's back, durably. Returns false if the file is absent.
    @discardableResult
    public func edit(_ path: String, _ change: @Sendable (inout [UInt8]) -> Void) -> Bool {
        storage.state.withLock { state in
            guard let file = state.file(path) else { return false }
            let used = file.usedBytes
            file.edit(change)
            state.usedBytes += file.usedBytes - used
            return true
        }
    }

    /// A file's bytes as readers see them but for flipped bits; nil if it is absent.
    public func contents(of path: String) -> [UInt8]? {
        storage.state.withLock { $0.file(path)?.current }
    }

    /// Whether a crash could lose something of a file's bytes or size; false if it is absent.
    public func hasUnsyncedChanges(_ path: String) -> Bool {
        storage.state.withLock { $0.file(path)?.hasUnsyncedChanges ?? false }
    }

    /// Called with the path before each file sync, outside the disk's lock: a test may wait in it to hold a sync up.
    public func setSyncHook(_ hook: (@Sendable (String) -> Void)?) {
        storage.state.withLock { $0.syncHook = hook }
    }
}

/// A failure that waits for its call.
struct PlannedFault {
    var operation: SimulatedDisk.Operation?
    /// Calls until it strikes; 1 is the next.
    var countdown: Int
    var code: CInt
    var isPersistent: Bool
}
