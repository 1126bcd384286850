/// Where each leader epoch of a log begins (KIP-101), so that replicas and clients can tell where histories part.
/// Derived from the batches, which carry their epoch; the file `leader-epoch-checkpoint` saves reading them.
struct LeaderEpochs: Equatable {
    struct Entry: Equatable {
        var epoch: Int32
        var startOffset: Int64
    }

    /// Rising in both fields.
    private(set) var entries: [Entry] = []
    /// Whether the entries differ from the stored ones.
    var isDirty = false

    init(_ entries: [Entry] = []) { self.entries = entries }

    var latest: Int32? { entries.last?.epoch }

    /// Takes note that a batch of an epoch stands at an offset.
    mutating func note(epoch: Int32, startOffset: Int64) {
        if let last = entries.last, last.epoch >= epoch { return }
        entries.append(Entry(epoch: epoch, startOffset: startOffset))
        isDirty = true
    }

    /// The largest epoch known at or below `epoch` and the offset where the next one begins, which is `endOffset`
    /// for the newest; nil if all known epochs are above it.
    func end(of epoch: Int32, endOffset: Int64) -> (epoch: Int32, endOffset: Int64)? {
        guard let index = entries.lastIndex(where: { $0.epoch <= epoch }) else { return nil }
        let end = index + 1 < entries.count ? entries[index + 1].startOffset : endOffset
        return (entries[index].epoch, end)
    }

    /// The epoch of the batch at an offset; nil before the first entry.
    func epoch(at offset: Int64) -> Int32? {
        entries.last { $0.startOffset <= offset }?.epoch
    }

    /// Forgets epochs that begin at or after an offset: the log was cut there.
    mutating func truncate(to endOffset: Int64) {
        let count = entries.count
        entries.removeAll { $0.startOffset >= endOffset }
        if entries.count != count { isDirty = true }
    }

    /// Forgets what lies before an offset: the log now starts there.
    mutating func advanceStart(to startOffset: Int64) {
        guard let index = entries.lastIndex(where: { $0.startOffset <= startOffset }), index > 0 else { return }
        entries.removeFirst(index)
        entries[0].startOffset = startOffset
        isDirty = true
    }

    static let fileName = "leader-epoch-checkpoint"

    /// The stored epochs; nil if the file is absent or not whole.
    static func load(directory: String, disk: any Disk) throws(DiskError) -> LeaderEpochs? {
        guard let lines = try TextCheckpoint.read(directory + "/" + fileName, disk: disk) else { return nil }
        var epochs = LeaderEpochs()
        for fields in lines {
            guard fields.count == 2, let epoch = Int32(fields[0]), let start = Int64(fields[1]), epoch >= 0, start >= 0,
                epochs.entries.last.map({ $0.epoch < epoch && $0.startOffset <= start }) ?? true
            else { return nil }
            epochs.note(epoch: epoch, startOffset: start)
        }
        epochs.isDirty = false
        return epochs
    }

    /// The lines of the checkpoint file.
    var lines: [String] { entries.map { "\($0.epoch) \($0.startOffset)" } }
}
