import DequeModule

/// Keeps the responses of one connection in the order of its requests, which Kafka promises, although some requests
/// wait (for an fsync, for records, for a group) while later ones are done at once.
///
/// Every request takes a slot; a slot is filled once; filled slots leave from the front.
struct ResponseQueue<Response> {
    /// Position of a request on its connection, from 0.
    typealias Slot = UInt64

    private enum Entry {
        case pending
        case ready(Response)
        /// A request that gets no response: produce with acks=0.
        case silent
    }

    private var entries: Deque<Entry> = []
    /// Slot of the first entry.
    private var first: Slot = 0

    /// Requests whose response has not left yet.
    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    mutating func open() -> Slot {
        entries.append(.pending)
        return first + Slot(entries.count - 1)
    }

    /// Fills a slot; nil stands for no response. A slot that was dropped with its connection is ignored.
    mutating func fill(_ slot: Slot, with response: Response?) {
        guard slot >= first, slot - first < entries.count else { return }
        let index = Int(slot - first)
        guard case .pending = entries[index] else {
            assertionFailure("slot \(slot) filled twice")
            return
        }
        entries[index] = response.map(Entry.ready) ?? .silent
    }

    /// The next response that may leave, nil if the front one is still pending.
    mutating func next() -> Response? {
        while let entry = entries.first {
            switch entry {
            case .pending: return nil
            case .silent: dropFirst()
            case .ready(let response):
                dropFirst()
                return response
            }
        }
        return nil
    }

    private mutating func dropFirst() {
        entries.removeFirst()
        first += 1
    }
}
