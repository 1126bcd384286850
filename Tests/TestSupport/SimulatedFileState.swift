/// One file's bytes: as readers see them, as the platter has them, and the changes between the two.
///
/// Belongs to a `SimulatedState` and is touched only under its lock.
final class FileState {
    static let sectorBytes = 512

    private enum Change {
        case write(position: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    private(set) var current: [UInt8] = []
    private var durable: [UInt8] = []
    private var pending: [Change] = []
    var reservedBytes = 0
    /// Masks that readers get XORed onto the bytes at these positions.
    var flippedBits: [Int: UInt8] = [:]
    var isLinked = true

    var usedBytes: Int { max(current.count, reservedBytes) }
    var hasUnsyncedChanges: Bool { !pending.isEmpty }

    func copy() -> FileState {
        let copy = FileState()
        copy.current = current
        copy.durable = durable
        copy.pending = pending
        copy.reservedBytes = reservedBytes
        copy.flippedBits = flippedBits
        copy.isLinked = isLinked
        return copy
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        let count = min(buffer.count, max(0, current.count - position))
        guard count > 0 else { return 0 }
        current.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
        }
        for (flipped, mask) in flippedBits where flipped >= position && flipped < position + count {
            buffer[flipped - position] ^= mask
        }
        return count
    }

    func write(_ bytes: ArraySlice<UInt8>, at position: Int) {
        guard !bytes.isEmpty else { return }
        FileState.put(bytes, at: position, in: &current)
        pending.append(.write(position: position, bytes: Array(bytes)))
        if !flippedBits.isEmpty {
            flippedBits = flippedBits.filter { $0.key < position || $0.key >= position + bytes.count }
        }
    }

    func truncate(to size: Int) {
        FileState.resize(&current, to: size)
        pending.append(.truncate(size: size))
        reservedBytes = min(reservedBytes, size)
        flippedBits = flippedBits.filter { $0.key < size }
    }

    func sync() {
        // Change by change, not `durable = current`: what an earlier failed sync lost stays lost.
        for change in pending { FileState.apply(change, to: &durable) }
        pending = []
    }

    func edit(_ change: (inout [UInt8]) -> Void) {
        change(&current)
        durable = current
        pending = []
    }

    // MARK: Losing

    func crash(_ random: inout SeededGenerator) {
        loseUnsynced(&random)
        current = durable
        reservedBytes = 0
    }

    /// Writes what a crash would keep of the pending changes and forgets the rest, of which readers still see all.
    func loseUnsynced(_ random: inout SeededGenerator) {
        defer { pending = [] }
        guard !pending.isEmpty else { return }
        let sizeBefore = durable.count
        let kept = chooseKept(&random)
        for (change, isKept) in zip(sectorChanges(), kept) where isKept { FileState.apply(change, to: &durable) }
        // The new size may reach the disk before the bytes do.
        if current.count > max(sizeBefore, durable.count), random.chance(1, in: 4) {
            FileState.resize(&durable, to: current.count)
        }
    }

    /// The pending changes with writes cut at sector borders: the device takes or leaves a sector as a whole.
    private func sectorChanges() -> [Change] {
        pending.flatMap { change -> [Change] in
            guard case .write(let position, let bytes) = change else { return [change] }
            var pieces: [Change] = []
            var start = 0
            while start < bytes.count {
                let border = ((position + start) / FileState.sectorBytes + 1) * FileState.sectorBytes
                let end = min(bytes.count, border - position)
                pieces.append(.write(position: position + start, bytes: Array(bytes[start..<end])))
                start = end
            }
            return pieces
        }
    }

    /// Which of `sectorChanges` reach the disk. What goes out is the page cache's sector at some moment: of several
    /// writes to one sector the first few are kept, never a later one without an earlier one.
    private func chooseKept(_ random: inout SeededGenerator) -> [Bool] {
        let changes = sectorChanges()
        var kept = CrashMood(&random).choose(changes.count, &random)
        var lostSectors: Set<Int> = []
        for (index, change) in changes.enumerated() {
            guard case .write(let position, _) = change else { continue }
            let sector = position / FileState.sectorBytes
            if lostSectors.contains(sector) { kept[index] = false }
            if !kept[index] { lostSectors.insert(sector) }
        }
        return kept
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let position, let written): put(written[...], at: position, in: &bytes)
        case .truncate(let size): resize(&bytes, to: size)
        }
    }

    private static func put(_ written: ArraySlice<UInt8>, at position: Int, in bytes: inout [UInt8]) {
        if position == bytes.count { return bytes.append(contentsOf: written) }
        if position + written.count > bytes.count { resize(&bytes, to: position + written.count) }
        bytes.replaceSubrange(position..<position + written.count, with: written)
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size <= bytes.count {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        }
    }
}
