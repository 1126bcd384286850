/// What is due when a deadline passes.
struct GroupTimer: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A member was silent too long.
        case session(memberID: String)
        /// A member id was handed out and not used.
        case pendingMember(memberID: String)
        /// The members had their time to join.
        case join
        /// The members had their time to ask for their assignments.
        case sync
        /// Offsets may have outlived their retention.
        case expiry
    }

    let groupID: String
    let kind: Kind
}

/// A place in the queue of deadlines, or none. Held by what the deadline is about.
struct GroupDeadline: Sendable {
    fileprivate var slot: Int32 = -1
    /// Which use of the slot this is; a place whose deadline has passed refers to nothing.
    fileprivate var use: UInt32 = 0
}

/// All deadlines of a coordinator: a binary heap in which each deadline can be moved and removed.
///
///     heap:  [due 10, slot 2] [due 30, slot 0] …     the earliest first
///     slots: [timer, at 1] [free] [timer, at 0] …    a `GroupDeadline` names a slot
///
/// Setting, moving and removing take time logarithmic in the number of deadlines; a heartbeat is one move.
/// Equal deadlines pass in the order in which they were set.
struct GroupDeadlineQueue: Sendable {
    private struct Node {
        var dueMS: Int64
        var order: UInt64
        var slot: Int32

        static func precedes(_ left: Node, _ right: Node) -> Bool {
            left.dueMS != right.dueMS ? left.dueMS < right.dueMS : left.order < right.order
        }
    }

    private struct Slot {
        var timer: GroupTimer?
        var position: Int
        var use: UInt32
    }

    private var heap: [Node] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []
    private var orderLast: UInt64 = 0

    var count: Int { heap.count }

    var nextDueMS: Int64? { heap.first?.dueMS }

    /// When the deadline passes, `nil` if it is not set.
    func dueMS(of deadline: GroupDeadline) -> Int64? {
        position(of: deadline).map { heap[$0].dueMS }
    }

    /// Sets the deadline, or moves it if it was set.
    mutating func set(_ deadline: inout GroupDeadline, to dueMS: Int64, for timer: @autoclosure () -> GroupTimer) {
        orderLast += 1
        if let position = position(of: deadline) {
            heap[position].dueMS = dueMS
            heap[position].order = orderLast
            restore(at: position)
            return
        }
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(timer: nil, position: 0, use: 0))
        }
        slots[Int(slot)].timer = timer()
        slots[Int(slot)].position = heap.count
        deadline = GroupDeadline(slot: slot, use: slots[Int(slot)].use)
        heap.append(Node(dueMS: dueMS, order: orderLast, slot: slot))
        siftUp(from: heap.count - 1)
    }

    /// Removes the deadline if it is set.
    mutating func remove(_ deadline: inout GroupDeadline) {
        if let position = position(of: deadline) {
            remove(at: position)
        }
        deadline = GroupDeadline()
    }

    /// Removes the earliest deadline if it has passed, and says what is due.
    mutating func popDue(atMS nowMS: Int64) -> GroupTimer? {
        guard let first = heap.first, first.dueMS <= nowMS else { return nil }
        let timer = slots[Int(first.slot)].timer
        remove(at: 0)
        return timer
    }

    private func position(of deadline: GroupDeadline) -> Int? {
        guard deadline.slot >= 0, slots[Int(deadline.slot)].use == deadline.use,
            slots[Int(deadline.slot)].timer != nil
        else { return nil }
        return slots[Int(deadline.slot)].position
    }

    private mutating func remove(at position: Int) {
        let slot = heap[position].slot
        slots[Int(slot)].timer = nil
        slots[Int(slot)].use &+= 1
        freeSlots.append(slot)
        let last = heap.removeLast()
        if position < heap.count {
            place(last, at: position)
            restore(at: position)
        }
    }

    private mutating func restore(at position: Int) {
        siftDown(from: siftUp(from: position))
    }

    private mutating func place(_ node: Node, at position: Int) {
        heap[position] = node
        slots[Int(node.slot)].position = position
    }

    @discardableResult
    private mutating func siftUp(from start: Int) -> Int {
        let node = heap[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard Node.precedes(node, heap[parent]) else { break }
            place(heap[parent], at: position)
            position = parent
        }
        place(node, at: position)
        return position
    }

    private mutating func siftDown(from start: Int) {
        let node = heap[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, Node.precedes(heap[child + 1], heap[child]) {
                child += 1
            }
            guard Node.precedes(heap[child], node) else { break }
            place(heap[child], at: position)
            position = child
        }
        place(node, at: position)
    }
}
