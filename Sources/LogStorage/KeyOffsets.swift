/// The newest offset of each key, in bounded memory: what a compaction knows of the records after the one it looks at.
///
/// Keys are known by 128 bits of hash (SipHash, seeded anew in each process), 24 bytes a key in an open-addressing table
/// that doubles up to its limit. Two keys of one hash would lose a record: with ten million keys that happens once in
/// 10^24 compactions, and nobody who does not know the seed can make it happen.
struct KeyOffsets: ~Copyable {
    struct Key: Equatable {
        var high: UInt64
        var low: UInt64

        init(_ bytes: UnsafeRawBufferPointer) {
            var first = Hasher()
            first.combine(0)
            first.combine(bytes: bytes)
            var second = Hasher()
            second.combine(1)
            second.combine(bytes: bytes)
            high = UInt64(bitPattern: Int64(first.finalize()))
            low = UInt64(bitPattern: Int64(second.finalize()))
        }
    }

    private struct Slot {
        var key: Key
        /// -1: the slot is free.
        var offset: Int64
    }

    private var slots: UnsafeMutableBufferPointer<Slot>
    private let capacityMax: Int
    private(set) var count = 0
    /// The greatest offset that was put in; -1 if none was.
    private(set) var latestOffset: Int64 = -1

    /// A table of at most so many bytes, of which three quarters are used before it is full.
    init(memoryBytesMax: Int) {
        var capacity = 64
        while capacity * 2 * MemoryLayout<Slot>.stride <= memoryBytesMax { capacity *= 2 }
        capacityMax = capacity
        slots = KeyOffsets.makeSlots(64)
    }

    deinit { slots.deallocate() }

    private static func makeSlots(_ count: Int) -> UnsafeMutableBufferPointer<Slot> {
        let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(key: Key(UnsafeRawBufferPointer(start: nil, count: 0)), offset: -1))
        return slots
    }

    /// Whether so many more keys fit for certain.
    func hasRoom(for more: Int) -> Bool { count + more <= capacityMax / 4 * 3 }

    /// Takes note that a key stands at an offset, which is above all of its earlier ones. Requires: there is room.
    mutating func put(_ key: Key, offset: Int64) {
        if count >= slots.count / 4 * 3 { grow() }
        let index = find(key)
        if slots[index].offset < 0 { count += 1 }
        slots[index] = Slot(key: key, offset: offset)
        latestOffset = max(latestOffset, offset)
    }

    /// Takes note that everything up to an offset has been seen.
    mutating func noteEnd(_ offset: Int64) { latestOffset = max(latestOffset, offset) }

    /// The newest offset of a key; nil if it was not put in.
    func offset(of key: Key) -> Int64? {
        let slot = slots[find(key)]
        return slot.offset < 0 ? nil : slot.offset
    }

    private func find(_ key: Key) -> Int {
        var index = Int(truncatingIfNeeded: key.low) & (slots.count - 1)
        while slots[index].offset >= 0, slots[index].key != key { index = (index + 1) & (slots.count - 1) }
        return index
    }

    private mutating func grow() {
        precondition(slots.count < capacityMax, "put without room")
        let old = slots
        slots = KeyOffsets.makeSlots(old.count * 2)
        for slot in old where slot.offset >= 0 { slots[find(slot.key)] = slot }
        old.deallocate()
    }
}
