import LogStorage

/// One message for a handler: a record and where it is from, and whether it was tried before.
struct HandlerInput {
    var topic: String
    var topicID: String
    var partition: Int32
    var offset: Int64
    var record: Record
    /// The row it was put off with; nil if it comes fresh from the log.
    var parked: HandlerStore.Parked?

    var attempts: Int64 { parked?.attempts ?? 0 }

    /// Messages of one key of one topic are handled one after the other; those without a key stand for themselves.
    var queue: ParkedQueues.Key {
        ParkedQueues.Key(topic: topic, topicID: topicID, partition: partition, key: record.key, offset: offset)
    }
}

/// Messages put off, by their keys: none is overtaken by a later one of its key. Sans-IO; mirrors the table.
struct ParkedQueues {
    struct Key: Hashable {
        var topic: String
        var topicID: String
        var partition: Int32
        var key: [UInt8]?
        /// Of a message without a key; else -1.
        var offset: Int64

        init(topic: String, topicID: String, partition: Int32, key: [UInt8]?, offset: Int64) {
            self.topic = topic
            self.topicID = topicID
            self.partition = partition
            self.key = key
            self.offset = key == nil ? offset : -1
        }
    }

    private var queues: [Key: [HandlerStore.Parked]] = [:]
    private(set) var count = 0

    init(_ rows: [HandlerStore.Parked] = []) {
        for row in rows { add(row) }
    }

    static func key(of parked: HandlerStore.Parked) -> Key {
        Key(
            topic: parked.topic, topicID: parked.topicID, partition: parked.partition, key: parked.key,
            offset: parked.offset)
    }

    func isBlocked(_ key: Key) -> Bool { queues[key] != nil }

    /// Adds a message behind those of its key, or replaces what is known of it.
    mutating func add(_ parked: HandlerStore.Parked) {
        var queue = queues[ParkedQueues.key(of: parked), default: []]
        if let index = queue.firstIndex(where: { $0.offset == parked.offset }) {
            queue[index] = parked
        } else {
            queue.append(parked)
            count += 1
        }
        queues[ParkedQueues.key(of: parked)] = queue
    }

    mutating func remove(_ parked: HandlerStore.Parked) {
        let key = ParkedQueues.key(of: parked)
        guard var queue = queues[key], let index = queue.firstIndex(where: { $0.offset == parked.offset }) else {
            return
        }
        queue.remove(at: index)
        count -= 1
        queues[key] = queue.isEmpty ? nil : queue
    }

    /// The first of each key whose time has come, at most so many.
    func due(nowMS: Int64, countMax: Int) -> [HandlerStore.Parked] {
        Array(queues.values.lazy.compactMap(\.first).filter { $0.dueMS <= nowMS }.prefix(countMax))
    }

    /// When the next is due; nil if there is none.
    var nextDueMS: Int64? { queues.values.lazy.compactMap { $0.first?.dueMS }.min() }
}
