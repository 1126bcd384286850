/// Values by key within a number of bytes and entries; what was not used for longest makes room. Time is an argument.
///
/// Entries lie in an array and are linked from the one used last to the one not used for longest, so that each
/// operation takes the same time, however many there are.
struct SharedEntries {
    private struct Entry {
        var key: [UInt8]
        var value: SharedValue
        /// From then on it is not there; `Int64.max`: never.
        var endMS: Int64
        /// Towards the one used last; -1 at the end.
        var newer = -1
        var older = -1
    }

    let bytesMax: Int
    let countMax: Int
    private var entries: [Entry] = []
    /// Positions in `entries` that nothing is in.
    private var free: [Int] = []
    private var positions: [[UInt8]: Int] = [:]
    private var newest = -1
    private var oldest = -1
    /// What all entries take up: `size(of:_:)` of each.
    private(set) var byteCount = 0

    /// What an entry takes up beside its key, which is kept twice, and its value: dictionary, links, headers of arrays.
    static let overheadBytes = 128

    init(bytesMax: Int, countMax: Int) {
        self.bytesMax = bytesMax
        self.countMax = countMax
    }

    /// With those whose time is over and that nobody has looked for since.
    var count: Int { positions.count }

    static func size(of key: [UInt8], _ value: SharedValue) -> Int { key.count + value.byteCount + overheadBytes }

    // MARK: Operations

    mutating func value(of key: [UInt8], nowMS: Int64) -> SharedValue? {
        guard let position = position(of: key, nowMS: nowMS) else { return nil }
        touch(position)
        return entries[position].value
    }

    /// Puts a value in the place of the key's.
    mutating func set(_ key: [UInt8], to value: SharedValue, endMS: Int64) {
        remove(key)
        insert(Entry(key: key, value: value, endMS: endMS))
    }

    /// False, and nothing done, if there is a value already.
    mutating func add(_ key: [UInt8], _ value: SharedValue, endMS: Int64, nowMS: Int64) -> Bool {
        guard position(of: key, nowMS: nowMS) == nil else { return false }
        insert(Entry(key: key, value: value, endMS: endMS))
        return true
    }

    /// Changes a value that is there, and keeps its end; `change` must not change its size.
    mutating func update<Failure>(
        _ key: [UInt8], nowMS: Int64, _ change: (SharedValue) throws(Failure) -> SharedValue
    ) throws(Failure) -> SharedValue? {
        guard let position = position(of: key, nowMS: nowMS) else { return nil }
        touch(position)
        let value = try change(entries[position].value)
        entries[position].value = value
        return value
    }

    /// Whether there was one.
    @discardableResult
    mutating func remove(_ key: [UInt8]) -> Bool {
        guard let position = positions[key] else { return false }
        remove(at: position)
        return true
    }

    // MARK: Places

    private mutating func position(of key: [UInt8], nowMS: Int64) -> Int? {
        guard let position = positions[key] else { return nil }
        guard entries[position].endMS > nowMS else {
            remove(at: position)
            return nil
        }
        return position
    }

    private mutating func insert(_ entry: Entry) {
        let size = SharedEntries.size(of: entry.key, entry.value)
        while oldest >= 0, byteCount + size > bytesMax || positions.count >= countMax { remove(at: oldest) }
        let position: Int
        if let reused = free.popLast() {
            position = reused
            entries[position] = entry
        } else {
            position = entries.count
            entries.append(entry)
        }
        positions[entry.key] = position
        byteCount += size
        link(position)
    }

    private mutating func remove(at position: Int) {
        unlink(position)
        let entry = entries[position]
        positions[entry.key] = nil
        byteCount -= SharedEntries.size(of: entry.key, entry.value)
        entries[position] = Entry(key: [], value: .boolean(false), endMS: 0)
        free.append(position)
    }

    private mutating func touch(_ position: Int) {
        guard position != newest else { return }
        unlink(position)
        link(position)
    }

    private mutating func link(_ position: Int) {
        entries[position].newer = -1
        entries[position].older = newest
        if newest >= 0 { entries[newest].newer = position }
        newest = position
        if oldest < 0 { oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        let (newer, older) = (entries[position].newer, entries[position].older)
        if newer >= 0 { entries[newer].older = older } else { newest = older }
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    }
}
