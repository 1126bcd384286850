import DequeModule

/// Position of a request on its connection, from 0.
typealias ResponseSlot = UInt64

/// Keeps the responses of one connection in the order of its requests, which Kafka promises, although some requests
/// wait (for an fsync, for records, for a group) while later ones are done at once.
///
/// Every request takes a slot; a slot is filled once; filled slots leave from the front.
struct ResponseQueue<Response> {
    private enum State {
        case pending
        case ready(Response)
        /// A request that gets no response: produce with acks=0.
        case silent
    }

    private struct Entry {
        var state = State.pending
        let requestBytes: Int
    }

    private var entries: Deque<Entry> = []
    /// ResponseSlot of the first entry.
    private var first: ResponseSlot = 0

    /// Bytes of the requests whose response has not left yet.
    private(set) var requestBytes = 0

    /// Requests whose response has not left yet.
    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Takes a slot for a request of so many bytes.
    mutating func open(requestBytes: Int) -> ResponseSlot {
        entries.append(Entry(requestBytes: requestBytes))
        self.requestBytes += requestBytes
        return first + ResponseSlot(entries.count - 1)
    }

    /// Fills a slot; nil stands for no response. A slot that was dropped with its connection is ignored.
    mutating func fill(_ slot: ResponseSlot, with response: Response?) {
        guard slot >= first, slot - first < entries.count else { return }
        let index = Int(slot - first)
        guard case .pending = entries[index].state else {
            assertionFailure("slot \(slot) filled twice")
            return
        }
        entries[index].state = response.map(State.ready) ?? .silent
    }

    /// The next response that may leave, nil if the front one is still pending.
    mutating func next() -> Response? {
        while let entry = entries.first {
            switch entry.state {
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
        requestBytes -= entries.removeFirst().requestBytes
        first += 1
    }
}
